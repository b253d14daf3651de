"""Steps for orders: while the payment of an order is open, nothing in its cart changes.

A claim is whatever the order calls itself. A cart is forgotten some day, so an order keeps its number, not a key to it.
"""

from datetime import datetime

from sqlalchemy import delete, select, update

from club.carts.models import Cart, CartLine
from club.carts.rules import KEPT
from club.carts.service.keeping import open_cart_of, the_cart
from club.carts.service.merging import pour
from club.database import Transaction
from club.errors import CartFrozen


def freeze(tx: Transaction, cart_id: int, claim: str, now: datetime) -> None:
    """Hold the cart for an order; once more with the same claim changes nothing. Raises `CartFrozen` for another one.

    From here on no change gets in, so what is read of the cart afterwards in this transaction is what is ordered.
    """
    claimed = update(Cart).where(Cart.id == cart_id, Cart.claim.is_(None)).values(claim=claim, claimed_at=now)
    if tx.connection().execute(claimed).rowcount:
        tx.execute(delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.removed_at.is_not(None)))
        return
    if tx.scalar(select(Cart.claim).where(Cart.id == cart_id, Cart.closed_at.is_(None))) != claim:
        raise CartFrozen


def thaw(tx: Transaction, cart_id: int, claim: str, now: datetime) -> bool:
    """The order came to nothing: the cart is open again, with all that was in it. Whether this claim held it.

    A member may have brought along another cart at a sign-in meanwhile: then the two become one.
    """
    held = select(Cart.person_id).where(Cart.id == cart_id, Cart.claim == claim, Cart.closed_at.is_(None))
    owner_id = tx.scalar(held)
    if owner_id is not None:
        every = select(Cart.id).where(Cart.person_id == owner_id, Cart.closed_at.is_(None))
        tx.execute(every.order_by(Cart.id).with_for_update())
    row = tx.execute(held.with_for_update()).one_or_none()
    if row is None:
        return False
    if row.person_id is None:
        opened = {"claim": None, "claimed_at": None, "changed_at": now, "kept_until": now + KEPT}
        tx.execute(update(Cart).where(Cart.id == cart_id).values(opened))
        return True
    pour(tx, the_cart(tx, cart_id), open_cart_of(tx, row.person_id, now), now)
    return True


def close(tx: Transaction, cart_id: int, claim: str, now: datetime) -> bool:
    """The order is paid: its cart is done, and a new one can be begun. Whether this claim held it."""
    held = update(Cart).where(Cart.id == cart_id, Cart.claim == claim, Cart.closed_at.is_(None))
    closed = tx.connection().execute(held.values(closed_at=now, kept_until=now + KEPT, token_digest=None)).rowcount
    if closed:
        tx.execute(delete(CartLine).where(CartLine.cart_id == cart_id))
    return bool(closed)
