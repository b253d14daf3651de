"""Merging while others buy, spend and merge the same records, each a process of its own, on both databases."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_member
from club.merging.models import Merge
from club.merging.service import Wanted, merge
from club.permissions import Role
from club.points import service as points
from club.points.models import BALANCES
from club.points.verify import violations
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.purchases.rules import NewPurchase
from tests.people import new_colleague
from tests.races.test_purchases import at_all_tills

pytestmark = pytest.mark.races

TODAY = date(2026, 6, 15)
STAYS, GOES = 1, 2


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


def _merge_both_ways(db: Session, till: int, now: datetime) -> Any:
    wanted = Wanted(STAYS, GOES, "x") if till % 2 else Wanted(GOES, STAYS, "x")
    merge(db, wanted, 1, Role.SUPPORT, now)
    return "merged"


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


def test_of_several_merges_of_the_same_records_one_is_done(
    db: Session, two: None, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _merge_both_ways)
    assert sorted(answers) == ["AlreadyMerged", "AlreadyMerged", "AlreadyMerged", "merged"]
    assert db.scalar(select(func.count()).select_from(Merge)) == 1
    assert in_all(db) == 600
    assert violations(db) == []
