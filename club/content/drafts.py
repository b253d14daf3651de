"""Articles that come as files: three drafts to adapt, for a club that has written nothing yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from club.content.rules import Article, Theme
from club.texts import LANGUAGES, Texts

_FOLDER = Path(__file__).parent / "first_drafts"


@dataclass(frozen=True)
class Draft:
    """A draft and the end of its address."""

    slug: str
    article: Article


def article_from(folder: Path, name: str, **other: Any) -> Article:
    """An article of three files, `NAME.es.md` and so on: a line "# Title", the introduction, then the text."""
    told = {language: _parts(folder / f"{name}.{language}.md") for language in LANGUAGES}
    texts = [Texts({language: parts[number] for language, parts in told.items()}) for number in range(3)]
    return Article(title=texts[0], lead=texts[1], body=texts[2], **other)


def _parts(file: Path) -> tuple[str, str, str]:
    title, lead, body = file.read_text(encoding="utf-8").split("\n\n", 2)
    return title.removeprefix("# "), " ".join(lead.split()), body.strip()


DRAFTS: Mapping[str, Draft] = MappingProxyType(
    {
        name: Draft(slug, article_from(_FOLDER, name, theme=theme))
        for name, slug, theme in (
            ("trade", "a-day-with-us", Theme.TRADE),
            ("family", "with-the-family", Theme.FAMILY),
            ("culture", "around-the-corner", Theme.CULTURE),
        )
    }
)
