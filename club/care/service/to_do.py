"""Tasks and promises: made once, done, moved, given to somebody else, opened again."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.care.models.tables import ABSENCES, COMMITMENTS, TASKS
from club.care.rules import (
    OPEN,
    NewPromise,
    NewTask,
    NextStep,
    PromiseState,
    TaskState,
    ToDo,
    checked_due,
    checked_line,
)
from club.care.service.writing import hold_colleague, hold_person, note, today_of, write_once
from club.database import Transaction, transaction
from club.errors import ClosedAlready, NotAllowed, NotFound
from club.permissions import Permission, Role, may, require

TABLES: dict[ToDo, Table] = {ToDo.TASK: TASKS, ToDo.PROMISE: COMMITMENTS}
GOOD_ENDS = (TaskState.DONE, PromiseState.KEPT)


@dataclass(frozen=True)
class _Item:
    """A task or promise, held until the transaction ends."""

    id: int
    what: ToDo
    person_id: int | None
    owner_id: int
    due_on: date
    state: str


def add_task(db: Session, new: NewTask, by: int, role: Role | None, now: datetime) -> int:
    """Something to do for oneself or a colleague; its id. Raises as `add_task_in`, and `NotAllowed`."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        return add_task_in(tx, new, by, now)


def add_task_in(tx: Transaction, new: NewTask, by: int | None, now: datetime) -> int:
    """The same as a step, for automation (`by` None) too; with a cause that is known the task that it made before.

    Raises `NothingWritten`, `TextTooLong`, `DayInPast`, `DayTooFar`, `NotOnStaff` and `UnknownMember`.
    """
    if new.person_id is not None:
        hold_person(tx, new.person_id)
    values = {**_to_do(tx, new, by, now), "person_id": new.person_id}
    task_id, is_new = write_once(tx, TASKS, values)
    if is_new:
        note(tx, "care.task_added", new.person_id, by=by, now=now, task=task_id, owner=new.owner_id)
    return task_id


def add_promise(db: Session, new: NewPromise, by: int, role: Role | None, now: datetime) -> int:
    """What is promised to a customer; its id. Raises as `add_task`."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        return add_promise_in(tx, new, by, now)


def add_promise_in(tx: Transaction, new: NewPromise, by: int | None, now: datetime) -> int:
    """The same as a step."""
    hold_person(tx, new.person_id)
    values = {**_to_do(tx, new, by, now), "person_id": new.person_id, "was_told": new.was_told}
    promise_id, is_new = write_once(tx, COMMITMENTS, values)
    if is_new:
        note(tx, "care.promise_added", new.person_id, by=by, now=now, promise=promise_id, owner=new.owner_id)
    return promise_id


def close(  # noqa: PLR0917 - which thing, how it ended, and who says so when
    db: Session,
    what: ToDo,
    item_id: int,
    state: TaskState | PromiseState,
    by: int,
    role: Role | None,
    now: datetime,
    then: NextStep | None = None,
) -> None:
    """Done, dropped, kept or broken; `then` is what comes next, made in the same transaction.

    Everybody who keeps customers may say that something is done or kept; to drop it, or to call it broken, takes its
    owner, their cover or whoever hands over. Raises `ClosedAlready`, `NotFound`, `NotAllowed` and as `add_task`.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        item = _held(tx, what, item_id)
        if state not in GOOD_ENDS:
            _may_change(tx, item, by, role, now)
        close_in(tx, what, item_id, state, by, now)
        if then is not None:
            follow(tx, item.person_id, then, by, now, None)


def close_in(
    tx: Transaction, what: ToDo, item_id: int, state: TaskState | PromiseState, by: int, now: datetime
) -> None:
    """The same as a step, once only."""
    item = _held(tx, what, item_id)
    if item.state != OPEN:
        raise ClosedAlready
    table = TABLES[what]
    closed = update(table).where(table.c.id == item_id).values(state=state.value, closed_at=now, closed_by=by)
    tx.execute(closed)
    _note(tx, f"care.{what.value}_{state.value}", item, by, now)


