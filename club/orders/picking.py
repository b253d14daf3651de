"""What to take from the shelves for several orders, and what goes into which parcel. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.orders.models import Order, OrderContact, OrderLine
from club.orders.rules import Delivery, State
from club.texts import Texts


@dataclass(frozen=True, kw_only=True)
class Pick:
    """So many of one article."""

    line_id: int
    sku: str
    name: Texts
    pieces: int


@dataclass(frozen=True, kw_only=True)
class ToPack:
    """An order with what of it nobody has packed yet."""

    id: int
    number: str
    placed_at: datetime
    delivery: Delivery
    method_name: Texts
    full_name: str
    city: str
    country: str
    note: str
    picks: tuple[Pick, ...]

    @property
    def pieces(self) -> int:
        """How many in all."""
        return sum(pick.pieces for pick in self.picks)


def to_pack(db: Session, numbers: Sequence[str], most: int) -> list[ToPack]:
    """Those of these orders in which something is to be packed, the oldest first; two questions for all."""
    rows = db.execute(
        select(
            Order.id, Order.number, Order.placed_at, Order.delivery, Order.method_name, OrderContact.full_name,
            OrderContact.city, Order.country, OrderContact.note,
        )
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .where(Order.number.in_(numbers), Order.state == State.PLACED.value)
        .order_by(Order.placed_at, Order.id)
        .limit(most)
    ).all()  # fmt: skip
    picks = _picks(db, [row.id for row in rows])
    return [
        ToPack(
            id=row.id, number=row.number, placed_at=row.placed_at, delivery=Delivery(row.delivery),
            method_name=row.method_name, full_name=row.full_name or "", city=row.city or "", country=row.country,
            note=row.note or "", picks=tuple(picks[row.id]),
        )
        for row in rows
        if row.id in picks
    ]  # fmt: skip


def shelf_list(orders: Sequence[ToPack]) -> list[Pick]:
    """Each article once with the pieces of all orders, by SKU."""
    found: dict[str, Pick] = {}
    for pick in (pick for order in orders for pick in order.picks):
        before = found.get(pick.sku)
        pieces = pick.pieces + (before.pieces if before else 0)
        found[pick.sku] = Pick(line_id=pick.line_id, sku=pick.sku, name=pick.name, pieces=pieces)
    return [found[sku] for sku in sorted(found)]


def _picks(db: Session, order_ids: list[int]) -> dict[int, list[Pick]]:
    left = OrderLine.quantity - OrderLine.packed - OrderLine.taken_out
    rows = db.execute(
        select(OrderLine.order_id, OrderLine.id, OrderLine.sku, OrderLine.name, left)
        .where(OrderLine.order_id.in_(order_ids), left > 0)
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    found: dict[int, list[Pick]] = {}
    for order_id, line_id, sku, name, pieces in rows:
        found.setdefault(order_id, []).append(Pick(line_id=line_id, sku=sku, name=name, pieces=pieces))
    return found
