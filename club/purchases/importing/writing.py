"""Many purchases written at once, with the references that are taken already."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Table, select, update
from sqlalchemy.orm import Session

from club.database import Transaction
from club.intake.bulk import chosen, insert_many, reserve_ids
from club.intake.staging import StagedRow
from club.purchases.models import Correction, Purchase, PurchaseLine


class Priced(NamedTuple):
    """A row that becomes a purchase of this member, with the points that it brings."""

    row: StagedRow
    member_id: int
    points: int
    qualifying_points: int


def _table(model: type) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every mapped class has one
    return table


PURCHASES, LINES = _table(Purchase), _table(PurchaseLine)
_PURCHASE_COLUMNS = (
    "id", "member_id", "channel", "reference", "bought_on", "amount", "tax", "points", "qualifying_points",
    "net_amount", "net_points", "net_qualifying_points", "recorded_at", "recorded_by", "import_id", "content",
)  # fmt: skip
_LINE_COLUMNS = (
    "purchase_id", "position", "category", "sku", "description", "quantity", "amount", "tax", "points",
    "qualifying_points", "returned_quantity",
)  # fmt: skip

Key = tuple[str, str]
"""Channel and reference."""


def has_line(row: StagedRow) -> bool:
    """Whether the row says more about the goods than their amount."""
    return bool(row.category) or row.quantity is not None


def contents_of(
    db: Session, model: type[Purchase] | type[Correction], rows: Iterable[StagedRow]
) -> dict[Key, bytes | None]:
    """What is known under the references of these rows: the digest, or none for what no file brought."""
    by_channel: dict[str, list[str]] = {}
    for row in rows:
        by_channel.setdefault(row.channel, []).append(row.reference)
    known: dict[Key, bytes | None] = {}
    for channel, references in by_channel.items():
        columns = _table(model).c
        found = db.execute(
            select(columns.reference, columns.content).where(
                columns.channel == channel, columns.reference.in_(chosen(db, references))
            )
        )
        known.update({(channel, reference): content for reference, content in found})
    return known


def write_purchases(
    tx: Transaction, priced: Sequence[Priced], *, import_id: int, by: int | None, now: datetime
) -> Sequence[int]:
    """Insert purchases, and a line for those with goods; returns their ids in the same order."""
    ids = reserve_ids(tx, PURCHASES, len(priced))
    insert_many(
        tx,
        PURCHASES,
        _PURCHASE_COLUMNS,
        [
            (
                purchase_id, member_id, row.channel, row.reference, row.dated_on, row.amount, 0, points,
                qualifying, row.amount, points, qualifying, now, by, import_id, row.content,
            )
            for purchase_id, (row, member_id, points, qualifying) in zip(ids, priced, strict=True)
        ],
    )  # fmt: skip
    lines = [
        (
            purchase_id, 1, row.category, "", "", row.quantity or 1, row.amount, 0, points, qualifying, 0,
        )
        for purchase_id, (row, _, points, qualifying) in zip(ids, priced, strict=True)
        if has_line(row)
    ]  # fmt: skip
    if lines:
        insert_many(tx, LINES, _LINE_COLUMNS, lines)
    return ids


def mark_imported(tx: Transaction, corrections: Sequence[int], import_id: int) -> None:
    """Note which import brought these corrections."""
    if corrections:
        tx.execute(
            update(Correction)
            .where(Correction.id.in_(chosen(tx, corrections, BigInteger())))
            .values(import_id=import_id)
        )
