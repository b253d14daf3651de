"""Checkouts at once, each a process of its own, on both databases: one cart, one balance, the last bottles."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from club.carts.models import Cart, Owner
from club.catalogue.models import StockReservation
from club.catalogue.service.stock import Cause, reserve
from club.database import transaction
from club.orders.drafting import Reckoned
from club.orders.models import Order, OrderLine
from club.orders.reading import order_with
from club.orders.service import placing
from club.orders.service.letting_go import let_go_in
from club.orders.service.placing import place_order
from club.orders.service.rows import Ready, Wanted
from club.orders.service.settling import settle_in
from club.orders.verify import violations
from club.points.models import BALANCES
from club.programme.rules import Club
from tests.order_world import COUNTER, Till, open_shop
from tests.people import new_signed_up_member
from tests.races.test_purchases import TILLS, at_all_tills

pytestmark = pytest.mark.races

BOTTLE = 1
ANA = 1


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    """One wine of 20 euros, and a member."""
    open_shop(db)
    made = Till(db, now)
    assert made.shelf.thing(price=2000, on_hand=50) == BOTTLE
    assert new_signed_up_member(db, now).person_id == ANA
    return made


def _press(db: Session, wanted: Wanted, now: datetime) -> tuple[int, bool]:
    placed = place_order(db, wanted, now)
    return placed.order_id, placed.is_new


def _the_same_cart(db: Session, number: int, now: datetime) -> tuple[int, bool]:
    return _press(db, Till(db, now).wanted(1, ANA), now)


@pytest.mark.proves("F-02")
def test_one_cart_whose_button_is_pressed_everywhere_is_one_order(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    till.cart(Owner(ANA), (BOTTLE, 2))
    answers = at_all_tills(database_url, now, _the_same_cart)
    assert sorted(is_new for _, is_new in answers) == [False] * (TILLS - 1) + [True]
    assert {order_id for order_id, _ in answers} == {order_with(db, answers[0][0]).id}
    assert db.scalar(select(func.count()).select_from(Order)) == 1
    assert violations(db) == []


def _own_cart_of_guest(db: Session, number: int, now: datetime) -> bool:
    return _press(db, Till(db, now).wanted(number + 1), now)[1]


@pytest.mark.proves("F-03")
def test_the_last_bottles_are_ordered_once(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    for _ in range(TILLS):
        till.cart(Owner(), (BOTTLE, 3))
    till.shelf.has(BOTTLE, 7)
    answers = at_all_tills(database_url, now, _own_cart_of_guest)
    assert sorted(map(str, answers)) == ["OutOfStock", "OutOfStock", "True", "True"]
    assert db.scalar(select(func.sum(OrderLine.quantity))) == 6
    assert violations(db) == []


POINTS = 2000
"""What one bottle costs, in points."""


def _own_cart_with_points(db: Session, number: int, now: datetime) -> bool:
    """All of it is paid with points, so no card is asked for."""
    return _press(db, Till(db, now).wanted(number + 1, ANA, method_id=COUNTER, expected_total=0), now)[1]


def _carts_that_points_pay(till: Till, db: Session, *, enough_for: int) -> None:
    """Each cart wants the price of a bottle in points; the balance is enough for so many."""
    till.give_points(ANA, POINTS * enough_for)
    for _ in range(TILLS):
        till.cart(Owner(), (BOTTLE, 1))
    with transaction(db) as tx:
        tx.execute(update(Cart).values(points_wanted=POINTS))


@pytest.mark.proves("F-01", "F-08")
def test_one_balance_pays_as_many_orders_as_it_is_enough_for(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    _carts_that_points_pay(till, db, enough_for=2)
    answers = at_all_tills(database_url, now, _own_cart_with_points)
    assert answers.count(True) == 2
    assert set(answers) <= {True, "NotEnoughPoints", "TotalChanged"}
    assert db.execute(select(BALANCES.c.active, BALANCES.c.held, BALANCES.c.debt)).one() == (0, 0, 0)
    assert db.scalar(select(func.sum(Order.points))) == 2 * POINTS
    assert violations(db) == []


def _settle_or_let_go(db: Session, number: int, now: datetime) -> bool:
    with transaction(db) as tx:
        return settle_in(tx, 1, 4490, now) if number % 2 else let_go_in(tx, 1, "expired", now)


def test_money_and_the_end_of_waiting_at_once_have_one_winner(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    assert till.order(Owner(ANA), (BOTTLE, 2)).total == 4490
    answers = at_all_tills(database_url, now, _settle_or_let_go)
    assert answers.count(True) == 1
    assert set(answers) <= {True, False, "OrderCancelled"}
    assert violations(db) == []


# --- the same without the guards, which must go wrong


def _when_all_have_looked(db: Session, number: int, now: datetime) -> None:
    """Each has reckoned its order before anybody writes one."""
    with transaction(db) as tx:
        reserve(tx, Cause("looked", number + 1), {2: 1}, None, now)
    for _ in range(100_000):
        if db.scalar(select(func.count()).where(StockReservation.cause_kind == "looked")) == TILLS:
            db.rollback()
            return
        db.rollback()
    raise AssertionError("the others did not come")


def _press_when_all_have_looked(db: Session, wanted: Wanted, number: int, now: datetime) -> bool:
    """The order as it is placed, but for a pause between reckoning and writing; this process is nobody else's."""
    reckon = placing._made_ready

    def and_wait(db: Session, wanted: Wanted, now: datetime, known: Reckoned | None = None) -> Ready:
        ready = reckon(db, wanted, now, known)
        _when_all_have_looked(db, number, now)
        return ready

    placing._made_ready = and_wait
    return _press(db, wanted, now)[1]


