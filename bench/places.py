"""Places for the clubs of the bench: files in a folder, or databases of a PostgreSQL server of its own."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from migrations import history
from tests.postgres import Cluster


class Place(ABC):
    """Where databases of one kind are made; all of them go with it."""

    name: str

    def __init__(self) -> None:
        self._numbers = count(1)

    @abstractmethod
    def empty(self) -> str:
        """The address of a migrated database without rows."""

    @abstractmethod
    def copy(self, url: str) -> str:
        """The same database once more; nobody may be connected to it."""

    @abstractmethod
    def drop(self, url: str) -> None:
        """Give its room back."""


class SqlitePlace(Place):
    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def empty(self) -> str:
        url = self._new()
        history.upgrade(url)
        return url

    def copy(self, url: str) -> str:
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()
        copied = self._new()
        shutil.copyfile(_file_of(url), _file_of(copied))
        return copied

    def drop(self, url: str) -> None:
        file = _file_of(url)
        for ending in ("", "-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)

    def _new(self) -> str:
        return f"sqlite:///{self._folder / f'club{next(self._numbers)}.sqlite'}"


class PostgresPlace(Place):
    name = "postgresql"

    def __init__(self, server_url: str) -> None:
        super().__init__()
        self._server = make_url(server_url)

    def empty(self) -> str:
        name = self._new()
        self._say(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        history.upgrade(self._url_of(name))
        return self._url_of(name)

    def copy(self, url: str) -> str:
        name, like = self._new(), make_url(url).database or ""
        copying = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._say(copying.format(sql.Identifier(name), sql.Identifier(like)))
        return self._url_of(name)

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _new(self) -> str:
        return f"club{next(self._numbers)}"

    def _url_of(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: sql.Composed) -> None:
        address = self._server.set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute(statement)


@contextmanager
def places(wanted: str, folder: Path) -> Iterator[list[Place]]:
    """The kinds that were asked for; a PostgreSQL server runs until the end of the block."""
    found: list[Place] = []
    if wanted != "postgresql":
        found.append(SqlitePlace(folder))
    if wanted == "sqlite":
        yield found
        return
    cluster = Cluster()
    try:
        yield [*found, PostgresPlace(cluster.url)]
    finally:
        cluster.stop()


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")
