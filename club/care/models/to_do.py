"""What is to be done and what was promised: by owner, by customer, by day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.models.tables import ABSENCES, CARERS, COMMITMENTS, TASKS
from club.care.rules import OPEN, Due, PromiseState, TaskState, ToDo, due
from club.errors import NotFound
from club.members.models import Person
from club.permissions import PERMISSIONS, Permission

MOST_SHOWN = 5
_KEEPING_ROLES = [role.value for role, rights in PERMISSIONS.items() if Permission.KEEP_CUSTOMERS in rights]


@dataclass(frozen=True)
class Item:
    """A task or promise as a list shows it."""

    what: ToDo
    id: int
    words: str
    due_on: date
    state: TaskState | PromiseState
    was_told: bool
    owner_id: int
    owner_name: str
    person_id: int | None
    full_name: str | None
    closed_at: datetime | None
    closed_by: int | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self.state == OPEN

    def when(self, today: date) -> Due:
        """Where it stands today."""
        return due(self.due_on, today)


@dataclass(frozen=True)
class OpenCounts:
    """What somebody has in hand."""

    customers: int
    tasks: int
    commitments: int
    cases: int = 0
    """Customers who stay away and whose case they work (`support.handing_over.held_by`)."""
    questions: int = 0
    """Conversations that are not solved."""

    @property
    def is_anything(self) -> bool:
        """Whether somebody has to take it over."""
        return bool(self.customers or self.tasks or self.commitments or self.cases or self.questions)


@dataclass(frozen=True)
class Colleague:
    """Somebody who works here and keeps customers."""

    account_id: int
    name: str


@dataclass(frozen=True)
class Team:
    """Everybody's name by account, and whoever can be given something to do, by name."""

    names: dict[int, str]
    at_work: list[Colleague]


@dataclass(frozen=True)
class Away:
    """Somebody who is away, or will be, and who covers."""

    id: int
    account_id: int
    name: str
    cover_id: int
    cover_name: str
    first_on: date
    last_on: date


