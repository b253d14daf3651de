"""What members and staff read of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.models import Colleague
from club.errors import NotFound
from club.events.models import ANSWERS, EVENTS
from club.members.models import Person
from club.orders.models import Order
from club.permissions import PERMISSIONS, Permission
from club.points.models import Movement
from club.support.models import SavedAnswer, SupportCase, SupportEntry, SupportFile
from club.support.rules import STRANGERS_KEPT, Kind, State, Topic, is_late
from club.texts import Texts

LATEST = 10
"""So many of each kind of their things a member chooses from."""
MEASURED = timedelta(days=30)
MOST_ENTRIES = 200


@dataclass(frozen=True)
class CaseRow:
    """A conversation in a list and at the head of its page."""

    id: int
    number: str
    person_id: int | None
    full_name: str | None
    sender: str
    topic: Topic
    thing_id: int | None
    subject: str
    language: str
    call_back: str
    state: State
    owner_id: int | None
    owner: str | None
    opened_at: datetime
    answer_by: datetime | None
    waits_since: datetime | None
    solved_at: datetime | None
    reopened: int
    rating: str
    version: int
    is_forgotten: bool

    def is_late(self, now: datetime) -> bool:
        """Whether the promise was not kept."""
        return is_late(self.answer_by, now)


@dataclass(frozen=True)
class FileLine:
    """A file as a conversation names it."""

    id: int
    kind: str
    size: int


@dataclass(frozen=True)
class EntryView:
    """What somebody wrote."""

    id: int
    kind: Kind
    at: datetime
    by: str | None
    words: str
    left_out: str
    files: tuple[FileLine, ...]


@dataclass(frozen=True)
class Thing:
    """Something of a member's own that a question can be about; `words` says which, `at` when."""

    topic: Topic
    id: int
    at: datetime | date
    number: str = ""
    title: Texts | None = None
    points: int = 0


class View(StrEnum):
    """Which conversations the inbox shows."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    LATE = "late"
    WAITING = "waiting"
    SOLVED = "solved"


@dataclass(frozen=True)
class Measured:
    """The last 30 days: how long first answers took, how many came in time, how many questions came back."""

    cases: int
    answered: int
    due: int
    """Answered, or promised for a moment that has passed."""
    in_time: int
    average_minutes: int
    reopened: int


@dataclass(frozen=True)
class SavedView:
    """An answer kept for reuse."""

    id: int
    title: str
    words: Texts


_C = SupportCase
_COLUMNS = (
    _C.id, _C.number, _C.person_id, Person.full_name, _C.sender, _C.topic, _C.thing_id, _C.subject, _C.language,
    _C.call_back, _C.state, _C.owner_id, Staff.name, _C.opened_at, _C.answer_by, _C.waits_since, _C.solved_at,
    _C.reopened, _C.rating, _C.version, _C.is_forgotten,
)  # fmt: skip


def cases_of(db: Session, person_id: int, limit: int, offset: int = 0) -> list[CaseRow]:
    """A member's conversations, the newest first."""
    asked = _cases().where(_C.person_id == person_id).order_by(_C.id.desc()).limit(limit).offset(offset)
    return [_case(row) for row in db.execute(asked)]


