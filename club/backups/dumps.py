"""Taking a whole database out and putting it back, for both kinds of database."""

import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from club.errors import BadBackup, BadFile
from migrations import standing

_POSTGRES_PROGRAMS = "/usr/lib/postgresql"
_NAMES = {"host": "PGHOST", "port": "PGPORT", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
_OTHER_ROWS = "its tables do not hold the rows that it names"
_EMPTY_POSTGRES = """
DO $do$ DECLARE one record; BEGIN
  FOR one IN SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'
  LOOP EXECUTE 'DROP TABLE ' || one.name || ' CASCADE'; END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE 'DROP ROUTINE ' || one.name || ' CASCADE'; END LOOP;
END $do$;
"""


class Dumps(ABC):
    """Out of and into one database."""

    kind: str

    def __init__(self, url: str) -> None:
        self.url = make_url(url)

    @abstractmethod
    def take(self, to: Path) -> tuple[str, dict[str, int]]:
        """Write all that is committed at one moment; return the schema's revision and the rows of every table."""

    @abstractmethod
    def put_back(self, dump: Path, rows: dict[str, int]) -> None:
        """Make the database what it was, at once or not at all. Raises `BadBackup` if the rows do not agree."""

    @abstractmethod
    def look_through(self, dump: Path, rows: dict[str, int]) -> None:
        """Read a dump without putting it anywhere; raises `BadBackup` if it is damaged or the rows do not agree."""

    def is_empty(self) -> bool:
        """Whether no table has a row."""
        engine = self._engine()
        with engine.connect() as connection:
            rows = _rows_of(connection)
        engine.dispose()
        return not any(rows.values())

    def _engine(self) -> Engine:
        return create_engine(self.url, poolclass=NullPool)


def dumps_for(url: str) -> Dumps:
    """Those of the database that an address names."""
    return SqliteDumps(url) if make_url(url).get_backend_name() == "sqlite" else PostgresDumps(url)


class SqliteDumps(Dumps):
    """`VACUUM INTO` out, the backup interface in: a plain copy of the file would lack what is still in the log."""

    kind = "sqlite"

    def take(self, to: Path) -> tuple[str, dict[str, int]]:
        if not self._file.exists():
            raise BadFile(f"there is no database at {self._file}")
        with closing(sqlite3.connect(self._file, timeout=60, isolation_level=None)) as source:
            source.execute("VACUUM INTO ?", (str(to),))
        return _looked_through(to)

    def look_through(self, dump: Path, rows: dict[str, int]) -> None:
        if _looked_through(dump)[1] != rows:
            raise BadBackup(_OTHER_ROWS)

    def put_back(self, dump: Path, rows: dict[str, int]) -> None:
        self.look_through(dump, rows)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(dump, isolation_level=None)) as source,
            closing(sqlite3.connect(self._file, timeout=60, isolation_level=None)) as target,
        ):
            source.backup(target)  # one transaction: whoever reads meanwhile sees all of the old or all of the new
            target.execute("PRAGMA journal_mode=WAL")

    def is_empty(self) -> bool:
        return not self._file.exists() or super().is_empty()

    @property
    def _file(self) -> Path:
        return Path(self.url.database or "")


class PostgresDumps(Dumps):
    """`pg_dump` out; in by `psql`, everything in one transaction."""

    kind = "postgresql"

    def take(self, to: Path) -> tuple[str, dict[str, int]]:
        engine = self._engine()
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            self._run("pg_dump", "-Fc", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={to}")
            found = _revision_of(connection), _rows_of(connection)
        engine.dispose()
        return found

    def put_back(self, dump: Path, rows: dict[str, int]) -> None:
        statements, emptying = dump.with_suffix(".sql"), dump.with_suffix(".empty")
        emptying.write_text(_EMPTY_POSTGRES)
        self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={statements}", str(dump))
        self._run(
            "psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "--single-transaction",
            "-f", str(emptying), "-f", str(statements),
        )  # fmt: skip
        engine = self._engine()
        with engine.connect() as connection:
            found = _rows_of(connection)
        engine.dispose()
        if found != rows:
            raise BadBackup(_OTHER_ROWS)

    def look_through(self, dump: Path, rows: dict[str, int]) -> None:
        """Every row comes out of the archive once more, and is counted."""
        asked = [_postgres_program("pg_restore"), "--data-only", "--file=-", str(dump)]
        with subprocess.Popen(  # noqa: S603 - a program found by name, no shell
            asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", bufsize=1 << 20
        ) as reading:
            assert reading.stdout is not None
            found = _rows_in(reading.stdout)
        if reading.returncode:
            raise BadBackup("the database in it is damaged")
        if {name: found.get(name, 0) for name in rows} != rows:
            raise BadBackup(_OTHER_ROWS)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - a program found by name, no shell
            [_postgres_program(program), *arguments],
            env={**os.environ, **_environment(self.url)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise BadFile(f"{program}: {said[0] if said else f'ended with {done.returncode}'}")


def _postgres_program(name: str) -> str:
    """The newest one of the machine: an older one refuses a newer server."""
    versions = [path for path in Path(_POSTGRES_PROGRAMS).glob(f"*/bin/{name}") if path.parts[-3].isdecimal()]
    if versions:
        return str(max(versions, key=lambda path: int(path.parts[-3])))
    found = shutil.which(name)
    if found is None:
        raise BadFile(f"{name} is not on this machine; install PostgreSQL's client programs")
    return found


def _environment(url: URL) -> dict[str, str]:
    """Where PostgreSQL's programs connect to; the password is not put where `ps` shows it."""
    parts = {
        "PGHOST": url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    given = {name: value for name, value in parts.items() if value}
    return given | {_NAMES[name]: str(value) for name, value in url.query.items() if name in _NAMES}


def _rows_in(script: Iterable[str]) -> dict[str, int]:
    """The rows of each table in what `pg_restore` writes: one line a row between `COPY …` and a line with `\\.`."""
    found: dict[str, int] = {}
    table = ""
    for line in script:
        if table and line == "\\.\n":
            table = ""
        elif table:
            found[table] += 1
        elif line.startswith("COPY "):
            table = line.split(" ", 2)[1].rpartition(".")[2].strip('"')
            found[table] = 0
    return found


def _looked_through(file: Path) -> tuple[str, dict[str, int]]:
    """Revision and rows of an SQLite file that stands by itself. Raises `BadBackup` when it is damaged."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
            raise BadBackup("the database in it is damaged")
        found = _revision_of(connection), _rows_of(connection)
    engine.dispose()
    return found


def _revision_of(connection: Connection) -> str:
    has_history = inspect(connection).has_table("alembic_version")
    revision = standing.revision_of(connection) if has_history else None
    if revision is None:
        raise BadFile("there are no tables of the club in this database")
    return revision


def _rows_of(connection: Connection) -> dict[str, int]:
    quoted = connection.dialect.identifier_preparer.quote
    tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    return {
        name: connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(name)}").scalar_one()  # noqa: S608 - own tables
        for name in sorted(tables)
    }
