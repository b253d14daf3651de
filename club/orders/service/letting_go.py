"""An order comes to nothing before it is paid: goods, points and limits are free again, the cart is open again."""

import logging
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from club.carts.service import thaw
from club.catalogue.service.stock import release
from club.clock import club_day
from club.database import Transaction, transaction
from club.orders.rules import Actor, Cause, Move, State
from club.orders.service.steps import (
    ORDERS,
    Held,
    cause_of,
    claim_of,
    give_limits_back,
    give_offers_back,
    held,
    hold_member,
    lines_of,
    move,
)
from club.points.service import release as release_points
from club.programme.models import find_club, the_club

MOST_AT_ONCE = 100

log = logging.getLogger("orders")

_C = ORDERS.c
_LET_GO = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.state == State.PENDING.value)
    .values(
        state=State.CANCELLED.value,
        cancelled_at=bindparam("moment", type_=_C.cancelled_at.type),
        cause=bindparam("why"),
        expires_at=None,
        version=_C.version + 1,
    )
)
_BEGUN = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.state == State.PENDING.value)
    .values(expires_at=None, version=_C.version + 1)
)
_OVER = (
    select(_C.id)
    .where(
        _C.id > bindparam("after"),
        _C.state == State.PENDING.value,
        _C.expires_at <= bindparam("now", type_=_C.expires_at.type),
    )
    .order_by(_C.id)
    .limit(MOST_AT_ONCE)
)


def let_go_in(tx: Transaction, order_id: int, cause: Cause | str, now: datetime) -> bool:
    """Undo all that placing it did; False where it was settled or let go before."""
    return let_go(tx, held(tx, order_id), Cause(cause), now)


def let_go(tx: Transaction, order: Held, cause: Cause, now: datetime, by: int | None = None) -> bool:
    """The same for an order that is held."""
    if order.state != State.PENDING:
        return False
    tx.execute(_LET_GO, {"order": order.id, "moment": now, "why": cause.value})
    thaw(tx, order.cart_id, claim_of(order.id), now)
    if order.hold_id is not None:
        hold_member(tx, order)
        release_points(tx, order.hold_id, club_day(now, the_club(tx).time_zone), now)
    release(tx, cause_of(order.id), now)
    give_limits_back(tx, order, lines_of(tx, order.id))
    give_offers_back(tx, order, now)
    move(tx, order.id, _KIND[cause], _ACTOR[cause], now, by=by)
    return True


def payment_begun_in(tx: Transaction, order_id: int) -> bool:
    """A payment is begun, and from now on its own end counts. False for an order that waits for none any more."""
    return bool(tx.connection().execute(_BEGUN, {"order": order_id}).rowcount)


def let_go_expired(db: Session, now: datetime) -> int:
    """Let go of orders whose payment was never begun; how many. Each in a transaction of its own.

    One with which something is wrong is named in the log and holds up no other.
    """
    if find_club(db) is None:
        return 0
    done, after = 0, 0
    while True:
        ids = list(db.scalars(_OVER, {"now": now, "after": after}))
        db.rollback()
        for order_id in ids:
            try:
                done += _let_go_if_over(db, order_id, now)
            except Exception:
                log.exception("order %s is not let go", order_id)
        if len(ids) < MOST_AT_ONCE:
            return done
        after = ids[-1]


def _let_go_if_over(db: Session, order_id: int, now: datetime) -> bool:
    with transaction(db) as tx:
        order = held(tx, order_id)
        is_over = order.expires_at is not None and order.expires_at <= now
        return is_over and let_go(tx, order, Cause.EXPIRED, now)


_KIND = {
    Cause.BUYER: Move.CANCELLED,
    Cause.STAFF: Move.CANCELLED,
    Cause.EXPIRED: Move.EXPIRED,
    Cause.UNPAID: Move.EXPIRED,
}
_ACTOR = {
    Cause.BUYER: Actor.BUYER,
    Cause.STAFF: Actor.STAFF,
    Cause.EXPIRED: Actor.SYSTEM,
    Cause.UNPAID: Actor.SYSTEM,
}
