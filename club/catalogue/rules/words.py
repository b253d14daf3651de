"""The words by which a product is found: folded, weighed, and forgiving one slip."""

import re
from collections.abc import Iterable

from club.catalogue.rules.products import sku_key
from club.members.rules import LONGEST_WORD, fold, pieces

MOST_WORDS = 8
LEAST_TO_FORGIVE = 4
"""Shorter words differ by one letter from too many others."""
LEAST_STEM = 3

BY_SKU, BY_NAME, BY_FACT, BY_SHORT, BY_DESCRIPTION = 40, 20, 8, 4, 1
"""How much a word says about a product, by where it stands."""
WORTH_FORGIVING = BY_SHORT
"""A slip is forgiven in words that say so much; those of descriptions are too many."""

_ENDINGS = {
    "en": ("ies", "es", "s"),
    "es": ("ones", "es", "os", "as", "o", "a", "e", "s"),
    "ru": (
        "ого", "его", "ому", "ему", "ыми", "ими", "ами", "ями", "ые", "ие", "ое", "ее", "ая", "яя", "ый", "ий", "ой",
        "ей", "ую", "юю", "ых", "их", "ам", "ям", "ах", "ях", "ов", "ев", "ом", "ем", "ья", "ье", "а", "я", "о", "е",
        "ы", "и", "у", "ю", "ь", "й",
    ),
}  # fmt: skip
"""Common endings of a language, longer ones before those that they end with."""
_DIGIT = re.compile(r"[0-9]")


def typed(text: str) -> list[str]:
    """The folded words of what was typed."""
    return pieces(text)[:MOST_WORDS]


def stem(word: str, language: str) -> str:
    """The word without a common ending, as the beginning of its other forms; numbers and short words as they are."""
    if _DIGIT.search(word):
        return word
    ending = next((one for one in _ENDINGS[language] if word.endswith(one) and len(word) - len(one) >= LEAST_STEM), "")
    return word.removesuffix(ending)


def weighed(*, skus: Iterable[str], name: str, facts: Iterable[str], short: str, description: str) -> dict[str, int]:
    """Every word of a product in one language, with the most that it says."""
    found: dict[str, int] = {}
    for weight, texts in (
        (BY_DESCRIPTION, [description]),
        (BY_SHORT, [short]),
        (BY_FACT, [*facts]),
        (BY_NAME, [name]),
    ):
        for text in texts:
            found.update(dict.fromkeys(_words_of(text), weight))
    for sku in skus:
        found.update(dict.fromkeys([*_words_of(sku), sku_key(sku).lower()], BY_SKU))
    return {word[:LONGEST_WORD]: weight for word, weight in found.items() if word}


def rests(word: str) -> set[str]:
    """The word, and what is left of it when one letter is missing; nothing for a short one or a number."""
    if len(word) < LEAST_TO_FORGIVE or _DIGIT.search(word):
        return set()
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter too many, too few, another one, or two that changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[at:], other[at:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )


def nearest(word: str, known: Iterable[str], most: int = 5) -> list[str]:
    """Known words that are a slip away, those with the same first letter and length first."""
    found = {one for one in known if one != word and is_slip(word, one)}
    return sorted(found, key=lambda one: (one[0] != word[0], len(one) != len(word), one))[:most]


def sort_key(name: str) -> str:
    """A name to sort by."""
    return fold(name)[:LONGEST_WORD]


def _words_of(text: str) -> list[str]:
    """Each word, and one with signs in it also as a whole: O'Brien gives o, brien, obrien."""
    words: list[str] = []
    for part in fold(text).split():
        found = pieces(part)
        words += found
        if len(found) > 1:
            words.append("".join(found))
    return words
