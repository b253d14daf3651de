"""Clerks who take the same goods back at once, each a process of their own, on both databases."""

import time
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_member
from club.orders.models import Order, OrderLine
from club.orders.reading import OrderView, order_with
from club.orders.service import Exchange, place_exchange_in
from club.payments.models import Refund
from club.permissions import Role
from club.points.models import balance_of
from club.points.service import open_account
from club.programme.rules import Club
from club.returns import service
from club.returns.models import ReturnCase
from club.returns.reading import lines_of_order
from club.returns.rules import goes_back
from club.returns.service import Wanted
from tests.order_world import POSTAGE
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills
from tests.return_world import TODAY, Desk, wanted

pytestmark = pytest.mark.races

CLERK = 1
"""The one account there is."""


@pytest.fixture
def order(db: Session, club: Club, engine: Engine, now: datetime) -> OrderView:
    """Three bottles for 30.01 and some points, delivered to the member who is the first person: order 1."""
    desk = Desk(db, now).open()
    assert new_colleague(db, now, Role.SHOP).account_id == CLERK
    with transaction(db) as tx:
        person = NewPerson(full_name="Emma", language="en", source="counter")
        member_id = new_member(tx, person, None, now.date(), now)
        open_account(tx, member_id)
    desk.till.give_points(member_id, 100)
    return desk.delivered(member_id, (desk.till.shelf.thing(price=1034), 3), points=100)


def _take_one_back(db: Session, till: int, now: datetime) -> int:
    """One piece comes to each clerk, who takes it in and refunds it."""
    order = order_with(db, 1)
    asked = service.take_back(db, wanted(order, 1), CLERK, Role.SHOP, now)
    return service.receive_and_refund(
        db, asked.case_id, {order.lines[0].id: 1}, {}, CLERK, Role.SHOP, now, with_delivery=True
    ).money


def _refund_the_case(db: Session, till: int, now: datetime) -> int:
    return service.refund(db, 1, with_delivery=False, by=CLERK, role=Role.SHOP, now=now).money


def _refund_without_the_guard(db: Session, till: int, now: datetime) -> int:
    """Look, wait, then write what was seen: what lock and guarded UPDATE are there against."""
    line = lines_of_order(db, 1)[0].line
    back = goes_back([line], {line.id: 1}, delivery=0)
    db.rollback()
    time.sleep(1)
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.id == line.id).values(returned=line.returned + 1))
        row = {
            "order_id": 1, "amount": back.money, "currency": "EUR", "cause_kind": "return", "cause_id": 100 + till,
            "state": "by_hand", "attempt": 1, "key": f"unguarded:{till}", "must_look": False, "next_try_at": now,
            "tries": 0, "trouble": "", "made_at": now,
        }  # fmt: skip
        tx.execute(insert(Refund).values(row))
    return back.money


def _sent_back(db: Session) -> int:
    db.rollback()
    return sum(db.scalars(select(Refund.amount)))


@pytest.mark.proves("F-06")
def test_clerks_at_once_give_back_no_more_than_was_bought(
    db: Session, engine: Engine, database_url: str, now: datetime, order: OrderView
) -> None:
    answers = at_all_tills(database_url, now, _take_one_back)
    refused = [answer for answer in answers if isinstance(answer, str)]
    assert refused == ["MoreUnitsThanBought"] * (TILLS - 3)
    assert _sent_back(db) == order.total
    assert order.total == 3002 + POSTAGE
    assert sum(answer for answer in answers if isinstance(answer, int)) == order.total
    found = balance_of(db, 1, TODAY)
    assert (found.active, found.pending, found.owed) == (100, 0, 0)


@pytest.mark.proves("F-12")
def test_one_case_is_refunded_once_however_many_press(
    db: Session, engine: Engine, database_url: str, now: datetime, order: OrderView
) -> None:
    asked = service.take_back(db, wanted(order, 3), CLERK, Role.SHOP, now)
    service.receive(db, asked.case_id, {order.lines[0].id: 3}, {}, CLERK, Role.SHOP, now)
    answers = at_all_tills(database_url, now, _refund_the_case)
    assert sorted(answers, key=str) == [3002] + ["ReturnMovedOn"] * (TILLS - 1)
    assert _sent_back(db) == 3002
    db.rollback()
    assert list(db.scalars(select(ReturnCase.state))) == ["refunded"]


def test_without_lock_and_guard_more_goes_back_than_was_bought(
    db: Session, engine: Engine, database_url: str, now: datetime, order: OrderView
) -> None:
    answers = at_all_tills(database_url, now, _refund_without_the_guard)
    assert answers == [1001] * TILLS
    assert _sent_back(db) > order.total - order.delivery_price
    db.rollback()
    assert db.scalar(select(OrderLine.returned)) == 1


def _exchange_the_case(db: Session, till: int, now: datetime) -> int:
    arrived = service.Arrived(pieces={1: 1}, restocked={1: 1})
    return service.exchange(db, 1, arrived, CLERK, Role.SHOP, now).order.carried


def _exchange_without_the_guard(db: Session, till: int, now: datetime) -> int:
    """Look whether it is done, wait, then send something out: what lock and guarded UPDATE are there against."""
    is_done = db.scalar(select(ReturnCase.state)) != "approved"
    db.rollback()
    time.sleep(1)
    if not is_done:
        with transaction(db) as tx:
            wanted = Exchange(case_id=till, order_id=1, pieces={2: 1}, points=0, money=0, takes_cards=True)
            place_exchange_in(tx, wanted, now)
    return int(not is_done)


@pytest.fixture
def exchanged(db: Session, order: OrderView, now: datetime) -> OrderView:
    """One bottle is to be exchanged for another article: case 1."""
    shelf = Desk(db, now).till.shelf
    shelf.made = 1
    other = shelf.thing("Other", price=1034)
    asked = wanted(order, 1)
    asked = Wanted(order_id=1, pieces=asked.pieces, reason=asked.reason, instead=dict.fromkeys(asked.pieces, other))
    case_id = service.ask_return(db, 1, asked, now).case_id
    service.approve(db, case_id, CLERK, Role.SHOP, now)
    return order


@pytest.mark.proves("F-12")
def test_one_case_is_exchanged_once_however_many_press(
    db: Session, engine: Engine, database_url: str, now: datetime, exchanged: OrderView
) -> None:
    answers = at_all_tills(database_url, now, _exchange_the_case)
    assert sorted(answers, key=str) == [1000] + ["ReturnMovedOn"] * (TILLS - 1)
    db.rollback()
    assert db.execute(select(Order.carried, Order.exchange_of).where(Order.id > 1)).all() == [(1000, 1)]
    assert _sent_back(db) == 1001  # a cent that 34 points leave over goes back


def test_without_lock_and_guard_more_goes_out_than_came_back(
    db: Session, engine: Engine, database_url: str, now: datetime, exchanged: OrderView
) -> None:
    assert at_all_tills(database_url, now, _exchange_without_the_guard) == [1] * TILLS
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Order)) == 1 + TILLS
