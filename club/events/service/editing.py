"""Staff write, publish, change, copy and call off events."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.errors import BadEvent, ChangedMeanwhile, EventIsPublished, EventNotOpen, SeatsBelowTaken
from club.events.models import ANSWERS, EVENTS, EventView, FormerRow, columns_of, the_event
from club.events.rules import Answer, Event, Fault, State, offer_ends
from club.events.service.ending import pay_back_called_off
from club.events.service.seats import held, offer_freed
from club.events.service.telling import take_invitations_back, tell_cancelled, tell_changed
from club.permissions import Permission, Role, require

TOLD = ("starts_at", "place", "address")
"""What guests hear of when it changes."""
IN_CALENDARS = (*TOLD, "ends_at", "online_link", "title")


def add_event(db: Session, event: Event, by: int, role: Role, now: datetime, *, content: bytes | None = None) -> int:
    """Write a draft and return its id; the same form (`content`) again returns the same one.

    Raises `NotAllowed`, `BadEvent`.
    """
    require(role, Permission.MANAGE_EVENTS)
    event.check()
    with transaction(db) as tx:
        event_id = _insert(tx, event, by, now, content)
        if event_id is None:
            return int(tx.execute(select(EVENTS.c.id).where(EVENTS.c.content == content)).scalar_one())
        record(tx, "event.added", "event", event_id, by=by, now=now)
    return event_id


def change_event(
    db: Session, event_id: int, event: Event, seen_version: int, by: int, role: Role, now: datetime
) -> None:
    """Replace what is written; of a published event all but the price. Guests hear of another beginning or place.

    More seats are offered to who waits at once. Raises `NotAllowed`, `BadEvent`, `ChangedMeanwhile`,
    `SeatsBelowTaken`, `EventIsPublished`, `EventNotOpen` where it was called off or is over, `NotFound`.
    """
    require(role, Permission.MANAGE_EVENTS)
    event.check()
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.version != seen_version:
            raise ChangedMeanwhile(())
        _check_change(view, event)
        is_told = view.state is State.PUBLISHED and _differs(view.event, event, TOLD)
        sequence = view.sequence + int(_differs(view.event, event, IN_CALENDARS))
        values = {**columns_of(event), "version": seen_version + 1, "sequence": sequence}
        if is_told:
            _keep_former(tx, view, now)
        tx.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(values))
        after = the_event(tx, event_id)
        if view.state is State.PUBLISHED:
            _shorten_offers(tx, after, now)
            offer_freed(tx, after, now)
        if is_told and now < event.ends_at:
            tell_changed(tx, view, after, now)
        record(tx, "event.changed", "event", event_id, by=by, now=now, **_numbers(view.event, event))


def publish(db: Session, event_id: int, seen_version: int, by: int, role: Role, now: datetime) -> None:
    """From now on people see and book it. Raises `NotAllowed`, `ChangedMeanwhile`, `EventNotOpen`, `BadEvent`."""
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.version != seen_version:
            raise ChangedMeanwhile(())
        if view.state is not State.DRAFT:
            raise EventNotOpen(view.state.value)
        if view.event.starts_at <= now:
            raise BadEvent(Fault.TIMES.value)
        done = {"state": State.PUBLISHED.value, "published_at": now, "version": EVENTS.c.version + 1}
        tx.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(done))
        record(tx, "event.published", "event", event_id, by=by, now=now)


def cancel_event(db: Session, event_id: int, why: str, by: int, role: Role, now: datetime) -> None:
    """Call it off: everybody who comes, waits or is offered a place is told, and points come back.

    The points come back in a transaction each; what breaks off the worker finishes. Raises `NotAllowed`, `NotFound`,
    `EventNotOpen` where it was called off before or is over.
    """
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.state not in (State.DRAFT, State.PUBLISHED):
            raise EventNotOpen(view.state.value)
        done = {"state": State.CANCELLED.value, "cancelled_at": now, "version": view.version + 1}
        tx.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(**done, sequence=view.sequence + 1))
        if view.state is State.PUBLISHED:
            take_invitations_back(tx, event_id)
            tell_cancelled(tx, view, now)
        record(tx, "event.cancelled", "event", event_id, by=by, now=now, why=why)
    pay_back_called_off(db, event_id, now)


def copy_event(db: Session, event_id: int, starts_at: datetime, by: int, role: Role, now: datetime) -> int:
    """A draft with the same words and rules that begins at another moment; every other moment moves along.

    Raises `NotAllowed`, `NotFound`.
    """
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        before = the_event(tx, event_id).event
        new_id = _insert(tx, moved(before, starts_at - before.starts_at), by, now, None)
        assert new_id is not None  # without a form nothing stands in its way
        record(tx, "event.copied", "event", new_id, by=by, now=now, of=event_id)
    return new_id


def moved(event: Event, by: timedelta) -> Event:
    """The same event at another time; what was said afterwards stays behind."""
    return replace(
        event,
        starts_at=event.starts_at + by,
        ends_at=event.ends_at + by,
        answer_by=event.answer_by and event.answer_by + by,
        opens_at=event.opens_at and event.opens_at + by,
        opens={key: moment + by for key, moment in event.opens.items()},
        after=type(event.after)({}),
        survey_link="",
        cost=None,
    )


_INSERT = {
    True: sqlite.insert(EVENTS).on_conflict_do_nothing(index_elements=["content"]).returning(EVENTS.c.id),
    False: postgresql.insert(EVENTS).on_conflict_do_nothing(index_elements=["content"]).returning(EVENTS.c.id),
}
"""By "is SQLite": nothing is written where the same form wrote one before."""


def _insert(tx: Transaction, event: Event, by: int | None, now: datetime, content: bytes | None) -> int | None:
    begun = {"state": State.DRAFT.value, "seats_taken": 0, "version": 1, "sequence": 0}
    made = {"created_at": now, "created_by": by, "content": content}
    return tx.execute(_INSERT[is_sqlite(tx)].values({**columns_of(event), **begun, **made})).scalar_one_or_none()


def _check_change(view: EventView, event: Event) -> None:
    if view.state is State.CANCELLED:
        raise EventNotOpen(view.state.value)
    if view.state is State.OVER and _differs(view.event, event, ("starts_at", "ends_at", "seats", "attend_points")):
        raise EventNotOpen(view.state.value)
    if view.state is not State.DRAFT and event.points != view.event.points:
        raise EventIsPublished
    if event.seats < view.seats_taken:
        raise SeatsBelowTaken(view.seats_taken)


def _shorten_offers(tx: Transaction, view: EventView, now: datetime) -> None:
    """No place is held longer than until the beginning."""
    last = offer_ends(replace(view.event, accept_hours=10_000), now)
    late = (ANSWERS.c.event_id == view.id, ANSWERS.c.state == Answer.OFFERED.value, ANSWERS.c.offered_until > last)
    tx.execute(update(ANSWERS).where(*late).values(offered_until=last))


def _keep_former(tx: Transaction, before: EventView, now: datetime) -> None:
    """What whoever answered until now reads beside what it is from now on."""
    event = before.event
    row = {"event_id": before.id, "until": now, "starts_at": event.starts_at, "ends_at": event.ends_at}
    tx.execute(insert(FormerRow).values(**row, where=event.where))


def _differs(before: Event, after: Event, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _numbers(before: Event, after: Event) -> dict[str, Any]:
    """What the log says of a change: the words themselves may be personal."""
    numbers: dict[str, Any] = {"is_moved": True} if _differs(before, after, ("starts_at", "ends_at")) else {}
    for name, old, new in (("seats", before.seats, after.seats), ("guests", before.most_guests, after.most_guests)):
        if old != new:
            numbers |= {f"{name}_before": old, name: new}
    return numbers
