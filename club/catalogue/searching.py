"""Products by what was typed: each word is one stretch of an index, a slip is forgiven. See docs/decisions/0015."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, case, exists, func, literal, select
from sqlalchemy.orm import Session

from club.catalogue.models import NearWord, Product, ProductWord
from club.catalogue.rules.words import nearest, rests, stem, typed

_LAST_LETTER = "\U0010ffff"
_SPAN = ("word", "word_end", "stem", "stem_end")
WHOLE, BEGUN = 3, 2
"""A word met whole says three times as much, one that was begun twice, another form of it once."""


@dataclass(frozen=True)
class Search:
    """What has to be met, and how well it was."""

    met: tuple[Subquery, ...]
    meant: tuple[str, ...] = ()

    @property
    def score(self) -> ColumnElement[int]:
        """How much the words say about a product, all together."""
        total: ColumnElement[int] = literal(0)
        for one in self.met:
            total += one.c.says
        return total

    def narrow(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Those products alone in which every word is met."""
        for one in self.met:
            statement = statement.join(one, one.c.product_id == Product.id)
        return statement


def as_typed(text: str, language: str) -> Search | None:
    """The words as they stand; none where there are none."""
    words = typed(text)
    if not words:
        return None
    return Search(tuple(_met(word, _begins(word), _begins(stem(word, language)), language) for word in words))


@cache
def numbered(count: int) -> Search:
    """The same for so many words, for statements that are put together once; `given` says which."""
    kind = ProductWord.word.type
    spans = {place: [bindparam(f"{name}_{place}", type_=kind) for name in _SPAN] for place in range(count)}
    language = bindparam("language", type_=ProductWord.language.type)
    return Search(
        tuple(
            _met(word, _between(word, end), _between(start, last), language)
            for word, end, start, last in spans.values()
        )
    )


def given(words: Sequence[str], language: str) -> dict[str, str]:
    """What a statement with `numbered` words is given, besides the language."""
    found: dict[str, str] = {}
    for place, word in enumerate(words):
        start = stem(word, language)
        values = (word, word + _LAST_LETTER, start, start + _LAST_LETTER)
        found |= {f"{name}_{place}": value for name, value in zip(_SPAN, values, strict=True)}
    return found


def with_slips(db: Session, words: Sequence[str], language: str, allowed: ColumnElement[bool]) -> Search | None:
    """The same where words that begin nothing stand for those that are a slip away; none where nothing is near.

    Only words of `allowed` products are near, so that nobody is shown a word of what is hidden from them.
    """
    missing = _unknown(db, words, language)
    if not missing:
        return None
    near = _near(db, missing, language, allowed)
    if any(not near[word] for word in missing):
        return None
    met = [
        _met(
            word, _begins(word),
            ProductWord.word.in_(near[word]) if word in missing else _begins(stem(word, language)), language,
        )
        for word in words
    ]  # fmt: skip
    return Search(tuple(met), tuple(near[word][0] if word in missing else word for word in words))


def _met(word: Any, begun: ColumnElement[bool], condition: ColumnElement[bool], language: Any) -> Subquery:
    """Products that meet a word by a condition; `begun`: where it is the beginning of what stands there."""
    weight = ProductWord.weight
    says = case((ProductWord.word == word, weight * WHOLE), (begun, weight * BEGUN), else_=weight)
    return (
        select(ProductWord.product_id, func.max(says).label("says"))
        .where(ProductWord.language == language, condition)
        .group_by(ProductWord.product_id)
        .subquery()
    )


def _begins(start: str) -> ColumnElement[bool]:
    return _between(start, start + _LAST_LETTER)


def _between(start: Any, end: Any) -> ColumnElement[bool]:
    return and_(ProductWord.word >= start, ProductWord.word < end)


def _unknown(db: Session, words: Sequence[str], language: str) -> list[str]:
    asked = [
        exists().where(ProductWord.language == language, _begins(stem(word, language))).label(f"word_{at}")
        for at, word in enumerate(words)
    ]
    known = db.execute(select(*asked)).one()
    return [word for word, is_known in zip(words, known, strict=True) if not is_known]


def _near(db: Session, words: Sequence[str], language: str, allowed: ColumnElement[bool]) -> dict[str, list[str]]:
    asked = sorted({rest for word in words for rest in rests(word)})
    stands_there = (
        exists()
        .where(ProductWord.language == language, ProductWord.word == NearWord.word)
        .where(Product.id == ProductWord.product_id, allowed)
    )
    candidates = db.scalars(
        select(NearWord.word).where(NearWord.language == language, NearWord.rest.in_(asked), stands_there).distinct()
    ).all()
    return {word: nearest(word, candidates) if rests(word) else [] for word in words}
