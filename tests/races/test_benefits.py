"""Clerks who write down the last use of a benefit at the same moment, on both databases."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from club.benefits import using
from club.benefits.rules import Benefit, Cell, Gives, Kind
from club.benefits.service import add_benefit
from club.benefits.uses import used_in_year
from club.permissions import Role
from club.programme.rules import Club
from club.texts import Texts
from club.tiers.rules import Ladder
from club.tiers.service import set_ladder
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, TODAY, at_all_tills
from tests.tier_world import add_member, rung

pytestmark = pytest.mark.races


def use(db: Session, till: int, now: datetime) -> Any:
    content = sha256(str(till).encode()).digest()
    return using.record_use(db, using.NewUse(1, 1, TODAY, content), 1, Role.SHOP, now)


def use_unasked(db: Session, till: int, now: datetime) -> Any:
    """The twin: nobody looks how many are left."""
    using.refuse_more = lambda tx, new, cell: None
    return use(db, till, now)


@pytest.mark.parametrize(("act", "used"), [(use, 1), (use_unasked, TILLS)], ids=["guarded", "twin"])
def test_the_last_use_is_used_once(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime, act: Any, used: int
) -> None:
    assert new_colleague(db, now, Role.SHOP).account_id == 1
    assert add_member(db, date(2025, 1, 1)) == 1
    set_ladder(db, Ladder((rung("member"),)), date(2024, 1, 1), None, now)
    cells = {"member": Cell(Gives.TIMES, 1)}
    new = Benefit(Texts({"en": "Tasting"}), Texts({}), Kind.EMOTIONAL, 0, TODAY, cells)
    assert add_benefit(db, new, 1, Role.MARKETING, now) == 1
    answers = at_all_tills(database_url, now, act)
    assert answers.count("BenefitUsedUp") == TILLS - used
    db.rollback()
    assert used_in_year(db, 1, TODAY) == {1: used}
