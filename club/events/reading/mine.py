"""What members and strangers read of events: the programme, their own answers, a ticket, a mailed question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.errors import LinkExpired, NotFound, Refusal
from club.events.models import ANSWERS, EVENTS, IMAGES, INVITATIONS, PAYMENTS, WORDS, EventView, the_event, view_of
from club.events.reading.pictures import FIRST, PICTURE, EventImageView, picture_in
from club.events.rules import Answer, Audience, Caller, Party, State, opens_for, why_closed
from club.members.models import Person
from club.programme.models import the_club
from club.texts import Texts

MOST_CARDS = 60
COMES = (Answer.GOING.value, Answer.ATTENDED.value)
SHOWN = (State.PUBLISHED.value, State.OVER.value)


@dataclass(frozen=True)
class MyEvent:
    """An event as one member sees it. `answer` None: they have not answered. `place`: in line, counted from 1."""

    view: EventView
    is_invited: bool
    answer: Answer | None = None
    answer_id: int | None = None
    seats: int = 0
    place: int | None = None
    offered_until: datetime | None = None
    key: str = ""
    code: str = ""


@dataclass(frozen=True)
class Clash:
    """Another event at the same time to which somebody goes."""

    event_id: int
    title: Texts
    starts_at: datetime


@dataclass(frozen=True)
class MyEventPage:
    """All that the answering page says. `closed`: why they may not book now; `opens_at`: when they may."""

    mine: MyEvent
    party: Party
    would_be_place: int
    clash: Clash | None
    opens_at: datetime | None
    closed: Refusal | None
    points_paid: int


@dataclass(frozen=True)
class HomeEvents:
    """The next event that somebody goes to, and the next to which they are invited and silent."""

    next_going: MyEvent | None
    unanswered: MyEvent | None


@dataclass(frozen=True)
class Ticket:
    """What stands on a ticket."""

    view: EventView
    answer_id: int
    person_id: int
    full_name: str
    language: str
    state: Answer
    seats: int
    guests: tuple[str, ...]
    code: str
    key: str
    in_at: datetime | None
    answered_at: datetime


@dataclass(frozen=True)
class Mailed:
    """Whom a mailed key speaks for, and what they answered so far."""

    view: EventView
    person_id: int
    full_name: str
    call_name: str
    language: str
    is_member: bool
    answer: Answer | None
    party: Party
    place: int | None
    offered_until: datetime | None
    key: str
    heard_at: datetime | None
    """When they answered, else when they were invited."""
    clash: Clash | None


def public_events(
    db: Session, now: datetime, *, past: bool = False, kind: str | None = None, limit: int = MOST_CARDS, offset: int = 0
) -> list[EventView]:
    """What everybody may know of: coming ones, the next first, or past ones, the last first. One question.

    What is for hand-picked people alone is not among them.
    """
    order = EVENTS.c.starts_at.desc() if past else EVENTS.c.starts_at.asc()
    asked = select(EVENTS).where(*_listed(now, past=past), *([] if kind is None else [EVENTS.c.kind == kind]))
    return [view_of(row) for row in db.execute(asked.order_by(order, EVENTS.c.id).limit(limit).offset(offset))]


def next_public(db: Session, now: datetime, limit: int = 3) -> list[tuple[EventView, EventImageView | None]]:
    """The next ones with a picture of each that has one, for the first page: one question."""
    asked = select(EVENTS, *PICTURE).select_from(EVENTS).outerjoin(IMAGES, FIRST).where(*_listed(now, past=False))
    rows = db.execute(asked.order_by(EVENTS.c.starts_at, EVENTS.c.id).limit(limit))
    return [(view_of(row), picture_in(row)) for row in rows]


def public_event(db: Session, event_id: int, *, person_id: int | None = None) -> EventView:
    """An event's own page, for whoever may know of it. Raises `NotFound` for a draft, and for what is by invitation."""
    view = the_event(db, event_id)
    if view.published_at is None:
        raise NotFound
    if view.event.who is Audience.INVITED and not (person_id and _is_among(db, event_id, person_id)):
        raise NotFound
    return view


def events_for(db: Session, person_id: int, now: datetime) -> list[MyEvent]:
    """What a member may come to, is invited to or has answered, by its day: two questions.

    Where there are too many, the nearest coming ones are there, and then the last past ones.
    Past and called-off events are there where they answered.
    """
    buyer = buyer_of(db, person_id, club_day(now, the_club(db).time_zone))
    is_for_them = or_(
        EVENTS.c.who == Audience.ALL.value,
        and_(EVENTS.c.who == Audience.RUNG.value, EVENTS.c.rung_key.in_(sorted(buyer.rung_keys))),
        INVITATIONS.c.id.is_not(None),
    )
    is_open = and_(EVENTS.c.state == State.PUBLISHED.value, EVENTS.c.ends_at > now, is_for_them)
    rows = db.execute(
        _mine(person_id)
        .where(EVENTS.c.published_at.is_not(None), or_(is_open, ANSWERS.c.id.is_not(None)))
        .order_by(
            case((EVENTS.c.ends_at > now, 0), else_=1),
            case((EVENTS.c.ends_at > now, EVENTS.c.starts_at)),
            EVENTS.c.starts_at.desc(),
            EVENTS.c.id,
        )
        .limit(MOST_CARDS)
    )
    found = (_my_event(row) for row in rows)
    return sorted(found, key=lambda one: (one.view.event.starts_at, one.view.id))


