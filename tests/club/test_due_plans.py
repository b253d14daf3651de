"""SQLite has no statistics unless somebody asks for them: the night's statements must not depend on them."""

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from club.database import is_sqlite, transaction
from club.points.service import due

WRITES = {
    "expired entries": due._EXPIRED_ENTRIES,
    "expired balances": due._EXPIRED_BALANCES,
    "expired lots": due._EXPIRED_LOTS,
    "activated entries": due._ACTIVATED_ENTRIES,
    "activated balances": due._ACTIVATED_BALANCES,
    "activated lots": due._ACTIVATED_LOTS,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_was_made_for_a_lot_is_looked_up_by_lot(db: Session, write: TextClause) -> None:
    """By its kind alone it would be compared with every due lot: hours, for the first night after a big import."""
    if not is_sqlite(db):
        pytest.skip("PostgreSQL counts its rows")
    with transaction(db) as tx:
        tx.execute(due._SET_OF_LOTS)
        plan = [row.detail for row in tx.execute(text(f"EXPLAIN QUERY PLAN {write.text}"))]
        tx.execute(due._SET_OF_LOTS_GONE)
    assert sum("SCAN due" in step or "SCAN points_due" in step for step in plan) == 1
    assert not [step for step in plan if "(kind=?)" in step]
