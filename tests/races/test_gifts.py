"""Gifts at once: one choice from many windows counts once, and nights side by side or killed half way give once."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from club.database import sessions
from club.gifts import service
from club.gifts.models import GIFTS, gifts_of
from club.gifts.rules import Kind, Option, What
from club.offers.models import OFFERS, VOUCHERS
from tests.gift_world import a_rule, a_voucher, active_points, climb, member, written
from tests.processes import killed_at, steps_of
from tests.races.test_purchases import TILLS, at_all_tills
from tests.tier_world import add_purchase

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("club")]

TODAY = date(2026, 6, 15)


def _choose(db: Session, number: int, now: datetime) -> bool:
    service.choose(db, 1, 1, number % 2, now)
    return True


@pytest.mark.proves("F-58")
def test_a_choice_from_many_windows_counts_once(db: Session, engine: Engine, database_url: str, now: datetime) -> None:
    climb(db, now)
    ana = member(db)
    add_purchase(db, ana, TODAY, 300_00)
    options = (Option(What.POINTS, 100), a_voucher(db, now))
    written(db, a_rule(Kind.MILESTONE, *options, rung_key="member", at_percent=50, choose_days=30), now)
    service.night(db, TODAY, now)
    assert gifts_of(db, ana, TODAY)[0].option is None
    db.rollback()
    answers = at_all_tills(database_url, now, _choose)
    assert (answers.count(True), answers.count("GiftNotOpen")) == (1, TILLS - 1)
    vouchers = db.scalar(select(func.count()).select_from(VOUCHERS)) or 0
    assert vouchers + sum(active_points(db).values()) // 100 == 1


def _night(db: Session, _number: int, now: datetime) -> bool:
    service.night(db, TODAY, now)
    return True


def _everybody(db: Session, now: datetime, people: int = 6) -> None:
    for _ in range(people):
        member(db, (6, 16), joined=date(2020, 6, 16))
    written(db, a_rule(), now)
    written(db, a_rule(Kind.ANNIVERSARY, a_voucher(db, now)), now)


def _once(db: Session, people: int = 6) -> bool:
    """Everybody has their points and their voucher, and nobody two."""
    points = active_points(db)
    vouchers = list(db.scalars(select(VOUCHERS.c.person_id).order_by(VOUCHERS.c.person_id)))
    taken = db.scalar(select(OFFERS.c.taken))
    gifts = db.scalar(select(func.count()).select_from(GIFTS))
    return (points, vouchers, taken, gifts) == (
        dict.fromkeys(range(1, people + 1), 100), list(range(1, people + 1)), people, 2 * people
    )  # fmt: skip


@pytest.mark.proves("F-16", "F-09")
def test_nights_side_by_side_give_once(db: Session, engine: Engine, database_url: str, now: datetime) -> None:
    _everybody(db, now)
    assert set(at_all_tills(database_url, now, _night)) == {True}
    assert _once(db)


def _work(engine: Any, now: datetime) -> None:
    with sessions(engine)() as db:
        service.night(db, TODAY, now)


@pytest.mark.proves("F-16")
def test_a_night_that_is_killed_half_way_is_done_by_the_next(
    db: Session, engine: Engine, database_url: str, now: datetime
) -> None:
    _everybody(db, now)
    db.rollback()
    for step in (4, 9, 14, 19, 24):
        killed_at(step, _work, database_url, now)
    assert steps_of(_work, database_url, now) > 0
    assert _once(db)