def reopen(db: Session, what: ToDo, item_id: int, by: int, role: Role | None, now: datetime) -> None:
    """It was not done after all. Nothing happens to what is open. Raises `NotFound`, `NotAllowed`, `NotOnStaff`."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        item = _held(tx, what, item_id)
        if item.state == OPEN:
            return
        hold_colleague(tx, item.owner_id)
        table = TABLES[what]
        tx.execute(update(table).where(table.c.id == item_id).values(state=OPEN, closed_at=None, closed_by=None))
        _note(tx, f"care.{what.value}_reopened", item, by, now)


def move(db: Session, what: ToDo, item_id: int, due_on: date, by: int, role: Role | None, now: datetime) -> None:
    """Another day. Raises `DayInPast`, `DayTooFar`, `ClosedAlready`, `NotFound` and `NotAllowed`."""
    with transaction(db) as tx:
        item = _open_and_own(tx, what, item_id, by, role, now)
        checked_due(due_on, today_of(tx, now))
        if due_on == item.due_on:
            return
        table = TABLES[what]
        tx.execute(update(table).where(table.c.id == item_id).values(due_on=due_on))
        days = (due_on - item.due_on).days
        days_said: dict[str, object] = {"due_on": [item.due_on.isoformat(), due_on.isoformat()]}
        _note(tx, f"care.{what.value}_moved", item, by, now, words=days_said, days=days)


def give(db: Session, what: ToDo, item_id: int, to: int, by: int, role: Role | None, now: datetime) -> None:
    """Let somebody else do it. Raises `NotOnStaff`, `ClosedAlready`, `NotFound` and `NotAllowed`."""
    with transaction(db) as tx:
        item = _open_and_own(tx, what, item_id, by, role, now)
        hold_colleague(tx, to)
        if to == item.owner_id:
            return
        table = TABLES[what]
        tx.execute(update(table).where(table.c.id == item_id).values(owner_id=to))
        _note(tx, f"care.{what.value}_given", item, by, now, before=item.owner_id, after=to)


def note_export(db: Session, rows: int, by: int, role: Role | None, now: datetime) -> None:
    """Somebody takes their list out of the house; the log says how much of it."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "care.tasks_exported", "account", by, by=by, now=now, rows=rows)


def follow(tx: Transaction, person_id: int | None, then: NextStep, by: int, now: datetime, cause: str | None) -> None:
    """The next step of whoever writes it: a promise where the customer was told, else a task."""
    once = f"{cause}:next" if cause else None
    if then.is_promise and person_id is not None:
        promise = NewPromise(
            what=then.what, due_on=then.due_on, owner_id=by, person_id=person_id, was_told=True, cause=once
        )
        add_promise_in(tx, promise, by, now)
    else:
        add_task_in(
            tx, NewTask(what=then.what, due_on=then.due_on, owner_id=by, person_id=person_id, cause=once), by, now
        )


def _to_do(tx: Transaction, new: NewTask | NewPromise, by: int | None, now: datetime) -> dict[str, object]:
    hold_colleague(tx, new.owner_id)
    return {
        "owner_id": new.owner_id,
        "what": checked_line(new.what),
        "due_on": checked_due(new.due_on, today_of(tx, now)),
        "state": OPEN,
        "made_at": now,
        "made_by": by,
        "closed_at": None,
        "closed_by": None,
        "cause": new.cause,
    }


def _held(tx: Transaction, what: ToDo, item_id: int) -> _Item:
    columns = TABLES[what].c
    row = tx.execute(
        select(columns.person_id, columns.owner_id, columns.due_on, columns.state)
        .where(columns.id == item_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    return _Item(item_id, what, row.person_id, row.owner_id, row.due_on, row.state)


def _open_and_own(tx: Transaction, what: ToDo, item_id: int, by: int, role: Role | None, now: datetime) -> _Item:
    item = _held(tx, what, item_id)
    _may_change(tx, item, by, role, now)
    if item.state != OPEN:
        raise ClosedAlready
    return item


def _may_change(tx: Transaction, item: _Item, by: int, role: Role | None, now: datetime) -> None:
    """Its owner, whoever covers for them today, and whoever hands over."""
    require(role, Permission.KEEP_CUSTOMERS)
    if item.owner_id == by or may(role, Permission.HAND_OVER):
        return
    today, columns = today_of(tx, now), ABSENCES.c
    covers = select(columns.id).where(
        columns.account_id == item.owner_id,
        columns.cover_id == by,
        columns.ended_at.is_(None),
        columns.first_on <= today,
        columns.last_on >= today,
    )
    if tx.scalar(covers.limit(1)) is None:
        raise NotAllowed


def _note(
    tx: Transaction,
    act: str,
    item: _Item,
    by: int,
    now: datetime,
    words: dict[str, object] | None = None,
    **numbers: int,
) -> None:
    numbers[item.what.value] = item.id
    note(tx, act, item.person_id, by=by, now=now, words=words, **numbers)
