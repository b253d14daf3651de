"""The points that an order brought: one query from the purchase that it became."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from club.accrual.service.purchase import EARNED
from club.points.models import Lot, Movement
from club.purchases.models import Purchase


@dataclass(frozen=True)
class OrderPoints:
    """What is left of them after returns. `spendable_on` is unknown until the goods are delivered."""

    points: int
    pending: int
    spendable_on: date | None


def points_of(db: Session, purchase_id: int) -> OrderPoints | None:
    """As the statement shows them; None for an order that brought none."""
    row = db.execute(_POINTS, {"purchase_id": purchase_id}).one_or_none()
    return OrderPoints(*row) if row and row.net_points else None


_POINTS = (
    select(Purchase.net_points, Lot.pending, Lot.activates_on)
    .join(Movement, and_(Movement.kind == EARNED, Movement.cause_id == Purchase.id))
    .join(Lot, Lot.movement_id == Movement.id)
    .where(Purchase.id == bindparam("purchase_id"))
)
