"""What a shopper says about the whole cart: how many points to use, and that they have seen what is different now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from club.carts.models import Cart, CartLine, Owner
from club.carts.rules import check_points
from club.carts.service.keeping import hold_own, touch
from club.database import transaction


def use_points(db: Session, owner: Owner, points: int, step: int, now: datetime) -> None:
    """Wish to pay with so many points; nothing is held. Raises `PointsOutOfStep`, `NotFound`, `CartFrozen`."""
    check_points(points, step)
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        tx.execute(update(Cart).where(Cart.id == cart.id).values(points_wanted=points))
        touch(tx, cart.id, now)


def note_seen(db: Session, owner: Owner, seen: Mapping[int, tuple[int, int]], now: datetime) -> None:
    """The page showed these quantities and unit prices, and its reader went on: from now on they are the known ones.

    A quantity of 0 was shown as gone, and goes. Raises `NotFound`, `CartFrozen`.
    """
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        for line in cart.lines:
            if line.variant_id not in seen:
                continue
            quantity, price = seen[line.variant_id]
            own = (CartLine.cart_id == cart.id) & (CartLine.variant_id == line.variant_id)
            if not quantity:
                tx.execute(delete(CartLine).where(own))
                continue
            tx.execute(update(CartLine).where(own).values(quantity=min(quantity, line.quantity), shown_price=price))
        touch(tx, cart.id, now)
