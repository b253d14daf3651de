"""Many rows in one go: COPY on PostgreSQL, executemany on SQLite, inside the transaction that is open."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import JSON, Date, Select, String, Table, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.errors import ReferenceTaken

TRIES = 5

Decided = TypeVar("Decided")
_Convert = Callable[[Any], object]


@contextmanager
def patient_transaction(db: Session) -> Iterator[Transaction]:
    """`transaction()` for statements over a whole file, which may take longer than a page would allow."""
    with transaction(db) as tx:
        if not is_sqlite(tx):
            tx.execute(text("SET LOCAL statement_timeout = 0"))
        yield tx


def write_or_decide_again(
    db: Session, decide: Callable[[], Decided], write: Callable[[Transaction, Decided], None]
) -> Decided:
    """Decide without a lock, then write in one transaction; again if somebody else wrote the same meanwhile."""
    for tries_left in reversed(range(TRIES)):
        decided = decide()
        try:
            with patient_transaction(db) as tx:
                write(tx, decided)
        except (IntegrityError, ReferenceTaken):
            if not tries_left:
                raise
        else:
            return decided
    raise AssertionError("the last try returns or raises")


def insert_many(tx: Transaction, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add rows given as tuples in the order of `columns`; what is left out is NULL, whatever a model's default says.

    Raises SQLAlchemy's `IntegrityError` like any insert. The names are those of our own tables.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    connection = tx.connection()
    cursor = connection.connection.cursor()
    try:
        if is_sqlite(tx):
            marks = ", ".join("?" * len(columns))
            converted = _converted(rows, [_for_sqlite(table.c[name].type) for name in columns])
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our tables
            cursor.executemany(statement, cast("Sequence[Sequence[object]]", converted))
        else:
            converted = _converted(rows, [_for_postgresql(table.c[name].type) for name in columns])
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
    except connection.dialect.loaded_dbapi.IntegrityError as taken:
        raise IntegrityError(f"many rows into {table.name}", None, taken) from taken
    finally:
        cursor.close()


def reserve_ids(tx: Transaction, table: Table, count: int) -> Sequence[int]:
    """Ids for so many new rows, ascending. On SQLite the write lock keeps them ours until the rows are written."""
    if is_sqlite(tx):
        last = tx.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
        return range(last + 1, last + 1 + count)
    return tx.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": table.name, "count": count},
    ).all()


def chosen(db: Session, values: Iterable[str] | Iterable[int], kind: TypeEngine[Any] | None = None) -> Select[Any]:
    """The values as a table of one column, for `IN`: one parameter however many they are."""
    kind = kind or String()
    if is_sqlite(db):
        listed = func.json_each(bindparam(None, json.dumps(list(values)), String())).table_valued("value")
        return select(listed.c.value)
    return select(func.unnest(bindparam(None, list(values), ARRAY(kind))))


def _converted(rows: Iterable[Sequence[object]], converts: Sequence[_Convert | None]) -> Iterable[Sequence[object]]:
    """Column by column: the loops over cells then run inside the interpreter's own functions."""
    if not any(converts):
        return rows
    columns: list[Iterable[object]] = list(zip(*rows, strict=True))
    for place, convert in enumerate(converts):
        if columns and convert is not None:
            columns[place] = map(convert, columns[place])
    return zip(*columns, strict=True)


def _for_sqlite(kind: TypeEngine[Any]) -> _Convert | None:
    if isinstance(kind, UtcDateTime):
        return _moment
    if isinstance(kind, Date):
        return _day
    return _for_postgresql(kind)


def _for_postgresql(kind: TypeEngine[Any]) -> _Convert | None:
    return _Json() if isinstance(kind, JSON) else None


class _Json:
    """Writes the same object once, however many rows of the batch share it (they keep it alive meanwhile)."""

    def __init__(self) -> None:
        self._written: dict[int, str] = {}

    def __call__(self, value: Mapping[str, object] | None) -> str | None:
        if value is None:
            return None
        written = self._written.get(id(value))
        if written is None:
            written = self._written[id(value)] = json.dumps(dict(value))
        return written


@lru_cache(maxsize=64)
def _moment(value: datetime | None) -> str | None:
    """As SQLAlchemy writes moments on SQLite."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@lru_cache(maxsize=8192)
def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
