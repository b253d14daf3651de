"""Finding people by what was typed: whoever it names, else those whose words begin so. See docs/decisions/0010."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import starmap
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, String, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from club.database import PLANNED_ANEW
from club.members.models import KNOWN, Known, Person, PersonWord, ways_to_name
from club.members.rules import (
    ALPHABET,
    LONGEST_WORD,
    NUMBER_LENGTH,
    calling_code,
    email_word,
    looks_like_phone,
    number_begun,
    phone_words,
    pieces,
)
from club.programme.models import the_club

MOST_WORDS = 8
FEW_COUNTED = 2_000
MOST_COUNTED = 20_000
FIRST_FOUND = 500
"""Of more people a search shows the first by the word itself: who has it whole comes before who has a longer one."""
BY_NAME = (func.coalesce(Person.search_text, ""), Person.id)
"""By name, those who were found: an expression, or PostgreSQL walks everybody in this order until it meets them."""
_LAST_LETTER = "\U0010ffff"
_End = str | BindParameter[str]


@dataclass(frozen=True)
class Begun:
    """What a text can be the beginning of: a word that begins so or so, and others that whoever has it has too."""

    starts: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def condition(self) -> ColumnElement[bool]:
        """About a person, for statements over all of them."""
        return and_(
            Person.id.in_(_owners(or_(*(_between(*_ends(word)) for word in self.starts)))),
            *(_has_between(*_ends(word)) for word in self.also),
        )

    def first(self, db: Session, limit: int, *, members_only: bool) -> list[Known]:
        """The same people by name, of many only the first ones: however many there are, so many rows are read."""
        asked = _first_begun(len(self.starts), len(self.also), members_only)
        said = {"most": limit, **_stretches("begun", self.starts), **_stretches("also", self.also)}
        return [Known(*row) for row in db.execute(asked, said, execution_options=PLANNED_ANEW)]


def search(db: Session, text: str, limit: int, *, by_contact: bool = True, members_only: bool = True) -> list[Known]:
    """Whoever is named exactly, else those in whose name every word begins one, by name.

    Without `by_contact` nobody is found by an address or a phone number, and so nobody can be asked for by them.
    """
    is_wanted = _is_wanted(members_only)
    for condition in ways_to_name(db, text, by_contact=by_contact):
        found = _known(db, select(*KNOWN).where(condition, is_wanted).order_by(Person.id).limit(limit))
        if found:
            return found
    for way in begun_ways(db, text, by_contact=by_contact):
        if isinstance(way, Begun):
            found = way.first(db, limit, members_only=members_only)
        else:
            found = _known(db, select(*KNOWN).where(way, is_wanted).order_by(*BY_NAME).limit(limit))
        if found:
            return found
    return []


def _known(db: Session, asked: Select[*tuple[Any, ...]]) -> list[Known]:
    return [Known(*row) for row in db.execute(asked, execution_options=PLANNED_ANEW)]


def way_of(db: Session, text: str, *, by_contact: bool, members_only: bool) -> ColumnElement[bool] | None:
    """The condition by which `search` finds whom it finds, for a longer list; none if it finds nobody."""
    is_wanted = _is_wanted(members_only)
    ways = (*ways_to_name(db, text, by_contact=by_contact), *begun_ways(db, text, by_contact=by_contact))
    for way in ways:
        condition = way.condition if isinstance(way, Begun) else way
        anybody = select(Person.id).where(condition, is_wanted).limit(1)
        if db.scalar(anybody, execution_options=PLANNED_ANEW) is not None:
            return condition
    return None


def begun_ways(db: Session, text: str, *, by_contact: bool) -> Iterator[Begun | ColumnElement[bool]]:
    """What a text could be the beginning of, the likeliest first; each is one stretch of an index."""
    if "@" in text:
        if by_contact and pieces(text):
            yield Begun((email_word("".join(text.split())),))
        return
    if by_contact and looks_like_phone(text):
        starts = phone_words(text, calling_code(the_club(db).country))
        if starts:
            yield Begun(tuple(starts))
    words = pieces(text)[:MOST_WORDS]
    if words:
        yield _named(db, words)
    number = number_begun(text)
    if number is not None:
        yield Person.member_number.between(number, number + ALPHABET[-1] * (NUMBER_LENGTH - len(number)))
    if by_contact and len(words) == 1:
        yield Begun((email_word(words[0]),))


def named(db: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """In whose name each of these folded words begins one."""
    return _named(db, words).condition


def has_word(start: str) -> ColumnElement[bool]:
    """Who has a word that begins so."""
    return Begun((start,)).condition


def _named(db: Session, words: Sequence[str]) -> Begun:
    """The rarest word chooses, the others are looked up."""
    rarest, *others = _rarest_first(db, words) if len(words) > 1 else words
    return Begun((rarest,), tuple(others))


def _rarest_first(db: Session, words: Sequence[str]) -> list[str]:
    """Counted no further than it takes to choose: a word that few have is known by the first question."""
    for most in (FEW_COUNTED, MOST_COUNTED):
        counted = db.execute(_counting(len(words)), {"most": most, **_stretches("begun", words)}).one()
        if min(counted) < most:
            break
    return [word for _, word in sorted(zip(counted, words, strict=True), key=itemgetter(0))]


def _is_wanted(members_only: bool) -> ColumnElement[bool]:
    """Members, or everybody but those whose record became part of another one."""
    return Person.member_number.is_not(None) if members_only else Person.merged_into.is_(None)


def _owners(condition: ColumnElement[bool]) -> Select[int]:
    return select(PersonWord.person_id).where(condition)


def _between(begin: _End, end: _End) -> ColumnElement[bool]:
    return (PersonWord.word >= begin) & (PersonWord.word < end)


def _has_between(begin: _End, end: _End) -> ColumnElement[bool]:
    other = PersonWord.__table__.alias()
    is_there = (other.c.word >= begin) & (other.c.word < end)
    return select(other.c.person_id).where(other.c.person_id == Person.id, is_there).correlate(Person).exists()


def _ends(start: str) -> tuple[str, str]:
    """Where the words that begin so begin in the index, and where they are over."""
    begun = start[:LONGEST_WORD]
    return begun, begun + _LAST_LETTER


# --- put together once for each number of words: a search asks them with what was typed


@cache
def _first_begun(starts: int, others: int, members_only: bool) -> Select[*tuple[Any, ...]]:
    is_wanted = _is_wanted(members_only)
    found = (
        select(PersonWord.person_id)
        .join(Person, Person.id == PersonWord.person_id)
        .where(
            or_(*starmap(_between, _asked("begun", starts))), *starmap(_has_between, _asked("also", others)), is_wanted
        )
        .order_by(PersonWord.word, PersonWord.person_id)
        .limit(FIRST_FOUND)
        .correlate(None)
        .subquery()
    )
    by_name = select(*KNOWN).where(Person.id.in_(select(found.c.person_id)), is_wanted).order_by(*BY_NAME)
    return by_name.limit(bindparam("most"))


@cache
def _counting(words: int) -> Select[*tuple[Any, ...]]:
    counts = [
        select(func.count()).select_from(_owners(asked).limit(bindparam("most")).subquery()).scalar_subquery()
        for asked in starmap(_between, _asked("begun", words))
    ]
    return select(*counts)


def _asked(name: str, words: int) -> list[tuple[BindParameter[str], BindParameter[str]]]:
    """The two ends for each word, as `_stretches` names them."""
    keys = (f"{name}{number}" for number in range(words))
    return [(bindparam(key, type_=String), bindparam(f"{key}_end", type_=String)) for key in keys]


def _stretches(name: str, words: Sequence[str]) -> dict[str, str]:
    return {
        key: end
        for number, word in enumerate(words)
        for key, end in zip((f"{name}{number}", f"{name}{number}_end"), _ends(word), strict=True)
    }
