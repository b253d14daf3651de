"""Rewards for friends at once, each night a process of its own: once, and within the year's limit."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from club.database import Transaction
from club.points.models import BALANCES
from club.programme.rules import Club
from club.referrals.models import REFERRALS
from club.referrals.rules import Cause, State
from club.referrals.service import reward_one, rewarding, take_back_one
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others
from tests.referral_world import AFTER_THE_WINDOW, Friends

pytestmark = pytest.mark.races

LIMIT = 3


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> int:
    """A member with a friend for every process, all due; three a year are rewarded."""
    friends = Friends(db, now)
    friends.terms()
    person_id = friends.member()
    code = friends.code_of(person_id)
    for number in range(TILLS):
        friends.buys(friends.joins(code, f"friend{number}@example.org"))
    friends.night()
    db.rollback()
    return person_id


def points_of(db: Session, person_id: int) -> int:
    db.rollback()
    return int(db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == person_id)).scalar_one())


def _the_first(db: Session, _number: int, now: datetime) -> Any:
    return reward_one(db, 1, now + AFTER_THE_WINDOW)


@pytest.mark.proves("F-15")
def test_one_friend_is_rewarded_once_by_many_nights_and_taken_back_once(
    db: Session, ana: int, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _the_first)
    assert (answers.count(State.REWARDED), answers.count(None)) == (1, TILLS - 1)
    assert points_of(db, ana) == 500
    back = at_all_tills(database_url, now, _back)
    assert (back.count(True), points_of(db, ana)) == (1, 0)


def _back(db: Session, _number: int, now: datetime) -> Any:
    return take_back_one(db, 1, Cause.RETURNED, now + AFTER_THE_WINDOW)


def _own_friend(db: Session, number: int, now: datetime) -> Any:
    return reward_one(db, number + 1, now + AFTER_THE_WINDOW)


def _own_friend_counted_before(db: Session, number: int, now: datetime) -> Any:
    """The twin: the year is counted before the member's balance is held."""
    today = (now + AFTER_THE_WINDOW).date()
    seen = rewarding.rewarded_this_year(Transaction(db), 1, today)
    db.rollback()
    meet_the_others()
    rewarding.rewarded_this_year = lambda *_: seen
    return reward_one(db, number + 1, now + AFTER_THE_WINDOW)


@pytest.mark.proves("F-15")
def test_the_years_limit_holds_however_many_friends_are_rewarded_at_once(
    db: Session, ana: int, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _own_friend)
    assert answers.count(State.REWARDED) == TILLS
    assert points_of(db, ana) == LIMIT * 500
    over = db.scalars(select(REFERRALS.c.is_over_limit)).all()
    assert list(over).count(True) == TILLS - LIMIT


def test_counting_before_the_lock_would_reward_beyond_the_limit(
    db: Session, ana: int, engine: Engine, database_url: str, now: datetime
) -> None:
    at_all_tills(database_url, now, _own_friend_counted_before)
    assert points_of(db, ana) == TILLS * 500
