"""What hangs on a row: found from the foreign keys of all tables, so that a table of tomorrow is not forgotten."""

from collections.abc import Collection, Iterator

from sqlalchemy import BigInteger, Column, Table, select
from sqlalchemy.orm import Session

from club.database import Base
from club.intake.bulk import chosen


def columns_to(target: Table, but: Collection[str] = ()) -> Iterator[Column[int]]:
    """Every column of other tables that names a row of this one."""
    for table in Base.metadata.sorted_tables:
        if table is target or table.name in but:
            continue
        for column in table.columns:
            if any(key.column.table is target for key in column.foreign_keys):
                yield column


def hung_on(db: Session, target: Table, ids: Collection[int], but: Collection[str] = ()) -> set[int]:
    """Those ids that some table names, leaving out the tables `but`."""
    found: set[int] = set()
    if ids:
        for column in columns_to(target, but):
            found.update(db.scalars(select(column).where(column.in_(chosen(db, ids, BigInteger()))).distinct()))
    return found
