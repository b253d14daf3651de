"""Vouchers that a member chooses for a cart by their code, and takes out again."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.carts.models import Cart, Owner
from club.carts.service.keeping import hold_own, touch
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotUsedHere, TooManyVouchers, UnknownVoucher, VoucherNotOpen
from club.offers.reading import VoucherView
from club.offers.rules import MOST_CODES, Kind, Place, VoucherState
from club.offers.service import voucher_typed
from club.programme.models import the_club


def use_code(db: Session, owner: Owner, typed: str, now: datetime) -> VoucherView:
    """Put a voucher into the cart; once more changes nothing.

    Raises `UnknownVoucher` for a code that nobody has and for one of somebody else alike, `VoucherNotOpen`,
    `NotUsedHere`, `TooManyVouchers`, `TooManyTries`, `NotFound` without a cart, `CartFrozen`.
    """
    if owner.person_id is None:
        raise UnknownVoucher
    voucher = voucher_typed(db, typed, f"member {owner.person_id}", now, owner.person_id)
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        state = voucher.state(club_day(now, the_club(tx).time_zone))
        if state is not VoucherState.ACTIVE:
            raise VoucherNotOpen(state.value)
        if not voucher.offer.is_for(Place.SHOP) or voucher.offer.kind is Kind.PARTNER:
            raise NotUsedHere
        if voucher.id in cart.voucher_ids:
            return voucher
        if len(cart.voucher_ids) >= MOST_CODES:
            raise TooManyVouchers(MOST_CODES)
        _write(tx, cart.id, [*cart.voucher_ids, voucher.id], now)
    return voucher


def drop_voucher(db: Session, owner: Owner, voucher_id: int, now: datetime) -> None:
    """Take a voucher out; it stays its member's. Raises `NotFound` without a cart, `CartFrozen`."""
    with transaction(db) as tx:
        cart = hold_own(tx, owner, now)
        _write(tx, cart.id, [one for one in cart.voucher_ids if one != voucher_id], now)


def _write(tx: Transaction, cart_id: int, voucher_ids: list[int], now: datetime) -> None:
    tx.execute(update(Cart).where(Cart.id == cart_id).values(voucher_ids=voucher_ids))
    touch(tx, cart_id, now)
