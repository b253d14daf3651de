"""The one way to the database: engine, column types and `transaction()`."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Engine, Integer, MetaData, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from club.errors import TransactionInProgress
from club.loading import OnFirstUse
from club.texts import Texts
from club.turns import turn_at

if TYPE_CHECKING:
    from club import prepared
else:  # a club on SQLite need not load psycopg
    prepared = OnFirstUse("club.prepared")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""Ids of rows that are never reused. On SQLite only INTEGER PRIMARY KEY may be AUTOINCREMENT."""

NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}
"""Table argument: SQLite keeps a sequence, so that the id of a deleted row does not come back."""

Transaction = NewType("Transaction", Session)
"""A session inside `transaction()`. A function that takes one is a step and never commits."""

PLANNED_ANEW: Mapping[str, bool] = {"planned_anew": True}
"""Execution options of a statement whose best plan depends on what was typed: words, stretches of an index, filters.
PostgreSQL otherwise comes to one plan for all values of a statement that is asked often. Pages of lists have it so."""

_WRITING = "club_writing"
_HELD = "club_held"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. SQLite drops the zone, so naive values are refused and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TextsColumn(TypeDecorator[Texts]):
    """Content in the club's languages, stored as JSON `{"en": …, "es": …, "ru": …}`."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Texts | Mapping[str, str] | None, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else dict(value)

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> Texts | None:
        return None if value is None else Texts(value)


class Base(DeclarativeBase):
    """Every table of the club."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, Texts: TextsColumn}  # noqa: RUF012 - SQLAlchemy reads the attribute


def make_engine(url: str, *, statement_timeout_seconds: int = 10, pool_size: int = 5) -> Engine:
    """An engine with the settings under which money is safe on this database; see docs/decisions/0002.

    What a statement carried (addresses, digests, mailed secrets) is kept out of errors, and so out of the log.
    """
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = (
        f"-c statement_timeout={statement_timeout_seconds}s -c lock_timeout={min(statement_timeout_seconds, 10)}s"
        " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    )
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5, "cursor_factory": prepared.Cursor},
        pool_pre_ping=True,
        pool_use_lifo=True,
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=5,
    )
    prepared.keep_prepared(engine)
    return engine


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(db: Session) -> Iterator[Transaction]:
    """Begin for writing, commit, or roll back.

    A read opens a transaction by itself; that one is rolled back and a new one begun, because on SQLite a read
    that later writes fails at once. Raises `TransactionInProgress` when nested.
    """
    if db.info.get(_WRITING):
        raise TransactionInProgress
    db.rollback()
    with _turn_of(db):
        db.info[_WRITING], db.info[_HELD] = True, set()
        try:
            db.connection(execution_options={_WRITING: True})
            yield Transaction(db)
            db.commit()
        except BaseException:
            db.rollback()
            raise
        finally:
            db.info[_WRITING] = False
            del db.info[_HELD]


def holds(tx: Transaction, name: str, row_id: int) -> bool:
    """Whether this transaction has noted that it holds a row, so that nobody locks it a second time."""
    return (name, row_id) in tx.info.get(_HELD, ())


def note_held(tx: Transaction, name: str, row_id: int) -> None:
    """A row is locked until the transaction ends. A lock behind a savepoint may end before, so it is not noted."""
    if _HELD in tx.info and not tx.in_nested_transaction():
        tx.info[_HELD].add((name, row_id))


def _turn_of(db: Session) -> AbstractContextManager[None]:
    """On SQLite writers follow each other in the order in which they came; PostgreSQL sees to its own."""
    url = db.get_bind().engine.url
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return nullcontext()
    return turn_at(Path(url.database))


def is_writing(db: Session) -> bool:
    """Whether this session is inside `transaction()`."""
    return bool(db.info.get(_WRITING))


def is_sqlite(db: Session) -> bool:
    """Whether this session speaks to SQLite."""
    return db.get_bind().dialect.name == "sqlite"


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # it must not send BEGIN by itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-4096",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")
