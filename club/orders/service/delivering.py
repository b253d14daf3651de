"""The goods are there: from this day the return window runs, and the points know when they become active."""

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from club.accrual.service.purchase import EARNED
from club.clock import club_day, day_starts
from club.database import Transaction, transaction
from club.errors import DateInFuture, DateTooOld, NotFound, OrderCancelled
from club.orders.models import Parcel
from club.orders.rules import Actor, Move, State
from club.orders.service.steps import LINES, ORDERS, Held, held, hold_member, move
from club.points.rules import expires_on
from club.points.service import set_dates
from club.programme.models import the_club

DAYS_UNTIL_THERE = 5
"""So many days after the last parcel left, whoever says nothing has it: points do not wait for ever."""
MOST_AT_ONCE = 1000

log = logging.getLogger("orders")

_C = ORDERS.c
_DELIVERED = (
    update(ORDERS)
    .where(_C.id == bindparam("order"))
    .values(
        delivered_on=bindparam("day", type_=_C.delivered_on.type),
        state=State.DONE.value,
        version=_C.version + 1,
    )
)


def delivered_in(
    tx: Transaction, order_id: int, day: date, now: datetime, *, actor: Actor = Actor.SYSTEM, by: int | None = None
) -> bool:
    """All of it is with its buyer since a day; False where that was known before.

    Raises `DateInFuture`, `DateTooOld` before it was settled, and `OrderCancelled` for one not to be delivered.
    """
    order = held(tx, order_id)
    club = the_club(tx)
    if day > club_day(now, club.time_zone):
        raise DateInFuture
    if order.state not in {State.PLACED, State.DONE}:
        raise OrderCancelled
    if order.settled_at is not None and day < club_day(order.settled_at, club.time_zone):
        raise DateTooOld
    if tx.scalar(select(_C.delivered_on).where(_C.id == order_id)) is not None:
        return False
    tx.execute(_DELIVERED, {"order": order_id, "day": day})
    tx.execute(
        update(Parcel).where(Parcel.order_id == order_id, Parcel.delivered_on.is_(None)).values(delivered_on=day)
    )
    _date_points(tx, order, day)
    move(tx, order_id, Move.DELIVERED, actor, now, by=by)
    return True


def _date_points(tx: Transaction, order: Held, day: date) -> None:
    if order.purchase_id is None:
        return
    club = the_club(tx)
    hold_member(tx, order)
    active_from = day + timedelta(days=club.shop_return_days)
    with suppress(NotFound):  # it earned nothing
        set_dates(tx, EARNED, order.purchase_id, active_from, expires_on(active_from, club.expiry_months))


def night(db: Session, day: date, now: datetime) -> int:
    """Take as delivered what left whole so many days ago and nobody said more of; how many orders.

    One with which something is wrong is named in the log and holds up no other.
    """
    club = the_club(db)
    until = day_starts(day - timedelta(days=DAYS_UNTIL_THERE - 1), club.time_zone)
    done, after = 0, 0
    while True:
        ids = _long_on_their_way(db, until, after)
        db.rollback()
        for order_id in ids:
            try:
                with transaction(db) as tx:
                    done += delivered_in(tx, order_id, day, now)
            except Exception:
                log.exception("order %s is not taken as delivered", order_id)
        if len(ids) < MOST_AT_ONCE:
            return done
        after = ids[-1]


def _long_on_their_way(db: Session, until: datetime, after: int) -> list[int]:
    is_open = select(LINES.c.id).where(LINES.c.order_id == _C.id, LINES.c.sent + LINES.c.taken_out < LINES.c.quantity)
    last_sent = select(func.max(Parcel.sent_at)).where(Parcel.order_id == _C.id).scalar_subquery()
    found = (
        select(_C.id)
        .where(
            _C.id > after,
            _C.state == State.PLACED.value,
            _C.delivered_on.is_(None),
            _C.settled_at < until,
            ~is_open.exists(),
            last_sent < until,
        )
        .order_by(_C.id)
        .limit(MOST_AT_ONCE)
    )
    return list(db.scalars(found))
