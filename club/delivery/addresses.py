"""Where a member's goods go unless they say otherwise: one address a person."""

from dataclasses import asdict, fields

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import Transaction, is_sqlite, transaction
from club.delivery.models import SavedAddress
from club.delivery.rules import Saved


def saved_of(db: Session, person_id: int) -> Saved | None:
    """What they saved last."""
    columns = [SavedAddress.__table__.c[field.name] for field in fields(Saved)]
    row = db.execute(select(*columns).where(SavedAddress.person_id == person_id)).mappings().one_or_none()
    return None if row is None else Saved(**row)


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
