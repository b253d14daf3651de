"""Merging while others buy, spend and merge the same records, each a process of its own, on both databases."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate
from club.carts.models import Owner
from club.database import transaction
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import new_member, new_person
from club.merging.models import Merge
from club.merging.service import Wanted, merge, undo
from club.orders.models import Order
from club.orders.service import place_order
from club.permissions import Role
from club.points import service as points
from club.points.models import BALANCES
from club.points.verify import violations
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.purchases.rules import NewPurchase
from tests.order_world import Till, open_shop
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

TODAY = date(2026, 6, 15)
STAYS, GOES = 1, 2
GUEST, OTHER_GUEST = 3, 4


@pytest.fixture
def two(db: Session, club: Club, now: datetime) -> None:
    """Members 1 and 2, who have 300 points each, and a colleague 1 who merges."""
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1)),))
    accrual.set_rules(db, rules, None, Role.OWNER, now)
    assert new_colleague(db, now, Role.SUPPORT).account_id == 1
    for number in (STAYS, GOES):
        with transaction(db) as tx:
            person = NewPerson(full_name="Emma", language="en", source="counter")
            assert new_member(tx, person, None, date(2025, 1, 1), now) == number
            points.open_account(tx, number)
        _buy(db, number, f"first-{number}", 30_000, now)


def _buy(db: Session, member_id: int, reference: str, amount: int, now: datetime) -> int:
    new = NewPurchase(member_id=member_id, channel="counter", reference=reference, bought_on=TODAY, amount=amount)
    return accrual.record_purchase(db, new, None, Role.SHOP, now).points


def _merge(db: Session, now: datetime) -> str:
    merge(db, Wanted(STAYS, GOES, "One human"), 1, Role.SUPPORT, now)
    return "merged"


def _merge_beside_purchases(db: Session, till: int, now: datetime) -> Any:
    if till == 0:
        return _merge(db, now)
    return sum(_buy(db, STAYS, f"T{till}-{number}", 1_000, now) for number in range(5))


def _merge_beside_purchases_of_who_goes(db: Session, till: int, now: datetime) -> Any:
    return _merge(db, now) if till == 0 else _buy(db, GOES, f"T{till}", 1_000, now)


def _merge_beside_spending(db: Session, till: int, now: datetime) -> Any:
    if till == 0:
        return _merge(db, now)
    with transaction(db) as tx:
        hold_id = points.hold(tx, GOES if till == 1 else STAYS, "order", till, 100, TODAY, now)
        points.spend_hold(tx, hold_id, TODAY, now)
    return 100


def _merge_beside_an_order(db: Session, till: int, now: datetime) -> Any:
    """A card order without points, of the record that goes."""
    if till == 0:
        return _merge(db, now)
    place_order(db, Till(db, now).wanted(1, GOES), now)
    return "ordered"


def _merge_both_ways(db: Session, till: int, now: datetime) -> Any:
    wanted = Wanted(STAYS, GOES, "x") if till % 2 else Wanted(GOES, STAYS, "x")
    merge(db, wanted, 1, Role.SUPPORT, now)
    return "merged"


def _merge_guests(db: Session, till: int, now: datetime) -> Any:
    """Two who are no members, so that no account of points is there to be locked."""
    stays, goes = (GUEST, OTHER_GUEST) if till % 2 else (OTHER_GUEST, GUEST)
    merge(db, Wanted(stays, goes, "x"), 1, Role.SUPPORT, now)
    return "merged"


def _undo(db: Session, till: int, now: datetime) -> Any:
    undo(db, 1, 1, Role.SUPPORT, now)
    return "parted"


def in_all(db: Session) -> int:
    db.rollback()
    return int(db.execute(select(func.sum(BALANCES.c.active))).scalar_one())


def test_purchases_meanwhile_are_all_kept(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_beside_purchases)
    assert sorted(map(str, answers)) == ["50", "50", "50", "merged"]
    assert in_all(db) == 750
    assert db.scalars(select(Purchase.member_id).distinct()).all() == [STAYS]
    assert violations(db) == []


def test_who_goes_buys_before_or_is_refused_and_nothing_is_lost(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_beside_purchases_of_who_goes)
    assert answers[0] == "merged"
    assert set(answers[1:]) <= {10, "UnknownMember"}
    assert in_all(db) == 600 + sum(answer for answer in answers if answer == 10)
    assert db.scalars(select(Purchase.member_id).distinct()).all() == [STAYS]
    assert violations(db) == []


def test_points_are_spent_once_before_or_after(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_beside_spending)
    assert answers[0] == "merged"
    assert answers[1] in {100, "NotFound"}
    assert answers[2:] == [100, 100]
    assert in_all(db) == 600 - sum(answer for answer in answers if answer == 100)
    assert violations(db) == []


def test_no_order_stays_with_the_record_that_goes(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    open_shop(db)
    till = Till(db, now)
    assert till.cart(Owner(person_id=GOES), (till.shelf.thing(), 1)) == 1
    answers = at_all_tills(database_url, now, _merge_beside_an_order)
    assert answers[0] == "merged"
    assert set(answers[1:]) <= {"ordered", "ChangedMeanwhile"}
    db.rollback()
    assert set(db.scalars(select(Order.person_id))) <= {STAYS}


def test_of_several_merges_of_the_same_records_one_is_done(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_both_ways)
    assert sorted(answers) == ["AlreadyMerged", "AlreadyMerged", "AlreadyMerged", "merged"]
    assert db.scalar(select(func.count()).select_from(Merge)) == 1
    assert in_all(db) == 600
    assert violations(db) == []


@pytest.fixture
def guests(db: Session, two: None, now: datetime) -> None:
    """People 3 and 4, who are no members."""
    for number in (GUEST, OTHER_GUEST):
        with transaction(db) as tx:
            assert new_person(tx, NewPerson(full_name="Lea", language="en", source="guest"), None, now) == number


def test_of_several_merges_of_two_who_are_no_members_one_is_done_and_is_undone_once(
    db: Session, guests: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_guests)
    assert sorted(answers) == ["AlreadyMerged", "AlreadyMerged", "AlreadyMerged", "merged"]
    assert db.scalar(select(func.count()).select_from(Merge)) == 1
    db.rollback()
    answers = at_all_tills(database_url, now, _undo)
    assert sorted(answers) == ["AlreadyMerged", "AlreadyMerged", "AlreadyMerged", "parted"]
    db.rollback()
    assert db.scalars(select(Person.merged_into).where(Person.merged_into.is_not(None))).all() == []


# --- the same without the locks, which must go wrong


def _merge_without_a_lock(db: Session, till: int, now: datetime) -> Any:
    """Look whether both stand by themselves, then write what was decided, and trust it."""
    stays, goes = (GUEST, OTHER_GUEST) if till % 2 else (OTHER_GUEST, GUEST)
    merged = select(Person.id).where(Person.id.in_((stays, goes)), Person.merged_into.is_not(None))
    is_free = db.execute(merged).first() is None
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == goes).values(merged_into=stays))
    return is_free


def test_without_holding_both_each_record_becomes_part_of_the_other(
    db: Session, guests: None, engine: Engine, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _merge_without_a_lock) == [True] * TILLS
    into = select(Person.merged_into).where(Person.id.in_((GUEST, OTHER_GUEST))).order_by(Person.id)
    assert db.scalars(into).all() == [OTHER_GUEST, GUEST]


def _buy_without_a_lock(db: Session, till: int, now: datetime) -> Any:
    """Look whose purchase it is, then write it, while the record is merged."""
    is_member = db.scalar(select(Person.member_number).where(Person.id == GOES)) is not None
    db.rollback()
    meet_the_others()
    if till == 0:
        _merge(db, now)
    meet_the_others()
    with transaction(db) as tx:
        row = {
            "member_id": GOES, "channel": "counter", "reference": f"T{till}", "bought_on": TODAY, "amount": 1_000,
            "net_amount": 1_000, "qualifying_points": 0, "net_qualifying_points": 0, "recorded_at": now,
        }  # fmt: skip
        tx.execute(insert(Purchase).values(row))
    return is_member


def test_without_holding_the_record_purchases_stay_with_one_that_is_gone(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _buy_without_a_lock) == [True] * TILLS
    assert db.scalar(select(func.count()).where(Purchase.member_id == GOES)) == TILLS
    assert db.scalar(select(Person.merged_into).where(Person.id == GOES)) == STAYS
