"""Migrated databases for tests: the one history is run once a session, every test begins with the empty result.

On SQLite the migrated file is copied (0.5 ms). On PostgreSQL a copy of the template takes 0.2 s, emptying all tables
without triggers 2 ms; so every test process has one copy, a connection that stays open to empty it, and a new copy
when it has grown. Connections that rest may stay open there from test to test: a new one costs more than the emptying.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import ClassVar

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool

from club.database import make_engine

ROOT = Path(__file__).resolve().parent.parent
_GROWN_BYTES = 8 * 1024 * 1024
_LOOKS_EVERY = 16
"""Looking how large a database has grown costs half as much as emptying it."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, as `flask db upgrade` does."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


class Databases(ABC):
    """The databases of one kind for one test process."""

    url: str
    """The address that every test uses."""

    @cached_property
    def engine(self) -> Engine:
        """What tests take turns with, as the program makes it: it knows by then how statements are put together."""
        return make_engine(self.url)

    @abstractmethod
    def renew(self) -> None:
        """Make it as it is after the migrations: no rows, ids from 1. Ends whoever is still at work there."""

    def rest(self, engine: Engine) -> None:
        """Nobody uses this engine until the next test. Fails if a connection was not given back."""
        assert isinstance(engine.pool, QueuePool)
        left_open = engine.pool.checkedout()
        if left_open or not self._keeps_connections:
            engine.dispose()
        assert left_open == 0, "a connection was left open"

    _keeps_connections: ClassVar[bool]

    @abstractmethod
    def copy_of(self, url: str) -> AbstractContextManager[str]:
        """A database of a test's own, with all that stands in another one that nobody is connected to."""

    @abstractmethod
    def one_more(self, *, is_migrated: bool = True) -> AbstractContextManager[str]:
        """A database of a test's own, for what changes tables or needs a second place; empty if not migrated."""


class SqliteDatabases(Databases):
    _keeps_connections = False  # every test has another file

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite"
        self._file = folder / "club.sqlite"
        self._numbers = count(1)
        self.url = f"sqlite:///{self._file}"
        migrate(f"sqlite:///{self._template}")

    def renew(self) -> None:
        _remove(self._file)
        shutil.copyfile(self._template, self._file)

    @contextmanager
    def one_more(self, *, is_migrated: bool = True) -> Iterator[str]:
        file = self._folder / f"own{next(self._numbers)}.sqlite"
        if is_migrated:
            shutil.copyfile(self._template, file)
        yield f"sqlite:///{file}"
        _remove(file)

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        file = self._folder / f"own{next(self._numbers)}.sqlite"
        shutil.copyfile(make_url(url).database or "", file)
        yield f"sqlite:///{file}"
        _remove(file)


class PostgresDatabases(Databases):
    _keeps_connections = True

    def __init__(self, server_url: str, process: str) -> None:
        self._server = make_url(server_url)
        self._name = f"club_{process}"
        self._template = f"template_{process}"
        self._numbers = count(1)
        self._turns = count(1)
        self.url = self._url_of(self._name)
        with self._maintenance() as server:
            _drop(server, self._template)
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._template)))
        migrate(self._url_of(self._template))
        self._own = self._new_copy()

    def renew(self) -> None:
        self._own.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'"
        )
        if next(self._turns) % _LOOKS_EVERY == 0 and self._has_grown():
            self._own.close()
            self._own = self._new_copy()
        else:
            self._own.execute("SELECT pg_temp.empty_all()")

    def _has_grown(self) -> bool:
        size = self._own.execute("SELECT pg_database_size(current_database())").fetchone()
        return size is None or size[0] >= self._template_size + _GROWN_BYTES

    def close(self) -> None:
        self.engine.dispose()
        self._own.close()

    @contextmanager
    def one_more(self, *, is_migrated: bool = True) -> Iterator[str]:
        template = self._template if is_migrated else "template1"
        with self._own_copy(template) as url:
            yield url

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        with self._own_copy(make_url(url).database or "") as copied:
            yield copied

    @contextmanager
    def _own_copy(self, template: str) -> Iterator[str]:
        name = f"{self._name}_own{next(self._numbers)}"
        self._copy(template, name)
        try:
            yield self._url_of(name)
        finally:
            with self._maintenance() as server:
                _drop(server, name)

    def _copy(self, template: str, name: str) -> None:
        with self._maintenance() as server:
            _drop(server, name)
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def _new_copy(self) -> psycopg.Connection:
        """A copy of the template, and a connection whose `empty_all()` empties every table and starts every sequence
        again, past triggers and foreign keys."""
        self._copy(self._template, self._name)
        own = self._connected(self._name)
        tables = own.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        sequences = own.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
        size = own.execute("SELECT pg_database_size(current_database())").fetchone()
        self._template_size = size[0] if size else 0
        for (table,) in tables:
            row = own.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone()
            assert row is None, f"a migration leaves rows in {table}: emptying would lose them"
        steps = [sql.SQL("DELETE FROM {};").format(sql.Identifier(table)) for (table,) in tables]
        steps += [
            sql.SQL("PERFORM setval({}, 1, false);").format(sql.Literal(f'"{sequence}"')) for (sequence,) in sequences
        ]
        own.execute(
            sql.SQL(
                "CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql"
                " SET session_replication_role = replica AS $do$ BEGIN {} END $do$"
            ).format(sql.SQL(" ").join(steps))
        )
        return own

    def _url_of(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _maintenance(self) -> psycopg.Connection:
        return self._connected(self._server.database or "postgres")

    def _connected(self, name: str) -> psycopg.Connection:
        url: URL = self._server.set(drivername="postgresql", database=name)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
