"""Money came after the order was let go: where everything can still be had, it is taken up again."""

from datetime import date, datetime

from sqlalchemy import and_, bindparam, select, update

from club.catalogue.models import Product
from club.catalogue.service.stock import reserve_again, take_of_limit
from club.clock import club_day
from club.database import Transaction
from club.errors import AlreadyPosted, NotTakenAgain, OfferNotOpen
from club.offers import service as offers
from club.orders.rules import Actor, Cause, Move, State
from club.orders.service.steps import ORDER, ORDERS, Held, Line, cause_of, held, hold_member, lines_of, move
from club.points.pool import lock_shared
from club.points.service import hold
from club.programme.models import the_club

AGAIN = "order.again"
"""What the second hold of its points is called."""

_C = ORDERS.c
_OTHERS = ORDERS.alias("others").c
_TAKE_AGAIN = (
    update(ORDERS)
    .where(
        and_(
            _C.id == bindparam("order"),
            _C.state == State.CANCELLED.value,
            ~select(_OTHERS.id).where(_OTHERS.cart_id == _C.cart_id, _OTHERS.state != State.CANCELLED.value).exists(),
        )
    )
    .values(
        state=State.PENDING.value,
        cancelled_at=None,
        cause="",
        hold_id=bindparam("points_hold", type_=_C.hold_id.type),
        version=_C.version + 1,
    )
)


def take_again_in(tx: Transaction, order_id: int, now: datetime) -> None:
    """Set goods, points and limits aside once more; then it can be settled. The cart stays with its buyer.

    Raises `NotTakenAgain` where it was not its time that ran out, or its cart was ordered since, and `OutOfStock`,
    `LimitReached`, `NotEnoughPoints`. The transaction is then to be rolled back.
    """
    order = held(tx, order_id)
    if order.state != State.CANCELLED or order.cause not in {Cause.EXPIRED, Cause.UNPAID} or order.settled_at:
        raise NotTakenAgain
    if order.exchange_of is not None:  # the money that it carried is on its way back
        raise NotTakenAgain
    today = club_day(now, the_club(tx).time_zone)
    if order.points and order.person_id is not None:
        lock_shared(tx, order.person_id, today)
    hold_member(tx, order)
    hold_id = _hold_again(tx, order, today, now)
    lines = lines_of(tx, order_id)
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    reserve_again(tx, cause_of(order_id), wanted, now)
    _count_again(tx, order, lines)
    _take_offers_again(tx, order, now)
    taken = tx.connection().execute(_TAKE_AGAIN, {"order": order_id, "points_hold": hold_id})
    if not taken.rowcount:
        raise NotTakenAgain
    move(tx, order_id, Move.PAID_LATE, Actor.SYSTEM, now)


def _hold_again(tx: Transaction, order: Held, today: date, now: datetime) -> int | None:
    if not order.points or order.person_id is None:
        return None
    try:
        return hold(tx, order.person_id, AGAIN, order.id, order.points, today, now)
    except AlreadyPosted as twice:
        raise NotTakenAgain from twice


def _take_offers_again(tx: Transaction, order: Held, now: datetime) -> None:
    if not order.offers:
        return
    try:
        offers.take_again_in(tx, offers.Cause(ORDER, order.id), now)
    except OfferNotOpen as gone:
        raise NotTakenAgain from gone


def _count_again(tx: Transaction, order: Held, lines: list[Line]) -> None:
    limited = {line.product_id for line in lines if line.is_limited}
    if not limited or order.person_id is None:
        return
    limits = dict(tx.execute(select(Product.id, Product.limit_per_member).where(Product.id.in_(limited))))
    for product_id in sorted(limited):
        limit = limits.get(product_id)
        if limit is not None:
            pieces = sum(line.quantity for line in lines if line.product_id == product_id)
            take_of_limit(tx, product_id, order.person_id, pieces, limit)
