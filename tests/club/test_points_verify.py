"""`points verify` names what is wrong, and finds nothing where nothing is."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from club.database import is_sqlite, make_engine, sessions, transaction
from club.members.models import Person
from club.points import service
from club.points.rules import Earned
from club.points.verify import violations
from club.programme.rules import Club
from tests.databases import Databases

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
TODAY = date(2026, 6, 15)


@pytest.fixture
def ana(db: Session) -> int:
    return does_everything(db)


def does_everything(db: Session) -> int:
    """A member who has done all that can be done with points."""
    with transaction(db) as tx:
        person = Person(
            full_name="Ana",
            language="en",
            source="test",
            search_text="ana",
            created_at=NOW,
            email="ana@example.org",
            email_key="ana@example.org",
            member_number="TEST0001",
            joined_on=TODAY,
        )
        tx.add(person)
        tx.flush()
        service.open_account(tx, person.id)
        for cause, active_from in ((1, TODAY), (2, TODAY), (3, None)):
            last_day = TODAY + timedelta(days=100 * cause)
            earned = Earned(person.id, "gift.earned", cause, 100, TODAY, active_from, last_day)
            service.earn(tx, earned, TODAY, NOW)
        spent = service.hold(tx, person.id, "order", 1, 80, TODAY, NOW)
        service.spend_hold(tx, spent, TODAY, NOW)
        service.release(tx, service.hold(tx, person.id, "order", 2, 10, TODAY, NOW), TODAY, NOW)
        service.hold(tx, person.id, "order", 3, 10, TODAY, NOW)
        service.give_back(tx, spent, 20, "return.given_back", 1, TODAY, NOW)
        service.reverse(tx, "gift.earned", 1, 15, "gift.reversed", 1, TODAY, TODAY, NOW)
        member_id = person.id
    service.expire_due(db, TODAY + timedelta(days=100), NOW)
    return member_id


def invariants_broken_by(db: Session, act: str) -> set[str]:
    with transaction(db) as tx:
        tx.execute(text(act))
    return {violation.invariant for violation in violations(db)}


def test_a_ledger_that_did_everything_holds(db: Session, ana: int) -> None:
    assert violations(db) == []


_GUARDS_GONE = {
    "sqlite": (
        "DROP TRIGGER points_movement_no_update",
        "DROP TRIGGER points_movement_no_delete",
        "PRAGMA ignore_check_constraints = ON",
    ),
    "postgresql": (
        "DROP TRIGGER points_movement_append_only ON points_movement",
        "ALTER TABLE points_movement DROP CONSTRAINT ck_points_movement_balanced",
        "ALTER TABLE points_balance DROP CONSTRAINT ck_points_balance_signs",
        "ALTER TABLE points_lot DROP CONSTRAINT ck_points_lot_parts_within",
    ),
}


@pytest.fixture
def breakable(databases: Databases) -> Iterator[Session]:
    """A database of its own whose guards are gone, with a member who has done everything."""
    with databases.one_more() as url:
        engine = make_engine(url)
        with sessions(engine)() as db:
            does_everything(db)
            with transaction(db) as tx:
                for act in _GUARDS_GONE[engine.dialect.name]:
                    tx.execute(text(act))
            yield db
        engine.dispose()


@pytest.mark.parametrize(
    ("invariant", "act"),
    [
        ("I-01", "UPDATE points_movement SET active = active + 1 WHERE id = 1"),
        ("I-03", "UPDATE points_balance SET pending = pending + 1"),
        ("I-04", "UPDATE points_balance SET active = active - 1, pending = pending + 1"),
        ("I-04", "UPDATE points_balance SET active = -1"),
        ("I-06", "UPDATE points_lot SET active = active + 1 WHERE id = 2"),
        ("I-06", "UPDATE points_lot SET active = active + 1 WHERE id = 1"),
        ("I-06", "UPDATE points_lot SET points = points + 1 WHERE id = 3"),
        ("I-06", "UPDATE points_lot SET expires_on = '2020-01-31' WHERE id = 1"),
        ("I-06", "UPDATE points_lot SET expires_on = NULL WHERE id = 1"),
        ("I-07", "UPDATE points_movement SET undoes_id = NULL WHERE reversed > 0"),
        ("I-07", "UPDATE points_movement SET undoes_id = 2 WHERE redeemed < 0"),
        ("I-07", "UPDATE points_lot SET taken_back = 0"),
        ("I-08", "UPDATE points_hold SET state = 'released', ended_at = opened_at WHERE state = 'open'"),
        ("I-08", "UPDATE points_hold SET given_back = 0"),
        ("I-08", "UPDATE points_hold SET shared = 1 WHERE id = 1"),
        ("I-08", "UPDATE points_hold SET part_of = 2 WHERE id = 1"),
    ],
)
def test_what_is_wrong_is_named(breakable: Session, invariant: str, act: str) -> None:
    assert invariant in invariants_broken_by(breakable, act)


@pytest.mark.proves("I-02")
def test_a_log_without_its_triggers_is_named(breakable: Session) -> None:
    assert {(one.invariant, one.row["table"]) for one in violations(breakable)} == {("I-02", "points_movement")}


@pytest.mark.proves("I-13")
def test_a_fraction_of_a_point_is_named(breakable: Session) -> None:
    if is_sqlite(breakable):
        act = "UPDATE points_balance SET active = active + 0.5"
    else:
        act = "ALTER TABLE points_balance ALTER COLUMN active TYPE numeric"
    assert "I-13" in invariants_broken_by(breakable, act)


@pytest.mark.broken_ledger
@pytest.mark.proves("I-07")
def test_a_purchase_that_does_not_add_up_is_named(db: Session, ana: int) -> None:
    with transaction(db) as tx:
        tx.execute(
            text(
                "INSERT INTO purchase (member_id, channel, reference, bought_on, amount, tax, points,"
                " qualifying_points, net_amount, net_points, net_qualifying_points, recorded_at)"
                " VALUES (:who, 'counter', 'A', '2026-06-15', 100, 0, 7, 7, 90, 7, 7, '2026-06-15 10:00:00+00:00')"
            ),
            {"who": ana},
        )
    assert sorted(one.what for one in violations(db)) == [
        "a purchase's net values are not its own less its corrections",
        "a purchase's points are not what its movement issued",
    ]


# --- the operator's commands


def test_verify_prints_what_it_looked_at(app: Flask, ana: int, club: Club) -> None:
    result = app.test_cli_runner().invoke(args=["points", "verify", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"members": 1, "movements": 11, "violations": []}
    assert app.test_cli_runner().invoke(args=["points", "verify"]).stdout == "1 members, 11 movements, 0 violations\n"


@pytest.mark.broken_ledger
def test_verify_fails_with_the_rows(app: Flask, db: Session, ana: int, club: Club) -> None:
    with transaction(db) as tx:
        tx.execute(text("UPDATE points_balance SET active = active + 1"))
    result = app.test_cli_runner().invoke(args=["points", "verify", "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)["violations"]
    assert {one["invariant"] for one in found} == {"I-03", "I-04", "I-06"}
    assert found[-1]["row"]["member_id"] == ana


def test_a_balance_is_printed_for_a_member(app: Flask, ana: int, club: Club) -> None:
    result = app.test_cli_runner().invoke(args=["points", "balance", "ANA@example.org", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "active": 100,
        "pending": 100,
        "held": 10,
        "debt": 0,
        "expiring": [{"date": "2027-01-01", "points": 100}],
    }
    assert "active" in app.test_cli_runner().invoke(args=["points", "balance", "ana@example.org"]).stdout


def test_an_unknown_member_is_told(app: Flask, club: Club) -> None:
    result = app.test_cli_runner().invoke(args=["points", "balance", "nobody@example.org", "--json"])
    assert result.exit_code == 1
    assert "No member has this" in result.stderr
