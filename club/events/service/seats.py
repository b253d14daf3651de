"""Steps behind an event's lock: seats taken and freed, prices paid and given back, freed seats offered in order."""

from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update

from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import Transaction
from club.errors import GuestIsIn, NotFound, UnknownMember
from club.events.models import (
    ANSWERS,
    EVENTS,
    INVITATIONS,
    KEY_LENGTH,
    PAYBACKS,
    PAYMENTS,
    WORDS,
    EventView,
    view_of,
)
from club.events.rules import (
    HOLDING,
    Answer,
    Caller,
    Party,
    Room,
    State,
    Waiting,
    next_in_line,
    offer_ends,
    points_come_back,
)
from club.events.service.mailing import tell
from club.members.models import Person
from club.offers.codes import new_code
from club.points.service import give_back, hold, spend_hold
from club.points.service.posting import lock_holder
from club.programme.models import the_club

PRICE, PRICE_BACK = "event", "event.given_back"
"""What points are held and spent for, and what gives them back; the causes are a payment and a payback."""
MOST_IN_LINE = 200
"""So many of those in line are looked at for one freed seat."""
HELD_STATES = tuple(answer.value for answer in HOLDING)


@dataclass(frozen=True)
class Answered:
    """What became of an answer. `place`: in line, counted from 1. `points`: what the place costs in all."""

    answer_id: int
    state: Answer
    place: int | None
    key: str
    code: str
    points: int


def held(tx: Transaction, event_id: int) -> EventView:
    """The event, held until the transaction ends: answers of one event follow each other. Raises `NotFound`."""
    locked = select(EVENTS).where(EVENTS.c.id == event_id).with_for_update(key_share=True)
    row = tx.execute(locked).one_or_none()
    if row is None:
        raise NotFound
    return view_of(row)


def day_of(tx: Transaction, now: datetime) -> date:
    """The club's day."""
    return club_day(now, the_club(tx).time_zone)


def caller_of(tx: Transaction, event_id: int, person_id: int, day: date) -> Caller:
    """Who answers, as far as the rules care. Raises `UnknownMember` for nobody and for a record that was merged."""
    is_invited = exists().where(INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == person_id)
    row = tx.execute(
        select(Person.joined_on, Person.merged_into, is_invited.label("is_invited")).where(Person.id == person_id)
    ).one_or_none()
    if row is None or row.merged_into is not None:
        raise UnknownMember
    if row.joined_on is None:
        return Caller(is_member=False, is_invited=row.is_invited)
    buyer = buyer_of(tx, person_id, day)
    return Caller(
        is_member=True, rung_key=buyer.rung_key, rung_keys=frozenset(buyer.rung_keys), is_invited=row.is_invited
    )


def answer_of(tx: Transaction, event_id: int, person_id: int) -> Row[*tuple[Any, ...]] | None:
    """What somebody answered, as it stands."""
    own = (ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == person_id)
    return tx.execute(select(ANSWERS).where(*own)).one_or_none()


def seats_held(row: Row[*tuple[Any, ...]] | None) -> int:
    """How many seats an answer has."""
    return 0 if row is None or row.state not in HELD_STATES else int(row.seats)


def room_in(tx: Transaction, view: EventView, rung_key: str | None, own_seats: int = 0) -> Room:
    """What is left for somebody of a tier, their own seats counted as free."""
    taken = tx.scalar(select(EVENTS.c.seats_taken).where(EVENTS.c.id == view.id)) or 0
    free = view.event.seats - taken + own_seats
    if rung_key is None or rung_key not in view.event.quotas:
        return Room(free)
    return Room(free, {rung_key: view.event.quotas[rung_key] - _of_tier(tx, view.id, [rung_key])[rung_key] + own_seats})


def take_seats(tx: Transaction, event_id: int, seats: int) -> bool:
    """Count seats in one guarded statement; a negative number gives them back."""
    if not seats:
        return True
    fits = EVENTS.c.seats_taken + seats <= EVENTS.c.seats
    counted = update(EVENTS).where(EVENTS.c.id == event_id, fits).values(seats_taken=EVENTS.c.seats_taken + seats)
    return bool(tx.connection().execute(counted).rowcount)


