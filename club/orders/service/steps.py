"""The inner steps of every act on an order: hold its row, read its lines, leave a move."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, insert, select

from club.accrual.models import lock_member
from club.catalogue.service.stock import Cause, give_limit_back
from club.database import Transaction
from club.errors import NotFound
from club.offers import service as offers
from club.orders.models import Order, OrderLine, OrderMove
from club.orders.rules import Actor, Move
from club.points.service import lock_givers
from club.programme.models import the_club

ORDER = "order"
"""What holds and reservations of an order are called by."""

ORDERS: Table = Order.__table__  # type: ignore[assignment]  # every mapped class has a table
LINES: Table = OrderLine.__table__  # type: ignore[assignment]  # likewise
_MOVES: Table = OrderMove.__table__  # type: ignore[assignment]  # likewise


class Held(NamedTuple):
    """An order as it stands, held until the transaction ends."""

    id: int
    number: str
    key: str
    state: str
    person_id: int | None
    cart_id: int
    language: str
    pay_by: str
    delivery: str
    points: int
    total: int
    paid: int
    refunded: int
    hold_id: int | None
    purchase_id: int | None
    expires_at: datetime | None
    settled_at: datetime | None
    cause: str
    offers: int
    exchange_of: int | None


class Line(NamedTuple):
    """What acts need of a line."""

    id: int
    position: int
    variant_id: int
    product_id: int
    sku: str
    name: Mapping[str, str]
    quantity: int
    paid: int
    tax: int
    category: str
    earns_points: bool
    is_limited: bool
    packed: int
    returned: int


_HELD = select(*(ORDERS.c[name] for name in Held._fields)).where(ORDERS.c.id == bindparam("id")).with_for_update()
_LINES_OF = (
    select(*(LINES.c[name] for name in Line._fields))
    .where(LINES.c.order_id == bindparam("order_id"))
    .order_by(LINES.c.position)
)
_LEAVE = insert(_MOVES)


def held(tx: Transaction, order_id: int) -> Held:
    """The order's row, and nobody else acts on it meanwhile. Raises `NotFound`."""
    row = tx.execute(_HELD, {"id": order_id}).one_or_none()
    if row is None:
        raise NotFound
    return Held(*row)


def lines_of(tx: Transaction, order_id: int) -> list[Line]:
    """Its lines in their order."""
    return [Line(*row) for row in tx.execute(_LINES_OF, {"order_id": order_id})]


def move(
    tx: Transaction, order_id: int, kind: Move, actor: Actor, now: datetime, *, by: int | None = None, **numbers: int
) -> None:
    """Leave a row of what happened."""
    leave(tx, [moved(order_id, kind, actor, now, by=by, **numbers)])


def moved(
    order_id: int, kind: Move, actor: Actor, now: datetime, *, by: int | None = None, **numbers: int
) -> dict[str, Any]:
    """A row of what happened, for `leave`."""
    return {"order_id": order_id, "at": now, "kind": kind.value, "actor": actor.value, "by": by, "numbers": numbers}


def leave(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    """Rows of what happened, in this order."""
    tx.execute(_LEAVE, rows)


def claim_of(order_id: int) -> str:
    """What the order calls itself in the cart that it holds."""
    return f"{ORDER}:{order_id}"


def cause_of(order_id: int) -> Cause:
    """What its goods are set aside for."""
    return Cause(ORDER, order_id)


def hold_member(tx: Transaction, order: Held) -> None:
    """Members come before stock; guests have nothing to hold."""
    if order.hold_id is not None and the_club(tx).households_allowed:
        lock_givers(tx, order.hold_id)
    if order.person_id is not None:
        lock_member(tx, order.person_id)


def give_offers_back(tx: Transaction, order: Held, now: datetime) -> None:
    """Offers that counted in it can be had again."""
    if order.offers:
        offers.give_back_in(tx, offers.Cause(ORDER, order.id), now)


def give_limits_back(tx: Transaction, order: Held, lines: list[Line]) -> None:
    """What was counted against a member's limits counts no more."""
    if order.person_id is None:
        return
    for line in sorted(lines, key=lambda line: line.product_id):
        if line.is_limited:
            give_limit_back(tx, line.product_id, order.person_id, line.quantity - line.returned)
