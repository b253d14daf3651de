"""Four eyes when several act at the same moment, each a process of its own, on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from club.approvals import service
from club.approvals.models import Approval, changed_lately
from club.approvals.rules import State, points_need_second
from club.approvals.service import PointsChange
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.models import BALANCES
from club.points.service import adjust_in, open_account
from club.programme.rules import Club
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

LIMIT = 10_000


@pytest.fixture
def asker(db: Session, club: Club, now: datetime) -> int:
    """Whose account is 1; the member is 1 too."""
    account_id = new_colleague(db, now, Role.SUPPORT).account_id
    with transaction(db) as tx:
        person = NewPerson(full_name="Emma", language="en", source="counter")
        member_id = new_member(tx, person, None, now.date(), now)
        open_account(tx, member_id)
    assert (account_id, member_id) == (1, 1)
    return account_id


@pytest.fixture
def approvers(db: Session, club: Club, now: datetime, asker: int) -> list[int]:
    return [new_colleague(db, now, Role.MANAGER, f"m{n}@example.org").account_id for n in range(TILLS)]


def active(db: Session) -> int:
    db.rollback()
    return db.scalar(select(BALANCES.c.active)) or 0


def _approve(db: Session, till: int, now: datetime) -> str:
    service.approve(db, 1, "", 2 + till, Role.MANAGER, now)
    return "approved"


def _approve_without_a_guard(db: Session, till: int, now: datetime) -> str:
    """Look, meet the others, then act: what the guard is there against."""
    asked = db.get_one(Approval, 1)
    assert asked.state == State.WAITING
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(update(Approval).values(state=State.APPROVED, decided_by=2 + till, decided_at=now))
        adjust_in(tx, 1, 12_000, "x", 1, now, 1)
    return "approved"


def _part(db: Session, till: int, now: datetime) -> bool:
    return service.change_points(db, PointsChange(1, 4_000, "x"), 1, Role.SUPPORT, now).is_done


def _part_without_the_lock(db: Session, till: int, now: datetime) -> bool:
    waits = points_need_second(4_000, changed_lately(db, 1, 1, now), LIMIT)
    db.rollback()
    meet_the_others()
    if not waits:
        with transaction(db) as tx:
            adjust_in(tx, 1, 4_000, "x", 1, now)
    return not waits


@pytest.mark.proves("F-36")
def test_four_approvers_at_once_do_it_once(
    db: Session, engine: Engine, database_url: str, now: datetime, asker: int, approvers: list[int]
) -> None:
    service.change_points(db, PointsChange(1, 12_000, "x"), asker, Role.SUPPORT, now)
    answers = at_all_tills(database_url, now, _approve)
    assert sorted(answers) == ["AlreadyDecided", "AlreadyDecided", "AlreadyDecided", "approved"]
    assert active(db) == 12_000
    assert db.scalar(select(func.count()).where(Approval.state == State.APPROVED)) == 1


def test_without_the_guard_four_approvers_do_it_four_times(
    db: Session, engine: Engine, database_url: str, now: datetime, asker: int, approvers: list[int]
) -> None:
    service.change_points(db, PointsChange(1, 12_000, "x"), asker, Role.SUPPORT, now)
    assert at_all_tills(database_url, now, _approve_without_a_guard) == ["approved"] * TILLS
    assert active(db) == 12_000 * TILLS


@pytest.mark.proves("F-36")
def test_parts_given_at_four_tills_at_once_pass_no_limit(
    db: Session, engine: Engine, database_url: str, now: datetime, asker: int
) -> None:
    answers: list[Any] = at_all_tills(database_url, now, _part)
    assert sorted(answers) == [False, False, True, True]
    assert active(db) == 8_000


def test_without_the_lock_parts_pass_the_limit(
    db: Session, engine: Engine, database_url: str, now: datetime, asker: int
) -> None:
    assert at_all_tills(database_url, now, _part_without_the_lock) == [True] * TILLS
    assert active(db) == 16_000
