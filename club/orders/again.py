"""The same once more: what somebody ordered goes into their cart, as far as it can be had, at the prices of today."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from club.carts.rules import GIFT
from club.carts.service import Shopper, add
from club.catalogue.buying import Offer, Trouble, offers_for
from club.errors import CartFull, LimitReached, MembersOnly, NoLongerSold, NotInStep, OutOfStock, TooManyPieces
from club.orders.models import Order, OrderLine
from club.orders.reading import OrderView
from club.orders.rules import State
from club.texts import Texts

_REFUSED = (CartFull, LimitReached, MembersOnly, NoLongerSold, NotInStep, OutOfStock, TooManyPieces)
_NOT_FOR_SALE = (Trouble.GONE, Trouble.NO_PRICE, Trouble.MEMBERS_ONLY)
_ORDER, _LINE = Order.__table__.c, OrderLine.__table__.c
_NEWEST = (
    select(func.max(_ORDER.id))
    .where(_ORDER.person_id == bindparam("person_id"), _ORDER.state != State.CANCELLED.value)
    .scalar_subquery()
)
_LAST = (
    select(_ORDER.number, _ORDER.state, _ORDER.placed_at, _ORDER.total, _LINE.name)
    .join(OrderLine.__table__, and_(_LINE.order_id == _ORDER.id))
    .where(_ORDER.id == _NEWEST)
    .order_by(_LINE.position)
)


class Differs(StrEnum):
    """How a line is not what it was."""

    GONE = "gone"
    FEWER = "fewer"
    PRICE = "price"


@dataclass(frozen=True)
class Difference:
    """One line that is not what it was: `quantity` goes into the cart, at `price` in place of `price_before`."""

    name: Texts
    how: Differs
    quantity: int = 0
    price: int = 0
    price_before: int = 0


@dataclass(frozen=True)
class LastOrder:
    """What a member ordered last, for a glance at it."""

    number: str
    state: State
    placed_at: datetime
    total: int
    names: tuple[Texts, ...]


def order_again(db: Session, order: OrderView, shopper: Shopper, form_key: str, now: datetime) -> list[Difference]:
    """Put its goods into the cart, without gifts; what is different now. The same form sent again puts nothing in.

    Raises `CartFrozen` while a payment for the cart is open.
    """
    bought = [line for line in order.lines if line.reason != GIFT]
    wanted: dict[int, int] = {}
    for line in bought:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    offers = offers_for(db, wanted, shopper.buyer, shopper.day)
    db.rollback()
    found: list[Difference] = []
    seen: set[int] = set()
    for line in bought:
        if line.variant_id in seen:
            continue
        seen.add(line.variant_id)
        quantity = _to_be_had(offers.get(line.variant_id), wanted[line.variant_id])
        try:
            if quantity:
                add(db, shopper, line.variant_id, quantity, now, form_key=f"{form_key}:{order.id}:{line.variant_id}")
        except _REFUSED:
            quantity = 0
        found += _differences(
            line.name, line.unit_price, wanted[line.variant_id], quantity, offers.get(line.variant_id)
        )
    return found


def last_order_of(db: Session, person_id: int) -> LastOrder | None:
    """The newest one that was not called off: one query."""
    rows = db.execute(_LAST, {"person_id": person_id}).all()
    if not rows:
        return None
    first = rows[0]
    return LastOrder(first.number, State(first.state), first.placed_at, first.total, tuple(row.name for row in rows))


def _to_be_had(offer: Offer | None, wanted: int) -> int:
    if offer is None or offer.trouble in _NOT_FOR_SALE:
        return 0
    there = wanted if offer.most is None else min(wanted, offer.most)
    return there // offer.sold_in * offer.sold_in


def _differences(name: Texts, price_before: int, wanted: int, quantity: int, offer: Offer | None) -> list[Difference]:
    if not quantity or offer is None:
        return [Difference(name, Differs.GONE)]
    found = [Difference(name, Differs.FEWER, quantity)] if quantity < wanted else []
    price = offer.price_at(quantity)
    if price is not None and price.amount != price_before:
        found.append(Difference(name, Differs.PRICE, quantity, price.amount, price_before))
    return found
