"""The money is there, or sure: goods are sold, points spent, the purchase recorded. And money that comes and goes."""

from datetime import datetime

from sqlalchemy import bindparam, update

from club.carts.service import close
from club.catalogue.service.stock import sell
from club.clock import club_day
from club.database import BigId, Transaction
from club.errors import OrderCancelled, TooMuchMoney
from club.offers.stacking import Applied
from club.orders.rules import Actor, Move, State
from club.orders.service.buying import Sold, record_purchase_of, sold_of
from club.orders.service.mailing import PLACED, tell
from club.orders.service.steps import (
    ORDERS,
    Held,
    cause_of,
    claim_of,
    held,
    hold_member,
    leave,
    lines_of,
    moved,
)
from club.points.service import spend_hold
from club.programme.models import the_club

_C = ORDERS.c
_AMOUNT = bindparam("amount", type_=BigId)
_SETTLE = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.state == State.PENDING.value)
    .values(
        state=State.PLACED.value,
        purchase_id=bindparam("purchase", type_=_C.purchase_id.type),
        paid=bindparam("money", type_=BigId) + _C.carried,
        settled_at=bindparam("moment", type_=_C.settled_at.type),
        expires_at=None,
        version=_C.version + 1,
    )
)
_COME_IN = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.state != State.CANCELLED.value, _C.paid + _AMOUNT <= _C.total)
    .values(paid=_C.paid + _AMOUNT, version=_C.version + 1)
)
_GO_BACK = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.refunded + _AMOUNT <= _C.paid)
    .values(refunded=_C.refunded + _AMOUNT, version=_C.version + 1)
)


def settle_in(tx: Transaction, order_id: int, paid: int, now: datetime) -> bool:
    """Turn what is set aside into sold, once; False where that was done before.

    `paid` is what has come in, nothing for what is paid later; what another order carries comes to it.
    Raises `OrderCancelled` for one that was let go.
    """
    order = held(tx, order_id)
    if order.settled_at is not None:
        return False
    if order.state != State.PENDING:
        raise OrderCancelled
    close(tx, order.cart_id, claim_of(order_id), now)
    hold_member(tx, order)
    if order.hold_id is not None:
        spend_hold(tx, order.hold_id, club_day(now, the_club(tx).time_zone), now)
    sell(tx, cause_of(order_id), now)
    book(tx, order, sold_of(lines_of(tx, order_id)), paid, now)
    tell(tx, PLACED, order_id, now)
    return True


def book(
    tx: Transaction, order: Held, lines: list[Sold], paid: int, now: datetime, applied: Applied | None = None
) -> None:
    """What follows once the cart is done, the member held, points spent and goods sold: purchase, state.

    `applied`: it is placed in this very transaction, with these offers, used up by now.
    """
    today = club_day(now, the_club(tx).time_zone)
    purchase_id = None
    if order.person_id is not None:
        purchase_id = record_purchase_of(tx, order, lines, order.person_id, today, now, None, applied)
    tx.execute(_SETTLE, {"order": order.id, "money": paid, "moment": now, "purchase": purchase_id})
    moves = [] if applied is None else [moved(order.id, Move.PLACED, Actor.BUYER, now)]
    leave(tx, [*moves, moved(order.id, Move.PAID, Actor.SYSTEM, now, amount=paid)])


def money_came_in(tx: Transaction, order_id: int, amount: int, now: datetime) -> None:
    """So much of what was due later is here: at the counter, by transfer. Raises `TooMuchMoney`."""
    if amount <= 0 or not tx.connection().execute(_COME_IN, {"order": order_id, "amount": amount}).rowcount:
        order = held(tx, order_id)
        raise TooMuchMoney(most=order.total - order.paid)


def money_went_back(tx: Transaction, order_id: int, amount: int) -> None:
    """So much of what came in is on its way back; never more than came in. Raises `TooMuchMoney`."""
    if amount <= 0 or not tx.connection().execute(_GO_BACK, {"order": order_id, "amount": amount}).rowcount:
        order = held(tx, order_id)
        raise TooMuchMoney(most=order.paid - order.refunded)
