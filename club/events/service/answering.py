"""Somebody answers: comes, waits in line, takes an offered place, gives a place back. By themselves or by phone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import (
    AnswersClosed,
    EventFull,
    EventNotForYou,
    EventNotOpen,
    GuestIsIn,
    LinkExpired,
    NoOfferedPlace,
)
from club.events.models import ANSWERS, INVITATIONS, EventView
from club.events.reading.mine import party_of
from club.events.rules import ALONE, Answer, Caller, Party, State, Waiting, is_for, points_come_back, why_closed
from club.events.service.mailing import tell
from club.events.service.seats import (
    Answered,
    answer_of,
    caller_of,
    change_answer,
    day_of,
    held,
    let_go,
    new_answer,
    offer_freed,
    offer_to,
    place_in_line,
    room_in,
    seats_held,
    settle_price,
    take_seats,
    write_words,
)
from club.events.service.telling import take_invitations_back
from club.permissions import Permission, Role, require

Found = Row[*tuple[Any, ...]] | None


def answer(
    db: Session,
    event_id: int,
    person_id: int,
    party: Party,
    now: datetime,
    *,
    or_waitlist: bool = False,
    by: int | None = None,
    role: Role | None = None,
) -> Answered:
    """Coming, alone or with guests; the same again changes guests and needs, and takes an offered place.

    Seats, price and answer come in one transaction, or none does. A colleague (`by`) answers for somebody on the phone:
    windows, audience and deadline do not hold then, seats and the price do. Raises `EventNotOpen`, `EventNotForYou`,
    `EventOpensLater`, `AnswersClosed`, `TooManyGuests`, `NeedTooLong`, `EventFull` unless `or_waitlist`,
    `NotEnoughPoints`, `NoOfferedPlace`, `NotAllowed`.
    """
    if by is not None:
        require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        done = answer_in(tx, event_id, person_id, party, now, or_waitlist=or_waitlist, by=by)
        if by is not None:
            waits = done.state is Answer.WAITLIST
            record(
                tx, "event.answered", "event", event_id, by=by, now=now, customer=person_id, seats=party.seats,
                waits=waits,
            )  # fmt: skip
        return done


def answer_in(
    tx: Transaction, event_id: int, person_id: int, party: Party, now: datetime, *, or_waitlist: bool, by: int | None
) -> Answered:
    """A step of `answer`."""
    view = held(tx, event_id)
    party.check(view.event.most_guests)
    caller = caller_of(tx, event_id, person_id, day_of(tx, now))
    before = answer_of(tx, event_id, person_id)
    _check_open(view, caller, before, party, now, is_by_phone=by is not None)
    if seats_held(before) == 0 and offer_freed(tx, view, now):  # whoever waits goes first
        before = answer_of(tx, event_id, person_id)
    own_seats = seats_held(before)
    room = room_in(tx, view, caller.rung_key, own_seats)
    if not room.fits(party.seats, caller.rung_key) or not take_seats(tx, event_id, party.seats - own_seats):
        free = max(0, min(room.free, room.quotas.get(caller.rung_key or "", room.free)) - own_seats)
        return _wait(
            tx, view, before, caller, party, now, person_id=person_id, by=by, free=free, or_waitlist=or_waitlist
        )
    return _come(tx, view, before, caller, party, now, person_id=person_id, by=by)


def decline(
    db: Session, event_id: int, person_id: int, now: datetime, *, by: int | None = None, role: Role | None = None
) -> Answered:
    """Not coming: from an open invitation, the line, an offered place or one's own. Whoever is next is offered it.

    Points come back until the answers close. Raises `EventNotOpen` once it has begun, `GuestIsIn`, `EventNotForYou`,
    `NotAllowed`.
    """
    if by is not None:
        require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        return decline_in(tx, event_id, person_id, now, by=by)


def decline_in(tx: Transaction, event_id: int, person_id: int, now: datetime, *, by: int | None) -> Answered:
    """A step of `decline`."""
    view = held(tx, event_id)
    if view.state is not State.PUBLISHED or now >= view.event.starts_at:
        raise EventNotOpen(view.state.value)
    row = answer_of(tx, event_id, person_id)
    if row is not None and row.state == Answer.ATTENDED.value:
        raise GuestIsIn
    said = {"answered_at": now, "answered_by": by}
    if row is None:
        caller = caller_of(tx, event_id, person_id, day_of(tx, now))
        if by is None and not is_for(view.event, caller):
            raise EventNotForYou(view.event.rung_key)
        no = {"state": Answer.NOT_GOING.value, "seats": 1, "rung_key": caller.rung_key, **said}
        _write(tx, event_id, person_id, None, no)
    elif row.state != Answer.NOT_GOING.value:
        let_go(tx, view, row, now, **said)
        write_words(tx, row.id, ALONE)
        offer_freed(tx, view, now)
    if by is not None:
        record(tx, "event.declined", "event", event_id, by=by, now=now, customer=person_id)
    return _said(tx, view, person_id)


def answer_mailed(
    db: Session, key: str, *, going: bool, party: Party | None, now: datetime, or_waitlist: bool = False
) -> Answered:
    """Whoever holds the mailed link answers for its person and its event, and nothing else.

    `party` None: those who were named before, else nobody. Raises `LinkExpired`, and what `answer` and `decline` raise.
    """
    with transaction(db) as tx:
        event_id, person_id, answer_id = _behind(tx, key)
        if not going:
            return decline_in(tx, event_id, person_id, now, by=None)
        if party is None:
            party = party_of(tx, answer_id) if answer_id is not None else ALONE
        return answer_in(tx, event_id, person_id, party, now, or_waitlist=or_waitlist, by=None)


def offer_out_of_turn(
    db: Session, event_id: int, person_id: int, why: str, by: int, role: Role, now: datetime
) -> Answered:
    """A free seat is offered to somebody who waits, before those ahead of them; the log says why.

    Raises `EventFull` without enough free seats, `EventNotOpen`, `NoOfferedPlace` for who does not wait, `NotAllowed`.
    """
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        view = held(tx, event_id)
        if view.state is not State.PUBLISHED or now >= view.event.starts_at:
            raise EventNotOpen(view.state.value)
        row = answer_of(tx, event_id, person_id)
        if row is None or row.state != Answer.WAITLIST.value:
            raise NoOfferedPlace
        if not offer_to(tx, view, Waiting(row.id, row.seats, row.rung_key), now):
            raise EventFull(view.left, place_in_line(tx, event_id, row.waits_since, row.id))
        record(
            tx, "event.out_of_turn", "event", event_id, by=by, now=now, why=why, person_id=person_id, customer=person_id
        )
        return _said(tx, view, person_id)


def _check_open(
    view: EventView, caller: Caller, before: Found, party: Party, now: datetime, *, is_by_phone: bool
) -> None:
    """Whether this answer may be given now, whatever room there is."""
    state = None if before is None else Answer(before.state)
    if state is Answer.ATTENDED:
        raise GuestIsIn
    if is_by_phone or state in (Answer.OFFERED, Answer.GOING):
        last = view.event.ends_at if is_by_phone else view.event.starts_at
        if view.state is not State.PUBLISHED or now >= last:
            raise EventNotOpen(view.state.value)
        assert before is not None or is_by_phone
        if before is not None and state is Answer.OFFERED and now >= before.offered_until:
            raise NoOfferedPlace
        if before is not None and state is Answer.GOING and not is_by_phone:
            _refuse_late_guests(view, before.seats, party, now)
        return
    refusal = why_closed(view.event, view.state, caller, now)
    if refusal is not None:
        raise refusal


def _refuse_late_guests(view: EventView, seats: int, party: Party, now: datetime) -> None:
    if party.seats > seats and now >= view.event.last_moment:
        raise AnswersClosed


def _come(
    tx: Transaction, view: EventView, before: Found, caller: Caller, party: Party, now: datetime, *,
    person_id: int, by: int | None,
) -> Answered:  # fmt: skip
    """The seats are counted: write who has them, take the price, tell them."""
    values = {
        "state": Answer.GOING.value, "seats": party.seats, "rung_key": caller.rung_key, "waits_since": None,
        "offered_until": None, "lapsed_at": None, "answered_at": now, "answered_by": by,
    }  # fmt: skip
    answer_id = _write(tx, view.id, person_id, before, values)
    write_words(tx, answer_id, party)
    if caller.is_member:
        price, comes_back = view.event.points * party.seats, points_come_back(view.event, now)
        settle_price(tx, answer_id, person_id, price, now, comes_back=comes_back)
    if before is None or before.state != Answer.GOING.value:
        tell(tx, "event.going", view, answer_id, now, occurrence=f"{now:%Y%m%d%H}")
    if party.seats < seats_held(before):
        offer_freed(tx, view, now)
    return _said(tx, view, person_id)


def _wait(
    tx: Transaction, view: EventView, before: Found, caller: Caller, party: Party, now: datetime, *,
    person_id: int, by: int | None, free: int, or_waitlist: bool,
) -> Answered:  # fmt: skip
    """There is no room: wait in line, where that is wanted and no place is held already."""
    is_waiting = before is not None and before.state == Answer.WAITLIST.value
    if seats_held(before) or not or_waitlist:
        raise EventFull(free, _would_be(tx, view.id, before if is_waiting else None, now))
    since = before.waits_since if before is not None and is_waiting else now
    values = {
        "state": Answer.WAITLIST.value, "seats": party.seats, "rung_key": caller.rung_key, "waits_since": since,
        "lapsed_at": None, "answered_at": now, "answered_by": by,
    }  # fmt: skip
    answer_id = _write(tx, view.id, person_id, before, values)
    write_words(tx, answer_id, party)
    offer_freed(tx, view, now)  # a smaller party may fit by now
    return _said(tx, view, person_id)


def _would_be(tx: Transaction, event_id: int, waiting: Found, now: datetime) -> int:
    if waiting is not None:
        return place_in_line(tx, event_id, waiting.waits_since, waiting.id)
    return place_in_line(tx, event_id, now, 2**62) + 1


def _write(tx: Transaction, event_id: int, person_id: int, before: Found, values: dict[str, Any]) -> int:
    if before is None:
        take_invitations_back(tx, event_id, person_id)
        return new_answer(tx, event_id, person_id, values)
    change_answer(tx, before, values)
    return int(before.id)


def _behind(tx: Transaction, key: str) -> tuple[int, int, int | None]:
    """Event, person and answer behind a mailed key. Raises `LinkExpired`."""
    answered = tx.execute(
        select(ANSWERS.c.event_id, ANSWERS.c.person_id, ANSWERS.c.id).where(ANSWERS.c.key == key)
    ).one_or_none()
    if answered is not None:
        return answered.event_id, answered.person_id, answered.id
    invited = tx.execute(
        select(INVITATIONS.c.event_id, INVITATIONS.c.person_id).where(INVITATIONS.c.key == key)
    ).one_or_none()
    if invited is None:
        raise LinkExpired
    return invited.event_id, invited.person_id, None


def _said(tx: Transaction, view: EventView, person_id: int) -> Answered:
    row = answer_of(tx, view.id, person_id)
    assert row is not None  # written a moment ago
    state = Answer(row.state)
    place = place_in_line(tx, view.id, row.waits_since, row.id) if state is Answer.WAITLIST else None
    return Answered(row.id, state, place, row.key, row.code, view.event.points * row.seats)