@dataclass(frozen=True)
class NeedsMe:
    """What waits for somebody today. `items`: the first of it, promises that are late at the top."""

    overdue_promises: int
    promises_today: int
    overdue_tasks: int
    tasks_today: int
    items: tuple[Item, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return self.overdue_promises + self.promises_today + self.overdue_tasks + self.tasks_today


@dataclass(frozen=True)
class Kept:
    """What became of the promises whose day lay in a period."""

    kept: int
    broken: int
    late: int
    """Open past their day."""

    @property
    def percent(self) -> int | None:
        """Kept among all that were due, in whole percent; None when nothing was due."""
        total = self.kept + self.broken + self.late
        return None if total == 0 else (self.kept * 100 + total // 2) // total


def to_do(
    db: Session,
    owners: Collection[int] | None,
    *,
    person_id: int | None = None,
    kind: ToDo | None = None,
    until: date | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Item]:
    """What is open, the earliest first. `owners` None: everybody's."""
    given = {"owners": owners, "person_id": person_id, "until": until}
    values = {name: value for name, value in given.items() if value is not None}
    kinds = tuple(ToDo) if kind is None else (kind,)
    asked = _asked(kinds, ("open", *values), ("due_on", "what", "id"))
    return _read(db, asked, {**values, "most": limit, "offset": offset})


def done_lately(db: Session, owners: Collection[int] | None, since: datetime, limit: int = 20) -> list[Item]:
    """What was closed, the last first."""
    values = {"since": since} if owners is None else {"since": since, "owners": owners}
    asked = _asked(tuple(ToDo), tuple(values), ("-closed_at", "what", "id"))
    return _read(db, asked, {**values, "most": limit, "offset": 0})


def the_item(db: Session, what: ToDo, item_id: int) -> Item:
    """One task or promise; raises `NotFound`."""
    found = _read(db, _asked((what,), ("item_id",), ("id",)), {"item_id": item_id, "most": 1, "offset": 0})
    if not found:
        raise NotFound
    return found[0]


def needs_me(db: Session, account_id: int, today: date) -> NeedsMe:
    """Late promises, and everything that is due by today, of this account and of whom it covers for. Three queries."""
    owners = [account_id, *(away.account_id for away in covered_by(db, account_id, today))]
    rows = db.execute(_counted(), {"owners": owners, "today": today})
    counts = {(row.what, bool(row.is_late)): row.items for row in rows}
    items = to_do(db, owners, until=today, limit=MOST_SHOWN * 4) if counts else []
    first = sorted(items, key=lambda item: (item.what is ToDo.TASK, item.due_on, item.id))[:MOST_SHOWN]
    return NeedsMe(
        overdue_promises=counts.get((ToDo.PROMISE, True), 0),
        promises_today=counts.get((ToDo.PROMISE, False), 0),
        overdue_tasks=counts.get((ToDo.TASK, True), 0),
        tasks_today=counts.get((ToDo.TASK, False), 0),
        items=tuple(first),
    )


@cache
def _counted() -> CompoundSelect[*tuple[Any, ...]]:
    parts = []
    for one in ToDo:
        columns = _table(one).c
        is_late = case((columns.due_on < bindparam("today"), 1), else_=0)
        parts.append(
            select(literal(one.value).label("what"), is_late.label("is_late"), func.count().label("items"))
            .where(
                columns.state == OPEN,
                columns.owner_id.in_(bindparam("owners", expanding=True)),
                columns.due_on <= bindparam("today"),
            )
            .group_by(is_late)
        )
    return union_all(*parts)


_KEPT = (
    select(COMMITMENTS.c.state, func.count().label("promises"))
    .where(
        COMMITMENTS.c.due_on.between(bindparam("first"), bindparam("last")),
        or_(COMMITMENTS.c.state != OPEN, COMMITMENTS.c.due_on < bindparam("last")),
    )
    .group_by(COMMITMENTS.c.state)
)


def commitments_kept(db: Session, first: date, last: date) -> Kept:
    """Of the promises that were due in these days, how many were kept, broken, or are late as of the last day."""
    rows = db.execute(_KEPT, {"first": first, "last": last})
    found = {row.state: row.promises for row in rows}
    return Kept(found.get(PromiseState.KEPT, 0), found.get(PromiseState.BROKEN, 0), found.get(OPEN, 0))


def open_items_of(db: Session, account_id: int) -> OpenCounts:
    """How much somebody has in hand: customers, open tasks, open promises."""
    customers = select(func.count()).where(CARERS.c.account_id == account_id, CARERS.c.ended_at.is_(None))
    tasks = select(func.count()).where(TASKS.c.owner_id == account_id, TASKS.c.state == OPEN)
    promises = select(func.count()).where(COMMITMENTS.c.owner_id == account_id, COMMITMENTS.c.state == OPEN)
    row = db.execute(select(customers.scalar_subquery(), tasks.scalar_subquery(), promises.scalar_subquery())).one()
    return OpenCounts(*row)


def open_by_owner(db: Session, today: date) -> dict[int, tuple[int, int]]:
    """Of everybody who has something open: how much, and how much of it is late."""
    found: dict[int, tuple[int, int]] = {}
    parts = [
        select(
            _table(one).c.owner_id.label("owner_id"),
            func.count().label("items"),
            func.sum(case((_table(one).c.due_on < today, 1), else_=0)).label("late"),
        )
        .where(_table(one).c.state == OPEN)
        .group_by(_table(one).c.owner_id)
        for one in ToDo
    ]
    for row in db.execute(union_all(*parts)):
        items, late = found.get(row.owner_id, (0, 0))
        found[row.owner_id] = (items + row.items, late + int(row.late))
    return found


_STAFF = Staff.__table__
_ABSENT, _COVER = _STAFF.alias(), _STAFF.alias()
_AWAY = (
    select(
        ABSENCES.c.id, ABSENCES.c.account_id, _ABSENT.c.name, ABSENCES.c.cover_id, _COVER.c.name.label("cover"),
        ABSENCES.c.first_on, ABSENCES.c.last_on,
    )
    .join(_ABSENT, _ABSENT.c.account_id == ABSENCES.c.account_id)
    .join(_COVER, _COVER.c.account_id == ABSENCES.c.cover_id)
    .where(ABSENCES.c.ended_at.is_(None))
    .order_by(ABSENCES.c.first_on, ABSENCES.c.id)
)  # fmt: skip
_ALL_AWAY = _AWAY.where(ABSENCES.c.last_on >= bindparam("today"))
_COVERED = _ALL_AWAY.where(ABSENCES.c.cover_id == bindparam("account_id"), ABSENCES.c.first_on <= bindparam("today"))


def covered_by(db: Session, account_id: int, today: date) -> list[Away]:
    """Whom this account covers for today."""
    return [Away(*row) for row in db.execute(_COVERED, {"account_id": account_id, "today": today})]


def away(db: Session, today: date) -> list[Away]:
    """Everybody who is away now or later, the first one first."""
    return [Away(*row) for row in db.execute(_ALL_AWAY, {"today": today})]


def colleagues_at_work(db: Session) -> list[Colleague]:
    """Everybody who can be given something to do, by name."""
    return team(db).at_work


_TEAM = select(_STAFF.c.account_id, _STAFF.c.name, _STAFF.c.role, _STAFF.c.disabled_at).order_by(
    _STAFF.c.name, _STAFF.c.account_id
)


def team(db: Session) -> Team:
    """All staff, former ones included, in one query."""
    rows = db.execute(_TEAM).all()
    at_work = [
        Colleague(row.account_id, row.name) for row in rows if row.disabled_at is None and row.role in _KEEPING_ROLES
    ]
    return Team({row.account_id: row.name for row in rows}, at_work)


def staff_names(db: Session) -> dict[int, str]:
    """Everybody who works or worked here, by account."""
    return {row.account_id: row.name for row in db.execute(select(Staff.account_id, Staff.name))}


def _table(what: ToDo) -> Table:
    return TASKS if what is ToDo.TASK else COMMITMENTS


def _part(what: ToDo) -> Select[*tuple[object, ...]]:
    columns = _table(what).c
    told = columns.was_told if what is ToDo.PROMISE else literal(False)
    return select(
        literal(what.value).label("what"),
        columns.id.label("id"),
        columns.what.label("words"),
        columns.due_on.label("due_on"),
        columns.state.label("state"),
        told.label("was_told"),
        columns.owner_id.label("owner_id"),
        columns.person_id.label("person_id"),
        columns.closed_at.label("closed_at"),
        columns.closed_by.label("closed_by"),
    )


@cache
def _asked(kinds: tuple[ToDo, ...], conditions: tuple[str, ...], order: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """One statement: the rows of both tables in order, a page of them, then their names."""
    parts = [_part(one).where(*(_condition(name, _table(one)) for name in conditions)) for one in kinds]
    items = union_all(*parts).subquery("items")
    turned = [items.c[name[1:]].desc() if name.startswith("-") else items.c[name] for name in order]
    limited = select(items).order_by(*turned).limit(bindparam("most")).offset(bindparam("offset"))
    page = limited.subquery("page")
    turned = [page.c[name[1:]].desc() if name.startswith("-") else page.c[name] for name in order]
    person = Person.__table__
    return (
        select(page, _STAFF.c.name, person.c.full_name)
        .join(_STAFF, _STAFF.c.account_id == page.c.owner_id)
        .outerjoin(person, person.c.id == page.c.person_id)
        .order_by(*turned)
    )


def _condition(name: str, table: Table) -> ColumnElement[bool]:
    columns = table.c
    return {
        "open": columns.state == OPEN,
        "owners": columns.owner_id.in_(bindparam("owners", expanding=True)),
        "person_id": columns.person_id == bindparam("person_id"),
        "until": columns.due_on <= bindparam("until"),
        "since": columns.closed_at >= bindparam("since"),
        "item_id": columns.id == bindparam("item_id"),
    }[name]


def _read(db: Session, asked: Select[*tuple[Any, ...]], values: dict[str, Any]) -> list[Item]:
    rows = db.execute(asked, values)
    return [
        Item(
            what=ToDo(row.what),
            id=row.id,
            words=row.words,
            due_on=row.due_on,
            state=TaskState(row.state) if row.what == ToDo.TASK else PromiseState(row.state),
            was_told=bool(row.was_told),
            owner_id=row.owner_id,
            owner_name=row.name,
            person_id=row.person_id,
            full_name=row.full_name,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
        )
        for row in rows
    ]