def new_answer(tx: Transaction, event_id: int, person_id: int, values: dict[str, Any]) -> int:
    """A first answer. Its key is that of the invitation where there is one."""
    invited = (INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == person_id)
    key = tx.scalar(select(INVITATIONS.c.key).where(*invited)) or token_hex(KEY_LENGTH // 2)
    begun = {"event_id": event_id, "person_id": person_id, "key": key, "code": new_code(), "guests_in": 0}
    return int(tx.execute(insert(ANSWERS).values({**begun, **values}).returning(ANSWERS.c.id)).scalar_one())


def change_answer(tx: Transaction, before: Row[*tuple[Any, ...]], values: dict[str, Any]) -> None:
    """Write an answer that stands as it was read. Raises `GuestIsIn`: only the door changes one of a held event."""
    unchanged = (ANSWERS.c.id == before.id, ANSWERS.c.state == before.state)
    if not tx.connection().execute(update(ANSWERS).where(*unchanged).values(values)).rowcount:
        raise GuestIsIn


def write_words(tx: Transaction, answer_id: int, party: Party) -> None:
    """What they told, in place of what they told before."""
    tx.execute(delete(WORDS).where(WORDS.c.answer_id == answer_id))
    if party != Party():
        words = {"guests": list(party.guests), "diet": party.diet, "access": party.access, "note": party.note}
        tx.execute(insert(WORDS).values(answer_id=answer_id, **words))


def settle_price(
    tx: Transaction, answer_id: int, person_id: int, price: int, now: datetime, *, comes_back: bool = True
) -> None:
    """Take or give back points until the answer has cost this much, the newest payment first.

    Without `comes_back` points are only taken: it is too late to get any back. Whoever became part of another record
    since has their points there: that one's balance is held. Every movement has a cause of its own.

    Raises `NotEnoughPoints`, `UnknownMember` for who has no points account.
    """
    ever_paid = select(PAYMENTS.c.id).where(PAYMENTS.c.answer_id == answer_id).limit(1)
    if not price and tx.scalar(ever_paid) is None:
        return
    try:
        lock_holder(tx, person_id)
    except NotFound:
        raise UnknownMember from None
    paid = tx.execute(
        select(PAYMENTS.c.id, PAYMENTS.c.hold_id, (PAYMENTS.c.points - PAYMENTS.c.given_back).label("left"))
        .where(PAYMENTS.c.answer_id == answer_id, PAYMENTS.c.given_back < PAYMENTS.c.points)
        .order_by(PAYMENTS.c.id.desc())
    ).all()
    more = price - sum(row.left for row in paid)
    day = day_of(tx, now)
    if more > 0:
        _pay(tx, answer_id, person_id, more, day, now)
        return
    if not comes_back:
        return
    for row in paid:
        back = min(row.left, -more)
        if back:
            _pay_back(tx, row.id, row.hold_id, back, day, now)
            more += back


def offer_freed(tx: Transaction, view: EventView, now: datetime) -> int:
    """Offer free seats to whoever is next, as long as there are both; how many were offered one. The event is held."""
    offered = 0
    if view.state is not State.PUBLISHED or now >= view.event.starts_at:
        return offered
    while (chosen := _next(tx, view)) is not None and offer_to(tx, view, chosen, now):
        offered += 1
    return offered


def offer_to(tx: Transaction, view: EventView, chosen: Waiting, now: datetime) -> bool:
    """Hold seats for somebody who waits and tell them; False where there are not so many. The event is held."""
    if not take_seats(tx, view.id, chosen.seats):
        return False
    until = offer_ends(view.event, now)
    turn = update(ANSWERS).where(ANSWERS.c.id == chosen.answer_id)
    tx.execute(turn.values(state=Answer.OFFERED.value, offered_until=until, waits_since=None))
    tell(tx, "event.offered", view, chosen.answer_id, now, occurrence=f"{until:%Y%m%d%H%M%S}", until=until)
    return True


def let_go(tx: Transaction, view: EventView, row: Row[*tuple[Any, ...]], now: datetime, **values: Any) -> None:
    """An answer holds and waits for nothing any more: its seats are free, its points come back where they do.

    Raises `GuestIsIn` for whoever was let in a moment ago: the door does not wait for answers.
    """
    change_answer(tx, row, {"state": Answer.NOT_GOING.value, "offered_until": None, "waits_since": None, **values})
    take_seats(tx, view.id, -seats_held(row))
    if row.state == Answer.GOING.value and points_come_back(view.event, now):
        settle_price(tx, row.id, row.person_id, 0, now)


def place_in_line(tx: Transaction, event_id: int, waits_since: datetime, answer_id: int) -> int:
    """Counted from 1."""
    before = (ANSWERS.c.waits_since < waits_since) | (
        (ANSWERS.c.waits_since == waits_since) & (ANSWERS.c.id <= answer_id)
    )
    waiting = (ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.WAITLIST.value)
    return tx.scalar(select(func.count()).select_from(ANSWERS).where(*waiting, before)) or 0


def _next(tx: Transaction, view: EventView) -> Waiting | None:
    taken = tx.scalar(select(EVENTS.c.seats_taken).where(EVENTS.c.id == view.id)) or 0
    free = view.event.seats - taken
    if free <= 0:
        return None
    used = _of_tier(tx, view.id, list(view.event.quotas))
    left = {key: most - used[key] for key, most in view.event.quotas.items()}
    shut = [key for key, seats in left.items() if seats <= 0]
    waiting = (ANSWERS.c.event_id == view.id, ANSWERS.c.state == Answer.WAITLIST.value, ANSWERS.c.seats <= free)
    line = (
        select(ANSWERS.c.id, ANSWERS.c.seats, ANSWERS.c.rung_key)
        .where(*waiting, ANSWERS.c.rung_key.is_(None) | ANSWERS.c.rung_key.not_in(shut))
        .order_by(ANSWERS.c.waits_since, ANSWERS.c.id)
        .limit(MOST_IN_LINE)
    )
    return next_in_line((Waiting(*row) for row in tx.execute(line)), Room(free, left))


def _of_tier(tx: Transaction, event_id: int, rung_keys: list[str]) -> dict[str, int]:
    """How many seats members of some tiers hold."""
    if not rung_keys:
        return {}
    rows = tx.execute(
        select(ANSWERS.c.rung_key, func.sum(ANSWERS.c.seats))
        .where(
            ANSWERS.c.event_id == event_id, ANSWERS.c.state.in_(HELD_STATES), ANSWERS.c.rung_key.in_(rung_keys)
        )
        .group_by(ANSWERS.c.rung_key)
    )  # fmt: skip
    return dict.fromkeys(rung_keys, 0) | {row[0]: int(row[1]) for row in rows}


def _pay(tx: Transaction, answer_id: int, person_id: int, points: int, day: date, now: datetime) -> None:
    row = {"answer_id": answer_id, "points": points, "given_back": 0, "paid_at": now}
    payment_id = int(tx.execute(insert(PAYMENTS).values(row).returning(PAYMENTS.c.id)).scalar_one())
    hold_id = hold(tx, person_id, PRICE, payment_id, points, day, now)
    spend_hold(tx, hold_id, day, now)
    tx.execute(update(PAYMENTS).where(PAYMENTS.c.id == payment_id).values(hold_id=hold_id))


def _pay_back(tx: Transaction, payment_id: int, hold_id: int, points: int, day: date, now: datetime) -> None:
    tx.execute(update(PAYMENTS).where(PAYMENTS.c.id == payment_id).values(given_back=PAYMENTS.c.given_back + points))
    row = {"payment_id": payment_id, "points": points, "at": now}
    payback_id = int(tx.execute(insert(PAYBACKS).values(row).returning(PAYBACKS.c.id)).scalar_one())
    give_back(tx, hold_id, points, PRICE_BACK, payback_id, day, now)
