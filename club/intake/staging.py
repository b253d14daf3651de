"""Rows of a file in the database before they become facts, so that memory stays flat."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Result, String, Table, case, cast, delete, func, insert, literal, select, text, tuple_, update
from sqlalchemy.orm import Session

from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.errors import BadFile
from club.intake.bulk import chosen, insert_many, patient_transaction
from club.intake.models import ImportChange, ImportRow, ImportRun

BATCH = 5_000
ROWS_NUMBERED_AT_ONCE = 50_000
ABANDONED_AFTER = timedelta(days=1)
UNDO_FOR = timedelta(hours=24)
LONGEST_FILE_NAME = 200

Progress = Callable[[str, int, int], None]
"""Told (step, done, of how many) now and then."""


_T = TypeVar("_T")


class FileRow(NamedTuple):
    """What a row of a file says. Amounts in minor units (or points); `content` is a digest of all of it."""

    number: int
    member_key: str
    channel: str
    reference: str | None
    returns: str | None
    dated_on: date
    amount: int
    category: str
    quantity: int | None
    content: bytes


class StagedRow(NamedTuple):
    """The same, read back: with a reference, of the file or made of what the row says and of its being the nth such."""

    number: int
    member_key: str
    channel: str
    reference: str
    returns: str | None
    dated_on: date
    amount: int
    category: str
    quantity: int | None
    content: bytes


_STORED = (
    "import_id", "row_number", "member_key", "channel", "reference", "returns", "dated_on", "amount", "category",
    "quantity", "content", "nth",
)  # fmt: skip
_ROWS: Table = ImportRow.__table__  # type: ignore[assignment]  # a mapped class has a Table
_DERIVED = {
    True: func.lower(func.hex(_ROWS.c.content)) + "-" + cast(_ROWS.c.nth, String),
    False: func.encode(_ROWS.c.content, "hex") + "-" + cast(_ROWS.c.nth, String),
}
"""A reference for a row that has none in the file, by whether the database is SQLite."""
_READ = {
    on_sqlite: [
        func.coalesce(_ROWS.c.reference, derived) if name == "reference" else _ROWS.c[name]
        for name in ("row_number", *_STORED[2:-1])
    ]
    for on_sqlite, derived in _DERIVED.items()
}


def begin(db: Session, kind: str, file_name: str, by: int | None, now: datetime) -> int:
    """A new run of the command line. Rows that a killed run of the same file, or one of days ago, left are removed."""
    file_name = file_name[-LONGEST_FILE_NAME:]
    with transaction(db) as tx:
        run_id: int = tx.execute(
            insert(ImportRun)
            .values(
                kind=kind, file_name=file_name, started_at=now, by=by, counts={}, state="running", writing_since=now
            )
            .returning(ImportRun.id)
        ).scalar_one()
    left_behind = select(ImportRun.id).where(
        ImportRun.id < run_id,
        ImportRun.finished_at.is_(None),
        ImportRun.leased_until.is_(None) | (ImportRun.leased_until < now - ABANDONED_AFTER),
        ((ImportRun.kind == kind) & (ImportRun.file_name == file_name))
        | (ImportRun.started_at < now - ABANDONED_AFTER),
    )
    for old in db.scalars(left_behind).all():
        clear(db, old)
    return run_id


def begin_or_resume(db: Session, run_id: int | None, kind: str, file_name: str, by: int | None, now: datetime) -> int:
    """A new run, or the one given, without the rows that an attempt before this one staged."""
    if run_id is None:
        return begin(db, kind, file_name, by, now)
    clear(db, run_id)
    return run_id


def stage(db: Session, run_id: int, rows: Iterable[FileRow]) -> int:
    """Write rows in batches, each in a transaction of its own; returns how many there were."""
    staged = 0
    for batch in batches(rows, BATCH):
        with patient_transaction(db) as tx:
            insert_many(tx, _ROWS, _STORED, [(run_id, *row, 1) for row in batch])
        staged += len(batch)
    if not is_sqlite(db):
        with patient_transaction(db) as tx:
            tx.execute(text("ANALYZE import_row"))
    return staged


def number_equal_rows(db: Session, run_id: int, staged: int) -> None:
    """Count rows that say the same and have no reference: 1, 2, 3 in the order of the file.

    Digests are spread evenly, so a range of them is a share of the rows; a range holds all rows equal to each other.
    """
    parts = min(staged // ROWS_NUMBERED_AT_ONCE + 1, 256)
    bounds = [bytes([256 * part // parts]) for part in range(parts)]
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        with patient_transaction(db) as tx:
            _number_range(tx, run_id, low, high)


def _number_range(tx: Transaction, run_id: int, low: bytes, high: bytes | None) -> None:
    row = _ROWS.c
    is_here = (row.import_id == run_id) & row.reference.is_(None) & (row.content >= low)
    if high is not None:
        is_here &= row.content < high
    nth = func.row_number().over(partition_by=row.content, order_by=row.row_number).label("nth")
    counted = select(row.row_number, nth).where(is_here).subquery()
    tx.execute(
        update(_ROWS)
        .where(row.import_id == run_id, row.row_number == counted.c.row_number, counted.c.nth > 1)
        .values(nth=counted.c.nth)
    )


def staged_rows(db: Session, run_id: int, *, after: int, limit: int) -> list[StagedRow]:
    """The next rows in the order of the file, without those that give something back."""
    found = db.execute(
        select(*_READ[is_sqlite(db)])
        .where(ImportRow.import_id == run_id, ImportRow.row_number > after, ImportRow.returns.is_(None))
        .order_by(ImportRow.row_number)
        .limit(limit)
    )
    return _as_staged(found)


def staged_returns(db: Session, run_id: int, *, after: StagedRow | None, limit: int) -> list[StagedRow]:
    """The next rows that give something back: those of one original together, in the order of the file."""
    place = tuple_(ImportRow.channel, ImportRow.returns, ImportRow.row_number)
    query = select(*_READ[is_sqlite(db)]).where(ImportRow.import_id == run_id, ImportRow.returns.is_not(None))
    if after is not None:
        query = query.where(place > tuple_(after.channel, after.returns, after.number))
    found = db.execute(query.order_by(ImportRow.channel, ImportRow.returns, ImportRow.row_number).limit(limit))
    return _as_staged(found)


def first_seen(db: Session, run_id: int, keys: Iterable[str]) -> dict[str, tuple[date, int]]:
    """The first day and the first row of each member key, not counting what is given back."""
    rows = db.execute(
        select(ImportRow.member_key, func.min(ImportRow.dated_on), func.min(ImportRow.row_number))
        .where(
            ImportRow.import_id == run_id,
            ImportRow.member_key.in_(chosen(db, keys)),
            ImportRow.returns.is_(None),
        )
        .group_by(ImportRow.member_key)
    )
    return {key: (day, number) for key, day, number in rows}


def with_reference(db: Session, run_id: int, references: Iterable[str], *, before: int) -> list[StagedRow]:
    """Rows above `before` that have one of these references in the file, in the order of the file."""
    found = db.execute(
        select(*_READ[is_sqlite(db)])
        .where(
            ImportRow.import_id == run_id,
            ImportRow.reference.in_(chosen(db, references)),
            ImportRow.returns.is_(None),
            ImportRow.row_number < before,
        )
        .order_by(ImportRow.row_number)
    )
    return _as_staged(found)


class Sums(NamedTuple):
    """Totals of what a file says, to be compared with the system that it came from."""

    purchases: int
    bought: int
    returns: int
    given_back: int
    members: int


def sums(db: Session, run_id: int) -> Sums:
    """Totals of the rows that can be read; `members` are different keys."""
    row = _ROWS.c
    is_return = row.returns.is_not(None)
    bought, given_back, returns, members = db.execute(
        select(
            func.coalesce(func.sum(row.amount).filter(~is_return), 0),
            func.coalesce(func.sum(row.amount).filter(is_return), 0),
            func.count().filter(is_return),
            func.count(row.member_key.distinct()),
        ).where(row.import_id == run_id)
    ).one()
    rows = db.scalar(select(func.count()).select_from(_ROWS).where(row.import_id == run_id)) or 0
    return Sums(rows - returns, int(bought), returns, int(given_back), members)


def finish(tx: Transaction, run_id: int, counts: dict[str, int], now: datetime) -> None:
    """Keep what came of it; from now on it can be undone for a day. A run with a lease is ended by who holds it."""
    has_no_lease = ImportRun.leased_until.is_(None)
    tx.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(
            finished_at=now,
            counts=counts,
            state=case((has_no_lease, "done"), else_=ImportRun.state),
            undo_until=case((has_no_lease, literal(now + UNDO_FOR, UtcDateTime)), else_=ImportRun.undo_until),
        )
    )


def end_trial(db: Session, run_id: int, *, is_listed: bool) -> None:
    """Leave no row of a trial; a run that stands in the list of imports stays."""
    if is_listed:
        clear(db, run_id)
    else:
        forget(db, run_id)


def must_be_whole(db: Session, run_id: int, staged: int) -> None:
    """Raise `BadFile` if another import of this file has taken over and removed our rows."""
    if db.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.import_id == run_id)) != staged:
        raise BadFile("it is being imported a second time; wait for that import and then run this one again")


def clear(db: Session, run_id: int) -> None:
    """Remove the rows of a run, a batch at a time, so that others can write in between."""
    last = db.scalar(select(func.max(_ROWS.c.row_number)).where(_ROWS.c.import_id == run_id)) or 0
    for start in range(1, last + 1, ROWS_NUMBERED_AT_ONCE):
        with patient_transaction(db) as tx:
            tx.execute(
                delete(_ROWS).where(
                    _ROWS.c.import_id == run_id,
                    _ROWS.c.row_number.between(start, start + ROWS_NUMBERED_AT_ONCE - 1),
                )
            )


def forget(db: Session, run_id: int) -> None:
    """Remove a run that changed nothing."""
    clear(db, run_id)
    with transaction(db) as tx:
        tx.execute(delete(ImportChange).where(ImportChange.import_id == run_id))
        tx.execute(delete(ImportRun).where(ImportRun.id == run_id))


def batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of `size` items; the last may be shorter."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _as_staged(found: Result[*tuple[Any, ...]]) -> list[StagedRow]:
    return [*map(StagedRow._make, found)]
