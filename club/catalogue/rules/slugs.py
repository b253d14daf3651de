"""Parts of addresses made from names."""

import re

from club.catalogue.rules.products import LONGEST_SLUG
from club.members.rules import fold
from club.texts import LANGUAGES, Texts

_LATIN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ß": "ss", "ø": "o", "æ": "ae", "ł": "l",
})  # fmt: skip


def slug_of(name: str) -> str:
    """A name as a part of an address: Latin letters, digits, hyphens; empty where nothing of it can be written so."""
    plain = fold(name).translate(_LATIN)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")


def slugs_for(name: Texts, chosen: Texts) -> Texts:
    """One for each language that has a name; chosen ones stay."""
    made = {language: chosen.get(language) or slug_of(name.get(language, "")) for language in LANGUAGES}
    return Texts({language: slug for language, slug in made.items() if slug})


def numbered(slug: str, number: int) -> str:
    """The same with a number behind it, for the second of one name."""
    end = f"-{number}"
    return f"{slug[: LONGEST_SLUG - len(end)].rstrip('-')}{end}"
