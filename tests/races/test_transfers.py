"""Points passed on at once, each button in a process of its own: the last points go once, and a cap is a cap."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.models import the_member
from club.points.models import BALANCES
from club.points.rules import Earned
from club.points.service import earn, hold, spend_hold
from club.points.verify import violations
from club.programme.rules import Club
from club.programme.service import change
from club.transfers import service
from club.transfers.models import Transfer
from club.transfers.rules import Moved
from club.transfers.service import Wanted
from tests.people import new_signed_up_member
from tests.races.test_purchases import TILLS, Till, at_all_tills, meet_the_others

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("club")]

TODAY = date(2026, 6, 15)
ANA, BERTA = 1, 2


@pytest.fixture
def two_members(db: Session, club: Club, now: datetime) -> None:
    """Ana has 100 points and may pass 200 on in a month."""
    allowed = replace(club, transfers_allowed=True, transfer_most=100, transfer_most_month=200)
    change(db, allowed, None, now)
    long_ago = now - timedelta(days=400)
    new_signed_up_member(db, long_ago)
    new_signed_up_member(db, long_ago, name="Berta Ruiz", email="berta@example.org")
    _give(db, 100, now)


def _give(db: Session, points: int, now: datetime) -> None:
    with transaction(db) as tx:
        earn(tx, Earned(ANA, "purchase.earned", points, points, TODAY, TODAY, None), TODAY, now)


def _wanted(db: Session) -> Wanted:
    number = the_member(db, BERTA).member_number
    db.rollback()
    assert number is not None
    return Wanted(number, "Ruiz", 100)


def _pass_on(db: Session, number: int, now: datetime) -> bool:
    service.send(db, ANA, _wanted(db), bytes([number]) * 32, 1, now)
    return True


def _pass_on_or_spend(db: Session, number: int, now: datetime) -> bool:
    if number % 2:
        return _pass_on(db, number, now)
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, ANA, "order", number + 1, 100, TODAY, now), TODAY, now)
    return True


def _look_first(db: Session, number: int, now: datetime) -> bool:
    """The twin: the caps are looked at before the balances are held, and what was seen there counts."""
    service.look(db, ANA, _wanted(db), 1, now)
    db.rollback()
    meet_the_others()
    vars(service)["moved_since"] = lambda *_, **__: Moved(0, 0)
    return _pass_on(db, number, now)


def _passed(db: Session) -> int:
    db.rollback()
    return int(db.scalar(select(func.coalesce(func.sum(Transfer.points), 0))) or 0)


@pytest.mark.usefixtures("two_members")
@pytest.mark.parametrize("act", [_pass_on, _pass_on_or_spend])
def test_the_last_points_leave_once(db: Session, engine: Engine, database_url: str, now: datetime, act: Till) -> None:
    answers = at_all_tills(database_url, now, act)
    assert (answers.count(True), answers.count("NotEnoughPoints")) == (1, TILLS - 1)
    assert db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == ANA)) == 0
    assert violations(db) == []


@pytest.mark.proves("F-32")
@pytest.mark.usefixtures("two_members")
@pytest.mark.parametrize(("act", "passed"), [(_pass_on, 200), (_look_first, TILLS * 100)], ids=["locked", "twin"])
def test_the_cap_of_a_month_holds_however_many_press_at_once(
    db: Session, engine: Engine, database_url: str, now: datetime, act: Till, passed: int
) -> None:
    _give(db, 900, now)
    at_all_tills(database_url, now, act)
    assert _passed(db) == passed
