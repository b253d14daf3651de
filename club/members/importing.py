"""Many people at once: who is meant by the keys of a file, and new members for keys that nobody has."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.database import Transaction
from club.intake.bulk import chosen, insert_many, reserve_ids
from club.members.models import IDENTIFIER_KINDS, Person, PersonIdentifier
from club.members.rules import (
    email_key,
    identifier_key,
    looks_like_email,
    new_number,
    number_typed,
    search_text,
)

SOURCE = "import"
EXTERNAL = "external"

_PEOPLE: Table = Person.__table__  # type: ignore[assignment]  # a mapped class has a Table
_IDENTIFIERS: Table = PersonIdentifier.__table__  # type: ignore[assignment]
_PERSON_COLUMNS = (
    "id", "member_number", "full_name", "call_name", "email", "email_key", "language", "joined_on", "source",
    "search_text", "created_at",
)  # fmt: skip


class Known(NamedTuple):
    """Who is known by a key."""

    person_id: int
    is_member: bool


def known_by(db: Session, keys: Iterable[str]) -> dict[str, Known]:
    """Who is meant: by member number first, then e-mail address, then external id or old card."""
    keys = list(keys)
    numbers = {key: number for key in keys if (number := number_typed(key))}
    emails = {key: email_key(key) for key in keys if looks_like_email(key)}
    identifiers = {key: identifier_key(key) for key in keys}
    known = _named(keys, identifiers, _by_identifier(db, set(identifiers.values())))
    known |= _named(keys, emails, _by_column(db, Person.email_key, set(emails.values())))
    known |= _named(keys, numbers, _by_column(db, Person.member_number, set(numbers.values())))
    return known


def _named(keys: Sequence[str], compared: Mapping[str, str], found: Mapping[str, Known]) -> dict[str, Known]:
    return {key: found[compared[key]] for key in keys if key in compared and compared[key] in found}


def _by_column(db: Session, column: InstrumentedAttribute[str | None], values: set[str]) -> dict[str, Known]:
    return _found(db, column, column.in_(chosen(db, values))) if values else {}


def _by_identifier(db: Session, values: set[str]) -> dict[str, Known]:
    found = db.execute(
        select(PersonIdentifier.value, Person.id, Person.member_number.is_not(None))
        .join(Person, Person.id == PersonIdentifier.person_id)
        .where(PersonIdentifier.kind.in_(IDENTIFIER_KINDS), PersonIdentifier.value.in_(chosen(db, values)))
        .order_by(PersonIdentifier.kind.desc())
    )
    known: dict[str, Known] = {}
    for value, person_id, is_member in found:
        known.setdefault(value, Known(person_id, is_member))
    return known


def _found(db: Session, column: InstrumentedAttribute[str | None], where: ColumnElement[bool]) -> dict[str, Known]:
    rows = db.execute(select(column, Person.id, Person.member_number.is_not(None)).where(where))
    return {str(value): Known(person_id, is_member) for value, person_id, is_member in rows}


def count_members(db: Session) -> int:
    """How many members the club has."""
    return db.scalar(select(func.count(Person.member_number))) or 0


def add_members(tx: Transaction, joined: Mapping[str, date], *, language: str, now: datetime) -> dict[str, int]:
    """New members known by nothing but a key (an e-mail address or an external id), and the day they joined.

    They have no sign-in; the caller opens their points accounts. Keys that mean the same (an id in small and capital
    letters) become one member.
    """
    firsts: dict[str, str] = {}
    for key in sorted(joined, key=joined.__getitem__):
        firsts.setdefault(_as_compared(key), key)
    ids = reserve_ids(tx, _PEOPLE, len(firsts))
    people, identifiers, member_of = [], [], {}
    for person_id, number, (compared, key) in zip(ids, _free_numbers(tx, len(firsts)), firsts.items(), strict=True):
        is_email = looks_like_email(key)
        email = key if is_email else None
        text = search_text(
            full_name=key, call_name="", email=email, phone=None, number=number,
            identifiers=() if is_email else (compared,),
        )  # fmt: skip
        people.append(
            (
                person_id, number, key, "", email, compared if is_email else None, language, joined[key], SOURCE,
                text, now,
            )
        )  # fmt: skip
        if not is_email:
            identifiers.append((EXTERNAL, compared, person_id))
        member_of[compared] = person_id
    insert_many(tx, _PEOPLE, _PERSON_COLUMNS, people)
    insert_many(tx, _IDENTIFIERS, ("kind", "value", "person_id"), identifiers)
    return {key: member_of[_as_compared(key)] for key in joined}


def _as_compared(key: str) -> str:
    return email_key(key) if looks_like_email(key) else identifier_key(key)


def _free_numbers(tx: Transaction, count: int) -> list[str]:
    """Different member numbers that nobody has."""
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        fresh = dict.fromkeys(new_number() for _ in range(count - len(numbers)))
        taken = set(tx.scalars(select(Person.member_number).where(Person.member_number.in_(chosen(tx, fresh)))))
        numbers |= {number: None for number in fresh if number not in taken}
    return list(numbers)
