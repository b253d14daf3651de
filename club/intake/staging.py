"""Rows of a file in the database before they become facts, so that memory stays flat."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Result, delete, func, insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from club.database import Transaction, is_sqlite, transaction
from club.errors import BadFile
from club.intake.bulk import insert_many, patient_transaction
from club.intake.models import ImportRow, ImportRun

BATCH = 5_000
ROWS_NUMBERED_AT_ONCE = 50_000
ABANDONED_AFTER = timedelta(days=1)
LONGEST_FILE_NAME = 200

Progress = Callable[[str, int, int], None]
"""Told (step, done, of how many) now and then."""


_T = TypeVar("_T")


class StagedRow(NamedTuple):
    """A row that can be read. Amounts in minor units (or points); `content` is a digest of what it says."""

    number: int
    member_key: str
    channel: str
    reference: str | None
    returns: str | None
    dated_on: date | None
    amount: int
    category: str
    quantity: int | None
    content: bytes
    nth: int = 1

    @property
    def own_reference(self) -> str:
        """The reference in the file, or one made of what the row says and of its being the nth that says so."""
        return self.reference or f"{self.content.hex()}-{self.nth}"


_STORED = (
    "import_id", "row_number", "member_key", "channel", "reference", "returns", "dated_on", "amount", "category",
    "quantity", "content", "nth",
)  # fmt: skip
_READ = (
    ImportRow.row_number, ImportRow.member_key, ImportRow.channel, ImportRow.reference, ImportRow.returns,
    ImportRow.dated_on, ImportRow.amount, ImportRow.category, ImportRow.quantity, ImportRow.content, ImportRow.nth,
)  # fmt: skip


def begin(db: Session, kind: str, file_name: str, by: int | None, now: datetime) -> int:
    """A new run. Rows that a killed run of the same file, or any run of days ago, left behind are removed."""
    file_name = file_name[-LONGEST_FILE_NAME:]
    with transaction(db) as tx:
        run_id: int = tx.execute(
            insert(ImportRun)
            .values(kind=kind, file_name=file_name, started_at=now, by=by, counts={})
            .returning(ImportRun.id)
        ).scalar_one()
    left_behind = select(ImportRun.id).where(
        ImportRun.id < run_id,
        ImportRun.finished_at.is_(None),
        ((ImportRun.kind == kind) & (ImportRun.file_name == file_name))
        | (ImportRun.started_at < now - ABANDONED_AFTER),
    )
    for old in db.scalars(left_behind).all():
        clear(db, old)
    return run_id


def stage(db: Session, run_id: int, rows: Iterable[StagedRow]) -> int:
    """Write rows in batches, each in a transaction of its own; returns how many there were."""
    staged = 0
    for batch in batches(rows, BATCH):
        with patient_transaction(db) as tx:
            insert_many(tx, ImportRow.__table__, _STORED, [(run_id, *row) for row in batch])  # type: ignore[arg-type]
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
    is_here = (ImportRow.import_id == run_id) & ImportRow.reference.is_(None) & (ImportRow.content >= low)
    if high is not None:
        is_here &= ImportRow.content < high
    counted = (
        select(
            ImportRow.row_number,
            func.row_number().over(partition_by=ImportRow.content, order_by=ImportRow.row_number).label("nth"),
        )
        .where(is_here)
        .subquery()
    )
    tx.execute(
        update(ImportRow)
        .where(ImportRow.import_id == run_id, ImportRow.row_number == counted.c.row_number, counted.c.nth > 1)
        .values(nth=counted.c.nth)
    )


def staged_rows(db: Session, run_id: int, *, after: int, limit: int) -> list[StagedRow]:
    """The next rows in the order of the file, without those that give something back."""
    found = db.execute(
        select(*_READ)
        .where(ImportRow.import_id == run_id, ImportRow.row_number > after, ImportRow.returns.is_(None))
        .order_by(ImportRow.row_number)
        .limit(limit)
    )
    return _as_staged(found)


def staged_returns(db: Session, run_id: int, *, after: StagedRow | None, limit: int) -> list[StagedRow]:
    """The next rows that give something back: those of one original together, in the order of the file."""
    place = tuple_(ImportRow.channel, ImportRow.returns, ImportRow.row_number)
    query = select(*_READ).where(ImportRow.import_id == run_id, ImportRow.returns.is_not(None))
    if after is not None:
        query = query.where(place > tuple_(after.channel, after.returns, after.number))
    found = db.execute(query.order_by(ImportRow.channel, ImportRow.returns, ImportRow.row_number).limit(limit))
    return _as_staged(found)


def finish(tx: Transaction, run_id: int, counts: dict[str, int], now: datetime) -> None:
    """Keep what came of it."""
    tx.execute(update(ImportRun).where(ImportRun.id == run_id).values(finished_at=now, counts=counts))


def must_be_whole(db: Session, run_id: int, staged: int) -> None:
    """Raise `BadFile` if another import of this file has taken over and removed our rows."""
    if db.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.import_id == run_id)) != staged:
        raise BadFile("it is being imported a second time; wait for that import and then run this one again")


def clear(db: Session, run_id: int) -> None:
    """Remove the rows of a run, a batch at a time, so that others can write in between."""
    first, last = db.execute(
        select(func.min(ImportRow.row_number), func.max(ImportRow.row_number)).where(ImportRow.import_id == run_id)
    ).one()
    if first is None:
        return
    for start in range(first, last + 1, ROWS_NUMBERED_AT_ONCE):
        with patient_transaction(db) as tx:
            tx.execute(
                delete(ImportRow).where(
                    ImportRow.import_id == run_id,
                    ImportRow.row_number.between(start, start + ROWS_NUMBERED_AT_ONCE - 1),
                )
            )


def forget(db: Session, run_id: int) -> None:
    """Remove a run that changed nothing."""
    clear(db, run_id)
    with transaction(db) as tx:
        tx.execute(delete(ImportRun).where(ImportRun.id == run_id))


def batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of `size` items; the last may be shorter."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _as_staged(found: Result[Any]) -> list[StagedRow]:
    return [StagedRow._make(row) for row in found]
