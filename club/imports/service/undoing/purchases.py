"""Purchases, returns and balances of an import, taken back a batch at a time; a batch is whole or not at all."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Table, delete, select
from sqlalchemy.orm import Session

from club.database import Transaction
from club.imports.models import Run
from club.imports.service.undoing.hangs import hung_on
from club.imports.service.watch import Watch
from club.intake.bulk import chosen, insert_many, patient_transaction
from club.intake.models import ImportChange
from club.points.models import OPENINGS
from club.points.service.undoing import PURCHASE_REVERSED, undo_earned, undo_reversal
from club.purchases.importing.removing import (
    PURCHASES,
    imported_purchases,
    remove_purchases,
    remove_return,
    returns_of_earlier,
    with_other_returns,
)

BATCH = 2_000
RETURNS_BATCH = 100
PURCHASE_EARNED, OPENING_EARNED = "purchase.earned", "opening.earned"
PARTS_OF_A_PURCHASE = ("purchase_line", "correction")
CHANGES: Table = ImportChange.__table__  # type: ignore[assignment]  # a mapped class has a Table


def undo_returns(db: Session, run: Run, watch: Watch, now: datetime) -> int:
    """Take back the returns of purchases that were there before this import; how many."""
    before, undone = 2**62, 0
    while batch := returns_of_earlier(db, run.id, before=before, limit=RETURNS_BATCH):
        before = batch[-1].id
        with patient_transaction(db) as tx:
            for one in batch:
                undo_reversal(tx, PURCHASE_REVERSED, one.id, one.points, now)
                remove_return(tx, one)
            _touch(tx, run.id, {one.member_id for one in batch})
        undone += len(batch)
        watch("undoing", undone, 0)
    return undone


def undo_purchases(db: Session, run: Run, watch: Watch, today: date, now: datetime) -> tuple[int, int, list[int]]:
    """How many purchases and returns were taken back, and whose stayed because something else hangs on them."""
    after = purchases = returns = 0
    kept: list[int] = []
    while batch := imported_purchases(db, run.id, after=after, limit=BATCH):
        after = batch[-1][0]
        ids = [purchase_id for purchase_id, _ in batch]
        with patient_transaction(db) as tx:
            stays = with_other_returns(tx, ids, run.id) | hung_on(tx, PURCHASES, ids, but=PARTS_OF_A_PURCHASE)
            gone = [purchase_id for purchase_id in ids if purchase_id not in stays]
            undo_earned(tx, PURCHASE_EARNED, gone, today, now)
            returns += remove_purchases(tx, gone)
            _touch(tx, run.id, {member_id for purchase_id, member_id in batch if purchase_id not in stays})
        kept += sorted({member_id for purchase_id, member_id in batch if purchase_id in stays})
        purchases += len(gone)
        watch("undoing", purchases + returns, run.counts.get("new", 0))
    return purchases, returns, kept


def undo_balances(db: Session, run: Run, watch: Watch, today: date, now: datetime) -> int:
    """Take back the points that came with a file of balances; how many rows."""
    undone = 0
    first = select(OPENINGS.c.id).where(OPENINGS.c.import_id == run.id).order_by(OPENINGS.c.id).limit(BATCH)
    while ids := db.scalars(first).all():
        with patient_transaction(db) as tx:
            undo_earned(tx, OPENING_EARNED, ids, today, now)
            tx.execute(delete(OPENINGS).where(OPENINGS.c.id.in_(chosen(tx, ids, BigInteger()))))
        undone += len(ids)
        watch("undoing", undone, run.counts.get("new", 0))
    return undone


def _touch(tx: Transaction, run_id: int, member_ids: set[int]) -> None:
    """Remember whose tiers have to be looked at, in the transaction that took something from them."""
    known = set(
        tx.scalars(
            select(CHANGES.c.person_id).where(
                CHANGES.c.import_id == run_id,
                CHANGES.c.kind.in_(("touched", "made")),
                CHANGES.c.person_id.in_(chosen(tx, member_ids, BigInteger())),
            )
        )
    )
    fresh = sorted(member_ids - known)
    insert_many(tx, CHANGES, ("import_id", "kind", "person_id"), [(run_id, "touched", one) for one in fresh])
