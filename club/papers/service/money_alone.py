"""Papers for money that went back while the goods stayed: sent back in Stripe's own pages, or taken back by a bank."""

import logging
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.database import Transaction, transaction
from club.errors import Refusal
from club.orders.models import Order
from club.papers.models import Paper
from club.papers.service.issuing import issue_credit_note_in, issue_invoice_in
from club.payments.models import Dispute, Payment, Refund

A_ROUND = 50

log = logging.getLogger("papers")


def issue_for_money_alone(db: Session, now: datetime) -> int:
    """Issue what is due, each by itself, and return how many papers that were.

    What is in trouble holds up no other: it is named in the log and tried again the next time.
    """
    found = _due(db)
    db.rollback()
    count = 0
    for order_id, cause, amount in found:
        try:
            with transaction(db) as tx:
                count += _issue(tx, order_id, cause, amount, now)
        except Refusal as refusal:
            log.error("order %s has no paper for %s: %s", order_id, cause, refusal.plain())
        except Exception:
            log.exception("order %s has no paper for %s", order_id, cause)
    return count


def left_to_credit(tx: Transaction, order_id: int) -> int:
    """What of an order's papers was not taken back by others."""
    return int(tx.scalar(select(func.coalesce(func.sum(Paper.total), 0)).where(Paper.order_id == order_id)) or 0)


def _issue(tx: Transaction, order_id: int, cause: str, amount: int, now: datetime) -> bool:
    """A bank may take more than is left: no paper says so much. Nothing left: none is issued."""
    issue_invoice_in(tx, order_id, now)
    amount = min(amount, left_to_credit(tx, order_id))
    if amount:
        issue_credit_note_in(tx, order_id, cause, now, amount=amount)
    return bool(amount)


def _due(db: Session) -> list[tuple[int, str, int]]:
    """Order, cause and amount of what has no paper yet although its order's invoice still has something to take."""
    outside = (
        _asked("refund", Refund.id, Refund.order_id, Refund.amount)
        .outerjoin(Payment, Payment.id == Refund.payment_id)
        .where(Refund.cause_kind == "outside", Refund.state == "done", _is_of_order())
    )
    lost = _asked("dispute", Dispute.id, Dispute.order_id, Dispute.amount).where(Dispute.state == "lost")
    rows = [*db.execute(outside), *db.execute(lost)]
    return [(order_id, f"{kind}:{its_id}", amount) for order_id, kind, its_id, amount in rows]


def _is_of_order() -> ColumnElement[bool]:
    """Money that settled the order: neither paid twice, nor of a payment that settled nothing."""
    return or_(Refund.payment_id.is_(None), and_(Payment.state == "paid", Payment.is_surplus.is_(False)))


def _asked(
    kind: str,
    its_id: InstrumentedAttribute[int],
    order_id: InstrumentedAttribute[int],
    amount: InstrumentedAttribute[int],
) -> Select[int, str, int, int]:
    credited = select(func.sum(Paper.total)).where(Paper.order_id == order_id).scalar_subquery()
    cause = literal(f"{kind}:") + cast(its_id, String)
    return (
        select(order_id, literal(kind), its_id, amount)
        .join(Order, Order.id == order_id)
        .where(Order.settled_at.is_not(None), ~exists().where(Paper.cause == cause), func.coalesce(credited, 1) > 0)
        .order_by(its_id)
        .limit(A_ROUND)
    )
