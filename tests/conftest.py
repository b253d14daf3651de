"""What every test may ask for: both databases, a session, the program and a client, the time, the club."""

import atexit
import gc
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.accounts import passwords
from club.clock import club_day
from club.database import sessions
from club.offers.verify import violations as offer_violations
from club.points.verify import violations
from club.programme import models as programme_models
from club.programme import service as programme
from club.programme.rules import Club
from club.settings import Mode, Settings
from tests.databases import ROOT, Databases, PostgresDatabases, SqliteDatabases
from tests.network import no_outgoing_calls
from tests.not_run import must_not_be_missing, say_what_was_not_run
from tests.postgres import URL_NAME, Cluster, NoPostgres
from tests.temporary import temporary_folder
from web.database import engine_of

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
SECRET_KEY = "a key for tests that nobody else has ever seen"

hypothesis.settings.register_profile("ci", max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
hypothesis.settings.register_profile("deep", max_examples=2000, stateful_step_count=80, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


LONGEST = (
    "browser/test_every_page.py",
    "browser/test_long_words.py",
    "pages/test_safe_gets.py",
    "test_permissions.py",
    "test_migrations.py",
    "faults/test_night_killed.py",
    "faults/test_listed_import_killed.py",
    "club/test_ledger_machine.py",
    "club/test_merging_ledger.py",
    "club/test_night.py",
    "races/test_points_bank.py",
)
"""Files with tests of more than ten seconds."""

# --- the test run


def pytest_configure(config: pytest.Config) -> None:
    """With several processes the one that deals out the tests starts PostgreSQL for all of them."""
    if hasattr(config, "workerinput"):
        return
    folder = temporary_folder()
    if folder is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after all that is cleaned in it by then
    if getattr(config.option, "numprocesses", None):
        config.stash[_CLUSTER] = _start_postgres()


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        cluster.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that at the end no process waits for another."""
    turn = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path.relative_to(ROOT / "tests").as_posix(), len(turn)))


def pytest_collection_finish() -> None:
    """What is loaded stays until the end, so nobody need look through it for what may go."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    say_what_was_not_run(terminalreporter)


_CLUSTER = pytest.StashKey[Cluster | None]()
_MISSING = "TESTS_POSTGRES_MISSING"


def _start_postgres() -> Cluster | None:
    """Start the server and tell the other processes where it is, or why there is none."""
    if URL_NAME in os.environ or _MISSING in os.environ:
        return None
    try:
        cluster = Cluster()
    except NoPostgres as reason:
        os.environ[_MISSING] = str(reason)
        return None
    os.environ[URL_NAME] = cluster.url
    return cluster


@pytest.fixture(scope="session", autouse=True)
def outgoing_calls_are_refused() -> Iterator[None]:
    with no_outgoing_calls():
        yield


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same way through the same library, at the lowest cost; what is really used has a test of its own."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


# --- databases


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of this test run."""
    cluster = _start_postgres()
    if _MISSING in os.environ:
        must_not_be_missing(f"PostgreSQL: {os.environ[_MISSING]}")
    yield os.environ[URL_NAME]
    if cluster is not None:
        del os.environ[URL_NAME]
        cluster.stop()


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Iterator[Databases]:
    made = PostgresDatabases(postgres_url, os.environ.get("PYTEST_XDIST_WORKER", "alone"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """The kind of database that this test runs on; `databases.one_more()` makes another one."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    found: Databases = request.getfixturevalue(name)
    return found


@pytest.fixture
def database_url(databases: Databases) -> str:
    """A migrated database without rows; what this process remembers of the club before is forgotten."""
    databases.renew()
    programme_models._remembered.clear()
    return databases.url


@pytest.fixture
def engine(databases: Databases, database_url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """As the program makes it. After the test ledger and offers are verified and every connection was given back."""
    yield databases.engine
    if request.node.get_closest_marker("broken_ledger") is None:
        with sessions(databases.engine)() as db:
            if _anything_in_the_ledger(db):
                assert violations(db) == []
            if request.node.get_closest_marker("broken_offers") is None:
                assert offer_violations(db) == []
    databases.rest(databases.engine)


_LEDGER = ("points_movement", "points_lot", "points_lot_entry", "points_hold", "purchase", "correction", "person_merge")
_ANYTHING = text(
    "SELECT EXISTS (SELECT 1 FROM points_balance WHERE active <> 0 OR pending <> 0 OR held <> 0 OR debt <> 0)"
    + "".join(f" OR EXISTS (SELECT 1 FROM {table})" for table in _LEDGER)
)


def _anything_in_the_ledger(db: Session) -> bool:
    """Half of the tests never touch it: then none of the many questions can find anything."""
    found = bool(db.scalar(_ANYTHING))
    db.rollback()
    return found


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    with sessions(engine)() as session:
        yield session


@dataclass
class Counted:
    """The statements that were sent meanwhile."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[Counted]]:
    """`with count_queries() as queries: …`, then `len(queries)`; counts every engine of this process."""

    @contextmanager
    def counting() -> Iterator[Counted]:
        counted = Counted()

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                counted.statements.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield counted
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting


# --- the club and the program


@pytest.fixture
def now() -> datetime:
    """The moment at which tests play; the program of `app` lives in it too."""
    return NOW


@pytest.fixture
def club(db: Session, now: datetime) -> Club:
    """A club set up with the defaults."""
    set_up = programme.defaults(club_day(now, programme.DEFAULTS.time_zone))
    programme.set_up(db, set_up, now)
    db.rollback()
    return set_up


@pytest.fixture(scope="session")
def instance_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def settings(database_url: str, instance_path: Path) -> Settings:
    return Settings(
        mode=Mode.TEST,
        instance_path=instance_path,
        database_url=database_url,
        secret_key=SECRET_KEY,
        base_url="http://localhost",
        mail_from="club@example.org",
    )


class Reader(FlaskClient):
    """Reads every answer to its end, as browsers do: an unread download would keep its connection."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


@dataclass
class Made:
    """A program that tests take turns with, and what it was like when it was made."""

    program: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]

    def clean(self, databases: Databases) -> None:
        """Put back what a test may have changed."""
        self.program.config.clear()
        self.program.config.update(self.config)
        self.program.extensions.clear()
        self.program.extensions.update(self.extensions)
        databases.rest(engine_of(self.program))

    def close(self) -> None:
        engine_of(self.program).dispose()


AddAddresses = Callable[[Flask], None]


@pytest.fixture(scope="session")
def programs() -> Iterator[dict[tuple[Settings, AddAddresses | None], Made]]:
    """By what they were made from: making one takes longer than most tests."""
    made: dict[tuple[Settings, AddAddresses | None], Made] = {}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def more_addresses() -> AddAddresses | None:
    """What adds addresses that only tests have; always the same function, as programs with them are kept too."""
    return None


@pytest.fixture
def app(
    databases: Databases,
    settings: Settings,
    more_addresses: AddAddresses | None,
    engine: Engine,
    now: datetime,
    programs: dict[tuple[Settings, AddAddresses | None], Made],
) -> Iterator[Flask]:
    """The whole program, at the moment `now`, which goes on from there. Forms need no key; see `asks_for_form_keys`."""
    made = programs.pop((settings, more_addresses), None)
    if made is None:
        program: Flask = importlib.import_module("wsgi").create_app(settings)  # here: tests of rules need no pages
        program.test_client_class = Reader
        if more_addresses is not None:
            more_addresses(program)
        made = Made(program, dict(program.config), dict(program.extensions))
    made.program.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with time_machine.travel(now, tick=True):
        yield made.program
    made.clean(databases)
    programs[settings, more_addresses] = made


@pytest.fixture
def asks_for_form_keys(app: Flask) -> None:
    """Forms need their key, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
