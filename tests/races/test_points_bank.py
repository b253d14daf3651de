"""Eight tills, twenty members, one ledger: nothing is spent twice and nothing that was acknowledged is lost.

Each test has twins in which a guard is missing; they must fail, or the test would see nothing.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.models import Person
from club.points import service
from club.points.models import BALANCES, MOVEMENTS
from club.points.rules import Earned
from club.points.verify import violations
from tests import points_bank
from tests.processes import processes

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
TODAY = date(2026, 6, 15)
TILLS = 8
AT_MOST_SECONDS = 120
MEMBERS = 20
MOST_ROUNDS = 20
"""Of half a second each, in which a crowd without guards must go wrong; those with them act for some seconds."""


def members_with(db: Session, count: int, points: int) -> list[int]:
    """So many members, each with the points in two lots."""
    with transaction(db) as tx:
        people = [
            Person(full_name="M", language="en", source="test", search_text="", created_at=NOW) for _ in range(count)
        ]
        tx.add_all(people)
        tx.flush()
        for person in people:
            service.open_account(tx, person.id)
            for part, last_day in enumerate((None, TODAY + timedelta(days=90))):
                cause = person.id * 2 + part
                earned = Earned(person.id, "opening.earned", cause, points // 2, TODAY, TODAY, last_day)
                service.earn(tx, earned, TODAY, NOW)
        return [person.id for person in people]


class Till:
    """A process that waits for its word."""

    def __init__(self, *what: object) -> None:
        forking = processes()
        self.line, theirs = forking.Pipe()
        self.process = forking.Process(target=points_bank.work, args=(theirs, *what), daemon=True)
        self.process.start()
        theirs.close()

    def answer(self) -> Any:
        assert self.line.poll(AT_MOST_SECONDS), "no answer"
        return self.line.recv()


def open_tills(
    url: str, way: str, seconds: float, members: list[int], seeds: range = range(1, TILLS + 1)
) -> list[Till]:
    """Start the processes and wait until each is ready to act."""
    tills = [Till(url, way, seed, seconds, members) for seed in seeds]
    assert [till.answer() for till in tills] == ["ready"] * len(tills)
    return tills


def let_them_act(tills: list[Till]) -> list[Till]:
    for till in tills:
        till.line.send("go")
    return tills


def close_tills(tills: list[Till]) -> Counter[str]:
    """What all of them were told, added up."""
    told: Counter[str] = Counter()
    for till in tills:
        told.update(till.answer())
        till.process.join(AT_MOST_SECONDS)
        till.process.close()
        till.line.close()
    return told


def read_while_open(db: Session, tills: list[Till]) -> list[str]:
    """What a reader saw go wrong while the tills were at work."""
    seen: set[str] = set()
    while not all(till.line.poll() for till in tills):
        seen.update(violation.what for violation in violations(db))
        time.sleep(0.2)
    return sorted(seen)


def troubles(db: Session, told: Counter[str], issued_before: int) -> list[str]:
    """Everything that is not as it was acknowledged."""
    sums = (-func.sum(MOVEMENTS.c.issued), func.sum(MOVEMENTS.c.redeemed), func.sum(MOVEMENTS.c.held))
    issued, redeemed, held = db.execute(select(*sums)).one()
    lowest = db.execute(select(func.min(BALANCES.c.active))).scalar_one()
    found = [violation.what for violation in violations(db)]
    found += [
        name
        for name, in_the_ledger, acknowledged in (
            ("issued", issued, issued_before + told["issued"]),
            ("redeemed", redeemed, told["redeemed"]),
            ("held", held, told["held"]),
            ("failed acts", told["failed"], 0),
        )
        if in_the_ledger != acknowledged
    ]
    return [*found, *(["overspent"] if lowest < 0 else [])]


@pytest.mark.races
@pytest.mark.proves("L-03")
def test_eight_tills_never_spend_a_point_twice(database_url: str, engine: Engine, db: Session) -> None:
    members = members_with(db, MEMBERS, 2000)
    tills = let_them_act(open_tills(database_url, "locked", 8, members))
    assert read_while_open(db, tills) == []
    told = close_tills(tills)
    assert told["acts"] > TILLS * 5
    assert troubles(db, told, issued_before=MEMBERS * 2000) == []


@pytest.mark.races
@pytest.mark.proves("L-04")
def test_a_crowd_at_two_balances_goes_right(database_url: str, engine: Engine, db: Session) -> None:
    members = members_with(db, 2, 40_000)
    told = close_tills(let_them_act(open_tills(database_url, "locked", 5, members)))
    assert troubles(db, told, issued_before=2 * 40_000) == []


@pytest.mark.races
@pytest.mark.proves("L-04")
@pytest.mark.broken_ledger
@pytest.mark.parametrize("way", ["unlocked", "naive"])
def test_without_the_guards_the_same_crowd_goes_wrong(database_url: str, engine: Engine, db: Session, way: str) -> None:
    members = members_with(db, 2, 40_000)
    told: Counter[str] = Counter()
    for seeds in (range(n * TILLS + 1, (n + 1) * TILLS + 1) for n in range(MOST_ROUNDS)):
        told += close_tills(let_them_act(open_tills(database_url, way, 0.5, members, seeds)))
        if troubles(db, told, issued_before=2 * 40_000):
            return
        db.rollback()
    pytest.fail(f"nothing went wrong in {told['acts']} acts")


@pytest.mark.races
@pytest.mark.proves("F-01")
def test_one_balance_is_redeemed_as_often_as_it_lasts(database_url: str, engine: Engine, db: Session) -> None:
    members = members_with(db, 1, 500)
    told = close_tills(let_them_act(open_tills(database_url, "last_points", 30, members)))
    assert told == {"acts": 5, "redeemed": 500, "refused": TILLS}
    assert db.execute(select(BALANCES.c.active)).scalars().all() == [0]


@pytest.mark.races
@pytest.mark.proves("L-06")
def test_nights_in_parallel_expire_every_lot_once_while_members_spend(
    database_url: str, engine: Engine, db: Session
) -> None:
    members = members_with(db, MEMBERS, 400)
    tills = open_tills(database_url, "locked", 6, members, range(1, 4))
    nights = open_tills(database_url, "night", 6, members, range(4, 7))
    let_them_act([*tills, *nights])
    told = close_tills(nights)
    assert told["expired"] > 0
    assert told["failed"] == close_tills(tills)["failed"] == 0
    assert violations(db) == []


@pytest.mark.proves("L-06", "A-2.3.3")
@pytest.mark.parametrize("statement_that_fails", range(1, 8))
def test_a_night_that_breaks_off_leaves_everything_as_it_was(
    engine: Engine, db: Session, statement_that_fails: int
) -> None:
    members_with(db, 3, 100)
    day = TODAY + timedelta(days=90)
    before = everything(db)
    with pytest.raises(BrokenOff), broken_off(engine, statement_that_fails):
        service.expire_due(db, day, NOW)
    assert everything(db) == before
    assert service.expire_due(db, day, NOW) == 3
    assert db.execute(select(func.sum(BALANCES.c.active))).scalar_one() == 150


class BrokenOff(Exception):
    """The power went."""


@contextmanager
def broken_off(engine: Engine, at: int) -> Iterator[None]:
    """Let the statement with this number fail, counted from the first one that writes."""
    numbers = count(1)

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL")) and next(numbers) == at:
            raise BrokenOff

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def everything(db: Session) -> list[list[tuple[object, ...]]]:
    found = [
        [tuple(row) for row in db.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]
        for table in ("points_movement", "points_lot", "points_lot_entry", "points_balance")
    ]
    db.rollback()
    return found
