"""Placing an order. All is reckoned first; then one short transaction writes it, if nothing has changed meanwhile."""

from datetime import date, datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.accrual.models import lock_unmerged
from club.carts.models import cart_with
from club.carts.service import clear, freeze, freeze_for_good
from club.catalogue.buying import Offer, Trouble
from club.catalogue.service.stock import sell_at_once, set_aside, take_of_limit
from club.clock import club_day
from club.database import Transaction, is_sqlite, transaction
from club.delivery.addresses import save
from club.delivery.rules import Kind, check_order
from club.errors import (
    CartEmpty,
    ChangedMeanwhile,
    LimitReached,
    MembersOnly,
    NoLongerSold,
    NoSuchDelivery,
    NotAllowedOnAccount,
    NotInStep,
    OfferNotOpen,
    OutOfStock,
    Refusal,
    TotalChanged,
    UnknownMember,
)
from club.messages.mail import transportable
from club.offers import service as offers
from club.offers.stacking import Applied
from club.orders import credit
from club.orders.drafting import Draft, Reckoned, draft
from club.orders.marks import mark_now
from club.orders.models import OrderContact
from club.orders.rules import Actor, Move, PayBy, State
from club.orders.service.buying import Sold
from club.orders.service.mailing import PLACED, say
from club.orders.service.numbers import new_key, new_number
from club.orders.service.rows import (
    Placed,
    Ready,
    Wanted,
    contact_row,
    held_of,
    line_rows,
    order_row,
    saved_place,
)
from club.orders.service.settling import book
from club.orders.service.steps import LINES, ORDER, ORDERS, cause_of, claim_of, move
from club.points.pool import lock_shared
from club.points.service import hold, spend_hold
from club.programme.models import the_club

TRIES = 5


class _Stale(Exception):
    """What was reckoned holds no more; it is reckoned anew."""


_C = ORDERS.c
_INSERT_ORDER = {
    True: sqlite.insert(ORDERS).on_conflict_do_nothing().returning(_C.id),
    False: postgresql.insert(ORDERS).on_conflict_do_nothing().returning(_C.id),
}
_INSERT_CONTACT = insert(OrderContact.__table__)  # type: ignore[arg-type]  # every mapped class has a table
_INSERT_LINES = insert(LINES)
_HOLDS = (
    update(ORDERS).where(_C.id == bindparam("order")).values(hold_id=bindparam("points_hold", type_=_C.hold_id.type))
)
_OF_CART = select(_C.id, _C.number, _C.key, _C.state, _C.total, _C.pay_by).where(
    _C.cart_id == bindparam("cart"), _C.state != State.CANCELLED.value
)


def place_order(db: Session, wanted: Wanted, now: datetime, reckoned: Reckoned | None = None) -> Placed:
    """Place an order, or give back the one that this cart became already.

    `reckoned` is what the page has just reckoned for it: then nothing is read twice before the transaction.
    Paid by card it waits for its money, with goods, points and limits set aside; otherwise it is settled at once.
    Raises `TotalChanged`, `CartEmpty`, `CartFrozen`, `OutOfStock`, `NoLongerSold`, `MembersOnly`, `NotInStep`,
    `LimitReached`, `NotEnoughPoints`, `BadEmail`, `ChangedMeanwhile`, the refusals of the delivery and those of buying
    on account.
    """
    transportable(wanted.contact.email)
    for number in range(TRIES):
        known = reckoned if number == 0 else None
        standing = None if known else _standing(db, wanted.cart_id)
        if standing is not None:
            db.rollback()
            return standing
        ready = _made_ready(db, wanted, now, known)
        try:
            with transaction(db) as tx:
                return _place(tx, wanted, ready, now)
        except _Stale:
            continue
    raise ChangedMeanwhile(("cart",))


def _standing(db: Session, cart_id: int) -> Placed | None:
    row = db.execute(_OF_CART, {"cart": cart_id}).one_or_none()
    if row is None:
        return None
    return Placed(row.id, row.number, row.key, State(row.state), row.total, PayBy(row.pay_by), is_new=False)


# --- before anything is locked


