"""What an order was reckoned from, as a mark: a transaction sees by it whether anything of that has changed since."""

from typing import Any

from sqlalchemy import and_, bindparam, select

from club.carts.goods import Looked
from club.carts.models import Cart, CartLine, CartView
from club.catalogue.buying import MARK
from club.catalogue.models import Product, Variant
from club.database import Transaction
from club.programme.models import STAMP, stamp_seen

Mark = tuple[Any, ...]

_NOT_SOLD = (None,) * len(MARK)
_C, _L = Cart.__table__.c, CartLine.__table__.c
_NOW = (
    select(STAMP.label("stamp"), _C.points_wanted, _C.voucher_ids, _L.variant_id, _L.quantity, *MARK)
    .select_from(Cart.__table__)
    .outerjoin(CartLine.__table__, and_(_L.cart_id == _C.id, _L.removed_at.is_(None)))
    .outerjoin(Variant, Variant.id == _L.variant_id)
    .outerjoin(Product, Product.id == Variant.product_id)
    .where(_C.id == bindparam("cart"))
    .order_by(_L.added_at, _L.variant_id)
)


def mark_of(stamp: int, cart: CartView, looked: Looked) -> Mark:
    """Different as soon as the cart, a product in it, one of its prices, or a rule of the club is.

    The stamp and the cart were read before the goods, and these before their prices: what changes in between is found.
    """
    sold = looked.offers
    lines = [
        (line.variant_id, line.quantity, *(sold[line.variant_id].mark if line.variant_id in sold else _NOT_SOLD))
        for line in cart.lines
    ]
    return (stamp, cart.points_wanted, cart.voucher_ids, *lines)


def mark_now(tx: Transaction, cart_id: int) -> Mark:
    """The same of this moment: one question."""
    rows = tx.execute(_NOW, {"cart": cart_id}).all()
    if not rows:
        return ()
    first = rows[0]
    stamp_seen(tx, first.stamp)
    lines = [tuple(row[3:]) for row in rows if row.variant_id is not None]
    return (first.stamp, first.points_wanted, tuple(first.voucher_ids), *lines)
