"""Options as they are typed: one value a line, its key first, then its name in each language."""

import re
from collections.abc import Sequence
from itertools import islice, product

from club.catalogue.rules.products import LONGEST_KEY, MOST_VARIANTS, NewVariant, Option
from club.catalogue.rules.slugs import slug_of
from club.texts import LANGUAGES, Texts

_WITH_KEY = re.compile(r"\s*([a-z][a-z0-9_]*)\s*:\s*(.+)")


def values_typed(text: str) -> tuple[tuple[str, Texts], ...]:
    """`m: Medium | Mediana | Средний` a line. Without a key one is made; one name alone counts in every language."""
    return tuple(_value(line) for line in text.splitlines() if line.strip())


def as_typed(option: Option) -> str:
    """The values as they would be typed."""
    return "\n".join(
        f"{key}: " + " | ".join(name.get(language, "") for language in LANGUAGES) for key, name in option.values
    )


def key_for(words: str) -> str:
    """A key for a name: it stays when the name is written anew."""
    made = slug_of(words).replace("-", "_")[:LONGEST_KEY]
    return made if made[:1].isalpha() else f"v_{made}"[:LONGEST_KEY]


def missing_combinations(
    options: Sequence[Option], variants: Sequence[NewVariant], most: int = MOST_VARIANTS
) -> list[dict[str, str]]:
    """The first choices that no variant stands for yet; no more are made than are wanted."""
    there = {variant.choice_key for variant in variants}
    keys = [option.key for option in options]
    all_of_them = (
        dict(zip(keys, values, strict=True))
        for values in product(*(dict.fromkeys(key for key, _ in option.values) for option in options))
    )
    missing = (choices for choices in all_of_them if NewVariant("x", choices).choice_key not in there)
    return list(islice(missing, max(0, most)))


def _value(line: str) -> tuple[str, Texts]:
    found = _WITH_KEY.fullmatch(line)
    names = [part.strip() for part in (found[2] if found else line).split("|")]
    if len(names) == 1:
        names *= len(LANGUAGES)
    texts = Texts(dict(zip(LANGUAGES, names, strict=False)))
    return (found[1] if found else key_for(next(iter(texts.values()), ""))), texts
