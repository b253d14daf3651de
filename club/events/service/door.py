"""The door: a ticket is scanned or a name chosen. Two statements at any size; two doors let a guest in once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Account, Staff
from club.audit import record
from club.database import Transaction, transaction
from club.errors import EventFull, EventNotOpen, NoGuestsLeft, NotInYet, TooManyGuests
from club.events.models import ANSWERS, EVENTS
from club.events.rules import MOST_GUESTS, Answer, Door, State, at_the_door
from club.events.service.ending import give_one
from club.events.service.seats import (
    answer_of,
    caller_of,
    change_answer,
    day_of,
    held,
    let_go,
    new_answer,
    offer_freed,
    room_in,
    seats_held,
    settle_price,
    take_seats,
)
from club.members.models import Person
from club.members.rules import number_typed
from club.offers.codes import code_typed
from club.permissions import Permission, Role, require
from club.tiers.models import Status


@dataclass(frozen=True)
class AtDoor:
    """What the door says, and of whom. `rung_key` is the tier that they hold now; none: the first one, or no member."""

    result: Door
    event_id: int | None = None
    answer_id: int | None = None
    person_id: int | None = None
    full_name: str = ""
    call_name: str = ""
    rung_key: str | None = None
    birth_month: int | None = None
    birth_day: int | None = None
    state: Answer | None = None
    seats: int = 0
    guests_in: int = 0
    in_at: datetime | None = None
    in_by_name: str | None = None

    @property
    def guests_left(self) -> int:
        """Guests of this party who are not in yet."""
        return max(0, self.seats - 1 - self.guests_in)


NOBODY = AtDoor(Door.UNKNOWN)


def check_in(
    db: Session, event_id: int, typed: str, by: int, role: Role, now: datetime, *, door_key: str = ""
) -> AtDoor:
    """Let in whoever has this ticket, or this member number. The same form (`door_key`) again says the same.

    Raises `NotAllowed` alone: everything else is one of the five answers.
    """
    require(role, Permission.CHECK_IN)
    code, number = code_typed(typed), number_typed(typed)
    if code is not None:
        return _let_in(db, event_id, ANSWERS.c.code == code, by, now, door_key)
    if number is not None:
        is_here = and_(Person.member_number == number, ANSWERS.c.event_id == event_id)
        return _let_in(db, event_id, is_here, by, now, door_key)
    return NOBODY


def check_in_person(
    db: Session, event_id: int, person_id: int, by: int, role: Role, now: datetime, *, door_key: str = ""
) -> AtDoor:
    """The same for somebody who was found by name. Raises `NotAllowed`."""
    require(role, Permission.CHECK_IN)
    is_here = and_(ANSWERS.c.person_id == person_id, ANSWERS.c.event_id == event_id)
    return _let_in(db, event_id, is_here, by, now, door_key)


def undo_check_in(db: Session, event_id: int, answer_id: int, by: int, role: Role, now: datetime) -> None:
    """It was somebody else; who came without a place has none again, nor paid for it.

    Raises `NotAllowed`, `NotInYet`, `EventNotOpen` once the event was closed.
    """
    require(role, Permission.CHECK_IN)
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.state is not State.PUBLISHED:
            raise EventNotOpen(view.state.value)
        was_in = (ANSWERS.c.id == answer_id, ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.ATTENDED.value)
        row = tx.execute(select(ANSWERS).where(*was_in)).one_or_none()
        if row is None:
            raise NotInYet
        out = {"in_at": None, "in_by": None, "guests_in": 0, "door_key": None}
        if row.is_walk_in:
            let_go(tx, view, row, now, **out, is_walk_in=False)
            settle_price(tx, row.id, row.person_id, 0, now)
            offer_freed(tx, view, now)
        else:
            change_answer(tx, row, {"state": Answer.GOING.value, **out})
        record(tx, "event.check_in_undone", "event", event_id, by=by, now=now, answer=answer_id)


def one_more_guest(
    db: Session, event_id: int, answer_id: int, by: int, role: Role, now: datetime, *, seen: int | None = None
) -> AtDoor:
    """A guest of a party that is in comes too. `seen`: how many were in when the button was shown; twice is once.

    Raises `NotAllowed`, `NoGuestsLeft`, `NotInYet`."""
    require(role, Permission.CHECK_IN)
    is_in = (ANSWERS.c.id == answer_id, ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.ATTENDED.value)
    with transaction(db) as tx:
        as_seen = () if seen is None else (ANSWERS.c.guests_in == seen,)
        comes = update(ANSWERS).where(*is_in, *as_seen, ANSWERS.c.guests_in < ANSWERS.c.seats - 1)
        came = tx.connection().execute(comes.values(guests_in=ANSWERS.c.guests_in + 1)).rowcount
        found = _found(tx, event_id, ANSWERS.c.id == answer_id)
        if found.state is not Answer.ATTENDED:
            raise NotInYet
        if not came and (seen is None or found.guests_in <= seen):
            raise NoGuestsLeft
        return found


def walk_in(db: Session, event_id: int, person_id: int, guests: int, by: int, role: Role, now: datetime) -> AtDoor:
    """Somebody without a place comes to the door with so many guests: seats are taken and they are in.

    Who has a place is let in with it. Raises `NotAllowed`, `EventFull`, `EventNotOpen`, `TooManyGuests`,
    `UnknownMember`, and `NotEnoughPoints` where a place costs points.
    """
    require(role, Permission.CHECK_IN)
    if not 0 <= guests <= MOST_GUESTS:
        raise TooManyGuests(MOST_GUESTS)
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.state is not State.PUBLISHED:
            raise EventNotOpen(view.state.value)
        before = answer_of(tx, event_id, person_id)
        if before is None or before.state not in (Answer.GOING.value, Answer.ATTENDED.value):
            caller = caller_of(tx, event_id, person_id, day_of(tx, now))
            own = seats_held(before)
            if not take_seats(tx, event_id, 1 + guests - own):
                raise EventFull(room_in(tx, view, None, own).free, 0)
            values: dict[str, Any] = {
                "state": Answer.ATTENDED.value, "seats": 1 + guests, "rung_key": caller.rung_key, "waits_since": None,
                "offered_until": None, "lapsed_at": None, "answered_at": now, "answered_by": by, "is_walk_in": True,
                "in_at": now, "in_by": by, "guests_in": guests,
            }  # fmt: skip
            if before is None:
                answer_id = new_answer(tx, event_id, person_id, values)
            else:
                answer_id = before.id
                tx.execute(update(ANSWERS).where(ANSWERS.c.id == answer_id).values(values))
            if caller.is_member:
                settle_price(tx, answer_id, person_id, view.event.points * (1 + guests), now)
            record(tx, "event.walk_in", "event", event_id, by=by, now=now, customer=person_id, seats=1 + guests)
            found = _found(tx, event_id, ANSWERS.c.id == answer_id)
            return AtDoor(**{**vars(found), "result": Door.WELCOME})
    return check_in_person(db, event_id, person_id, by, role, now)


def _let_in(db: Session, event_id: int, whom: ColumnElement[bool], by: int, now: datetime, door_key: str) -> AtDoor:
    with transaction(db) as tx:
        found = _found(tx, event_id, whom, door_key)
        if found.result is not Door.WELCOME or found.state is Answer.ATTENDED:
            return found
        assert found.answer_id is not None
        assert found.state is not None
        has_place = (ANSWERS.c.id == found.answer_id, ANSWERS.c.state == found.state.value)
        comes = {"state": Answer.ATTENDED.value, "in_at": now, "in_by": by, "door_key": door_key or None}
        if not tx.connection().execute(update(ANSWERS).where(*has_place).values(comes)).rowcount:
            return _found(tx, event_id, ANSWERS.c.id == found.answer_id, door_key)
        if found.state is Answer.ABSENT:
            _give_late_points(tx, event_id, found.answer_id, now)
        return AtDoor(**{**vars(found), "state": Answer.ATTENDED, "in_at": now})


def _found(tx: Transaction, event_id: int, whom: ColumnElement[bool], door_key: str = "") -> AtDoor:
    row = tx.execute(_TICKET.where(whom)).one_or_none()
    if row is None:
        return NOBODY
    state = Answer(row.state)
    result = at_the_door(State(row.event_state), state, is_this_event=row.event_id == event_id)
    if result is Door.ALREADY_IN and door_key and row.door_key == door_key:
        result = Door.WELCOME
    return AtDoor(
        result=result, event_id=row.event_id, answer_id=row.id, person_id=row.person_id, full_name=row.full_name,
        call_name=row.call_name, rung_key=row.rung_key, birth_month=row.birth_month, birth_day=row.birth_day,
        state=state, seats=row.seats, guests_in=row.guests_in, in_at=row.in_at, in_by_name=row.in_by_name,
    )  # fmt: skip


def _ticket() -> Select[Any]:
    """A ticket with its guest, the tier that they hold, the event, and who let them in: one statement."""
    return (
        select(
            ANSWERS.c.id, ANSWERS.c.event_id, ANSWERS.c.person_id, ANSWERS.c.state, ANSWERS.c.seats,
            ANSWERS.c.guests_in, ANSWERS.c.in_at, ANSWERS.c.door_key, EVENTS.c.state.label("event_state"),
            Person.full_name, Person.call_name, Person.birth_month, Person.birth_day, Status.rung_key,
            func.coalesce(Staff.name, Account.email).label("in_by_name"),
        )
        .join_from(ANSWERS, EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .join(Person, Person.id == ANSWERS.c.person_id)
        .outerjoin(Status, and_(Status.member_id == Person.id, Status.ended_on.is_(None)))
        .outerjoin(Account, Account.id == ANSWERS.c.in_by)
        .outerjoin(Staff, Staff.account_id == ANSWERS.c.in_by)
    )  # fmt: skip


_TICKET = _ticket()


def _give_late_points(tx: Transaction, event_id: int, answer_id: int, now: datetime) -> None:
    """The event is over and was put right afterwards."""
    row = tx.execute(
        select(EVENTS.c.attend_points, ANSWERS.c.person_id)
        .join_from(ANSWERS, EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .join(Person, Person.id == ANSWERS.c.person_id)
        .where(ANSWERS.c.id == answer_id, EVENTS.c.id == event_id, Person.joined_on.is_not(None))
    ).one_or_none()
    if row is not None and row.attend_points:
        give_one(tx, answer_id, row.person_id, row.attend_points, now)
