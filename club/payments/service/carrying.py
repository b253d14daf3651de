"""Money of an order that pays for another: its goods came back and others go out for them.

Nothing moves at the bank. The first order counts the money as gone, the second as come; a row of the refunds stands
between them. Where the second order comes to nothing, that row becomes money that goes back.
"""

import logging
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import RefundTooHigh
from club.orders import credit
from club.orders.models import Order
from club.orders.rules import PayBy, State
from club.orders.service import money_went_back
from club.payments.models import Refund
from club.payments.service.attempts import locked
from club.payments.service.refunding import (
    MORE,
    count_on_payment,
    give_from_in,
    gone_beyond,
    left_of,
    parts_of,
    sent_beyond,
)
from club.payments.service.telling import money_back, tell_refund_in

EXCHANGE, CARRIED = "exchange", "carried"
LOST = "lost"
"""A bank took what was carried: the order that it was carried to came to nothing, and nothing is left to go back."""
A_ROUND = 50
_R = Refund.__table__.c

log = logging.getLogger(__name__)


def money_of_return_in(tx: Transaction, order_id: int, amount: int, now: datetime) -> int:
    """Of what goods cost that came back, what is money and here; an order on account owes less first."""
    order = locked(tx, order_id)
    if order.pay_by == PayBy.ACCOUNT:
        amount -= credit.give_back_in(tx, order_id, amount, now)
    if order.pay_by == PayBy.PICKUP and not order.paid:
        return 0
    return min(amount, left_of(tx, order))


def carry_in(tx: Transaction, from_id: int, to_id: int, amount: int, by: int | None, now: datetime) -> None:
    """So much of the one order's money is the other's. Raises `RefundTooHigh` for more than is still there."""
    order = locked(tx, from_id)
    left = left_of(tx, order)
    if amount > left:
        raise RefundTooHigh(left)
    money_went_back(tx, from_id, amount)
    refund_id = give_from_in(tx, order, [(None, amount)], (EXCHANGE, to_id), by, now)
    tx.execute(update(Refund).where(_R.id == refund_id).values(state="done", done_at=now, trouble=CARRIED))
    record(
        tx, "order.carried", "order", from_id, by=by, now=now, person_id=order.person_id, amount=amount, to=to_id
    )  # fmt: skip


def give_carried_back(db: Session, now: datetime) -> int:
    """Money whose second order came to nothing goes back as it came; how many orders that were.

    What staff sent back in Stripe's own pages meanwhile, or a bank took, is not sent once more.
    """
    asked = (
        select(_R.id, _R.order_id)
        .join(Order, Order.id == _R.cause_id)
        .where(
            Order.carried > 0, Order.state == State.CANCELLED.value, Order.settled_at.is_(None),
            _R.cause_kind == EXCHANGE, _R.trouble == CARRIED,
        )
        .order_by(_R.id)
        .limit(A_ROUND)
    )  # fmt: skip
    found = db.execute(asked).all()
    db.rollback()
    done = 0
    for refund_id, order_id in found:
        try:
            with transaction(db) as tx:
                done += _give_back(tx, refund_id, order_id, now)
        except Exception:
            log.exception("money carried by refund %s does not go back", refund_id)
    return done


def _give_back(tx: Transaction, refund_id: int, order_id: int, now: datetime) -> bool:
    order = locked(tx, order_id)
    row = tx.execute(
        select(_R.amount, _R.cause_id).where(_R.id == refund_id, _R.trouble == CARRIED)
    ).one_or_none()  # fmt: skip
    if row is None:
        return False
    outside = min(row.amount, sent_beyond(tx, order))
    lost = min(row.amount, gone_beyond(tx, order)) - outside
    amount = row.amount - outside - lost
    record(tx, "order.carried_back", "order", order_id, by=None, now=now, person_id=order.person_id, amount=amount)
    parts = parts_of(tx, order, amount)
    if lost:
        tx.execute(update(Refund).where(_R.id == refund_id).values(amount=lost, trouble=LOST))
    elif parts:
        paid, part = parts.pop(0)
        if paid is not None:
            count_on_payment(tx, paid.id, part)
        tx.execute(
            update(Refund)
            .where(_R.id == refund_id)
            .values(
                amount=part, payment_id=None if paid is None else paid.id,
                state="by_hand" if paid is None else "waiting", trouble="", done_at=None, next_try_at=now,
            )
        )  # fmt: skip
    else:  # what staff sent in Stripe's own pages has a row of its own
        tx.execute(delete(Refund).where(_R.id == refund_id))
    if parts:
        refund_id = give_from_in(tx, order, parts, (EXCHANGE + MORE, row.cause_id), None, now)
    if not amount:
        return True
    told = money_back(tx, order_id, amount, refund_id)
    tell_refund_in(tx, order_id, told, f"refund:{refund_id}", now)
    return True
