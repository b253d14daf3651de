"""What is read about stock: movements, what runs low, what is promised and not there, and whether it adds up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Stock, StockMovement, StockReservation, Variant
from club.catalogue.rules.products import State
from club.catalogue.rules.stock import Reason
from club.texts import Texts


@dataclass(frozen=True)
class Moved:
    """One movement as a list shows it."""

    id: int
    at: datetime
    reason: Reason
    quantity: int
    on_hand_after: int
    cause_kind: str | None
    cause_id: int | None
    by: int | None


def movements_of(db: Session, variant_id: int, limit: int = 50, offset: int = 0) -> list[Moved]:
    """What came and went, the latest first."""
    columns = (
        StockMovement.id, StockMovement.at, StockMovement.reason, StockMovement.quantity, StockMovement.on_hand_after,
        StockMovement.cause_kind, StockMovement.cause_id, StockMovement.by,
    )  # fmt: skip
    rows = db.execute(
        select(*columns)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Moved(row[0], row[1], Reason(row[2]), *row[3:]) for row in rows]


def violations(db: Session) -> list[tuple[int, str]]:
    """Variants whose row is not what their movements and reservations add up to, and how."""
    moved = (
        select(StockMovement.variant_id, func.sum(StockMovement.quantity).label("total"))
        .group_by(StockMovement.variant_id)
        .subquery()
    )
    kept = (
        select(StockReservation.variant_id, func.sum(StockReservation.quantity).label("total"))
        .where(StockReservation.ended_at.is_(None))
        .group_by(StockReservation.variant_id)
        .subquery()
    )
    rows = db.execute(
        select(Stock.variant_id, Stock.on_hand, Stock.reserved, moved.c.total, kept.c.total)
        .select_from(Stock)
        .outerjoin(moved, moved.c.variant_id == Stock.variant_id)
        .outerjoin(kept, kept.c.variant_id == Stock.variant_id)
        .where(or_(Stock.on_hand != func.coalesce(moved.c.total, 0), Stock.reserved != func.coalesce(kept.c.total, 0)))
        .order_by(Stock.variant_id)
    )
    return [(row[0], "on hand" if row[1] != (row[3] or 0) else "reserved") for row in rows]


@dataclass(frozen=True)
class Short:
    """A variant of which there is little, or less than was promised."""

    variant_id: int
    product_id: int
    sku: str
    name: Texts
    on_hand: int
    reserved: int
    low_mark: int
    missing: int


_SHORT = (
    Stock.variant_id, Variant.product_id, Variant.sku, Product.name, Stock.on_hand, Stock.reserved, Stock.low_mark,
    Stock.missing,
)  # fmt: skip


def running_low(db: Session, limit: int = 100) -> list[Short]:
    """Active variants of live products at or below their low mark, the scarcest first."""
    rows = db.execute(
        select(*_SHORT)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Stock.is_counted,
            Stock.low_mark > 0,
            Stock.on_hand - Stock.reserved <= Stock.low_mark,
            Variant.is_active,
            Product.state == State.LIVE,
        )
        .order_by(Stock.on_hand - Stock.reserved, Stock.variant_id)
        .limit(limit)
    )
    return [Short(*row) for row in rows]


def oversold(db: Session, limit: int = 100) -> list[Short]:
    """Variants of which more is promised than is there or may be ordered ahead."""
    rows = db.execute(
        select(*_SHORT)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Stock.missing > 0)
        .order_by(Stock.missing.desc(), Stock.variant_id)
        .limit(limit)
    )
    return [Short(*row) for row in rows]
