"""What an order was reckoned from, and a mark by which it is seen that something of it has changed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from club.carts.models import CartView
from club.catalogue.models import Price, Product, Variant
from club.orders.drafting import Draft
from club.programme.models import the_club

Mark = tuple[Any, ...]

_KNOWN = (
    select(
        Variant.id,
        Variant.is_active,
        Variant.sold_in,
        Product.version,
        Product.state,
        select(func.max(Price.id)).where(Price.product_id == Product.id).scalar_subquery(),
    )
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id.in_(bindparam("variant_ids", expanding=True)))
    .order_by(Variant.id)
)


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """A draft with the cart, the day and the place that it was made for, and the mark read before it."""

    cart: CartView
    draft: Draft
    mark: Mark
    day: date
    country: str
    postcode: str
    method_id: int | None


def mark_of(db: Session, cart: CartView) -> Mark:
    """Different as soon as the cart, a product in it, one of its prices, or a rule of the club is: one question."""
    known = db.execute(_KNOWN, {"variant_ids": [line.variant_id for line in cart.lines]})
    lines = tuple((line.variant_id, line.quantity) for line in cart.lines)
    return (the_club(db).stamp, cart.points_wanted, cart.voucher_ids, lines, *known)