def _switch_off(*guards: str, says: object = None) -> None:
    for guard in guards:
        assert hasattr(placing, guard)
        setattr(placing, guard, lambda *_, **__: says)


def _the_same_cart_unguarded(db: Session, number: int, now: datetime) -> bool:
    _switch_off("freeze")
    return _press_when_all_have_looked(db, Till(db, now).wanted(1, ANA), number, now)


def test_without_frozen_carts_and_their_one_order_a_cart_is_ordered_several_times(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    till.shelf.thing(on_hand=TILLS)
    till.cart(Owner(ANA), (BOTTLE, 2))
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_shop_order_cart_id"))
    assert at_all_tills(database_url, now, _the_same_cart_unguarded) == [True] * TILLS
    assert db.scalar(select(func.count()).select_from(Order)) == TILLS


def _points_unguarded(db: Session, number: int, now: datetime) -> bool:
    _switch_off("hold", "book")
    wanted = Till(db, now).wanted(number + 1, ANA, method_id=COUNTER, expected_total=0)
    return _press_when_all_have_looked(db, wanted, number, now)


def test_without_holding_points_one_balance_pays_all_orders(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    till.shelf.thing(on_hand=TILLS)
    _carts_that_points_pay(till, db, enough_for=2)
    assert at_all_tills(database_url, now, _points_unguarded) == [True] * TILLS
    assert db.scalar(select(func.sum(Order.points))) == TILLS * POINTS > 2 * POINTS
    assert violations(db) != []


def _goods_unguarded(db: Session, number: int, now: datetime) -> bool:
    _switch_off("set_aside", says=True)
    return _press_when_all_have_looked(db, Till(db, now).wanted(number + 1), number, now)


def test_without_setting_goods_aside_more_is_ordered_than_is_there(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    till.shelf.thing(on_hand=TILLS)
    for _ in range(TILLS):
        till.cart(Owner(), (BOTTLE, 3))
    till.shelf.has(BOTTLE, 7)
    assert at_all_tills(database_url, now, _goods_unguarded) == [True] * TILLS
    assert db.scalar(select(func.sum(OrderLine.quantity))) == 3 * TILLS
    assert len(violations(db)) == TILLS
