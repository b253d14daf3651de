"""Where a member's goods go unless they say otherwise: one address a person."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import Transaction, is_sqlite, transaction
from club.delivery.models import SavedAddress
from club.delivery.rules import Saved
from club.errors import UnknownMember
from club.members.models import KNOWN, Known, Person

_NAMES = tuple(field.name for field in fields(Saved))
_COLUMNS = tuple(SavedAddress.__table__.c[name] for name in _NAMES)
_SAVED: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(SavedAddress.person_id == bindparam("person_id"))
WITH_ADDRESS: Select[*tuple[Any, ...]] = (
    select(*KNOWN, SavedAddress.person_id, *_COLUMNS)
    .outerjoin(SavedAddress, SavedAddress.person_id == Person.id)
    .where(Person.id == bindparam("person_id"))
)
"""A person and what they saved last; more may be asked along, behind these columns."""


def saved_of(db: Session, person_id: int) -> Saved | None:
    """What they saved last."""
    row = db.execute(_SAVED, {"person_id": person_id}).one_or_none()
    return None if row is None else Saved(**dict(zip(_NAMES, row, strict=True)))


def member_with_address(db: Session, person_id: int) -> tuple[Known, Saved | None]:
    """A member and what they saved last, one question; raises `UnknownMember`."""
    return with_address(db.execute(WITH_ADDRESS, {"person_id": person_id}).one_or_none())


def with_address(row: Row[*tuple[Any, ...]] | None) -> tuple[Known, Saved | None]:
    """The same from a row of `WITH_ADDRESS`, whatever stands behind its columns."""
    known = None if row is None else Known(*row[: len(KNOWN)])
    if row is None or known is None or known.member_number is None:
        raise UnknownMember
    has_saved, *values = row[len(KNOWN) : len(KNOWN) + 1 + len(_NAMES)]
    return known, None if has_saved is None else Saved(**dict(zip(_NAMES, values, strict=True)))


def save(tx: Transaction, person_id: int, saved: Saved) -> None:
    """A step: it replaces what was saved before."""
    values = asdict(saved)
    add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(SavedAddress)
    tx.execute(
        add.values(person_id=person_id, **values).on_conflict_do_update(index_elements=["person_id"], set_=values)
    )


def save_own(db: Session, person_id: int, saved: Saved) -> None:
    """A member writes it down on their own page."""
    with transaction(db) as tx:
        save(tx, person_id, saved)
