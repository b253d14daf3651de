"""Guests at once, each a process of its own, on both databases: the last seat, the line, the door, the price."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from club.database import Transaction
from club.events import service
from club.events.models import ANSWERS, EVENTS, PAYMENTS, view_of
from club.events.rules import ALONE, CLOSES_AFTER, Answer, Door
from club.events.service import answering, door, seats
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS
from club.points.verify import violations
from club.programme.rules import Club
from tests.event_world import BY, an_event, come, give_points, members, published, seats_taken
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

EVENT, ANA = 1, 1


@pytest.fixture
def people(db: Session, club: Club, now: datetime) -> list[int]:
    """As many members as there are processes, and one more."""
    assert new_colleague(db, now, Role.EVENTS).account_id == BY
    ids = members(db, now, TILLS + 1)
    assert ids[0] == ANA
    return ids


def states(db: Session) -> dict[int, str]:
    db.rollback()
    rows = db.execute(select(ANSWERS.c.person_id, ANSWERS.c.state).order_by(ANSWERS.c.person_id))
    return {row.person_id: row.state for row in rows}


def _come(db: Session, number: int, now: datetime) -> str:
    return come(db, EVENT, number + 1, now, or_waitlist=True).value


@pytest.mark.proves("R116", "F-03")
def test_the_last_seat_goes_to_one(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, seats=1), now) == EVENT
    said = at_all_tills(database_url, now, _come)
    assert sorted(said) == ["going", *["waitlist"] * (TILLS - 1)]
    assert seats_taken(db, EVENT) == 1


def _instead(**stand_ins: Any) -> None:
    """This process is nobody else's."""
    for name, stand_in in stand_ins.items():
        setattr(answering, name, stand_in)


def _come_unguarded(db: Session, number: int, now: datetime) -> str:
    """The twin: the event is not held, and seats are counted from what was read."""

    def looked_at(tx: Any, event_id: int) -> Any:
        return view_of(tx.execute(select(EVENTS).where(EVENTS.c.id == event_id)).one())

    def count_what_was_read(tx: Any, event_id: int, more: int) -> bool:
        return True

    _instead(held=looked_at, take_seats=count_what_was_read)
    return _come(db, number, now)


def test_without_the_lock_and_the_guard_the_last_seat_goes_to_several(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, seats=1), now) == EVENT
    said = at_all_tills(database_url, now, _come_unguarded)
    assert said.count("going") == TILLS


def _give_back_or_book(db: Session, number: int, now: datetime) -> str:
    """Ana gives her place back while others book anew; Bob waits."""
    if number == 0:
        return service.decline(db, EVENT, ANA, now).state.value
    return come(db, EVENT, number + 2, now, or_waitlist=True).value


@pytest.mark.proves("R116", "F-07")
def test_a_freed_seat_goes_to_who_waits_and_not_to_who_books_at_that_moment(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, seats=1), now) == EVENT
    come(db, EVENT, ANA, now)
    come(db, EVENT, ANA + 1, now - timedelta(minutes=1), or_waitlist=True)
    at_all_tills(database_url, now, _give_back_or_book)
    assert states(db) == {ANA: "not_going", ANA + 1: "offered"} | dict.fromkeys(range(3, TILLS + 2), "waitlist")
    assert seats_taken(db, EVENT) == 1


def _give_back_then_book_out_of_turn(db: Session, number: int, now: datetime) -> str:
    """The twin: nobody looks at the line before a seat is taken."""
    _instead(offer_freed=lambda *of_the_seat: 0)
    if number == 0:
        _give_back_or_book(db, number, now)
        meet_the_others()
        return "given back"
    meet_the_others()
    return _give_back_or_book(db, number, now)


def test_without_the_look_at_the_line_a_freed_seat_goes_past_who_waits(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, seats=1), now) == EVENT
    come(db, EVENT, ANA, now)
    come(db, EVENT, ANA + 1, now - timedelta(minutes=1), or_waitlist=True)
    said = at_all_tills(database_url, now, _give_back_then_book_out_of_turn)
    assert said.count("going") == 1 and states(db)[ANA + 1] == "waitlist"


def _lapse(db: Session, number: int, now: datetime) -> int:
    return service.follow(db, now + timedelta(days=2))


