"""Steps for orders: while the payment of an order is open, nothing in its cart changes.

A claim is whatever the order calls itself. A cart is forgotten some day, so an order keeps its number, not a key to it.
"""

from datetime import datetime

from sqlalchemy import Table, bindparam, delete, select, update

from club.carts.models import Cart, CartLine
from club.carts.rules import KEPT
from club.carts.service.keeping import open_cart_of, the_cart
from club.carts.service.merging import pour
from club.database import Transaction
from club.errors import CartFrozen

_CARTS: Table = Cart.__table__  # type: ignore[assignment]  # every mapped class has a table
_LINES: Table = CartLine.__table__  # type: ignore[assignment]  # likewise
_C = _CARTS.c
_MOMENT = bindparam("moment", type_=_C.claimed_at.type)
_FREEZE = (
    update(_CARTS)
    .where(_C.id == bindparam("cart"), _C.claim.is_(None))
    .values(claim=bindparam("the_claim", type_=_C.claim.type), claimed_at=_MOMENT)
)
_DONE = {
    "closed_at": _MOMENT, "kept_until": bindparam("until", type_=_C.kept_until.type), "token_digest": None,
}  # fmt: skip
_FREEZE_FOR_GOOD = _FREEZE.values(_DONE)
_CLOSE = (
    update(_CARTS)
    .where(_C.id == bindparam("cart"), _C.claim == bindparam("the_claim"), _C.closed_at.is_(None))
    .values(_DONE)
)
_EMPTY = delete(_LINES).where(_LINES.c.cart_id == bindparam("cart"))
_FORGET_REMOVED = _EMPTY.where(_LINES.c.removed_at.is_not(None))


def freeze(tx: Transaction, cart_id: int, claim: str, now: datetime) -> None:
    """Hold the cart for an order; once more with the same claim changes nothing. Raises `CartFrozen` for another one.

    From here on no change gets in, so what is read of the cart afterwards in this transaction is what is ordered.
    """
    claimed = {"cart": cart_id, "the_claim": claim, "moment": now}
    if tx.connection().execute(_FREEZE, claimed).rowcount:
        tx.execute(_FORGET_REMOVED, {"cart": cart_id})
        return
    if tx.scalar(select(Cart.claim).where(Cart.id == cart_id, Cart.closed_at.is_(None))) != claim:
        raise CartFrozen


def freeze_for_good(tx: Transaction, cart_id: int, claim: str, now: datetime) -> None:
    """The same for an order that waits for nothing: the cart is done. `clear` follows once its lines are read.

    Raises `CartFrozen`.
    """
    claimed = {"cart": cart_id, "the_claim": claim, "moment": now, "until": now + KEPT}
    if not tx.connection().execute(_FREEZE_FOR_GOOD, claimed).rowcount:
        raise CartFrozen


def clear(tx: Transaction, cart_id: int) -> None:
    """What lay in a cart that is done is the order's now."""
    tx.execute(_EMPTY, {"cart": cart_id})


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
    held = {"cart": cart_id, "the_claim": claim, "moment": now, "until": now + KEPT}
    closed = tx.connection().execute(_CLOSE, held).rowcount
    if closed:
        clear(tx, cart_id)
    return bool(closed)
