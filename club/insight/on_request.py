"""Figures that somebody asks for: the page leaves a request, the worker makes them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, is_sqlite, transaction
from club.imports.models import RUNS
from club.insight.models import FigureRun, last_made
from club.insight.service import refresh
from club.permissions import Permission, Role, require
from club.programme.models import the_club

LEASE = timedelta(minutes=5)
"""How long a request belongs to the worker that took it; figures of a million members take less."""


def ask_to_refresh(db: Session, by: int, role: Role | None, now: datetime) -> bool:
    """Ask the worker for figures as of today; False when they are asked for already. Raises `NotAllowed`."""
    require(role, Permission.SEE_FIGURES)
    with transaction(db) as tx:
        _the_row(tx)
        if not _change(tx, nobody_asked(), asked_at=now, begun_at=None, leased_until=None):
            return False
        record(tx, "figures.refreshed", "programme", 1, by=by, now=now)
    return True


def ask_after_imports(db: Session, now: datetime) -> bool:
    """The same by itself, where a file came in or was taken back since the figures were made."""
    newest = db.scalar(select(func.max(RUNS.c.finished_at)).where(RUNS.c.writing_since.is_not(None)))
    made = last_made(db)
    db.rollback()
    if newest is None or (made is not None and made.made_at >= newest):
        return False
    with transaction(db) as tx:
        _the_row(tx)
        return _change(tx, nobody_asked(), asked_at=now, begun_at=None, leased_until=None)


def make_asked(db: Session, now: datetime, follow: Callable[[Session, date, datetime], object]) -> bool:
    """Make the figures that were asked for, and whatever follows from them; False when there is nothing to do.

    Of several workers one makes them. A killed one leaves its lease: when that is over, all is made from the start,
    with the same end.
    """
    lease = take(db, now)
    if lease is None:
        return False
    today = club_day(now, the_club(db).time_zone)
    refresh(db, today, now)
    follow(db, today, now)
    with transaction(db) as tx:
        _change(tx, FigureRun.leased_until == lease, asked_at=None, begun_at=None, leased_until=None)
    return True


def take(db: Session, now: datetime) -> datetime | None:
    """Take the request that stands, until the returned moment; None when there is none or somebody has it."""
    is_asked = FigureRun.asked_at.is_not(None)
    if db.scalar(select(FigureRun.id).where(is_asked)) is None:
        return None
    until = now + LEASE
    with transaction(db) as tx:
        is_taken = _change(tx, is_asked & nobody_has_it(now), begun_at=now, leased_until=until)
    return until if is_taken else None


def nobody_asked() -> ColumnElement[bool]:
    """Guards the request: two presses of the button make one run."""
    return FigureRun.asked_at.is_(None)


def nobody_has_it(now: datetime) -> ColumnElement[bool]:
    """Guards the work: two workers do not do it twice."""
    return FigureRun.leased_until.is_(None) | (FigureRun.leased_until <= now)


def _change(tx: Transaction, guard: ColumnElement[bool], **values: datetime | None) -> bool:
    changed = update(FigureRun).where(FigureRun.id == 1, guard).values(**values).returning(FigureRun.id)
    return tx.execute(changed.execution_options(synchronize_session=False)).first() is not None


def _the_row(tx: Transaction) -> None:
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    tx.execute(insert(FigureRun).values(id=1).on_conflict_do_nothing())
