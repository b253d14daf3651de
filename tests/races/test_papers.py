"""Papers issued by several processes at once, on both databases: no number is left out or given twice."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.papers import numbers
from club.papers.models import Paper, PaperSeries
from club.papers.reading import all_series
from club.papers.rules import number_of
from club.papers.service import issue_invoice_in
from club.programme.rules import Club
from tests.paper_world import settled_order, wine
from tests.races.test_purchases import TILLS, at_all_tills

pytestmark = pytest.mark.races

EACH = 5
ORDERS = TILLS * EACH


def issue_all(db: Session, till: int, now: datetime) -> Any:
    """Every process issues for every order, its own ones first."""
    for step in range(ORDERS):
        with transaction(db) as tx:
            issue_invoice_in(tx, (till * EACH + step) % ORDERS + 1, now)
    return "done"


def next_unlocked(tx: Transaction, prefix: str, now: datetime) -> numbers.Given:
    """The twin: look at the newest number, then write the next, without holding the series."""
    series_id = tx.scalar(select(PaperSeries.id).where(PaperSeries.prefix == prefix))
    if series_id is None:
        raised = insert(PaperSeries).values(prefix=prefix, next_number=1, last_at=now)
        series_id = tx.execute(raised.returning(PaperSeries.id)).scalar_one()
    position = (tx.scalar(select(func.max(Paper.position)).where(Paper.series_id == series_id)) or 0) + 1
    return numbers.Given(series_id, position, number_of(prefix, position), now)


def issue_unlocked(db: Session, till: int, now: datetime) -> Any:
    numbers.next_number_in = next_unlocked  # in a process of its own
    try:
        return issue_all(db, till, now)
    except IntegrityError:
        return "given twice"


def test_four_processes_leave_no_gap_and_no_number_twice(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    goods = wine(db, now)
    for number in range(1, ORDERS + 1):
        settled_order(db, goods, now, number=number)
    assert at_all_tills(database_url, now, issue_all) == ["done"] * TILLS
    found = list(db.scalars(select(Paper.number).order_by(Paper.id)))
    assert sorted(found) == [number_of("R2026-", position) for position in range(1, ORDERS + 1)]
    assert [(row.given, row.missing) for row in all_series(db)] == [(ORDERS, 0)]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_without_the_lock_a_number_is_given_twice(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    """SQLite has one writer at a time anyway."""
    goods = wine(db, now)
    for number in range(1, ORDERS + 1):
        settled_order(db, goods, now, number=number)
    with transaction(db) as tx:
        tx.execute(insert(PaperSeries).values(prefix="R2026-", next_number=1, last_at=now))
    assert "given twice" in at_all_tills(database_url, now, issue_unlocked)
