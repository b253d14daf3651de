"""Events for tests: written, published, answered by members of a small club."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import transaction
from club.events import service
from club.events.models import EVENTS, the_event
from club.events.rules import ALONE, Answer, Event, Kind
from club.members.rules import NewPerson
from club.members.service import make_member, new_person
from club.permissions import Role
from club.points.rules import Earned
from club.points.service import earn, open_account
from club.texts import Texts

BY = 1
"""The account that `World` acts with; the first colleague of an empty club."""


def an_event(now: datetime, **other: Any) -> Event:
    """In ten days, two hours long, ten seats, for all members."""
    starts_at = now + timedelta(days=10)
    usual = Event(
        kind=Kind.SOCIAL,
        title=Texts({"en": "Tasting", "es": "Cata", "ru": "Дегустация"}),
        place="Cellar",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        seats=10,
    )
    return replace(usual, **other)


def published(db: Session, event: Event, now: datetime) -> int:
    """Written and published by the colleague with account 1."""
    event_id = service.add_event(db, event, BY, Role.EVENTS, now)
    service.publish(db, event_id, 1, BY, Role.EVENTS, now)
    return event_id


def members(db: Session, now: datetime, many: int, *, first: int = 0) -> list[int]:
    """So many members with an address each, and no account to sign in with."""
    ids = []
    with transaction(db) as tx:
        for number in range(first, first + many):
            person = NewPerson(
                full_name=f"Member {number}", language=("en", "es", "ru")[number % 3], source="join",
                email=f"m{number}@example.org",
            )  # fmt: skip
            ids.append(new_person(tx, person, None, now))
            make_member(tx, ids[-1], now.date())
            open_account(tx, ids[-1])
    return ids


def come(db: Session, event_id: int, person_id: int, now: datetime, *, or_waitlist: bool = False) -> Answer:
    """Somebody comes alone."""
    return service.answer(db, event_id, person_id, ALONE, now, or_waitlist=or_waitlist).state


def seats_taken(db: Session, event_id: int) -> int:
    """As the event's row counts them."""
    db.rollback()
    return db.execute(select(EVENTS.c.seats_taken).where(EVENTS.c.id == event_id)).scalar_one()


def change(db: Session, event_id: int, now: datetime, **other: Any) -> None:
    """The colleague changes something of an event."""
    view = the_event(db, event_id)
    service.change_event(db, event_id, replace(view.event, **other), view.version, BY, Role.EVENTS, now)


def give_points(db: Session, person_id: int, points: int, now: datetime) -> None:
    """Points that can be spent at once."""
    today = now.date()
    with transaction(db) as tx:
        earn(tx, Earned(person_id, "test.earned", person_id, points, today, today, None), today, now)
