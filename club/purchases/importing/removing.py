"""Purchases and returns that came with a file, taken out again as if they had never been recorded."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, Table, delete, func, select, update
from sqlalchemy.orm import Session

from club.database import Transaction
from club.intake.bulk import chosen
from club.purchases.models import Correction, CorrectionLine, Purchase, PurchaseLine


def _table(model: type) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every mapped class has one
    return table


PURCHASES, LINES = _table(Purchase), _table(PurchaseLine)
CORRECTIONS, CORRECTION_LINES = _table(Correction), _table(CorrectionLine)


class ImportedReturn(NamedTuple):
    """A return of a file, of a purchase that was there before."""

    id: int
    purchase_id: int
    member_id: int
    amount: int
    points: int
    qualifying_points: int


def imported_purchases(db: Session, run_id: int, *, after: int, limit: int) -> list[tuple[int, int]]:
    """(id, member) of the next purchases of a run."""
    rows = db.execute(
        select(PURCHASES.c.id, PURCHASES.c.member_id)
        .where(PURCHASES.c.import_id == run_id, PURCHASES.c.id > after)
        .order_by(PURCHASES.c.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def returns_of_earlier(db: Session, run_id: int, *, before: int, limit: int) -> list[ImportedReturn]:
    """The next returns of a run that belong to purchases of other origin, the last one first."""
    rows = db.execute(
        select(
            CORRECTIONS.c.id, PURCHASES.c.id, PURCHASES.c.member_id, CORRECTIONS.c.amount, CORRECTIONS.c.points,
            CORRECTIONS.c.qualifying_points,
        )
        .join(PURCHASES, PURCHASES.c.id == CORRECTIONS.c.purchase_id)
        .where(
            CORRECTIONS.c.import_id == run_id,
            CORRECTIONS.c.id < before,
            func.coalesce(PURCHASES.c.import_id, 0) != run_id,
        )
        .order_by(CORRECTIONS.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [ImportedReturn(*row) for row in rows]


def with_other_returns(db: Session, purchase_ids: Sequence[int], run_id: int) -> set[int]:
    """Those of which something came back by another way than this run."""
    return set(
        db.scalars(
            select(CORRECTIONS.c.purchase_id).where(
                CORRECTIONS.c.purchase_id.in_(chosen(db, purchase_ids, BigInteger())),
                func.coalesce(CORRECTIONS.c.import_id, 0) != run_id,
            )
        )
    )


def remove_purchases(tx: Transaction, purchase_ids: Collection[int]) -> int:
    """Remove purchases with their lines and returns; how many returns there were."""
    gone = chosen(tx, purchase_ids, BigInteger())
    back = select(CORRECTIONS.c.id).where(CORRECTIONS.c.purchase_id.in_(gone))
    returns = tx.scalar(select(func.count()).select_from(back.subquery())) or 0
    if returns:
        tx.execute(delete(CORRECTION_LINES).where(CORRECTION_LINES.c.correction_id.in_(back)))
        tx.execute(delete(CORRECTIONS).where(CORRECTIONS.c.purchase_id.in_(gone)))
    tx.execute(delete(LINES).where(LINES.c.purchase_id.in_(gone)))
    tx.execute(delete(PURCHASES).where(PURCHASES.c.id.in_(gone)))
    return returns


def remove_return(tx: Transaction, one: ImportedReturn) -> None:
    """Remove a return: its purchase counts again as before."""
    lines = tx.execute(
        select(CORRECTION_LINES.c.line_id, CORRECTION_LINES.c.quantity).where(
            CORRECTION_LINES.c.correction_id == one.id
        )
    ).all()
    for line_id, quantity in lines:
        tx.execute(
            update(LINES).where(LINES.c.id == line_id).values(returned_quantity=LINES.c.returned_quantity - quantity)
        )
    tx.execute(delete(CORRECTION_LINES).where(CORRECTION_LINES.c.correction_id == one.id))
    tx.execute(delete(CORRECTIONS).where(CORRECTIONS.c.id == one.id))
    tx.execute(
        update(PURCHASES)
        .where(PURCHASES.c.id == one.purchase_id)
        .values(
            net_amount=PURCHASES.c.net_amount + one.amount,
            net_points=PURCHASES.c.net_points + one.points,
            net_qualifying_points=PURCHASES.c.net_qualifying_points + one.qualifying_points,
        )
    )
