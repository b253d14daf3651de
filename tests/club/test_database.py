"""DB-01: what makes money safe on each database is really in force."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, event, func, insert, literal_column, select, text
from sqlalchemy.exc import DataError, StatementError
from sqlalchemy.orm import Session

from club.accounts.models import Attempt
from club.database import PLANNED_ANEW, Transaction, is_writing, make_engine, sessions, transaction
from club.errors import TransactionInProgress

only_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@pytest.fixture
def begun(engine: Engine) -> list[str]:
    """How every transaction was begun."""
    seen: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("BEGIN"):
            seen.append(statement)

    return seen


def try_at(tx: Transaction, now: datetime) -> None:
    tx.execute(insert(Attempt).values(scope="test", key=b"1", at=now))


def count(db: Session) -> int:
    found = db.execute(select(func.count()).select_from(Attempt)).scalar_one()
    db.rollback()
    return found


@only_sqlite
def test_db01_the_settings_of_sqlite_are_in_force(db: Session) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    assert {name: db.execute(text(f"PRAGMA {name}")).scalar_one() for name in asked} == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


@only_sqlite
def test_db01_a_read_takes_no_write_lock_and_a_write_takes_it_at_once(
    db: Session, begun: list[str], now: datetime
) -> None:
    count(db)
    assert begun == ["BEGIN DEFERRED"]
    with transaction(db) as tx:
        assert begun == ["BEGIN DEFERRED", "BEGIN IMMEDIATE"]
        try_at(tx, now)
    count(db)
    assert begun == ["BEGIN DEFERRED", "BEGIN IMMEDIATE", "BEGIN DEFERRED"]


@only_sqlite
def test_db01_a_reader_is_not_kept_waiting_by_a_writer(engine: Engine, db: Session, now: datetime) -> None:
    with transaction(db) as tx, sessions(engine)() as reader:
        try_at(tx, now)
        assert count(reader) == 0
    assert count(db) == 1


@only_postgresql
def test_o04_the_time_limits_of_postgresql_are_in_force(database_url: str) -> None:
    for seconds in (10, 60):
        engine = make_engine(database_url, statement_timeout_seconds=seconds)
        with engine.connect() as connection:
            names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
            shown = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]
        engine.dispose()
        assert shown == ["1min" if seconds == 60 else "10s", "10s", "1min", "UTC"]


def test_a_transaction_commits_or_leaves_nothing(db: Session, now: datetime) -> None:
    with transaction(db) as tx:
        try_at(tx, now)

    def fail() -> None:
        with transaction(db) as tx:
            try_at(tx, now)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert count(db) == 1
    assert not is_writing(db)


def test_z05_a_savepoint_that_comes_first_goes_with_its_transaction(db: Session, now: datetime) -> None:
    class Stop(Exception):
        pass

    def fail() -> None:
        with transaction(db) as tx:
            with tx.begin_nested():
                try_at(tx, now)
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert count(db) == 0


def test_a_transaction_inside_another_is_our_mistake(db: Session, now: datetime) -> None:
    def nest() -> None:
        with transaction(db) as tx:
            try_at(tx, now)
            with transaction(db):
                raise AssertionError("never reached")

    with pytest.raises(TransactionInProgress):
        nest()
    assert count(db) == 0


def test_a_transaction_does_not_see_what_was_read_before_it(engine: Engine, db: Session, now: datetime) -> None:
    count(db)
    db.execute(select(func.count()).select_from(Attempt)).scalar_one()
    with sessions(engine)() as other, transaction(other) as tx:
        try_at(tx, now)
    with transaction(db) as tx:
        assert tx.execute(select(func.count()).select_from(Attempt)).scalar_one() == 1


def test_a_moment_without_its_zone_is_refused(db: Session) -> None:
    with pytest.raises(StatementError, match="needs its time zone"), transaction(db) as tx:
        try_at(tx, datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused
    assert count(db) == 0


def test_moments_come_back_in_utc(db: Session) -> None:
    with transaction(db) as tx:
        try_at(tx, datetime.fromisoformat("2026-06-15T02:00:00+02:00"))
    found = db.execute(select(Attempt.at)).scalar_one()
    assert found.isoformat() == "2026-06-15T00:00:00+00:00"


@only_postgresql
def test_what_is_asked_often_stays_prepared_when_reading_ends(database_url: str) -> None:
    engine = make_engine(database_url)
    often = select(func.count()).select_from(Attempt).where(Attempt.scope == "often")
    page = select(Attempt.id).where(Attempt.scope == "page").order_by(Attempt.id).limit(5).offset(0)
    typed = select(Attempt.id).where(Attempt.scope == "typed").execution_options(**PLANNED_ANEW)
    for _ in range(8):
        with sessions(engine)() as db:
            for asked in (often, page, typed):
                db.execute(asked).all()
    with sessions(engine)() as db:
        prepared = [str(found) for found in db.scalars(text("SELECT statement FROM pg_prepared_statements"))]
    engine.dispose()
    assert [("count" in one, "OFFSET" in one) for one in prepared if "attempt" in one] == [(True, False)]


@only_postgresql
@pytest.mark.parametrize("way", ["insert", "with", "row"])
def test_what_was_written_outside_a_transaction_goes_at_the_end_of_the_session(
    engine: Engine, now: datetime, way: str
) -> None:
    with sessions(engine)() as db:
        if way == "insert":
            db.execute(insert(Attempt).values(scope="test", key=b"1", at=now))
        elif way == "with":
            writes = "WITH made AS (INSERT INTO attempt (scope, key, at) VALUES ('test', '1', now()) RETURNING 1)"
            assert db.execute(text(f"{writes} SELECT count(*) FROM made")).scalar_one() == 1
        else:
            db.add(Attempt(scope="test", key=b"1", at=now))
            db.flush()
        assert db.scalar(select(func.count()).select_from(Attempt)) == 1
    with sessions(engine)() as db:
        assert db.scalar(select(func.count()).select_from(Attempt)) == 0


@only_postgresql
def test_a_question_that_failed_leaves_a_connection_that_works(engine: Engine) -> None:
    with sessions(engine)() as db, pytest.raises(DataError):
        db.execute(select(literal_column("1 / 0")))
    with sessions(engine)() as db:
        assert db.scalar(select(literal_column("1"))) == 1