def my_event(db: Session, event_id: int, person_id: int, now: datetime) -> MyEventPage:
    """The answering page of a member, in few questions. Raises `NotFound` for what they may not know of."""
    row = db.execute(_mine(person_id).where(EVENTS.c.id == event_id, EVENTS.c.published_at.is_not(None))).one_or_none()
    if row is None:
        raise NotFound
    mine = _my_event(row)
    if mine.view.event.who is Audience.INVITED and not mine.is_invited and mine.answer is None:
        raise NotFound
    buyer = buyer_of(db, person_id, club_day(now, the_club(db).time_zone))
    rungs = frozenset(buyer.rung_keys)
    caller = Caller(is_member=True, rung_key=buyer.rung_key, rung_keys=rungs, is_invited=mine.is_invited)
    view = mine.view
    return MyEventPage(
        mine=mine,
        party=Party() if mine.answer_id is None else party_of(db, mine.answer_id),
        would_be_place=in_line(db, event_id) + 1,
        clash=_clash(db, view, person_id),
        opens_at=opens_for(view.event, caller),
        closed=why_closed(view.event, view.state, caller, now),
        points_paid=_paid(db, mine.answer_id),
    )


def next_for_home(db: Session, person_id: int, now: datetime) -> HomeEvents:
    """For the first page after signing in: one question."""
    found = [_my_event(row) for row in db.execute(_FOR_HOME, {"person_id": person_id, "now": now})]
    open_ones = (one for one in found if one.answer in (None, Answer.OFFERED))
    going = (one for one in found if one.answer is Answer.GOING)
    return HomeEvents(next(going, None), next(open_ones, None))


