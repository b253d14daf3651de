"""Mails about an event to everybody whom it concerns, written by one statement."""

from datetime import datetime

from sqlalchemy import Select, func, select

from club.database import Transaction
from club.events.models import ANSWERS, EventView
from club.events.rules import Answer
from club.events.service.mailing import ANSWERING, TICKET, about
from club.members.models import Person
from club.messages.many import queue_many, withdraw
from club.programme.models import the_club

CONCERNED = (Answer.GOING, Answer.OFFERED, Answer.WAITLIST)


def tell_changed(tx: Transaction, before: EventView, after: EventView, now: datetime) -> int:
    """What it was and what it is now, to whoever comes or waits."""
    zone = the_club(tx).time_zone
    data = {"path": ANSWERING, **about(after, zone), **about(before, zone, before=True)}
    occurrence = f"event:{after.id}:changed:{after.version}"
    return queue_many(tx, "event.changed", _concerned(after.id), data, occurrence=occurrence, due_at=now, now=now)


def tell_cancelled(tx: Transaction, view: EventView, now: datetime) -> int:
    """It was called off."""
    data = {"path": TICKET, **about(view, the_club(tx).time_zone)}
    occurrence = f"event:{view.id}:cancelled"
    return queue_many(tx, "event.cancelled", _concerned(view.id), data, occurrence=occurrence, due_at=now, now=now)


def take_invitations_back(tx: Transaction, event_id: int, person_id: int | None = None) -> int:
    """Invitations and reminders that are not sent yet stay here: somebody has answered, or the event was called off."""
    return withdraw(tx, ("event.invitation", "event.reminder"), f"event:{event_id}:wave:", person_id)


def _concerned(event_id: int) -> Select[tuple[int, str | None, str, str, str]]:
    return (
        select(
            Person.id.label("person_id"), Person.email, Person.language,
            func.coalesce(func.nullif(Person.call_name, ""), Person.full_name).label("name"),
            ANSWERS.c.key.label("secret"),
        )
        .join_from(ANSWERS, Person, Person.id == ANSWERS.c.person_id)
        .where(ANSWERS.c.event_id == event_id, ANSWERS.c.state.in_([answer.value for answer in CONCERNED]))
    )  # fmt: skip