def _made_ready(db: Session, wanted: Wanted, now: datetime, known: Reckoned | None = None) -> Ready:
    club = the_club(db)
    today = club_day(now, club.time_zone)
    found = known if known and _is_for(known, wanted, today) else _reckoned(db, wanted, today)
    reckoned = found.draft
    _check_goods(reckoned)
    _check_delivery(reckoned, wanted)
    if reckoned.total != wanted.expected_total:
        raise TotalChanged(reckoned.total)
    pay_by = wanted.pay_by if reckoned.total else PayBy.NOTHING
    return Ready(club, today, reckoned, pay_by)


def _is_for(known: Reckoned, wanted: Wanted, today: date) -> bool:
    """Whether it was made for just this order; what is picked up goes nowhere, whatever stands in the form."""
    quote, contact = known.draft.quote, wanted.contact
    is_picked_up = quote is not None and quote.kind is Kind.PICKUP
    return (
        (known.cart.id, known.day, known.country, known.method_id)
        == (wanted.cart_id, today, contact.country, wanted.method_id)
        and (is_picked_up or known.postcode == contact.postcode)
        and bool(known.cart.lines)
    )


def _reckoned(db: Session, wanted: Wanted, today: date) -> Reckoned:
    cart = cart_with(db, wanted.cart_id)
    if cart is None or not cart.lines:
        raise CartEmpty
    where = {"country": wanted.contact.country, "postcode": wanted.contact.postcode}
    found = draft(db, cart, wanted.buyer, **where, method_id=wanted.method_id, day=today)
    return Reckoned(cart=cart, draft=found, day=today, **where, method_id=wanted.method_id)


def _check_goods(reckoned: Draft) -> None:
    """Raise what speaks against ordering all that is in the cart, as it is there."""
    priced, sold = reckoned.priced, reckoned.looked.offers
    for gone in priced.gone:
        raise _refusal_of(sold.get(gone.variant_id))
    for line in priced.lines:
        offer = sold[line.variant_id]
        if line.is_fewer or offer.trouble is not None:
            raise _refusal_of(offer)


def _refusal_of(offer: Offer | None) -> Refusal:
    match offer.trouble if offer else Trouble.GONE:
        case Trouble.MEMBERS_ONLY:
            return MembersOnly()
        case Trouble.OUT_OF_STOCK | Trouble.TOO_FEW_LEFT if offer:
            return OutOfStock(offer.variant_id, max(0, offer.choice.level.left or 0))
        case Trouble.LIMIT if offer:
            return LimitReached(offer.product_id, offer.limit_left or 0)
        case Trouble.MULTIPLES if offer:
            return NotInStep(offer.sold_in)
        case _:
            return NoLongerSold()


def _check_delivery(reckoned: Draft, wanted: Wanted) -> None:
    quote = reckoned.quote
    check_order(
        reckoned.rule,
        quote.kind if quote else Kind.SHIP,
        value=reckoned.value,
        phone=wanted.contact.phone,
        method_needs_phone=quote is not None and quote.needs_phone,
        age=reckoned.min_age,
        confirms_age=wanted.confirms_age,
    )
    if quote is None:
        raise NoSuchDelivery


# --- the short transaction


def _place(tx: Transaction, wanted: Wanted, ready: Ready, now: datetime) -> Placed:
    row = order_row(wanted, ready, new_number(), new_key(), now)
    order_id = tx.execute(_INSERT_ORDER[is_sqlite(tx)], row).scalar_one_or_none()
    if order_id is None:
        standing = _standing(tx, wanted.cart_id)
        if standing is None:  # somebody's number is the same, or the other order has just been let go
            raise _Stale
        return standing
    is_sure = ready.pay_by is not PayBy.CARD
    (freeze_for_good if is_sure else freeze)(tx, wanted.cart_id, claim_of(order_id), now)
    if mark_now(tx, wanted.cart_id) != ready.draft.mark:
        raise _Stale
    if wanted.person_id is not None:
        if ready.draft.priced.points:
            lock_shared(tx, wanted.person_id, ready.today)
        _hold_buyer(tx, wanted.person_id)
    hold_id = _take_points(tx, order_id, wanted, ready, now)
    if is_sure and hold_id is not None:
        spend_hold(tx, hold_id, ready.today, now)
    _take_credit(tx, order_id, wanted, ready, now)
    _take_goods(tx, order_id, wanted, ready, now, is_sure=is_sure)
    _take_offers(tx, order_id, wanted, ready, now, is_sure=is_sure)
    contact, rows = contact_row(order_id, wanted), line_rows(order_id, ready)
    tx.execute(_INSERT_CONTACT, contact)
    tx.execute(_INSERT_LINES, rows)
    _save_address(tx, wanted)
    if is_sure:
        clear(tx, wanted.cart_id)
        book(tx, held_of(order_id, row, hold_id), [Sold.of(line) for line in rows], 0, now, ready.draft.applied)
        due = ready.draft.total if ready.pay_by is PayBy.ACCOUNT else None
        about = {**row, **contact, "state": State.PLACED, "account_due": due}
        say(tx, PLACED, order_id, about, rows, now, more={"offers": _said_of(ready.draft.applied)})
    else:
        move(tx, order_id, Move.PLACED, Actor.BUYER, now)
    state = State.PLACED if is_sure else State.PENDING
    return Placed(order_id, row["number"], row["key"], state, ready.draft.total, ready.pay_by, is_new=True)


