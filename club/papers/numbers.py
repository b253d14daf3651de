"""Numbers without gaps: a series is locked while one of its numbers is given, until the paper is committed with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import Transaction, is_sqlite
from club.papers.models import PaperSeries
from club.papers.rules import number_of


@dataclass(frozen=True)
class Given:
    """A number, and the moment that its paper carries: never earlier than that of the number before."""

    series_id: int
    position: int
    number: str
    issued_at: datetime


def next_number_in(tx: Transaction, prefix: str, now: datetime) -> Given:
    """The next number of a prefix. If the transaction comes to nothing, so does the number: no gap is left."""
    series = PaperSeries
    raised = (
        update(series)
        .where(series.prefix == prefix)
        .values(
            next_number=series.next_number + 1,
            last_at=case((series.last_at > now, series.last_at), else_=now),
        )
        .returning(series.id, series.next_number, series.last_at)
    )
    row = tx.execute(raised).one_or_none()
    if row is None:
        begin = sqlite.insert(series) if is_sqlite(tx) else postgresql.insert(series)
        begun = begin.values(prefix=prefix, next_number=1, last_at=now)
        tx.execute(begun.on_conflict_do_nothing(index_elements=["prefix"]))
        row = tx.execute(raised).one()
    position = row.next_number - 1
    return Given(row.id, position, number_of(prefix, position), row.last_at)
