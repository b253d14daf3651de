"""Finding people by what was typed: whoever it names, else those whose words begin so. See docs/decisions/0010."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
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


@dataclass(frozen=True)
class Begun:
    """What a text can be the beginning of: a stretch of the index of words, and what has to be true besides."""

    stretch: ColumnElement[bool]
    also: tuple[ColumnElement[bool], ...] = ()

    @property
    def condition(self) -> ColumnElement[bool]:
        """About a person, for statements over all of them."""
        return and_(Person.id.in_(_owners(self.stretch)), *self.also)

    def first(self, is_wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        """The same, of many only the first ones: however many there are, so many rows are read."""
        found = (
            select(PersonWord.person_id)
            .join(Person, Person.id == PersonWord.person_id)
            .where(self.stretch, *self.also, is_wanted)
            .order_by(PersonWord.word, PersonWord.person_id)
            .limit(FIRST_FOUND)
            .correlate(None)
            .subquery()
        )
        return Person.id.in_(select(found.c.person_id))


def search(db: Session, text: str, limit: int, *, by_contact: bool = True, members_only: bool = True) -> list[Known]:
    """Whoever is named exactly, else those in whose name every word begins one, by name.

    Without `by_contact` nobody is found by an address or a phone number, and so nobody can be asked for by them.
    """
    is_wanted = _is_wanted(members_only)
    for condition in ways_to_name(db, text, by_contact=by_contact):
        named_so = select(*KNOWN).where(condition, is_wanted).order_by(Person.id).limit(limit)
        rows = db.execute(named_so, execution_options=PLANNED_ANEW).all()
        if rows:
            return [Known(*row) for row in rows]
    for way in begun_ways(db, text, by_contact=by_contact):
        condition = way.first(is_wanted) if isinstance(way, Begun) else way
        begun_so = select(*KNOWN).where(condition, is_wanted).order_by(*BY_NAME).limit(limit)
        rows = db.execute(begun_so, execution_options=PLANNED_ANEW).all()
        if rows:
            return [Known(*row) for row in rows]
    return []


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
            yield Begun(_begins(email_word("".join(text.split()))))
        return
    if by_contact and looks_like_phone(text):
        starts = phone_words(text, calling_code(the_club(db).country))
        if starts:
            yield Begun(or_(*(_begins(start) for start in starts)))
    words = pieces(text)[:MOST_WORDS]
    if words:
        yield _named(db, words)
    number = number_begun(text)
    if number is not None:
        yield Person.member_number.between(number, number + ALPHABET[-1] * (NUMBER_LENGTH - len(number)))
    if by_contact and len(words) == 1:
        yield Begun(_begins(email_word(words[0])))


def named(db: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """In whose name each of these folded words begins one."""
    return _named(db, words).condition


def has_word(start: str) -> ColumnElement[bool]:
    """Who has a word that begins so."""
    return Begun(_begins(start)).condition


def _named(db: Session, words: Sequence[str]) -> Begun:
    """The rarest word chooses, the others are looked up."""
    rarest, *others = _rarest_first(db, words) if len(words) > 1 else words
    return Begun(_begins(rarest), tuple(_has_too(word) for word in others))


def _has_too(word: str) -> ColumnElement[bool]:
    other = PersonWord.__table__.alias()
    begins = (other.c.word >= word[:LONGEST_WORD]) & (other.c.word < word[:LONGEST_WORD] + _LAST_LETTER)
    return select(other.c.person_id).where(other.c.person_id == Person.id, begins).correlate(Person).exists()


def _rarest_first(db: Session, words: Sequence[str]) -> list[str]:
    """Counted no further than it takes to choose: a word that few have is known by the first question."""
    for most in (FEW_COUNTED, MOST_COUNTED):
        counts = [
            select(func.count()).select_from(_owners(_begins(word)).limit(most).subquery()).scalar_subquery()
            for word in words
        ]
        counted = db.execute(select(*counts)).one()
        if min(counted) < most:
            break
    return [word for _, word in sorted(zip(counted, words, strict=True), key=itemgetter(0))]


def _is_wanted(members_only: bool) -> ColumnElement[bool]:
    """Members, or everybody but those whose record became part of another one."""
    return Person.member_number.is_not(None) if members_only else Person.merged_into.is_(None)


def _owners(condition: ColumnElement[bool]) -> Select[int]:
    return select(PersonWord.person_id).where(condition)


def _begins(start: str) -> ColumnElement[bool]:
    begun = start[:LONGEST_WORD]
    return (PersonWord.word >= begun) & (PersonWord.word < begun + _LAST_LETTER)
