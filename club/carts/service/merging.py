"""A guest's cart becomes the cart of the member who signs in."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.carts.models import Cart, CartLine, CartView, digest_of
from club.carts.rules import MOST_LINES, merged_quantity
from club.carts.service.keeping import open_cart_of, the_cart, touch
from club.database import Transaction, transaction
from club.offers.rules import MOST_CODES


def merge_at_sign_in(db: Session, person_id: int, token: str, now: datetime) -> bool:
    """Put the cart of this browser into the member's own; whether there was one.

    The guest's cart is locked before the member's and gone afterwards: of two who sign in with one cookie at once the
    first gets it, whoever they are, and it cannot be taken a second time. A cart whose payment is open stays frozen
    and becomes the member's as it is. Lines that the member's cart has no room for stay in the guest's.
    """
    with transaction(db) as tx:
        guest = tx.execute(
            select(Cart.id, Cart.claim, Cart.kept_until)
            .where(Cart.token_digest == digest_of(token), Cart.closed_at.is_(None))
            .with_for_update()
        ).one_or_none()
        if guest is None:
            return False
        if guest.claim is not None:
            tx.execute(update(Cart).where(Cart.id == guest.id).values(person_id=person_id, token_digest=None))
            return True
        from_browser = the_cart(tx, guest.id)
        if guest.kept_until <= now or not from_browser.lines:
            tx.execute(delete(Cart).where(Cart.id == guest.id))
            return False
        into = open_cart_of(tx, person_id, now)
        pour(tx, from_browser, into, now, without=_beyond(from_browser, into))
        return True


def _beyond(from_cart: CartView, into: CartView) -> frozenset[int]:
    """The variants for which the other cart has no room; what lies there already needs none."""
    there = {line.variant_id for line in into.lines}
    fresh = [line.variant_id for line in from_cart.lines if line.variant_id not in there]
    return frozenset(fresh[max(0, MOST_LINES - len(there)) :])


def pour(
    tx: Transaction, from_cart: CartView, into: CartView, now: datetime, *, without: Collection[int] = frozenset()
) -> None:
    """Move the lines of one locked cart into another one; with nothing left in it the first is gone afterwards.

    Of what lies in both the larger quantity stays.
    """
    there = {line.variant_id: line.quantity for line in into.lines}
    taken_out = {line.variant_id for line in into.removed}
    for line in from_cart.lines:
        if line.variant_id in without:
            continue
        quantity = merged_quantity(line.quantity, there.get(line.variant_id, 0))
        if line.variant_id in there or line.variant_id in taken_out:
            tx.execute(
                update(CartLine)
                .where(CartLine.cart_id == into.id, CartLine.variant_id == line.variant_id)
                .values(quantity=quantity, removed_at=None)
            )
        else:
            values = {"variant_id": line.variant_id, "quantity": quantity, "shown_price": line.shown_price}
            tx.execute(insert(CartLine).values(cart_id=into.id, added_at=now, **values))
    points = max(from_cart.points_wanted, into.points_wanted)
    if without:
        left = CartLine.variant_id.in_(without)
        tx.execute(delete(CartLine).where(CartLine.cart_id == from_cart.id, ~left))
    else:
        tx.execute(delete(Cart).where(Cart.id == from_cart.id))
    vouchers = list(dict.fromkeys((*into.voucher_ids, *from_cart.voucher_ids)))[:MOST_CODES]
    tx.execute(update(Cart).where(Cart.id == into.id).values(points_wanted=points, voucher_ids=vouchers))
    touch(tx, into.id, now)