def ticket_by_key(db: Session, key: str) -> Ticket:
    """The ticket at a secret address. Raises `NotFound` for an unknown one, and where nobody ever came or waited."""
    row = db.execute(
        select(
            EVENTS, ANSWERS.c.id.label("answer_id"), ANSWERS.c.person_id, Person.full_name, Person.language,
            ANSWERS.c.state.label("answer"), ANSWERS.c.seats.label("places"), WORDS.c.guests, ANSWERS.c.code,
            ANSWERS.c.key, ANSWERS.c.in_at, ANSWERS.c.answered_at,
        )
        .join_from(ANSWERS, EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .join(Person, Person.id == ANSWERS.c.person_id)
        .outerjoin(WORDS, WORDS.c.answer_id == ANSWERS.c.id)
        .where(ANSWERS.c.key == key)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound
    return Ticket(
        view=view_of(row), answer_id=row.answer_id, person_id=row.person_id, full_name=row.full_name,
        language=row.language, state=Answer(row.answer), seats=row.places, guests=tuple(row.guests or ()),
        code=row.code, key=row.key, in_at=row.in_at, answered_at=row.answered_at,
    )  # fmt: skip


def mailed_by_key(db: Session, key: str) -> Mailed:
    """Whom a mailed key speaks for. Reads only; raises `LinkExpired` for an unknown key."""
    found = None
    for table in (ANSWERS, INVITATIONS):  # after a merge they may name two people: an answer says who it is by now
        if found is None:
            found = db.execute(select(table.c.event_id, table.c.person_id).where(table.c.key == key)).one_or_none()
    if found is None:
        raise LinkExpired
    row = db.execute(_mine(found.person_id).where(EVENTS.c.id == found.event_id)).one()
    person = db.execute(
        select(Person.full_name, Person.call_name, Person.language, Person.joined_on)
        .where(Person.id == found.person_id)
    ).one()  # fmt: skip
    mine = _my_event(row)
    return Mailed(
        view=mine.view, person_id=found.person_id, full_name=person.full_name, call_name=person.call_name,
        language=person.language, is_member=person.joined_on is not None, answer=mine.answer,
        party=Party() if mine.answer_id is None else party_of(db, mine.answer_id), place=mine.place,
        offered_until=mine.offered_until, key=key, heard_at=row.answered_at or row.invited_at,
        clash=_clash(db, mine.view, found.person_id),
    )  # fmt: skip


def party_of(db: Session, answer_id: int) -> Party:
    """Guests and needs as they were told; nameless guests where the words are forgotten."""
    row = db.execute(
        select(ANSWERS.c.seats, WORDS.c.guests, WORDS.c.diet, WORDS.c.access, WORDS.c.note)
        .outerjoin_from(ANSWERS, WORDS, WORDS.c.answer_id == ANSWERS.c.id)
        .where(ANSWERS.c.id == answer_id)
    ).one()
    if row.guests is None:
        return Party(("",) * (row.seats - 1))
    return Party(tuple(row.guests), row.diet, row.access, row.note)


def in_line(db: Session, event_id: int) -> int:
    """How many wait."""
    waits = (ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.WAITLIST.value)
    return db.scalar(select(func.count()).select_from(ANSWERS).where(*waits)) or 0


def _listed(now: datetime, *, past: bool) -> tuple[ColumnElement[bool], ...]:
    when = EVENTS.c.ends_at <= now if past else EVENTS.c.ends_at > now
    return EVENTS.c.state.in_(SHOWN), EVENTS.c.who != Audience.INVITED.value, when


def _mine(person_id: int | BindParameter[int]) -> Select[Any]:
    """Events with this person's invitation and answer, whichever is there."""
    other = ANSWERS.alias()
    ahead = or_(
        other.c.waits_since < ANSWERS.c.waits_since,
        and_(other.c.waits_since == ANSWERS.c.waits_since, other.c.id <= ANSWERS.c.id),
    )
    place = (
        select(func.count()).select_from(other)
        .where(
            other.c.event_id == EVENTS.c.id, other.c.state == Answer.WAITLIST.value,
            ANSWERS.c.state == Answer.WAITLIST.value, ahead,
        ).scalar_subquery()
    )  # fmt: skip
    invited = and_(INVITATIONS.c.event_id == EVENTS.c.id, INVITATIONS.c.person_id == person_id)
    answered = and_(ANSWERS.c.event_id == EVENTS.c.id, ANSWERS.c.person_id == person_id)
    return (
        select(
            EVENTS, INVITATIONS.c.id.label("invitation_id"), INVITATIONS.c.key.label("invitation_key"),
            ANSWERS.c.id.label("answer_id"), ANSWERS.c.state.label("answer"), ANSWERS.c.seats.label("places"),
            ANSWERS.c.offered_until, ANSWERS.c.key, ANSWERS.c.code, ANSWERS.c.answered_at, INVITATIONS.c.invited_at,
            place.label("place_in_line"),
        )
        .outerjoin(INVITATIONS, invited)
        .outerjoin(ANSWERS, answered)
    )  # fmt: skip


def _for_home() -> Select[Any]:
    """What `next_for_home` asks, of a `person_id` at `now`."""
    now = bindparam("now", type_=EVENTS.c.ends_at.type)
    comes = ANSWERS.c.state.in_([Answer.GOING.value, Answer.OFFERED.value])
    is_silent = and_(INVITATIONS.c.id.is_not(None), ANSWERS.c.id.is_(None))
    return (
        _mine(bindparam("person_id", type_=Person.id.type))
        .where(
            EVENTS.c.state == State.PUBLISHED.value, EVENTS.c.ends_at > now,
            or_(comes, and_(is_silent, func.coalesce(EVENTS.c.answer_by, EVENTS.c.starts_at) > now)),
        )
        .order_by(EVENTS.c.starts_at, EVENTS.c.id)
        .limit(20)
    )  # fmt: skip


_FOR_HOME = _for_home()


def _my_event(row: Row[*tuple[Any, ...]]) -> MyEvent:
    answer = None if row.answer is None else Answer(row.answer)
    return MyEvent(
        view=view_of(row),
        is_invited=row.invitation_id is not None,
        answer=answer,
        answer_id=row.answer_id,
        seats=row.places or 0,
        place=row.place_in_line if answer is Answer.WAITLIST else None,
        offered_until=row.offered_until,
        key=row.key or row.invitation_key or "",
        code=row.code or "",
    )


def _is_among(db: Session, event_id: int, person_id: int) -> bool:
    invited = select(literal(1)).where(INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == person_id)
    answered = select(literal(1)).where(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == person_id)
    return db.execute(invited.union(answered)).first() is not None


def _clash(db: Session, view: EventView, person_id: int) -> Clash | None:
    """As `rules.overlaps` says it."""
    row = db.execute(
        select(EVENTS.c.id, EVENTS.c.title, EVENTS.c.starts_at)
        .join_from(ANSWERS, EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .where(
            ANSWERS.c.person_id == person_id, ANSWERS.c.state.in_([Answer.GOING.value, Answer.OFFERED.value]),
            EVENTS.c.id != view.id, EVENTS.c.state == State.PUBLISHED.value,
            EVENTS.c.starts_at < view.event.ends_at, EVENTS.c.ends_at > view.event.starts_at,
        )
        .order_by(EVENTS.c.starts_at)
        .limit(1)
    ).one_or_none()  # fmt: skip
    return None if row is None else Clash(*row)


def _paid(db: Session, answer_id: int | None) -> int:
    if answer_id is None:
        return 0
    paid = select(func.sum(PAYMENTS.c.points - PAYMENTS.c.given_back)).where(PAYMENTS.c.answer_id == answer_id)
    return int(db.scalar(paid) or 0)
