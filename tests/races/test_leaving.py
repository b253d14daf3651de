"""Somebody leaves while colleagues give them work, each in a process of its own, on both databases."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.accounts.service import end_work
from club.care.models import TASKS, open_items_of
from club.care.rules import OPEN, NewTask
from club.care.service import add_task
from club.database import transaction
from club.errors import Refusal
from club.members.rules import NewPerson
from club.members.service import new_person
from club.permissions import Role
from club.programme.rules import Club
from club.support.handing_over import leave
from tests.people import new_colleague
from tests.races.test_purchases import at_all_tills

pytestmark = pytest.mark.races

TODAY = date(2026, 6, 15)
ROUNDS = 8


@pytest.fixture
def people(db: Session, club: Club, now: datetime) -> tuple[int, int]:
    """Who leaves, and who follows."""
    new_colleague(db, now, Role.OWNER)
    eva = new_colleague(db, now, Role.SUPPORT, "eva@example.org").account_id
    ivo = new_colleague(db, now, Role.SHOP, "ivo@example.org").account_id
    with transaction(db) as tx:
        new_person(tx, NewPerson(full_name="Ana Kern", language="en", source="guest"), None, now)
    return eva, ivo


EVA, IVO = 2, 3
"""Accounts are numbered in the order in which they are made."""


def _give_work(db: Session, number: int, now: datetime) -> int:
    given = 0
    for _ in range(ROUNDS):
        try:
            add_task(db, NewTask(what="x", due_on=TODAY, owner_id=EVA), IVO, Role.MANAGER, now)
            given += 1
        except Refusal:
            return given
    return given


def _leave_or_give(db: Session, till: int, now: datetime) -> Any:
    if till:
        return _give_work(db, till, now)
    leave(db, EVA, IVO, None, None, now)
    return 0


@pytest.mark.proves("R189")
def test_whatever_was_given_to_somebody_on_their_way_out_is_with_the_successor(
    db: Session, database_url: str, people: tuple[int, int], now: datetime
) -> None:
    assert people == (EVA, IVO)
    given = at_all_tills(database_url, now, _leave_or_give)
    assert _open_of(db, EVA) == 0
    assert _open_of(db, IVO) == sum(given)
    assert db.scalar(select(Staff.disabled_at).where(Staff.account_id == EVA)) == now


def test_without_the_lock_work_stays_with_somebody_who_is_gone(
    db: Session, database_url: str, people: tuple[int, int], now: datetime
) -> None:
    """What the lock is good for: the others begin between the look and the end."""
    assert people == (EVA, IVO)
    is_free = not open_items_of(db, EVA).is_anything
    db.rollback()
    given = at_all_tills(database_url, now, _give_work)
    with transaction(db) as tx:
        end_work(tx, EVA, None, None, now)
    assert (is_free, _open_of(db, EVA)) == (True, sum(given))


def _open_of(db: Session, account_id: int) -> int:
    db.rollback()
    found = db.scalar(select(func.count()).where(TASKS.c.owner_id == account_id, TASKS.c.state == OPEN))
    return found or 0
