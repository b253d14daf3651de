"""Content in three languages."""

from collections.abc import Iterator, Mapping

LANGUAGES = ("en", "es", "ru")


class Texts(Mapping[str, str]):
    """One text in the club's languages; a language that is missing falls back."""

    def __init__(self, values: Mapping[str, str]) -> None:
        unknown = set(values) - set(LANGUAGES)
        if unknown:
            raise ValueError(f"unknown languages: {sorted(unknown)}")
        self._values = {language: values[language] for language in LANGUAGES if values.get(language)}

    def __getitem__(self, language: str) -> str:
        return self._values[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Texts({self._values!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Texts):
            return self._values == other._values
        return isinstance(other, Mapping) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def into(self, language: str, main: str = "en") -> str:
        """The text in `language`, else in the club's main language, else in any; empty if there is none."""
        return self._values.get(language) or self._values.get(main) or next(iter(self._values.values()), "")
