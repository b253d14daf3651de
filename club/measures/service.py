"""Deciding on a corrective action, doing it, looking whether it helped, dropping it. Its owner is told by a task."""

from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.audit import record
from club.care.models import Task
from club.care.rules import LONGEST_WHAT, NewTask, TaskState, ToDo, checked_text
from club.care.service import add_task_in, close_in
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import ClosedAlready, MeasureMoved, NotFound
from club.lost.models import LostCase
from club.measures.models import Measure
from club.measures.rules import LONGEST_WORDS, RUNNING, Effect, NewMeasure, State, checked_look
from club.permissions import Permission, Role, require
from club.programme.models import the_club

_M = Measure


def add_measure(db: Session, new: NewMeasure, by: int, role: Role | None, now: datetime) -> int:
    """Something will be done differently; its id. The owner gets a task. Twice with one `once` is one action.

    Raises `NotAllowed`, `NotFound` for a case that is not there, and what `NewMeasure.checked` and `add_task_in` raise.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    tidy = new.checked()
    with transaction(db) as tx:
        known = _made_before(tx, tidy.once)
        if known is not None:
            return known
        if tidy.case_id is not None:
            _hold_case(tx, tidy.case_id)
        task = NewTask(what=tidy.what, due_on=tidy.due_on, owner_id=tidy.owner_id, cause=_origin(tidy.once))
        task_id = add_task_in(tx, task, by, now)
        known = _made_before(tx, tidy.once)  # whoever made the same task first has written the action too
        if known is not None:
            return known
        values = {
            "cause": tidy.cause.value, "what": tidy.what, "was": tidy.was, "figure": tidy.figure,
            "figure_before": tidy.before, "case_id": tidy.case_id, "task_id": task_id, "state": State.OPEN.value,
            "made_at": now, "made_by": by, "words": "", "once": tidy.once,
        }  # fmt: skip
        measure_id = tx.execute(insert(_M).values(values).returning(_M.id)).scalar_one()
        record(tx, "measure.added", "measure", measure_id, by=by, now=now, task=task_id, case=tidy.case_id)
    return int(measure_id)


def mark_done(
    db: Session, measure_id: int, check_on: date | None, task: str, by: int, role: Role | None, now: datetime
) -> None:
    """It is done differently from today on. `task`: the words of the task that looks at its effect on `check_on`.

    Raises `EffectDayNeeded` without a day to come, `MeasureMoved` when it is not open, and as `add_task_in`.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        today = _today(tx, now)
        found = _held(tx, measure_id)
        if found.state != State.OPEN:
            raise MeasureMoved
        look_on = checked_look(check_on, today)
        owner = _end_task(tx, found.task_id, TaskState.DONE, by, now)
        new = NewTask(
            what=task[:LONGEST_WHAT], due_on=look_on, owner_id=owner or by, cause=f"measure:{measure_id}:look"
        )
        look_id = add_task_in(tx, new, by, now)
        _change(tx, measure_id, state=State.DONE.value, done_on=today, look_id=look_id)
        record(tx, "measure.done", "measure", measure_id, by=by, now=now, task=look_id, days=(look_on - today).days)


def close_measure(db: Session, measure_id: int, effect: Effect, by: int, role: Role | None, now: datetime) -> None:
    """Somebody looked whether it helped, and wrote down what they found. Raises what `Effect.checked` raises."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        found = _held(tx, measure_id)
        if found.state != State.DONE:
            raise MeasureMoved
        tidy = effect.checked(found.done_on, _today(tx, now))
        assert found.look_id is not None  # what is done has it
        _end_task(tx, found.look_id, TaskState.DONE, by, now)
        _change(
            tx, measure_id, state=State.CLOSED.value, looked_on=tidy.looked_on, verdict=tidy.verdict.value,
            words=tidy.words, figure_after=tidy.after, ended_at=now, ended_by=by,
        )  # fmt: skip
        figures = {"figure_before": found.figure_before, "figure_after": tidy.after}
        record(tx, "measure.closed", "measure", measure_id, by=by, now=now, **figures)


def drop_measure(db: Session, measure_id: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """It will not be done, or not be looked at. Raises `NothingWritten` without a reason, and `MeasureMoved`."""
    require(role, Permission.KEEP_CUSTOMERS)
    reason = checked_text(why, LONGEST_WORDS)
    with transaction(db) as tx:
        found = _held(tx, measure_id)
        if found.state not in RUNNING:
            raise MeasureMoved
        _end_task(tx, found.look_id or found.task_id, TaskState.DROPPED, by, now)
        _change(tx, measure_id, state=State.DROPPED.value, words=reason, ended_at=now, ended_by=by)
        record(tx, "measure.dropped", "measure", measure_id, by=by, now=now, why=reason)


def _origin(once: str | None) -> str | None:
    return None if once is None else f"{once}:measure"


def _made_before(tx: Transaction, once: str | None) -> int | None:
    return None if once is None else tx.scalar(select(_M.id).where(_M.once == once))


def _today(tx: Transaction, now: datetime) -> date:
    return club_day(now, the_club(tx).time_zone)


def _held(tx: Transaction, measure_id: int) -> Row[str, int, int | None, date | None, int]:
    """An action, held until the transaction ends; raises `NotFound`."""
    query = select(_M.state, _M.task_id, _M.look_id, _M.done_on, _M.figure_before).where(_M.id == measure_id)
    found = tx.execute(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    return found


def _hold_case(tx: Transaction, case_id: int) -> None:
    if tx.scalar(select(LostCase.id).where(LostCase.id == case_id).with_for_update(read=True)) is None:
        raise NotFound


def _end_task(tx: Transaction, task_id: int, state: TaskState, by: int, now: datetime) -> int | None:
    """Close the task unless somebody did so in the list of tasks; whose it is, None once they have left."""
    with suppress(ClosedAlready):
        close_in(tx, ToDo.TASK, task_id, state, by, now)
    owner = select(Task.owner_id).join(Staff, Staff.account_id == Task.owner_id)
    return tx.scalar(owner.where(Task.id == task_id, Staff.disabled_at.is_(None)))


def _change(tx: Transaction, measure_id: int, **values: object) -> None:
    tx.execute(update(_M).where(_M.id == measure_id).values(**values))
