"""Finding people by what was typed: whoever it names, else all whose words begin so. See docs/decisions/0010."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

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
MOST_COUNTED = 2_000
BY_NAME = (func.coalesce(Person.search_text, ""), Person.id)
"""By name, those who were found: an expression, or PostgreSQL walks everybody in this order until it meets them."""
_LAST_LETTER = "\U0010ffff"


def search(db: Session, text: str, limit: int, *, by_contact: bool = True, members_only: bool = True) -> list[Known]:
    """Whoever is named exactly, else all in whose name every word begins one, by name.

    Without `by_contact` nobody is found by an address or a phone number, and so nobody can be asked for by them.
    """
    is_wanted = _is_wanted(members_only)
    for condition in ways_to_name(db, text, by_contact=by_contact):
        named = select(*KNOWN).where(condition, is_wanted).order_by(Person.id).limit(limit)
        rows = db.execute(named).all()
        if rows:
            return [Known(*row) for row in rows]
    for condition in begun_ways(db, text, by_contact=by_contact):
        begun = select(*KNOWN).where(condition, is_wanted).order_by(*BY_NAME).limit(limit)
        rows = db.execute(begun).all()
        if rows:
            return [Known(*row) for row in rows]
    return []


def way_of(db: Session, text: str, *, by_contact: bool, members_only: bool) -> ColumnElement[bool] | None:
    """The condition by which `search` finds whom it finds, for a longer list; none if it finds nobody."""
    is_wanted = _is_wanted(members_only)
    for condition in (*ways_to_name(db, text, by_contact=by_contact), *begun_ways(db, text, by_contact=by_contact)):
        if db.scalar(select(Person.id).where(condition, is_wanted).limit(1)) is not None:
            return condition
    return None


def begun_ways(db: Session, text: str, *, by_contact: bool) -> Iterator[ColumnElement[bool]]:
    """What a text could be the beginning of, the likeliest first; each is one stretch of an index."""
    if "@" in text:
        if by_contact and pieces(text):
            yield has_word(email_word("".join(text.split())))
        return
    if by_contact and looks_like_phone(text):
        starts = phone_words(text, calling_code(the_club(db).country))
        if starts:
            yield Person.id.in_(_owners(or_(*(_begins(start) for start in starts))))
    words = pieces(text)[:MOST_WORDS]
    if words:
        yield named(db, words)
    number = number_begun(text)
    if number is not None:
        yield Person.member_number.between(number, number + ALPHABET[-1] * (NUMBER_LENGTH - len(number)))
    if by_contact and len(words) == 1:
        yield has_word(email_word(words[0]))


def named(db: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """In whose name each of these folded words begins one. The rarest chooses, the others are looked up."""
    rarest, *others = _rarest_first(db, words) if len(words) > 1 else words
    condition = has_word(rarest)
    for word in others:
        found = select(PersonWord.person_id).where(PersonWord.person_id == Person.id, _begins(word))
        condition &= found.exists()
    return condition


def _rarest_first(db: Session, words: Sequence[str]) -> list[str]:
    """Counted no further than it takes to choose, in one question."""
    counts = [
        select(func.count()).select_from(_owners(_begins(word)).limit(MOST_COUNTED).subquery()).scalar_subquery()
        for word in words
    ]
    counted = db.execute(select(*counts)).one()
    return [word for _, word in sorted(zip(counted, words, strict=True), key=itemgetter(0))]


def _is_wanted(members_only: bool) -> ColumnElement[bool]:
    """Members, or everybody but those whose record became part of another one."""
    return Person.member_number.is_not(None) if members_only else Person.merged_into.is_(None)


def has_word(start: str) -> ColumnElement[bool]:
    """Who has a word that begins so."""
    return Person.id.in_(_owners(_begins(start)))


def _owners(condition: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(PersonWord.person_id).where(condition)


def _begins(start: str) -> ColumnElement[bool]:
    begun = start[:LONGEST_WORD]
    return (PersonWord.word >= begun) & (PersonWord.word < begun + _LAST_LETTER)
