"""What must hold between orders and what they are made of, each as one question to the database without answers."""

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from club.catalogue.stocks import violations as stock_violations
from club.orders.models import Order

SHOWN_ROWS = 20
"""So many rows of a failing check are shown."""


@dataclass(frozen=True)
class Check:
    """One statement that finds the orders with which something is wrong."""

    what: str
    rows: str


@dataclass(frozen=True)
class Violation:
    """An order, or a variant in stock, that is not as it must be."""

    what: str
    id: int

    def __str__(self) -> str:
        return f"{self.what}: {self.id}"


_PIECES = "(SELECT COALESCE(SUM(l.quantity), 0) FROM order_line AS l WHERE l.order_id = o.id)"
_KEPT = (
    "(SELECT COALESCE(SUM(r.quantity), 0) FROM stock_reservation AS r"
    " WHERE r.cause_kind = 'order' AND r.cause_id = o.id AND {which})"
)
_TAKEN_BACK = "EXISTS (SELECT 1 FROM dispute AS d WHERE d.order_id = o.id AND d.state = 'lost')"
"""A bank gave the buyer the money back: the purchase is taken back whole, whatever goods came."""
_OPEN, _SOLD = _KEPT.format(which="r.ended_at IS NULL"), _KEPT.format(which="r.how = 'sold'")

CHECKS = (
    Check(
        "the lines do not add up to the order",
        """
        SELECT o.id FROM shop_order AS o LEFT JOIN (
          SELECT order_id, SUM(amount) AS goods, SUM(discount) AS discount, SUM(points) AS points,
            SUM(points_value) AS points_value, SUM(paid) AS paid, SUM(tax) AS tax
          FROM order_line GROUP BY order_id
        ) AS l ON l.order_id = o.id
        WHERE l.order_id IS NULL OR l.goods <> o.goods OR l.discount <> o.discount OR l.points <> o.points
          OR l.points_value <> o.points_value OR l.paid + o.delivery_price <> o.total OR l.tax + o.delivery_tax <> o.tax
        """,
    ),
    Check(
        "goods are not set aside or sold as the order says",
        f"""
        SELECT o.id FROM shop_order AS o
        WHERE {_OPEN} <> CASE WHEN o.state = 'pending_payment' THEN {_PIECES} ELSE 0 END
          OR {_SOLD} <> CASE WHEN o.settled_at IS NULL THEN 0 ELSE {_PIECES} END
        """,  # noqa: S608 - put together from our own words
    ),
    Check(
        "points are not held or spent as the order says",
        """
        SELECT o.id FROM shop_order AS o LEFT JOIN points_hold AS h ON h.id = o.hold_id
        WHERE (o.points > 0) <> (h.id IS NOT NULL)
          OR (h.id IS NOT NULL AND (h.points <> o.points OR h.state <> CASE
            WHEN o.settled_at IS NOT NULL THEN 'spent' WHEN o.state = 'pending_payment' THEN 'open' ELSE 'released'
          END))
        """,
    ),
    Check(
        "a settled order of a member is another purchase, or none",
        """
        SELECT o.id FROM shop_order AS o LEFT JOIN purchase AS p ON p.id = o.purchase_id
        WHERE (o.settled_at IS NOT NULL AND o.person_id IS NOT NULL) <> (p.id IS NOT NULL)
          OR (p.id IS NOT NULL AND (p.channel <> 'shop' OR p.reference <> o.number
            OR p.amount <> o.total - o.delivery_price OR (o.state = 'cancelled' AND p.net_amount <> 0)))
        """,
    ),
    Check(
        "other pieces came back to the order than to its purchase",
        f"""
        SELECT DISTINCT o.id FROM shop_order AS o
        JOIN order_line AS l ON l.order_id = o.id
        LEFT JOIN purchase_line AS b ON b.purchase_id = o.purchase_id AND b.position = l.position
        WHERE o.purchase_id IS NOT NULL
          AND (b.id IS NULL OR b.quantity <> l.quantity OR b.amount <> l.paid
            OR b.returned_quantity <> CASE WHEN {_TAKEN_BACK} THEN l.quantity ELSE l.returned END)
        """,  # noqa: S608 - put together from our own words
    ),
    Check(
        "other pieces are in its parcels than were sent",
        """
        SELECT DISTINCT l.order_id AS id FROM order_line AS l LEFT JOIN (
          SELECT line_id, SUM(quantity) AS pieces FROM parcel_line GROUP BY line_id
        ) AS s ON s.line_id = l.id
        WHERE l.sent <> COALESCE(s.pieces, 0)
        """,
    ),
    Check(
        "nothing says when it was placed",
        """
        SELECT o.id FROM shop_order AS o
        WHERE NOT EXISTS (SELECT 1 FROM order_move AS m WHERE m.order_id = o.id AND m.kind = 'placed')
        """,
    ),
)


def violations(db: Session) -> list[Violation]:
    """Orders with which something is wrong; at most 20 of each kind. Writes nothing."""
    found = []
    for check in CHECKS:
        rows = db.execute(text(f"SELECT id FROM ({check.rows}) AS wrong ORDER BY id LIMIT {SHOWN_ROWS}"))  # noqa: S608
        found += [Violation(check.what, row.id) for row in rows]
    db.rollback()
    return found


def stock_and_orders(db: Session) -> list[Violation]:
    """The same, and variants whose stock is not what its movements and reservations add up to."""
    stock = [Violation(f"stock {how} does not add up for a variant", variant) for variant, how in stock_violations(db)]
    return [*violations(db), *stock]


def count(db: Session) -> int:
    """How many orders there are."""
    return db.scalar(select(func.count()).select_from(Order)) or 0