def _hold_buyer(tx: Transaction, person_id: int) -> None:
    """Members come before points, stock and limits. Raises `ChangedMeanwhile` where this one was merged just now."""
    try:
        lock_unmerged(tx, person_id)
    except UnknownMember as gone:
        raise ChangedMeanwhile(("person",)) from gone


def _save_address(tx: Transaction, wanted: Wanted) -> None:
    """Nothing is written where it is saved already."""
    if wanted.saves_address and wanted.person_id is not None and saved_place(wanted) != wanted.saved:
        save(tx, wanted.person_id, saved_place(wanted))


def _take_points(tx: Transaction, order_id: int, wanted: Wanted, ready: Ready, now: datetime) -> int | None:
    points = ready.draft.priced.points
    if not points or wanted.person_id is None:
        return None
    hold_id = hold(tx, wanted.person_id, ORDER, order_id, points, ready.today, now)
    tx.execute(_HOLDS, {"order": order_id, "points_hold": hold_id})
    return hold_id


def _take_credit(tx: Transaction, order_id: int, wanted: Wanted, ready: Ready, now: datetime) -> None:
    if ready.pay_by is not PayBy.ACCOUNT:
        return
    if wanted.person_id is None:
        raise NotAllowedOnAccount
    credit.take_in(
        tx, person_id=wanted.person_id, order_id=order_id, amount=ready.draft.total, today=ready.today, now=now
    )


def _take_goods(tx: Transaction, order_id: int, wanted: Wanted, ready: Ready, now: datetime, *, is_sure: bool) -> None:
    """What ran out since it was reckoned is reckoned anew, which says how much of what is left."""
    lines, sold = ready.draft.priced.lines, ready.draft.looked.offers
    pieces: dict[int, int] = {}
    for line in ready.draft.priced.all_lines:
        pieces[line.variant_id] = pieces.get(line.variant_id, 0) + line.quantity
    if not (sell_at_once if is_sure else set_aside)(tx, cause_of(order_id), pieces, now):
        raise _Stale
    limited: dict[int, tuple[int, int]] = {}
    for line in lines:
        offer = sold[line.variant_id]
        if offer.limit_per_member is not None:
            so_far = limited.get(offer.product_id, (0, 0))[0]
            limited[offer.product_id] = (so_far + line.quantity, offer.limit_per_member)
    for product_id, (quantity, limit) in sorted(limited.items()):
        if wanted.person_id is None:
            raise MembersOnly
        take_of_limit(tx, product_id, wanted.person_id, quantity, limit)


def _take_offers(tx: Transaction, order_id: int, wanted: Wanted, ready: Ready, now: datetime, *, is_sure: bool) -> None:
    """Offers hold by the clock and the rows of this moment: one that is gone meanwhile is reckoned without."""
    if not ready.draft.applied.all or wanted.person_id is None:
        return
    cause, today = offers.Cause(ORDER, order_id), club_day(now, ready.club.time_zone)
    try:
        offers.take_in(tx, wanted.person_id, ready.draft.applied, cause, today, now, is_sure=is_sure)
    except OfferNotOpen as gone:
        raise _Stale from gone


def _said_of(applied: Applied) -> list[dict[str, object]]:
    """The offer that lowered the prices, by its name, and what it took off."""
    if applied.price is None or not applied.discount:
        return []
    return [{"title": dict(applied.price.candidate.offer.title), "saves": applied.discount}]
