"""What every test may ask for: both databases, a session, the program and a client, the time, the club."""

import importlib
import importlib.util
import os
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
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.accounts import passwords
from club.clock import club_day
from club.database import make_engine, sessions
from club.programme import models as programme_models
from club.programme import service as programme
from club.programme.rules import Club
from club.settings import Mode, Settings
from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.network import no_outgoing_calls
from tests.not_run import must_not_be_missing, say_what_was_not_run
from tests.postgres import URL_NAME, Cluster, NoPostgres
from web.database import engine_of

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
SECRET_KEY = "a key for tests that nobody else has ever seen"

hypothesis.settings.register_profile("ci", max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
hypothesis.settings.register_profile("deep", max_examples=2000, stateful_step_count=80, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# --- the test run


def pytest_configure(config: pytest.Config) -> None:
    """With several processes the one that deals out the tests starts PostgreSQL for all of them."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[_CLUSTER] = _start_postgres()


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        cluster.stop()


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


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """Address → the engine that tests take turns with: it knows by then how statements are put together."""
    return {}


@pytest.fixture
def engine(database_url: str, engines: dict[str, Engine], request: pytest.FixtureRequest) -> Iterator[Engine]:
    """As the program makes it, without open connections. After the test the ledger is verified."""
    if database_url not in engines:
        engines[database_url] = make_engine(database_url)
    engine = engines[database_url]
    yield engine
    if request.node.get_closest_marker("broken_ledger") is None:
        with sessions(engine)() as db:
            assert _ledger_violations(db) == []
    engine.dispose()


def _ledger_violations(db: Session) -> list[Any]:
    """What `flask points verify` would name, once there is such a thing."""
    if importlib.util.find_spec("club.points.verify") is None:
        return []
    found: list[Any] = importlib.import_module("club.points.verify").violations(db)
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
    settings: Settings
    config: dict[str, Any]
    extensions: dict[str, Any]
    addresses: int

    def clean(self) -> bool:
        """Put back what a test may have changed; whether that is all there is."""
        self.program.config.clear()
        self.program.config.update(self.config)
        self.program.extensions.clear()
        self.program.extensions.update(self.extensions)
        self.program._got_first_request = False  # so that the next test may add an address
        engine_of(self.program).dispose()
        return len(list(self.program.url_map.iter_rules())) == self.addresses


@pytest.fixture(scope="session")
def programs() -> dict[str, Made]:
    """Address of a database → its program: making one takes longer than most tests."""
    return {}


@pytest.fixture
def app(settings: Settings, engine: Engine, now: datetime, programs: dict[str, Made]) -> Iterator[Flask]:
    """The whole program, at the moment `now`, which goes on from there. Forms need no key; see `asks_for_form_keys`."""
    made = programs.pop(settings.database_url, None)
    if made is None or made.settings != settings:
        program: Flask = importlib.import_module("wsgi").create_app(settings)  # here: tests of rules need no pages
        program.test_client_class = Reader
        addresses = len(list(program.url_map.iter_rules()))
        made = Made(program, settings, dict(program.config), dict(program.extensions), addresses)
    made.program.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with time_machine.travel(now, tick=True):
        yield made.program
    if made.clean():
        programs[settings.database_url] = made


@pytest.fixture
def asks_for_form_keys(app: Flask) -> None:
    """Forms need their key, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
