"""Finding, making, holding and forgetting carts: the steps that every use case begins with."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.accounts.attempts import count_tries, from_address
from club.carts.models import Cart, CartLine, CartView, Owner, cart_with, digest_of, owned_by
from club.carts.rules import KEPT
from club.database import Transaction, is_sqlite, transaction
from club.errors import CartFrozen, NotFound
from club.programme.models import STAMP, stamp_seen

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Held:
    """The locked cart. `token` is what a guest's cookie has to hold from now on, where a cart was begun."""

    cart: CartView
    token: str | None = None


def hold_own(tx: Transaction, owner: Owner, now: datetime) -> CartView:
    """Lock the shopper's open cart. Raises `NotFound` without one, `CartFrozen` while a payment for it is open."""
    cart = _find_and_lock(tx, owner, now)
    if cart is None:
        raise NotFound
    return cart


def hold_or_begin(tx: Transaction, owner: Owner, address: str, now: datetime) -> Held:
    """The same, and where there is none a new one. Raises `CartFrozen`, for guests `TooManyTries`.

    A token that no cart has is not taken over: the guest gets a new one.
    """
    found = _find_and_lock(tx, owner, now)
    if found is not None:
        return Held(found)
    if owner.person_id is not None:
        return Held(open_cart_of(tx, owner.person_id, now))
    count_tries(tx, [from_address("cart.address", address)], now)
    token = token_urlsafe(TOKEN_BYTES)
    values = {**_begun(now), "token_digest": digest_of(token)}
    cart_id = tx.execute(insert(Cart).values(values).returning(Cart.id)).scalar_one()
    return Held(the_cart(tx, cart_id), token)


def open_cart_of(tx: Transaction, person_id: int, now: datetime) -> CartView:
    """A member's open cart, locked, whether or not it was there: of two who begin it at once both get the same."""
    make = sqlite_insert if is_sqlite(tx) else postgresql_insert
    begun = make(Cart).values({**_begun(now), "person_id": person_id})
    once = begun.on_conflict_do_nothing(index_elements=["person_id"], index_where=Cart.claim.is_(None))
    cart_id = tx.execute(once.returning(Cart.id)).scalar_one_or_none()
    if cart_id is not None:
        return CartView(id=cart_id, person_id=person_id, points_wanted=0, is_frozen=False, lines=(), removed=())
    found = select(Cart.id, Cart.kept_until).where(Cart.person_id == person_id, Cart.claim.is_(None))
    row = tx.execute(found.with_for_update()).one()
    return _fresh(tx, row.id, row.kept_until, now)


def the_cart(tx: Transaction, cart_id: int) -> CartView:
    """One cart that is there."""
    cart = cart_with(tx, cart_id)
    if cart is None:
        raise NotFound
    return cart


def touch(tx: Transaction, cart_id: int, now: datetime) -> None:
    """Somebody cares for this cart: it is kept for another while."""
    tx.execute(update(Cart).where(Cart.id == cart_id).values(changed_at=now, kept_until=now + KEPT))


def forget_old(db: Session, now: datetime) -> int:
    """Delete carts that nobody touched for so long, with their lines, in one statement; how many.

    One whose payment is open stays, however old it is.
    """
    with transaction(db) as tx:
        old = delete(Cart).where(Cart.kept_until <= now, Cart.claim.is_(None) | Cart.closed_at.is_not(None))
        return tx.connection().execute(old).rowcount


def _find_and_lock(tx: Transaction, owner: Owner, now: datetime) -> CartView | None:
    if owner == Owner():
        return None
    rows = tx.execute(
        select(Cart.id, Cart.claim, Cart.kept_until, STAMP.label("stamp"))
        .where(owned_by(owner), Cart.closed_at.is_(None))
        .order_by(Cart.id)  # as `thaw` does: two who hold several carts of one member never wait for each other
        .with_for_update(of=Cart)
    ).all()
    if rows:
        stamp_seen(tx, rows[0].stamp)
    opened = next((row for row in rows if row.claim is None), None)
    if opened is not None:
        return _fresh(tx, opened.id, opened.kept_until, now)
    if rows:
        raise CartFrozen
    return None


def _fresh(tx: Transaction, cart_id: int, kept_until: datetime, now: datetime) -> CartView:
    """A locked cart; one that the night should have forgotten is empty."""
    if kept_until <= now:
        tx.execute(delete(CartLine).where(CartLine.cart_id == cart_id))
        tx.execute(
            update(Cart).where(Cart.id == cart_id).values(points_wanted=0, voucher_ids=[], kept_until=now + KEPT)
        )
    return the_cart(tx, cart_id)


def _begun(now: datetime) -> dict[str, object]:
    return {"points_wanted": 0, "created_at": now, "changed_at": now, "kept_until": now + KEPT}
