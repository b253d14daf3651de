"""The button is pressed, and the worker looks, several times at once: one run, on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, true
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.insight import on_request
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills

pytestmark = pytest.mark.races


def press(db: Session, till: int, now: datetime) -> Any:
    return on_request.ask_to_refresh(db, 1, Role.OWNER, now)


def press_unguarded(db: Session, till: int, now: datetime) -> Any:
    """The twin: nobody looks whether somebody asked."""
    on_request.nobody_asked = true
    return press(db, till, now)


def take(db: Session, till: int, now: datetime) -> Any:
    return on_request.take(db, now) is not None


def take_unguarded(db: Session, till: int, now: datetime) -> Any:
    """The twin: nobody looks whether somebody has it."""
    on_request.nobody_has_it = lambda now: true()
    return take(db, till, now)


@pytest.mark.parametrize(("act", "done"), [(press, 1), (press_unguarded, TILLS)], ids=["guarded", "twin"])
def test_the_button_pressed_at_once_asks_once(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime, act: Any, done: int
) -> None:
    assert new_colleague(db, now, Role.OWNER).account_id == 1
    assert sum(at_all_tills(database_url, now, act)) == done
    noted = select(func.count()).where(AuditEntry.act == "figures.refreshed")
    db.rollback()
    assert db.scalar(noted) == done


@pytest.mark.parametrize(("act", "taken"), [(take, 1), (take_unguarded, TILLS)], ids=["guarded", "twin"])
def test_of_several_workers_one_takes_the_request(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime, act: Any, taken: int
) -> None:
    assert new_colleague(db, now, Role.OWNER).account_id == 1
    assert press(db, 0, now)
    db.rollback()
    assert sum(at_all_tills(database_url, now, act)) == taken
