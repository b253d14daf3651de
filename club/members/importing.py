"""Many people at once: who is meant by the keys of a file, and new members for keys that nobody has."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.database import Transaction
from club.intake.bulk import chosen, insert_many, reserve_ids
from club.intake.models import ImportChange
from club.members.models import FORMER_EMAIL, FORMER_NUMBER, IDENTIFIER_KINDS, Person, PersonIdentifier, PersonWord
from club.members.rules import (
    email_key,
    former_email,
    identifier_key,
    looks_like_email,
    new_number,
    number_typed,
    search_text,
    words_known,
)

SOURCE = "import"
EXTERNAL = "external"
FORMER = (FORMER_NUMBER,)

_PEOPLE: Table = Person.__table__  # type: ignore[assignment]  # a mapped class has a Table
_IDENTIFIERS: Table = PersonIdentifier.__table__  # type: ignore[assignment]
_WORDS: Table = PersonWord.__table__  # type: ignore[assignment]
_CHANGES: Table = ImportChange.__table__  # type: ignore[assignment]
_PERSON_COLUMNS = (
    "id", "member_number", "full_name", "call_name", "email", "email_key", "phone", "language", "birth_year",
    "birth_month", "birth_day", "joined_on", "source", "search_text", "created_at",
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
    known |= _named(keys, emails, _by_former_email(db, set(emails.values())))
    known |= _named(keys, emails, _by_column(db, Person.email_key, set(emails.values())))
    known |= _named(keys, numbers, _by_identifier(db, set(numbers.values()), FORMER) if numbers else {})
    known |= _named(keys, numbers, _by_column(db, Person.member_number, set(numbers.values())))
    return known


class Owners(NamedTuple):
    """Whose a number, an address, an external id or a card is, each as it is compared."""

    by_number: dict[str, Known]
    by_email: dict[str, Known]
    by_identifier: dict[str, Known]


def owners(db: Session, *, numbers: set[str], emails: set[str], identifiers: set[str]) -> Owners:
    """Who has which of these; all as they are compared."""
    return Owners(
        (_by_identifier(db, numbers, FORMER) if numbers else {}) | _by_column(db, Person.member_number, numbers),
        _by_former_email(db, emails) | _by_column(db, Person.email_key, emails),
        _by_identifier(db, identifiers) if identifiers else {},
    )


def _named(keys: Sequence[str], compared: Mapping[str, str], found: Mapping[str, Known]) -> dict[str, Known]:
    return {key: found[compared[key]] for key in keys if key in compared and compared[key] in found}


def _by_column(db: Session, column: InstrumentedAttribute[str | None], values: set[str]) -> dict[str, Known]:
    return _found(db, column, column.in_(chosen(db, values))) if values else {}


def _by_identifier(db: Session, values: set[str], kinds: tuple[str, ...] = IDENTIFIER_KINDS) -> dict[str, Known]:
    found = db.execute(
        select(PersonIdentifier.value, Person.id, Person.member_number.is_not(None))
        .join(Person, Person.id == PersonIdentifier.person_id)
        .where(PersonIdentifier.kind.in_(kinds), PersonIdentifier.value.in_(chosen(db, values)))
        .order_by(PersonIdentifier.kind.desc())
    )
    known: dict[str, Known] = {}
    for value, person_id, is_member in found:
        known.setdefault(value, Known(person_id, is_member))
    return known


def _by_former_email(db: Session, emails: set[str]) -> dict[str, Known]:
    """Whoever the addresses of merged records lead to."""
    kept = {former_email(email): email for email in emails}
    found = _by_identifier(db, set(kept), (FORMER_EMAIL,)) if kept else {}
    return {kept[value]: known for value, known in found.items()}


def _found(db: Session, column: InstrumentedAttribute[str | None], where: ColumnElement[bool]) -> dict[str, Known]:
    rows = db.execute(select(column, Person.id, Person.member_number.is_not(None)).where(where))
    return {str(value): Known(person_id, is_member) for value, person_id, is_member in rows}


def count_members(db: Session) -> int:
    """How many members the club has."""
    return db.scalar(select(func.count(Person.member_number))) or 0


def note_made(tx: Transaction, run_id: int, person_ids: Iterable[int]) -> None:
    """Remember who came with an import, so that it can be undone."""
    insert_many(tx, _CHANGES, ("import_id", "kind", "person_id"), [(run_id, "made", one) for one in sorted(person_ids)])


def count_made(db: Session, run_id: int) -> int:
    """How many people came with an import."""
    made = select(func.count()).where(_CHANGES.c.import_id == run_id, _CHANGES.c.kind == "made")
    return db.scalar(made) or 0


class Newcomer(NamedTuple):
    """A member to be, checked already. Without a number they get a new one."""

    full_name: str
    joined_on: date
    language: str
    email: str | None = None
    phone: str | None = None
    birthday: tuple[int | None, int | None, int | None] = (None, None, None)
    """Year, month, day."""
    number: str | None = None
    identifiers: Sequence[tuple[str, str]] = ()
    """(kind, value) as they are compared."""


def write_members(tx: Transaction, newcomers: Sequence[Newcomer], now: datetime) -> Sequence[int]:
    """Insert members without sign-in; returns their ids in turn. The caller opens their points accounts."""
    ids = reserve_ids(tx, _PEOPLE, len(newcomers))
    fresh = iter(_free_numbers(tx, sum(1 for one in newcomers if one.number is None)))
    people, identifiers, words = [], [], []
    for person_id, one in zip(ids, newcomers, strict=True):
        number = one.number or next(fresh)
        text = search_text(
            full_name=one.full_name, call_name="", email=one.email, phone=one.phone, number=number,
            identifiers=[value for _, value in one.identifiers],
        )  # fmt: skip
        people.append(
            (
                person_id, number, one.full_name, "", one.email, email_key(one.email) if one.email else None,
                one.phone, one.language, *one.birthday, one.joined_on, SOURCE, text, now,
            )
        )  # fmt: skip
        identifiers += [(kind, value, person_id) for kind, value in one.identifiers]
        known = words_known(full_name=one.full_name, call_name="", email=one.email, phone=one.phone)
        words += [(word, person_id) for word in known]
    insert_many(tx, _PEOPLE, _PERSON_COLUMNS, people)
    insert_many(tx, _IDENTIFIERS, ("kind", "value", "person_id"), identifiers)
    insert_many(tx, _WORDS, ("word", "person_id"), sorted(words))
    return ids


def add_members(tx: Transaction, joined: Mapping[str, date], *, language: str, now: datetime) -> dict[str, int]:
    """New members known by nothing but a key (an e-mail address or an external id), and the day they joined.

    Keys that mean the same (an id in small and capital letters) become one member.
    """
    newcomers: dict[str, Newcomer] = {}
    compared: dict[str, str] = {}
    for key in sorted(joined, key=joined.__getitem__):
        is_email = looks_like_email(key)
        as_compared = compared[key] = email_key(key) if is_email else identifier_key(key)
        if as_compared not in newcomers:
            newcomers[as_compared] = Newcomer(
                key,
                joined[key],
                language,
                email=key if is_email else None,
                identifiers=() if is_email else ((EXTERNAL, as_compared),),
            )
    member_of = dict(zip(newcomers, write_members(tx, list(newcomers.values()), now), strict=True))
    return {key: member_of[compared[key]] for key in joined}


def _free_numbers(tx: Transaction, count: int) -> list[str]:
    """Different member numbers that nobody has."""
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        fresh = dict.fromkeys(new_number() for _ in range(count - len(numbers)))
        taken = set(tx.scalars(select(Person.member_number).where(Person.member_number.in_(chosen(tx, fresh)))))
        numbers |= {number: None for number in fresh if number not in taken}
    return list(numbers)
