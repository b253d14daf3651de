"""Many rows in one go: COPY on PostgreSQL, executemany on SQLite, inside the transaction that is open."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Select, String, Table, bindparam, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from club.database import Transaction, UtcDateTime, is_sqlite, transaction

_Convert = Callable[[Any], object]


@contextmanager
def patient_transaction(db: Session) -> Iterator[Transaction]:
    """`transaction()` for statements over a whole file, which may take longer than a page would allow."""
    with transaction(db) as tx:
        if not is_sqlite(tx):
            tx.execute(text("SET LOCAL statement_timeout = 0"))
        yield tx


def insert_many(tx: Transaction, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add rows given as tuples in the order of `columns`; what is left out is NULL, whatever a model's default says."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = tx.connection().connection.cursor()
    if is_sqlite(tx):
        marks = ", ".join("?" * len(columns))
        converted = _converted(rows, [_for_sqlite(table.c[name].type) for name in columns])
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", converted)  # noqa: S608 - our names
    else:
        converted = _converted(rows, [_for_postgresql(table.c[name].type) for name in columns])
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # psycopg's
            for row in converted:
                copy.write_row(row)
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
    listed = func.unnest(bindparam(None, list(values), ARRAY(kind))).table_valued(column("value", kind))
    return select(listed.c.value)


def _converted(rows: Iterable[Sequence[object]], converts: Sequence[_Convert | None]) -> Iterable[Sequence[object]]:
    changing = [(place, convert) for place, convert in enumerate(converts) if convert is not None]
    return map(_row_converter(changing), rows) if changing else rows


def _row_converter(changing: Sequence[tuple[int, _Convert]]) -> Callable[[Sequence[object]], Sequence[object]]:
    def convert_row(row: Sequence[object]) -> Sequence[object]:
        cells = list(row)
        for place, convert in changing:
            if cells[place] is not None:
                cells[place] = convert(cells[place])
        return cells

    return convert_row


def _for_sqlite(kind: TypeEngine[Any]) -> _Convert | None:
    if isinstance(kind, UtcDateTime):
        return _moment
    if isinstance(kind, Date):
        return date.isoformat
    return _for_postgresql(kind)


def _for_postgresql(kind: TypeEngine[Any]) -> _Convert | None:
    return json.dumps if isinstance(kind, JSON) else None


def _moment(value: datetime) -> str:
    """As SQLAlchemy writes moments on SQLite."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
