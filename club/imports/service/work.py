"""What the worker does: it claims a run that waits, or one whose worker died, and works on it to its end."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, delete, func, literal, null, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from club.accounts.models import staff_role
from club.clock import club_day
from club.database import UtcDateTime, transaction
from club.errors import MergedSince, Refusal
from club.imports.models import FOLDER, RUNS, Run, complaints_of, file_of, the_run
from club.imports.rules import ARRIVES_WITHIN, IN_WORK, KEPT_FOR, LEASE, MOST_CLAIMS, WORK, Kind, State
from club.imports.service.taking import brought, take_in
from club.imports.service.undoing import take_back
from club.imports.service.undoing.merged import is_anybody_merged
from club.imports.service.watch import Interrupted, StopAsked, TakenOver, Watch, WorkerEnds
from club.intake import staging
from club.intake.models import ImportChange
from club.programme.models import the_club
from club.tiers.service import reassess_all, reassess_returned

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hands:
    """What somebody who works on imports needs."""

    make_session: sessionmaker[Session]
    folder: Path
    clock: Callable[[], datetime]
    is_stopping: Callable[[], bool] = lambda: False


def take_up(hands: Hands) -> bool:
    """Work on one run, if there is one. Killed at any moment it is taken over after its lease, and nothing is lost."""
    with hands.make_session() as db:
        claimed = _claim(db, hands.clock())
        if claimed is None:
            return False
        run_id, claim = claimed
        watch = Watch(hands.make_session, run_id, claim, hands.clock, hands.is_stopping)
        run = the_run(db, run_id)
        db.rollback()
        if claim > MOST_CLAIMS:
            _end(db, run, claim, State.FAILED, {"why": "the worker died over it again and again"}, hands.clock())
            return True
        try:
            _work(db, hands, run, claim, watch)
        except TakenOver:
            log.warning("import %s: another worker has it", run_id)
        except WorkerEnds:
            db.rollback()
            _let_go(db, run_id, claim, hands.clock())
        except StopAsked:
            db.rollback()
            _stopped(db, run, claim, hands.clock())
        except MergedSince as refusal:
            db.rollback()
            _end(db, run, claim, State.FAILED, {**run.found, "why": refusal.plain()}, hands.clock())
        except Refusal as refusal:
            db.rollback()
            _end(db, run, claim, State.FAILED, {"why": getattr(refusal, "why", refusal.plain())}, hands.clock())
        except DBAPIError:
            log.exception("import %s: the database gave up; it is taken up again", run_id)
        except Exception:
            log.exception("import %s failed", run_id)
            db.rollback()
            _end(db, run, claim, State.FAILED, {"why": "something broke on our side"}, hands.clock())
    return True


def _work(db: Session, hands: Hands, run: Run, claim: int, watch: Watch) -> None:
    if run.state is State.UNDOING:
        _refuse_merged(db, run)
        found = {**run.found, "undone": take_back(db, run, watch, hands.clock())}
        _end(db, run, claim, State.UNDONE, found, hands.clock())
        return
    role = None if run.by is None else staff_role(db, run.by)
    is_trial = run.state is State.TRIAL_RUNNING
    watch("reading", 0, 0)
    taken = take_in(db, hands.folder, run, role, hands.clock(), watch, is_trial=is_trial)
    _end(db, run, claim, State.TRIED if is_trial else State.DONE, taken.found, hands.clock(), counts=taken.counts)


def _refuse_merged(db: Session, run: Run) -> None:
    """Since the undo was asked for, somebody of it may have become part of another record. Raises `MergedSince`."""
    with transaction(db) as tx:
        tx.execute(select(RUNS.c.id).where(RUNS.c.id == run.id).with_for_update())
        if is_anybody_merged(tx, run.id, run.writing_since):
            raise MergedSince


def _claim(db: Session, now: datetime) -> tuple[int, int] | None:
    """The next run and how often it was claimed; ours until the lease ends."""
    column = RUNS.c
    is_due = or_(column.state.in_(WORK), and_(column.state.in_(IN_WORK), column.leased_until <= now))
    first = select(column.id).where(is_due).order_by(column.id).limit(1)
    is_nothing = db.scalar(first) is None
    db.rollback()
    if is_nothing:
        return None
    moved = case({before: after.value for before, after in WORK.items()}, value=column.state, else_=column.state)
    begins_writing = and_(column.state == State.WAITING, column.writing_since.is_(None))
    with transaction(db) as tx:
        row = tx.execute(
            update(RUNS)
            .where(column.id == first.with_for_update(skip_locked=True).scalar_subquery())
            .values(
                state=moved,
                writing_since=case((begins_writing, literal(now, UtcDateTime)), else_=column.writing_since),
                leased_until=now + LEASE,
                seen_at=now,
                claims=column.claims + 1,
            )
            .returning(column.id, column.claims)
        ).one_or_none()
    return None if row is None else (row.id, row.claims)


def _end(
    db: Session, run: Run, claim: int, after: State, found: dict[str, Any], now: datetime, **values: object
) -> None:
    """Put down what came of it, unless somebody else has the run by now. What changed the club can be undone a day."""
    can_be_undone = RUNS.c.writing_since.is_not(None) & (after in {State.DONE, State.STOPPED, State.FAILED})
    until = run.undo_until if run.state is State.UNDOING else now + staging.UNDO_FOR
    with transaction(db) as tx:
        tx.execute(
            update(RUNS)
            .where(RUNS.c.id == run.id, RUNS.c.claims == claim)
            .values(
                state=after,
                found=found,
                leased_until=None,
                is_stop_asked=False,
                seen_at=now,
                finished_at=now,
                undo_until=case((can_be_undone, literal(until, UtcDateTime)), else_=null()),
                **values,
            )
        )


def _let_go(db: Session, run_id: int, claim: int, now: datetime) -> None:
    """Leave the run to whoever looks next."""
    with transaction(db) as tx:
        tx.execute(
            update(RUNS)
            .where(RUNS.c.id == run_id, RUNS.c.claims == claim)
            .values(leased_until=now, claims=RUNS.c.claims - 1)
        )


def _stopped(db: Session, run: Run, claim: int, now: datetime) -> None:
    """What came in so far stays, and counts: the tiers are looked at."""
    staging.clear(db, run.id)
    if run.state is State.TRIAL_RUNNING:
        _end(db, run, claim, State.CANCELLED, {}, now)
        return
    if run.kind is Kind.PURCHASES:
        today = club_day(now, the_club(db).time_zone)
        reassess_returned(db, today, now)
        reassess_all(db, today, now)
    counts = brought(db, run)
    _end(db, run, claim, State.STOPPED, {**run.found, "brought": counts}, now, counts=counts)


# --- what nobody needs any more


def forget_old(db: Session, folder: Path, now: datetime) -> int:
    """Give up what nobody went on with, and remove files and personal values of imports that are over for good."""
    column = RUNS.c
    idle = (State.UPLOADED, State.TRIED)
    with transaction(db) as tx:
        tx.execute(
            update(RUNS)
            .where(column.state.in_(idle), column.started_at < now - KEPT_FOR)
            .values(state=State.CANCELLED, finished_at=now)
        )
    has_ended = column.state.in_([State.DONE, State.STOPPED, State.FAILED])  # an undo asked for in time goes on
    is_final = or_(and_(has_ended, column.undo_until < now), column.state.in_([State.CANCELLED, State.UNDONE]))
    left_by_a_command = and_(column.state == State.RUNNING, column.leased_until.is_(None))
    over = or_(is_final, and_(or_(left_by_a_command, column.state == State.FAILED), column.started_at < now - KEPT_FOR))
    kept = select(ImportChange.import_id).where(ImportChange.import_id == column.id).exists()
    old = db.execute(select(column.id, column.found).where(over, or_(kept, column.digest.is_not(None)))).all()
    for run_id, found in old:
        with transaction(db) as tx:
            tx.execute(delete(ImportChange).where(ImportChange.import_id == run_id))
            cleaned = {"digest": None, "undo_until": None, "found": _without_people(found)}
            tx.execute(update(RUNS).where(column.id == run_id).values(cleaned))
        for path in (file_of(folder, run_id), complaints_of(folder, run_id)):
            path.unlink(missing_ok=True)
    _clear_arriving(folder / FOLDER, now)
    return len(old)


def _clear_arriving(place: Path, now: datetime) -> None:
    """Remove files of uploads that were killed on their way."""
    for path in place.glob("arriving-*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - ARRIVES_WITHIN).timestamp():
                path.unlink()


def _without_people(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in {"changes", "shown", "doubts"}}


def count_waiting(db: Session) -> int:
    """How many runs wait for a worker."""
    return db.scalar(select(func.count()).where(RUNS.c.state.in_(WORK))) or 0


__all__ = ["Hands", "Interrupted", "count_waiting", "forget_old", "take_up"]
