"""Two of a household at several tills at once: the last points go once, and nobody waits in a circle."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.database import transaction
from club.household import service as households
from club.household.models import invitations_of
from club.points import pool
from club.points.models import BALANCES, HOLDS
from club.points.rules import Earned
from club.points.service import earn, hold, release, spend_hold
from club.points.verify import violations
from club.programme.rules import Club
from club.programme.service import change
from tests.people import new_signed_up_member
from tests.races.test_purchases import TILLS, Till, at_all_tills, meet_the_others

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("club")]

TODAY = date(2026, 6, 15)
ANA, BERTA = 1, 2


@pytest.fixture
def household(db: Session, club: Club, now: datetime) -> None:
    """Ana and Berta have 50 points each."""
    change(db, replace(club, households_allowed=True, household_wait_days=0), None, now)
    new_signed_up_member(db, now)
    new_signed_up_member(db, now, name="Berta Ruiz", email="berta@example.org")
    households.invite(db, ANA, "berta@example.org", share=True, by=1, now=now)
    asked = invitations_of(db, BERTA, now)[0].id
    households.accept(db, BERTA, asked, share=True, by=2, now=now)
    for who in (ANA, BERTA):
        with transaction(db) as tx:
            earn(tx, Earned(who, "purchase.earned", who, 50, TODAY, TODAY, None), TODAY, now)


def _spend_all(db: Session, number: int, now: datetime) -> bool:
    """Every second till serves Berta."""
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, ANA + number % 2, "order", number + 1, 100, TODAY, now), TODAY, now)
    return True


def _there_and_back(db: Session, number: int, now: datetime) -> bool:
    for turn in range(5):
        with transaction(db) as tx:
            pool.lock_shared(tx, ANA + number % 2, TODAY)
            hold_id = hold(tx, ANA + number % 2, "order", number * 10 + turn + 1, 20, TODAY, now)
        with transaction(db) as tx:
            release(tx, hold_id, TODAY, now)
    return True


def _look_first(db: Session, number: int, now: datetime) -> bool:
    """The twin: what each may spend is looked at before anybody is held, and counts."""
    enough = pool.may_spend(db, ANA + number % 2, TODAY) >= 100
    db.rollback()
    meet_the_others()
    return enough


@pytest.mark.proves("I-06", "I-08")
@pytest.mark.usefixtures("household")
@pytest.mark.parametrize(("act", "sold"), [(_spend_all, 1), (_look_first, TILLS)], ids=["locked", "twin"])
def test_the_last_points_of_a_household_are_spent_once(
    db: Session, database_url: str, now: datetime, act: Till, sold: int
) -> None:
    assert at_all_tills(database_url, now, act).count(True) == sold
    db.rollback()
    left = db.scalar(select(func.sum(BALANCES.c.active)))
    assert left == (0 if act is _spend_all else 100)
    assert violations(db) == []


@pytest.mark.usefixtures("household")
def test_two_who_spend_each_others_points_again_and_again_never_wait_in_a_circle(
    db: Session, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _there_and_back) == [True] * TILLS
    assert db.scalar(select(func.sum(BALANCES.c.active))) == 100
    assert db.scalar(select(func.count()).where(HOLDS.c.part_of.is_(None))) == TILLS * 5
    assert violations(db) == []
