"""Two owners leave at the same moment: one of them stays, on both databases."""

from concurrent.futures import ProcessPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import func, select, update

from club.accounts import team
from club.accounts.models import Staff
from club.accounts.team import change_role
from club.database import make_engine, sessions, transaction
from club.errors import LastOwner
from club.permissions import Role
from tests.people import new_colleague
from tests.processes import processes

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("club")]
ROUNDS = 6


def lower(url: str, account_id: int, by: int, now: datetime) -> bool:
    """Whether this process was the one that made somebody less."""
    engine = make_engine(url)
    try:
        with sessions(engine)() as db:
            change_role(db, account_id, Role.SHOP, by, Role.OWNER, now)
    except LastOwner:
        return False
    finally:
        engine.dispose()
    return True


def without_the_question(url: str, account_id: int, by: int, now: datetime) -> bool:
    """The twin: the same, but nobody asks whether another owner is left."""
    team.refuse_last_owner = lambda tx, account_id: None
    return lower(url, account_id, by, now)


@pytest.mark.proves("F-36")
@pytest.mark.parametrize(("act", "left"), [(lower, {1}), (without_the_question, {0})], ids=["asked", "twin"])
def test_one_owner_is_left_however_many_are_lowered_at_once(database_url, db, now, act, left):
    owners = [new_colleague(db, now, Role.OWNER, f"owner{number}@example.org").account_id for number in range(2)]
    found = set()
    with ProcessPoolExecutor(2, mp_context=processes()) as pool:
        for _ in range(ROUNDS):
            with transaction(db) as tx:
                tx.execute(update(Staff).values(role="owner"))
            tries = [pool.submit(act, database_url, owners[n], owners[1 - n], now) for n in range(2)]
            assert sum(one.result() for one in tries) == 2 - next(iter(left))
            found.add(db.scalar(select(func.count()).where(Staff.role == "owner", Staff.disabled_at.is_(None))))
            db.rollback()
    assert found == left
