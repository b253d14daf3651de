"""Steps that the use cases of care share."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.accounts.models import Staff
from club.audit import record
from club.clock import club_day
from club.database import Transaction, is_sqlite
from club.errors import NotOnStaff, UnknownMember
from club.members.models import Person
from club.programme.models import the_club


def write_once(tx: Transaction, table: Table, values: Mapping[str, object]) -> tuple[int, bool]:
    """Write a row unless one with its cause is there; its id, and whether it is new."""
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=["cause"]).returning(table.c.id)
    new_id: int | None = tx.execute(statement).scalar()
    if new_id is not None:
        return new_id, True
    return tx.execute(select(table.c.id).where(table.c.cause == values["cause"])).scalar_one(), False


def today_of(tx: Transaction, now: datetime) -> date:
    """The day it is in the club."""
    return club_day(now, the_club(tx).time_zone)


def hold_person(tx: Transaction, person_id: int) -> None:
    """Hold a person until the transaction ends; raises `UnknownMember`."""
    if tx.scalar(select(Person.id).where(Person.id == person_id).with_for_update(read=True)) is None:
        raise UnknownMember


def hold_colleague(tx: Transaction, account_id: int) -> None:
    """Whoever gets something to do works here until the transaction ends; raises `NotOnStaff`.

    Leaving locks the same row for itself first: nothing is given to somebody on their way out.
    """
    working = select(Staff.account_id).where(Staff.account_id == account_id, Staff.disabled_at.is_(None))
    if tx.scalar(working.with_for_update(read=True)) is None:
        raise NotOnStaff


def note(
    tx: Transaction,
    act: str,
    person_id: int | None,
    *,
    by: int | None,
    now: datetime,
    words: dict[str, object] | None = None,
    **numbers: int | bool | None,
) -> None:
    """Leave an audit row at the person, or at the task that is about nobody."""
    if person_id is None:
        subject, subject_id = "task", numbers["task"]
        assert isinstance(subject_id, int)
    else:
        subject, subject_id = "person", person_id
    record(tx, act, subject, subject_id, by=by, now=now, why="", person_id=person_id, words=words, **numbers)
