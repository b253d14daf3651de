"""Making the figures anew."""

from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import ONE_DAY, club_day
from club.database import Transaction, is_sqlite, transaction
from club.insight.first_look import SHEET, first_look_sheet
from club.insight.ladder import Proposal, proposal, proposed_ladder
from club.insight.models import FigureDay, FigureRun, MemberFigures, RhythmRule, Sheet, WatchRule, the_rhythm, the_watch
from club.insight.rules import Rhythm
from club.insight.sql import bought_in, cut_of, write_figures, year_before
from club.insight.watch import Watch
from club.insight.whole_club import day_sums, sheets_of
from club.permissions import Permission, Role, require
from club.programme.models import the_club

__all__ = ["Proposal", "night", "proposal", "proposed_ladder", "refresh", "set_rhythm", "set_watch"]

_ONE_AT_A_TIME = 7_104_203
"""PostgreSQL's name of the lock behind which one process makes figures."""


def refresh(db: Session, as_of: date, now: datetime) -> int:
    """Make all figures as of a day; returns how many members have them.

    Members first, in one statement; what only reads is worked out between the two transactions, so that the counter
    does not wait for it.
    """
    with transaction(db) as tx:
        _alone(tx)
        members = _write_members(tx, as_of)
    days = day_sums(db, as_of)
    with transaction(db) as tx:
        _alone(tx)
        tx.execute(delete(FigureDay))
        if days:
            tx.execute(insert(FigureDay), days)
    made = sheets_of(db, as_of)
    look = first_look_sheet(db, as_of)
    if look is not None:
        made[SHEET] = look
    with transaction(db) as tx:
        _alone(tx)
        tx.execute(delete(Sheet))
        tx.execute(insert(Sheet), [{"key": key, "content": content} for key, content in made.items()])
        _note(tx, as_of=as_of, made_at=now)
    return members


def night(db: Session, day: date, now: datetime) -> int:
    """Figures as of a day that is over. Of several nights that are caught up with, the last one alone makes them."""
    if day < club_day(now, the_club(db).time_zone) - ONE_DAY:
        return 0
    return refresh(db, day, now)


def set_rhythm(db: Session, rhythm: Rhythm, by: int, role: Role | None, now: datetime) -> None:
    """Change who counts as late. The rows of every member follow at once, as of the day that they stand at."""
    require(role, Permission.EDIT_RULES)
    with transaction(db) as tx:
        _alone(tx)
        rule = RhythmRule(**vars(rhythm), created_at=now, created_by=by)
        tx.add(rule)
        tx.flush()
        record(tx, "rhythm.set", "rhythm_rule", rule.id, by=by, now=now, **vars(rhythm))
        as_of = tx.scalar(select(FigureRun.as_of))
        if as_of is not None:
            _write_members(tx, as_of)


def set_watch(db: Session, watch: Watch, by: int, role: Role | None, now: datetime) -> None:
    """Change who counts as slipping away; the next figures follow it."""
    require(role, Permission.EDIT_RULES)
    with transaction(db) as tx:
        rule = WatchRule(**vars(watch), created_at=now, created_by=by)
        tx.add(rule)
        tx.flush()
        record(tx, "watch.set", "watch_rule", rule.id, by=by, now=now, **vars(watch))


def _write_members(tx: Transaction, as_of: date) -> int:
    cut = cut_of(tx, bought_in(year_before(as_of)))
    rhythm, watch = the_rhythm(tx), the_watch(tx)
    tx.execute(delete(MemberFigures))
    tx.execute(write_figures(as_of, rhythm, watch, cut))
    return int(tx.scalar(select(func.count()).select_from(MemberFigures)) or 0)


def _alone(tx: Transaction) -> None:
    """Wait for another process that makes figures, as long as it takes."""
    if not is_sqlite(tx):
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _ONE_AT_A_TIME})


def _note(tx: Transaction, **values: date | datetime) -> None:
    """The one row, made when it is first needed."""
    changed = update(FigureRun).where(FigureRun.id == 1).values(**values).returning(FigureRun.id)
    if tx.execute(changed.execution_options(synchronize_session=False)).first() is None:
        tx.execute(insert(FigureRun).values(id=1, **values))
