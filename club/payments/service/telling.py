"""How money goes back, as mails say it: to the card, at the counter, to an account, or off what is still to be paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select

from club.database import Transaction
from club.orders.models import Order
from club.orders.rules import PayBy
from club.orders.service import tell
from club.payments.models import Refund

REFUNDED = "order.refunded"


def money_back(tx: Transaction, order_id: int, wanted: int, refund_id: int | None) -> Mapping[str, int]:
    """What a mail about a refund says: of so much that was `wanted`, what really goes back, and how."""
    pay_by = tx.scalar(select(Order.pay_by).where(Order.id == order_id))
    back, to_card = 0, 0
    if refund_id is not None:
        parts = _parts(tx, refund_id)
        back, to_card = sum(part.amount for part in parts), sum(part.amount for part in parts if part.payment_id)
    by_hand = back - to_card
    at_counter = by_hand if pay_by == PayBy.PICKUP else 0
    return {
        "refund": back,
        "to_card": to_card,
        "at_counter": at_counter,
        "to_account": by_hand - at_counter,
        "less": wanted - back if pay_by in {PayBy.ACCOUNT, PayBy.PICKUP} else 0,
    }


def _parts(tx: Transaction, refund_id: int) -> Sequence[Row[int, int | None]]:
    """All rows of the refund's cause: money may go back to several payments."""
    one = tx.execute(select(Refund.cause_kind, Refund.cause_id, Refund.order_id).where(Refund.id == refund_id)).one()
    same = func.rtrim(Refund.cause_kind, "+") == one.cause_kind
    asked = select(Refund.amount, Refund.payment_id).where(
        Refund.order_id == one.order_id, Refund.cause_id == one.cause_id, same
    )
    if one.cause_kind in {"outside", "surplus"}:
        asked = asked.where(Refund.id == refund_id)
    return tx.execute(asked).all()


def tell_refund_in(
    tx: Transaction, order_id: int, money: Mapping[str, int], occurrence: str, now: datetime, **more: object
) -> None:
    """One mail about money that goes back by itself: a cancellation and a return tell of theirs."""
    tell(tx, REFUNDED, order_id, now, occurrence=occurrence, more={**money, **more})
