"""The first step of every act on an order: it is locked, and what became of its lines is read under the lock."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, select, update

from club.database import Transaction
from club.errors import NotFound, OrderChanged
from club.orders.models import Order, OrderLine
from club.orders.moves import Pieces
from club.orders.rules import Counts, Delivery, Fulfilment, PayBy, State, fulfilment

_HELD = (
    Order.id, Order.number, Order.key, Order.version, Order.state, Order.person_id, Order.language, Order.delivery,
    Order.pay_by, Order.total, Order.paid, Order.ready_at, Order.delivered_on, Order.pickup_code,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Held:
    """An order under its lock."""

    id: int
    number: str
    key: str
    version: int
    state: State
    person_id: int | None
    language: str
    delivery: Delivery
    pay_by: PayBy
    total: int
    paid: int
    ready_at: datetime | None
    delivered_on: date | None
    pickup_code: str | None
    lines: tuple[Pieces, ...]

    @property
    def stands(self) -> Fulfilment:
        """What its goods did so far."""
        counts = Counts(
            ordered=sum(line.quantity for line in self.lines),
            packed=sum(line.packed for line in self.lines),
            sent=sum(line.sent for line in self.lines),
            returned=sum(line.returned for line in self.lines),
            taken_out=sum(line.taken_out for line in self.lines),
        )
        return fulfilment(self.state, counts, is_delivered=self.delivered_on is not None)


def hold_order(tx: Transaction, order_id: int, seen_version: int | None) -> Held:
    """Lock an order and count one version on. Raises `NotFound`, and `OrderChanged` unless it is as it was seen."""
    row = tx.execute(select(*_HELD).where(Order.id == order_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    known = row._asdict()
    if seen_version is not None and known["version"] != seen_version:
        raise OrderChanged
    counted = update(Order).where(Order.id == order_id, Order.version == known["version"])
    tx.execute(counted.values(version=Order.version + 1))
    known["state"], known["delivery"] = State(known["state"]), Delivery(known["delivery"])
    known["pay_by"] = PayBy(known["pay_by"])
    return Held(**known, lines=_lines(tx, order_id))


def _lines(tx: Transaction, order_id: int) -> tuple[Pieces, ...]:
    line = OrderLine
    columns = (line.id.label("line_id"), line.quantity, line.packed, line.sent, line.returned, line.taken_out)
    rows = tx.execute(select(*columns).where(line.order_id == order_id).order_by(line.position))
    return tuple(Pieces(**row._mapping) for row in rows)


def count_lines(tx: Transaction, *, packed: dict[int, int] | None = None, sent: dict[int, int] | None = None) -> None:
    """Add to what is packed or sent of each line; below zero takes away. The table's own checks guard the bounds."""
    for line_id in sorted({**(packed or {}), **(sent or {})}):
        changes = {
            "packed": OrderLine.packed + (packed or {}).get(line_id, 0),
            "sent": OrderLine.sent + (sent or {}).get(line_id, 0),
        }
        changed = cast(
            "CursorResult[tuple[()]]", tx.execute(update(OrderLine).where(OrderLine.id == line_id).values(changes))
        )
        if changed.rowcount != 1:
            raise NotFound
