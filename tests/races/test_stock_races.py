"""Buyers at once, each a process of its own, on both databases: never more is promised than may be."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.catalogue.models import ProductTaken, Stock, StockReservation
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock import Cause, level_of, move_stock, release_expired, reserve, sell, take_of_limit
from club.catalogue.stocks import violations
from club.database import transaction
from club.errors import Refusal
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_signed_up_member
from tests.races.test_purchases import TILLS, at_all_tills
from tests.shop_world import OnSale, product, texts

pytestmark = pytest.mark.races

BUYERS = TILLS
TRIES = 6


@pytest.fixture
def last_bottles(db: Session, club: Club, now: datetime) -> OnSale:
    """Seven bottles of one wine."""
    return product(db, texts("Wine"), "WINE", now, stock=7)


def _take_three(db: Session, number: int, now: datetime) -> int:
    """Order three, and three again, until it is refused; every second order is paid at once."""
    taken = 0
    for attempt in range(TRIES):
        cause = Cause("order", number * TRIES + attempt + 1)
        try:
            with transaction(db) as tx:
                reserve(tx, cause, {1: 3}, now, now)
                if attempt % 2 == 0:
                    sell(tx, cause, now)
        except Refusal:
            continue
        taken += 3
    return taken


@pytest.mark.proves("F-03")
def test_seven_bottles_are_sold_in_threes_twice(
    db: Session, last_bottles: OnSale, engine: Engine, database_url: str, now: datetime
) -> None:
    assert sum(at_all_tills(database_url, now, _take_three)) == 6
    level = level_of(db, last_bottles.variant_id)
    assert level.on_hand - level.reserved == 1
    assert violations(db) == []


def _take_and_let_go(db: Session, number: int, now: datetime) -> int:
    """Orders that are never paid, while everybody lets go of what is over, and more arrives."""
    for attempt in range(TRIES):
        cause = Cause("order", number * TRIES + attempt + 1)
        try:
            with transaction(db) as tx:
                reserve(tx, cause, {1: 2}, now, now)
        except Refusal:
            pass
        release_expired(db, now)
        move_stock(db, 1, Reason.ARRIVAL, 1, None, Role.SHOP, now)
    return release_expired(db, now)


def test_what_is_let_go_by_several_at_once_comes_back_once(
    db: Session, last_bottles: OnSale, engine: Engine, database_url: str, now: datetime
) -> None:
    at_all_tills(database_url, now, _take_and_let_go)
    release_expired(db, now)
    level = level_of(db, last_bottles.variant_id)
    assert (level.on_hand, level.reserved) == (7 + BUYERS * TRIES, 0)
    assert violations(db) == []
    assert db.scalar(select(func.count()).where(StockReservation.ended_at.is_(None))) == 0


def _take_of_limit(db: Session, number: int, now: datetime) -> int:
    taken = 0
    for _ in range(TRIES):
        try:
            with transaction(db) as tx:
                take_of_limit(tx, 1, 1, 2, limit=5)
            taken += 2
        except Refusal:
            pass
    return taken


def test_one_member_in_four_browsers_has_no_more_than_the_limit(
    db: Session, last_bottles: OnSale, engine: Engine, database_url: str, now: datetime
) -> None:
    assert new_signed_up_member(db, now).person_id == 1
    assert sum(at_all_tills(database_url, now, _take_of_limit)) == 4
    assert db.scalar(select(ProductTaken.quantity)) == 4


# --- the same without the guard, which must go wrong


def _take_without_a_guard(db: Session, number: int, now: datetime) -> int:
    """Look first, wait until everybody has looked, then write what was decided, and trust it."""
    free = level_of(db, 1).free
    db.rollback()
    _say_that_one_has_looked(db, number, now)
    if free < 3:
        return 0
    with transaction(db) as tx:
        tx.execute(update(Stock).where(Stock.variant_id == 1).values(reserved=Stock.reserved + 3))
    return 3


def _say_that_one_has_looked(db: Session, number: int, now: datetime) -> None:
    with transaction(db) as tx:
        reserve(tx, Cause("looked", number + 1), {2: 1}, None, now)
    for _ in range(100_000):
        if db.scalar(select(func.count()).where(StockReservation.cause_kind == "looked")) == BUYERS:
            db.rollback()
            return
        db.rollback()
    raise AssertionError("the others did not come")


def test_without_guard_and_check_more_is_promised_than_is_there(
    db: Session, last_bottles: OnSale, engine: Engine, database_url: str, now: datetime
) -> None:
    product(db, texts("Glass"), "GLASS", now, stock=BUYERS)
    with transaction(db) as tx:  # what is not counted stands outside of the check
        tx.execute(update(Stock).where(Stock.variant_id == last_bottles.variant_id).values(is_counted=False))
    assert at_all_tills(database_url, now, _take_without_a_guard) == [3] * BUYERS
    assert level_of(db, last_bottles.variant_id).free == 7 - 3 * BUYERS


def _take_with_the_check_alone(db: Session, number: int, now: datetime) -> int:
    try:
        return _take_without_a_guard(db, number, now)
    except IntegrityError:
        return 0


def test_the_check_alone_refuses_what_an_old_look_would_take(
    db: Session, last_bottles: OnSale, engine: Engine, database_url: str, now: datetime
) -> None:
    product(db, texts("Glass"), "GLASS", now, stock=BUYERS)
    assert sum(at_all_tills(database_url, now, _take_with_the_check_alone)) == 6
    assert level_of(db, last_bottles.variant_id).free == 1