def own_case(db: Session, person_id: int, number: str) -> CaseRow:
    """One of them; raises `NotFound` for anybody else's."""
    row = db.execute(_cases().where(_C.number == number, _C.person_id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    return _case(row)


def the_case(db: Session, case_id: int) -> CaseRow:
    """One conversation for staff; raises `NotFound`."""
    row = db.execute(_cases().where(_C.id == case_id)).one_or_none()
    if row is None:
        raise NotFound
    return _case(row)


def conversation(db: Session, case_id: int, *, with_notes: bool) -> list[EntryView]:
    """What was said, the newest last. Notes are for staff alone. Two queries."""
    e, f = SupportEntry, SupportFile
    kinds = set(Kind) if with_notes else {Kind.CUSTOMER, Kind.STAFF}
    rows = db.execute(
        select(e.id, e.kind, e.at, Staff.name, e.words, e.left_out)
        .outerjoin(Staff, Staff.account_id == e.by)
        .where(e.case_id == case_id, e.kind.in_([kind.value for kind in kinds]))
        .order_by(e.id.desc())
        .limit(MOST_ENTRIES)
    ).all()
    files: dict[int, list[FileLine]] = {}
    found = select(f.entry_id, f.id, f.kind, f.size).join(e, e.id == f.entry_id).where(e.case_id == case_id)
    for row in db.execute(found.order_by(f.id)):
        files.setdefault(row.entry_id, []).append(FileLine(row.id, row.kind, row.size))
    return [
        EntryView(one.id, Kind(one.kind), one.at, one.name, one.words, one.left_out, tuple(files.get(one.id, ())))
        for one in reversed(rows)
    ]


def forgotten_on(entries: Sequence[EntryView]) -> datetime | None:
    """When the question of somebody unknown is forgotten, if nobody writes until then."""
    return entries[-1].at + STRANGERS_KEPT if entries else None


def inbox(db: Session, view: View, me: int, now: datetime, *, limit: int, offset: int) -> list[CaseRow]:
    """A page of the inbox: what is to be answered soonest comes first, else what changed last."""
    order = (_C.answer_by, _C.id) if view not in {View.WAITING, View.SOLVED} else (_C.id.desc(),)
    asked = _cases().where(*_shown(view, me, now)).order_by(*order).limit(limit).offset(offset)
    return [_case(row) for row in db.execute(asked)]


def counts(db: Session, me: int, now: datetime) -> dict[View, int]:
    """How many stand in each view that is worth counting. One query."""
    shown = (View.OPEN, View.MINE, View.UNASSIGNED, View.LATE, View.WAITING)
    sums = [func.count(case((_together(_shown(view, me, now)), 1))) for view in shown]
    row = db.execute(select(*sums).where(_C.state.in_([State.OPEN.value, State.WAITING.value]))).one()
    return dict(zip(shown, row, strict=True))


def measured(db: Session, now: datetime) -> Measured:
    """How well the promise was kept lately. One query."""
    in_time = case((_C.first_answer_at <= _C.promised_by, 1))
    due = case((_C.first_answer_at.is_not(None) | (_C.promised_by < now), 1))
    row = db.execute(
        select(
            func.count(), func.count(_C.first_answer_at), func.count(due), func.count(in_time),
            func.avg(_C.first_answer_minutes), func.count(case((_C.reopened > 0, 1))),
        ).where(_C.opened_at >= now - MEASURED)
    ).one()  # fmt: skip
    return Measured(row[0], row[1], row[2], row[3], round(row[4] or 0), row[5])


def things_of(db: Session, person_id: int) -> list[Thing]:
    """A member's latest orders, movements of points and events. Three queries."""
    orders = db.execute(
        select(Order.id, Order.placed_at, Order.number)
        .where(Order.person_id == person_id)
        .order_by(Order.id.desc())
        .limit(LATEST)
    )
    m = Movement
    moved = m.pending + m.active
    movements = db.execute(
        select(m.id, m.dated_on, moved.label("points"))
        .where(m.member_id == person_id, moved != 0)
        .order_by(m.dated_on.desc(), m.id.desc())
        .limit(LATEST)
    )
    events = db.execute(
        select(EVENTS.c.id, EVENTS.c.starts_at, EVENTS.c.title)
        .join(ANSWERS, ANSWERS.c.event_id == EVENTS.c.id)
        .where(ANSWERS.c.person_id == person_id)
        .order_by(EVENTS.c.starts_at.desc())
        .limit(LATEST)
    )
    return [
        *(Thing(Topic.ORDER, row.id, row.placed_at, number=row.number) for row in orders),
        *(Thing(Topic.POINTS, row.id, row.dated_on, points=row.points) for row in movements),
        *(Thing(Topic.EVENT, row.id, row.starts_at, title=row.title) for row in events),
    ]


def thing_of(db: Session, topic: Topic, thing_id: int | None) -> Thing | None:
    """The one thing that a question is about, if it names one."""
    if thing_id is None:
        return None
    if topic is Topic.ORDER:
        order = db.execute(select(Order.placed_at, Order.number).where(Order.id == thing_id)).one_or_none()
        return None if order is None else Thing(topic, thing_id, order.placed_at, number=order.number)
    if topic is Topic.POINTS:
        m = Movement
        moved = db.execute(
            select(m.dated_on, (m.pending + m.active).label("points")).where(m.id == thing_id)
        ).one_or_none()
        return None if moved is None else Thing(topic, thing_id, moved.dated_on, points=moved.points)
    event = db.execute(select(EVENTS.c.starts_at, EVENTS.c.title).where(EVENTS.c.id == thing_id)).one_or_none()
    return None if event is None else Thing(topic, thing_id, event.starts_at, title=event.title)


def who_answers(db: Session) -> list[Colleague]:
    """Colleagues who may answer, by name."""
    roles = [role.value for role, granted in PERMISSIONS.items() if Permission.ANSWER_SUPPORT in granted]
    found = select(Staff.account_id, Staff.name).where(Staff.disabled_at.is_(None), Staff.role.in_(roles))
    return [Colleague(*row) for row in db.execute(found.order_by(Staff.name, Staff.account_id))]


def saved_answers(db: Session) -> list[SavedView]:
    """All of them, by title."""
    rows = db.execute(select(SavedAnswer.id, SavedAnswer.title, SavedAnswer.words).order_by(SavedAnswer.title))
    return [SavedView(*row) for row in rows]


def saved_answer(db: Session, answer_id: int) -> SavedView:
    """One of them; raises `NotFound`."""
    asked = select(SavedAnswer.id, SavedAnswer.title, SavedAnswer.words).where(SavedAnswer.id == answer_id)
    row = db.execute(asked).one_or_none()
    if row is None:
        raise NotFound
    return SavedView(*row)


def _cases() -> Any:
    return (
        select(*_COLUMNS).outerjoin(Person, Person.id == _C.person_id).outerjoin(Staff, Staff.account_id == _C.owner_id)
    )


def _case(row: Sequence[Any]) -> CaseRow:
    values = list(row)
    values[5], values[10] = Topic(values[5]), State(values[10])
    return CaseRow(*values)


def _shown(view: View, me: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_open = _C.state == State.OPEN.value
    match view:
        case View.MINE:
            return is_open, _C.owner_id == me
        case View.UNASSIGNED:
            left = select(Staff.account_id).where(Staff.disabled_at.is_not(None))
            return is_open, _C.owner_id.is_(None) | _C.owner_id.in_(left)
        case View.LATE:
            return is_open, _C.answer_by < now
        case View.WAITING:
            return (_C.state == State.WAITING.value,)
        case View.SOLVED:
            return (_C.state == State.SOLVED.value,)
    return (is_open,)


def _together(conditions: tuple[ColumnElement[bool], ...]) -> ColumnElement[bool]:
    first, *rest = conditions
    for one in rest:
        first = first & one
    return first
