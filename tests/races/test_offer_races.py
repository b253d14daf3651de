"""Offers at once, each buyer a process of its own, on both databases: last vouchers, limits, one voucher in carts."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Account
from club.carts.models import Cart, Owner
from club.catalogue.service.stock import level_of
from club.database import transaction
from club.offers import service
from club.offers.models import OFFERS, USES, VOUCHERS
from club.offers.reading import the_voucher
from club.offers.rules import Kind, Way
from club.offers.service import using
from club.orders.service.letting_go import let_go_in
from club.orders.service.placing import place_order
from club.orders.verify import violations
from club.permissions import Role
from club.points.models import BALANCES
from club.programme.rules import Club
from tests.offer_world import an_offer, for_points, running
from tests.order_world import Till, open_shop
from tests.people import new_signed_up_member
from tests.races.test_order_races import _press_when_all_have_looked
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

BOTTLE, ANA = 1, 1


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    """One wine of 20 euros, and as many members as there are processes; Ana is the first."""
    open_shop(db)
    made = Till(db, now)
    assert made.shelf.thing(price=2000, on_hand=50) == BOTTLE
    ids = [new_signed_up_member(db, now, email=f"m{number}@example.org").person_id for number in range(TILLS)]
    assert ids == list(range(1, TILLS + 1))
    return made


def taken(db: Session) -> int:
    db.rollback()
    return db.execute(select(OFFERS.c.taken)).scalar_one()


def _activate(db: Session, number: int, now: datetime) -> bool:
    return bool(service.activate(db, number + 1, 1, now))


@pytest.mark.proves("F-04")
@pytest.mark.parametrize("limit", [1, 3])
def test_the_last_vouchers_go_to_so_many_members(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime, limit: int
) -> None:
    running(db, an_offer(way=Way.ACTIVATE, limit_all=limit), now)
    answers = at_all_tills(database_url, now, _activate)
    assert (answers.count(True), answers.count("OfferUsedUp")) == (limit, TILLS - limit)
    assert taken(db) == db.scalar(select(func.count()).select_from(VOUCHERS)) == limit


def _redeem(db: Session, number: int, now: datetime) -> bool:
    return bool(service.redeem(db, ANA, 1, sha256(str(number).encode()).digest(), now))


@pytest.mark.proves("F-04", "F-01")
def test_one_member_in_many_windows_redeems_within_limit_and_balance(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    running(db, for_points(100, limit_member=1), now)
    till.give_points(ANA, 1000)
    answers = at_all_tills(database_url, now, _redeem)
    assert (answers.count(True), answers.count("OfferLimitReached")) == (1, TILLS - 1)
    assert db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == ANA)).scalar_one() == 900


def _hand_over(db: Session, number: int, now: datetime) -> bool:
    clerk = db.scalar(select(func.max(Account.id))) or 0
    db.rollback()
    mine = service.activate(db, number + 1, 1, now)
    code = the_voucher(db, mine).code
    db.rollback()
    meet_the_others()
    return bool(service.hand_over(db, number + 1, code, clerk, Role.SHOP, now))


@pytest.mark.proves("F-03")
def test_the_last_gifts_on_the_shelf_are_handed_over_at_so_many_tills(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    gift = till.shelf.thing("Glass", price=700, on_hand=2)
    running(db, an_offer(Kind.GIFT, way=Way.ACTIVATE, gift_variant_id=gift), now)
    answers = at_all_tills(database_url, now, _hand_over)
    assert (answers.count(True), answers.count("OutOfStock")) == (2, TILLS - 2)
    db.rollback()
    assert level_of(db, gift).on_hand == 0


def _own_order(db: Session, number: int, now: datetime) -> int:
    """Every member's own cart, pressed as the page showed it; what was reckoned too late is refused."""
    return place_order(db, Till(db, now).wanted(number + 1, number + 1), now).total


@pytest.mark.proves("F-04", "F-49")
def test_an_automatic_offer_is_used_as_often_as_it_may(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    running(db, an_offer(limit_all=3, percent=50), now)
    for number in range(TILLS):
        till.cart(Owner(number + 1), (BOTTLE, 1))
    answers = at_all_tills(database_url, now, _own_order)
    assert answers.count(1490) == taken(db) == 3
    assert set(answers) <= {1490, 2490, "TotalChanged"}
    assert db.execute(select(OFFERS.c.spent)).scalar_one() == 3000
    assert violations(db) == []


def _carts_with_one_voucher(till: Till, db: Session, now: datetime) -> None:
    """Ana has the same voucher in many carts, as if it had got there in many windows."""
    running(db, for_points(100), now)
    till.give_points(ANA, 100)
    voucher_id = service.redeem(db, ANA, 1, b"form", now)
    for _ in range(TILLS):
        till.cart(Owner(), (BOTTLE, 1))
    with transaction(db) as tx:
        tx.execute(update(Cart).values(voucher_ids=[voucher_id]))


def _with_the_voucher(db: Session, number: int, now: datetime) -> int:
    return place_order(db, Till(db, now).wanted(number + 1, ANA, expected_total=1990), now).total


def _with_the_voucher_unguarded(db: Session, number: int, now: datetime) -> int:
    """The twin: nobody asks whether the voucher is still there."""
    using._one_or_refuse = lambda rows: None
    wanted = Till(db, now).wanted(number + 1, ANA, expected_total=1990)
    return wanted.expected_total if _press_when_all_have_looked(db, wanted, number, now) else 0


@pytest.mark.proves("F-24", "W-05")
@pytest.mark.parametrize(
    ("act", "used"),
    [
        pytest.param(_with_the_voucher, 1, id="guarded"),
        pytest.param(_with_the_voucher_unguarded, TILLS, id="twin", marks=pytest.mark.broken_offers),
    ],
)
def test_one_voucher_in_many_carts_counts_in_one_order(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime, act: Any, used: int
) -> None:
    _carts_with_one_voucher(till, db, now)
    till.shelf.thing(on_hand=TILLS)
    answers = at_all_tills(database_url, now, act)
    assert (answers.count(1990), answers.count("TotalChanged")) == (used, TILLS - used)
    assert db.scalar(select(func.count()).select_from(USES)) == used


def _let_go(db: Session, number: int, now: datetime) -> bool:
    with transaction(db) as tx:
        return let_go_in(tx, 1, "expired", now)


@pytest.mark.proves("F-04")
def test_a_checkout_that_is_cancelled_everywhere_gives_its_use_back_once(
    db: Session, till: Till, engine: Engine, database_url: str, now: datetime
) -> None:
    running(db, an_offer(limit_all=5), now)
    for member in (ANA, 2):
        till.order(Owner(member), (BOTTLE, 1))
    assert taken(db) == 2
    assert at_all_tills(database_url, now, _let_go).count(True) == 1
    assert (taken(db), db.execute(select(OFFERS.c.spent)).scalar_one()) == (1, 200)
