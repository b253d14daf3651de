"""The card payments of the demonstration club's orders, as Stripe once told of them; what was called off went back."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.orders.models import Order
from club.orders.reading import OrderView, order_with
from club.orders.rules import PayBy, State
from club.orders.service import money_went_back
from club.payments.models import Payment, Refund
from club.permissions import Role

PAGE_STAYS = timedelta(minutes=31)
PAID_AFTER = timedelta(minutes=2)


def fill_payments(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """One payment for each order that a card paid; nobody asks Stripe about any of them again."""
    by_card = select(Order.id).where(Order.pay_by == PayBy.CARD.value, Order.settled_at.is_not(None), Order.paid > 0)
    ids = list(db.scalars(by_card.order_by(Order.id)))
    for order_id in ids:
        order = order_with(db, order_id)
        with transaction(db) as tx:
            payment_id = _paid(tx, order)
            if order.state is State.CANCELLED and order.left:
                _went_back(tx, order, payment_id, order.cancelled_at or now)


def _paid(tx: Transaction, order: OrderView) -> int:
    row = {
        "order_id": order.id,
        "attempt": 1,
        "key": f"demo:{order.number}:session:1",
        "state": "paid",
        "session_id": f"cs_test_demo_{order.number}",
        "intent_id": f"pi_demo_{order.number}",
        "amount": order.total,
        "currency": order.currency,
        "received": order.paid,
        "refunded": order.left if order.state is State.CANCELLED else order.refunded,
        "made_at": order.placed_at,
        "first_sent_at": order.placed_at,
        "closes_at": order.placed_at + PAGE_STAYS,
        "paid_at": order.placed_at + PAID_AFTER,
        "next_look_at": order.placed_at + PAGE_STAYS,
    }
    return tx.execute(insert(Payment).values(row).returning(Payment.id)).scalar_one()


def _went_back(tx: Transaction, order: OrderView, payment_id: int, then: datetime) -> None:
    row = {
        "order_id": order.id,
        "payment_id": payment_id,
        "amount": order.left,
        "currency": order.currency,
        "cause_kind": "cancellation",
        "cause_id": order.id,
        "state": "done",
        "key": f"demo:{order.number}:refund:1",
        "stripe_id": f"re_demo_{order.number}",
        "first_sent_at": then,
        "next_try_at": then,
        "made_at": then,
        "done_at": then,
    }
    tx.execute(insert(Refund).values(row))
    money_went_back(tx, order.id, order.left)
