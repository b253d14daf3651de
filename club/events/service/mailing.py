"""Mails about an event to one person: their place, an offered place. Those to many are in `waves` and `telling`."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from club.database import Transaction
from club.errors import BadEmail
from club.events.models import ANSWERS, EventView
from club.members.models import Person
from club.messages.service import queue
from club.programme.models import the_club

ANSWERING, TICKET = "/events/answer/", "/t/"
"""Where a secret of a mail leads."""
CONFIRMING = "event.going"


def tell(
    tx: Transaction,
    act: str,
    view: EventView,
    answer_id: int,
    now: datetime,
    *,
    occurrence: str,
    until: datetime | None = None,
) -> None:
    """Leave a mail for whoever answered, if they have an address; once for an occurrence of this answer."""
    row = tx.execute(
        select(Person.id, Person.email, Person.language, Person.call_name, Person.full_name, ANSWERS.c.key)
        .join_from(ANSWERS, Person, Person.id == ANSWERS.c.person_id)
        .where(ANSWERS.c.id == answer_id)
    ).one()
    if row.email is None:
        return
    path = TICKET if act == CONFIRMING else ANSWERING
    data: dict[str, object] = {
        "name": row.call_name or row.full_name,
        "path": path,
        **about(view, the_club(tx).time_zone),
    }
    if act == CONFIRMING:
        data["calendar"] = _entry(view)
    if until is not None:
        data["minutes"] = max(1, int((until - now).total_seconds()) // 60)
    with suppress(BadEmail):  # an address that came with an import stops no answer
        queue(
            tx, act, occurrence=f"event:{view.id}:{answer_id}:{occurrence}", recipient=row.email,
            language=row.language, person_id=row.id, data=data, secret=row.key, now=now,
        )  # fmt: skip


def _entry(view: EventView) -> dict[str, object]:
    """For the reader's calendar; with the same sequence the ticket's page has it."""
    event = view.event
    return {
        "event_id": view.id,
        "sequence": view.sequence,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "online": event.online_link,
    }


def about(view: EventView, zone: str, before: bool = False) -> Mapping[str, object] | dict[str, object]:
    """What mails say of an event, or said before it was changed. Moments by the club's clock."""
    event, prefix = view.event, "former_" if before else ""
    told: dict[str, object] = {f"{prefix}starts": local(event.starts_at, zone), f"{prefix}where": event.where}
    return told if before else {"event": dict(event.title), **told}


def local(moment: datetime, zone: str) -> str:
    """2027-03-27T19:00 on the club's clock."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