def test_a_lapsed_place_is_offered_once_by_however_many_workers(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, seats=1), now) == EVENT
    for minute, person_id in enumerate(people[:4]):
        come(db, EVENT, person_id, now + timedelta(minutes=minute), or_waitlist=True)
    service.decline(db, EVENT, ANA, now)
    at_all_tills(database_url, now, _lapse)
    assert list(states(db).values()) == ["not_going", "not_going", "offered", "waitlist"]
    assert seats_taken(db, EVENT) == 1


def _scan(db: Session, number: int, now: datetime) -> str:
    code = db.execute(select(ANSWERS.c.code)).scalar_one()
    return service.check_in(db, EVENT, code, BY, Role.SUPPORT, now, door_key=f"door {number}").result.value


@pytest.mark.proves("F-53", "F-09")
def test_one_ticket_at_several_doors_lets_one_in(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now), now) == EVENT
    come(db, EVENT, ANA, now)
    said = at_all_tills(database_url, now, _scan)
    assert sorted(said) == sorted([Door.WELCOME.value, *[Door.ALREADY_IN.value] * (TILLS - 1)])


def _scan_when_all_have_looked(db: Session, number: int, now: datetime) -> str:
    """The twin: what was read before anybody was let in decides, and nobody looks again."""
    looked = door._found(Transaction(db), EVENT, ANSWERS.c.person_id == ANA)
    db.rollback()
    meet_the_others()
    vars(door)["_found"] = lambda *ticket: looked
    return _scan(db, number, now)


def test_without_the_look_inside_one_ticket_lets_everybody_in(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now), now) == EVENT
    come(db, EVENT, ANA, now)
    assert at_all_tills(database_url, now, _scan_when_all_have_looked) == [Door.WELCOME.value] * TILLS


def _pay(db: Session, number: int, now: datetime) -> str:
    return service.answer(db, EVENT, ANA, ALONE, now).state.value


@pytest.mark.proves("F-01")
def test_a_place_is_paid_once_in_however_many_windows(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    give_points(db, ANA, 500, now)
    assert published(db, an_event(now, points=100), now) == EVENT
    assert at_all_tills(database_url, now, _pay) == [Answer.GOING.value] * TILLS
    db.rollback()
    assert db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == ANA)).scalar_one() == 400
    assert db.scalar(select(func.count()).select_from(PAYMENTS)) == 1
    assert violations(db) == []


def _pay_unguarded(db: Session, number: int, now: datetime) -> str:
    """The twin: neither the event nor the member is held before looking at what was paid."""

    def looked_at(tx: Any, event_id: int) -> Any:
        return view_of(tx.execute(select(EVENTS).where(EVENTS.c.id == event_id)).one())

    pay = seats._pay

    def forgetful(tx: Any, answer_id: int, person_id: int, price: int, now: datetime, *, comes_back: bool) -> None:
        pay(tx, answer_id, person_id, price, seats.day_of(tx, now), now)

    _instead(held=looked_at, settle_price=forgetful)
    return _pay(db, number, now)


def test_without_the_look_behind_the_lock_a_place_is_paid_several_times(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    give_points(db, ANA, 500, now)
    assert published(db, an_event(now, points=100), now) == EVENT
    come(db, EVENT, ANA, now)
    at_all_tills(database_url, now, _pay_unguarded)
    db.rollback()
    assert db.scalar(select(func.count()).select_from(PAYMENTS)) == TILLS + 1


def _close(db: Session, number: int, now: datetime) -> int:
    return service.follow(db, now + timedelta(days=10, hours=3) + CLOSES_AFTER)


@pytest.mark.proves("F-58")
def test_points_for_coming_come_once_from_however_many_workers(
    db: Session, people: list[int], engine: Engine, database_url: str, now: datetime
) -> None:
    assert published(db, an_event(now, attend_points=50), now) == EVENT
    come(db, EVENT, ANA, now)
    service.check_in_person(db, EVENT, ANA, BY, Role.EVENTS, now)
    at_all_tills(database_url, now, _close)
    db.rollback()
    assert db.scalar(select(func.count()).select_from(MOVEMENTS).where(MOVEMENTS.c.kind == "event.earned")) == 1
    assert db.execute(text("SELECT active FROM points_balance WHERE member_id = 1")).scalar_one() == 50
