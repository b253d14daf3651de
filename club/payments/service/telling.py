"""How money goes back, as mails say it: to the card, at the counter, to an account, or off what is still to be paid."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from club.database import Transaction
from club.orders.models import Order
from club.orders.rules import PayBy
from club.orders.service import tell
from club.payments.models import Refund

REFUNDED = "order.refunded"


def money_back(tx: Transaction, order_id: int, wanted: int, refund_id: int | None) -> Mapping[str, int]:
    """What a mail about a refund says: of so much that was `wanted`, what really goes back, and how."""
    pay_by = tx.scalar(select(Order.pay_by).where(Order.id == order_id))
    back, by_card = 0, False
    if refund_id is not None:
        row = tx.execute(select(Refund.amount, Refund.payment_id).where(Refund.id == refund_id)).one()
        back, by_card = row.amount, row.payment_id is not None
    at_counter = back if pay_by == PayBy.PICKUP else 0
    return {
        "refund": back,
        "to_card": back if by_card else 0,
        "at_counter": 0 if by_card else at_counter,
        "to_account": 0 if by_card or at_counter else back,
        "less": wanted - back if pay_by in {PayBy.ACCOUNT, PayBy.PICKUP} else 0,
    }


def tell_refund_in(
    tx: Transaction, order_id: int, money: Mapping[str, int], occurrence: str, now: datetime, **more: object
) -> None:
    """One mail about money that goes back by itself: a cancellation and a return tell of theirs."""
    tell(tx, REFUNDED, order_id, now, occurrence=occurrence, more={**money, **more})
