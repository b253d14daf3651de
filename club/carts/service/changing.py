"""Putting things into a cart, changing how many, taking them out and bringing them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from club.carts.goods import stand_of
from club.carts.models import CartLine, CartView, LineView, Owner
from club.carts.rules import MOST_LINES, Goods, check_quantity
from club.carts.service.keeping import hold_or_begin, hold_own, touch
from club.catalogue.rules.pricing import Buyer
from club.database import Transaction, transaction
from club.errors import CartFull, NotFound


@dataclass(frozen=True, kw_only=True)
class Shopper:
    """Whose cart, what prices hold for them, on which club day, and where they ask from."""

    owner: Owner
    buyer: Buyer
    day: date
    address: str = ""


def add(
    db: Session, shopper: Shopper, variant_id: int, quantity: int, now: datetime, *, form_key: str | None = None
) -> str | None:
    """Put so many more pieces in; the token of a guest's new cart, if one was begun.

    The same form sent again puts nothing in. Raises what `check_quantity` raises, `CartFull`, `CartFrozen`,
    `TooManyTries`.
    """
    with transaction(db) as tx:
        held = hold_or_begin(tx, shopper.owner, shopper.address, now)
        cart, key = held.cart, _digest(form_key)
        there = _line(cart, variant_id)
        if there is not None and key is not None and there.added_by == key:
            return held.token
        if there is None and len(cart.lines) >= MOST_LINES:
            raise CartFull(most=MOST_LINES)
        wanted = quantity + (there.quantity if there else 0)
        price = _checked(tx, shopper, cart, variant_id, wanted)
        values = {"quantity": wanted, "added_by": key, "removed_at": None}
        if there is None or there.shown_price is None:
            values["shown_price"] = price.unit_price
        if there is not None or any(line.variant_id == variant_id for line in cart.removed):
            _write(tx, cart, variant_id, values)
        else:
            tx.execute(insert(CartLine).values(cart_id=cart.id, variant_id=variant_id, added_at=now, **values))
        touch(tx, cart.id, now)
        return held.token


def change(db: Session, shopper: Shopper, variant_id: int, quantity: int, now: datetime) -> None:
    """So many pieces from now on. Raises `NotFound`, what `check_quantity` raises, `CartFrozen`.

    The shown price goes along where another quantity has another price: that is no difference to be told.
    """
    with transaction(db) as tx:
        cart = hold_own(tx, shopper.owner, now)
        there = _line(cart, variant_id)
        if there is None:
            raise NotFound
        before = stand_of(tx, {variant_id: there.quantity}, shopper.buyer, shopper.day).goods.get(variant_id)
        after = _checked(tx, shopper, cart, variant_id, quantity)
        values: dict[str, object] = {"quantity": quantity}
        if before is not None and there.shown_price == before.unit_price:
            values["shown_price"] = after.unit_price
        _write(tx, cart, variant_id, values)
        touch(tx, cart.id, now)


def remove(db: Session, owner: Owner, variant_id: int, now: datetime) -> None:
    """Take one line out. Raises `NotFound`, `CartFrozen`."""
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        if _line(cart, variant_id) is None:
            raise NotFound
        _take_out(tx, cart, [variant_id], now)


def empty(db: Session, owner: Owner, now: datetime) -> None:
    """Take everything out. Raises `NotFound`, `CartFrozen`."""
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        _take_out(tx, cart, [line.variant_id for line in cart.lines], now)


def bring_back(db: Session, owner: Owner, now: datetime) -> int:
    """Put back what was taken out last; how many lines. Raises `NotFound`, `CartFrozen`, `CartFull`."""
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        if cart.removed and len(cart.lines) + len(cart.removed) > MOST_LINES:
            raise CartFull(most=MOST_LINES)
        tx.execute(update(CartLine).where(CartLine.cart_id == cart.id).values(removed_at=None))
        touch(tx, cart.id, now)
        return len(cart.removed)


def _checked(tx: Transaction, shopper: Shopper, cart: CartView, variant_id: int, quantity: int) -> Goods:
    """What is known of the thing, once nothing speaks against so many of it."""
    quantities = {line.variant_id: line.quantity for line in cart.lines} | {variant_id: quantity}
    stand = stand_of(tx, quantities, shopper.buyer, shopper.day)
    goods = stand.of(variant_id)
    others = sum(
        count
        for other_id, count in quantities.items()
        if other_id != variant_id and other_id in stand.goods and stand.goods[other_id].product_id == goods.product_id
    )
    check_quantity(variant_id, quantity, goods, others)
    return goods


def _take_out(tx: Transaction, cart: CartView, variant_ids: list[int], now: datetime) -> None:
    """Out, and kept for bringing back; what was taken out before that is gone for good."""
    tx.execute(delete(CartLine).where(CartLine.cart_id == cart.id, CartLine.removed_at.is_not(None)))
    lines = update(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id.in_(variant_ids))
    tx.execute(lines.values(removed_at=now, added_by=None))
    touch(tx, cart.id, now)


def _write(tx: Transaction, cart: CartView, variant_id: int, values: Mapping[str, object]) -> None:
    line = update(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id)
    tx.execute(line.values(**values))


def _line(cart: CartView, variant_id: int) -> LineView | None:
    return next((line for line in cart.lines if line.variant_id == variant_id), None)


def _digest(form_key: str | None) -> bytes | None:
    return sha256(form_key.encode()).digest() if form_key else None
