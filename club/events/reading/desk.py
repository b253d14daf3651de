"""What staff ask beside the lists: whose door is open, who is at it, who answered last, what calling off gives back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.events.models import ANSWERS, EVENTS, PAYMENTS, EventView, view_of
from club.events.reading.mine import party_of
from club.events.rules import CLOSES_AFTER, Answer, Party, State
from club.members.models import Person
from club.tiers.models import Status

OPENS_BEFORE = timedelta(hours=36)
"""So long before an event its door is among those that are shown."""


@dataclass(frozen=True)
class AtHand:
    """Somebody as the door shows them."""

    answer_id: int
    person_id: int
    full_name: str
    call_name: str
    rung_key: str | None
    birth_month: int | None
    birth_day: int | None
    state: Answer
    seats: int
    guests_in: int
    in_at: datetime | None
    in_by_name: str | None
    event_id: int

    @property
    def guests_left(self) -> int:
        """Guests of theirs who are still to come."""
        return self.seats - 1 - self.guests_in


@dataclass(frozen=True)
class Reached:
    """Somebody who comes, and how they are reached."""

    person_id: int
    full_name: str
    phone: str | None
    email: str | None
    seats: int


@dataclass(frozen=True)
class CalledOff:
    """What calling an event off means."""

    people: int
    """Who come, are offered a place or wait."""
    points: int
    """That they get back."""


@dataclass(frozen=True)
class SaidBefore:
    """What somebody answered so far; None: nothing."""

    answer: Answer | None
    party: Party


def said_before(db: Session, event_id: int, person_id: int) -> SaidBefore:
    """One person's answer, whether they may see the event by themselves or not."""
    row = db.execute(
        select(ANSWERS.c.id, ANSWERS.c.state).where(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == person_id)
    ).one_or_none()
    return SaidBefore(Answer(row.state), party_of(db, row.id)) if row else SaidBefore(None, Party())


def doors(db: Session, now: datetime) -> list[EventView]:
    """Published events whose door is open now or opens within a day and a half, the next first."""
    rows = db.execute(
        select(EVENTS)
        .where(
            EVENTS.c.state == State.PUBLISHED,
            EVENTS.c.starts_at < now + OPENS_BEFORE,
            EVENTS.c.ends_at > now - CLOSES_AFTER,
        )
        .order_by(EVENTS.c.starts_at, EVENTS.c.id)
    )
    return [view_of(row) for row in rows]


def at_hand(db: Session, answer_id: int) -> AtHand | None:
    """Somebody who has just been at the door, of whatever event."""
    row = db.execute(_people().where(ANSWERS.c.id == answer_id)).one_or_none()
    return _seen(row) if row else None


def last_in(db: Session, event_id: int, limit: int) -> list[AtHand]:
    """Who came in last, the latest first."""
    is_in = (ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.ATTENDED)
    rows = db.execute(_people().where(*is_in).order_by(ANSWERS.c.in_at.desc(), ANSWERS.c.id.desc()).limit(limit))
    return [_seen(row) for row in rows]


def last_to_answer(db: Session, event_id: int, limit: int) -> list[Reached]:
    """Of those who come, who said so last: whom to talk to when seats are taken away."""
    rows = db.execute(
        select(Person.id, Person.full_name, Person.phone, Person.email, ANSWERS.c.seats)
        .join(ANSWERS, ANSWERS.c.person_id == Person.id)
        .where(ANSWERS.c.event_id == event_id, ANSWERS.c.state.in_([Answer.GOING, Answer.OFFERED]))
        .order_by(ANSWERS.c.answered_at.desc(), ANSWERS.c.id.desc())
        .limit(limit)
    )
    return [Reached(*row) for row in rows]


def called_off(db: Session, event_id: int) -> CalledOff:
    """Whom calling it off concerns, and the points that come back."""
    concerned = [Answer.GOING, Answer.OFFERED, Answer.WAITLIST]
    people = select(func.count()).where(ANSWERS.c.event_id == event_id, ANSWERS.c.state.in_(concerned))
    points = (
        select(func.coalesce(func.sum(PAYMENTS.c.points - PAYMENTS.c.given_back), 0))
        .join(ANSWERS, ANSWERS.c.id == PAYMENTS.c.answer_id)
        .where(ANSWERS.c.event_id == event_id)
    )
    row = db.execute(select(people.scalar_subquery(), points.scalar_subquery())).one()
    return CalledOff(int(row[0]), int(row[1]))


def _people() -> Select[Any]:
    return (
        select(
            ANSWERS.c.id.label("answer_id"), ANSWERS.c.person_id, Person.full_name, Person.call_name,
            Status.rung_key, Person.birth_month, Person.birth_day, ANSWERS.c.state, ANSWERS.c.seats,
            ANSWERS.c.guests_in, ANSWERS.c.in_at, Staff.name.label("in_by_name"), ANSWERS.c.event_id,
        )
        .join(Person, Person.id == ANSWERS.c.person_id)
        .outerjoin(Status, and_(Status.member_id == Person.id, Status.ended_on.is_(None)))
        .outerjoin(Staff, Staff.account_id == ANSWERS.c.in_by)
    )  # fmt: skip


def _seen(row: Any) -> AtHand:
    return AtHand(**{**row._mapping, "state": Answer(row.state)})
