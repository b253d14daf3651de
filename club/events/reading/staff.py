"""What staff read of events: the list, and sendings with what became of their mails."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from club.events.models import ANSWERS, EVENTS, INVITATIONS, WAVES
from club.events.rules import Answer, State
from club.messages.models import Message
from club.messages.rules import Cause
from club.texts import LANGUAGES, Texts


class View(StrEnum):
    """Which events a list shows."""

    COMING = "coming"
    DRAFTS = "drafts"
    PAST = "past"
    CANCELLED = "cancelled"


class EventLine(NamedTuple):
    """An event in the list."""

    id: int
    title: Texts
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime
    place: str
    seats: int
    seats_taken: int
    going: int
    waitlist: int
    invited: int


class WaveLine(NamedTuple):
    """A sending, and what became of its mails so far."""

    id: int
    who: str
    rung_key: str | None
    name: str
    send_at: datetime
    state: str
    invited: int
    mailed: int
    sent: int
    waiting: int
    failed: int


def events_in(
    db: Session, view: View | str, now: datetime, *, kind: str | None = None, q: str = "", limit: int, offset: int = 0
) -> list[EventLine]:
    """A page of the list: what comes next first, what is past the last one first."""
    columns = EVENTS.c
    order = columns.starts_at.asc() if View(view) in (View.COMING, View.DRAFTS) else columns.starts_at.desc()
    page = (
        select(columns.id)
        .where(*_in_view(View(view), now), *_narrowed(kind, q))
        .order_by(order, columns.id)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = db.execute(
        select(
            columns.id, columns.title, columns.kind, columns.state, columns.starts_at, columns.ends_at, columns.place,
            columns.seats, columns.seats_taken, _people(Answer.GOING, Answer.ATTENDED).label("going"),
            _people(Answer.WAITLIST).label("waitlist"), _invited().label("invited"),
        )
        .join(page, page.c.id == columns.id)
        .order_by(order, columns.id)
    )  # fmt: skip
    return [EventLine(*row) for row in rows]


def count_events(db: Session, view: View | str, now: datetime, *, kind: str | None = None, q: str = "") -> int:
    """How many the filters leave."""
    asked = select(func.count()).select_from(EVENTS).where(*_in_view(View(view), now), *_narrowed(kind, q))
    return db.scalar(asked) or 0


def counts_by_view(db: Session, now: datetime) -> dict[View, int]:
    """How many events each view has: one question."""
    counted = [func.coalesce(func.sum(case((and_(*_in_view(view, now)), 1), else_=0)), 0) for view in View]
    row = db.execute(select(*counted).select_from(EVENTS)).one()
    return {view: int(count) for view, count in zip(View, row, strict=True)}


def waves_of(db: Session, event_id: int) -> list[WaveLine]:
    """The sendings of an event, the newest first, with what became of their mails: along the index of people."""
    columns = WAVES.c
    rows = db.execute(
        select(
            columns.id, columns.who, columns.rung_key, columns.name, columns.send_at, columns.state, columns.invited,
            columns.mailed,
        )
        .where(columns.event_id == event_id)
        .order_by(columns.id.desc())
    ).all()  # fmt: skip
    mails = {(row.occurrence, row.state): row.mails for row in db.execute(_mails_of(event_id))}

    def counted(wave_id: int, *states: str) -> int:
        return sum(mails.get((f"event:{event_id}:wave:{wave_id}", state), 0) for state in states)

    return [
        WaveLine(*row, counted(row.id, "sent"), counted(row.id, "queued", "sending"), counted(row.id, "given_up"))
        for row in rows
    ]


class AtHand(NamedTuple):
    """An event of the next days, as Today names it."""

    id: int
    title: Texts
    starts_at: datetime
    seats: int
    seats_taken: int

    @property
    def has_few(self) -> bool:
        """Whether less than a third of its places are taken."""
        return self.seats_taken * 3 < self.seats


_E = EVENTS.c
_AT_HAND = (
    select(_E.id, _E.title, _E.starts_at, _E.seats, _E.seats_taken)
    .where(_E.state == State.PUBLISHED.value, _E.starts_at <= bindparam("until"), _E.ends_at > bindparam("now"))
    .order_by(_E.starts_at, _E.id)
    .limit(bindparam("most", type_=Integer))
)


def at_hand(db: Session, now: datetime, until: datetime, limit: int = 20) -> list[AtHand]:
    """Published events that are on or begin by a moment, the next first: one question along an index."""
    return [AtHand(*row) for row in db.execute(_AT_HAND, {"until": until, "now": now, "most": limit})]


def titles_of(db: Session, event_ids: Sequence[int]) -> dict[int, Texts]:
    """Event → title."""
    rows = db.execute(select(EVENTS.c.id, EVENTS.c.title).where(EVENTS.c.id.in_(event_ids)))
    return {row.id: row.title for row in rows}


def _in_view(view: View, now: datetime) -> tuple[ColumnElement[bool], ...]:
    state, ends_at = EVENTS.c.state, EVENTS.c.ends_at
    match view:
        case View.DRAFTS:
            return (state == State.DRAFT.value,)
        case View.CANCELLED:
            return (state == State.CANCELLED.value,)
        case View.PAST:
            return (or_(state == State.OVER.value, and_(state == State.PUBLISHED.value, ends_at <= now)),)
    return state == State.PUBLISHED.value, ends_at > now


def _narrowed(kind: str | None, q: str) -> tuple[ColumnElement[bool], ...]:
    asked: list[ColumnElement[bool]] = [] if kind is None else [EVENTS.c.kind == kind]
    if q.strip():
        texts = [EVENTS.c.title[language].as_string() for language in LANGUAGES]
        asked.append(or_(*(text.icontains(q.strip(), autoescape=True) for text in (*texts, EVENTS.c.place))))
    return tuple(asked)


def _people(*answers: Answer) -> ColumnElement[int]:
    states = [answer.value for answer in answers]
    counted = select(func.count()).select_from(ANSWERS)
    return counted.where(ANSWERS.c.event_id == EVENTS.c.id, ANSWERS.c.state.in_(states)).scalar_subquery()


def _invited() -> ColumnElement[int]:
    counted = select(func.count()).select_from(INVITATIONS)
    return counted.where(INVITATIONS.c.event_id == EVENTS.c.id).scalar_subquery()


def _mails_of(event_id: int) -> Select[*tuple[Any, ...]]:
    """Messages of this event's waves, found by their people; without those that were taken back before they left."""
    occurrence = literal(f"event:{event_id}:wave:")
    return (
        select(Message.occurrence, Message.state, func.count().label("mails"))
        .join_from(INVITATIONS, Message, Message.person_id == INVITATIONS.c.person_id)
        .join(WAVES, Message.occurrence == occurrence + cast(WAVES.c.id, String))
        .where(
            INVITATIONS.c.event_id == event_id, WAVES.c.event_id == event_id,
            Message.act.in_(["event.invitation", "event.reminder"]), Message.cause != Cause.CANCELLED.value,
        )
        .group_by(Message.occurrence, Message.state)
    )  # fmt: skip
