"""What must always hold of money and orders: each paid order has one payment of the same amount, and the other way.

Every rule is one statement that finds what breaks it. Rows with nothing wrong are never fetched.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Exists, Select, and_, func, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from club.orders.credit.models import AccountDue, CreditLine
from club.orders.models import Order
from club.orders.rules import PayBy, State
from club.payments.models import Payment, Refund

MOST = 200

_O, _P, _R = Order.__table__.c, Payment.__table__.c, Refund.__table__.c
_SETTLED = (State.PLACED.value, State.DONE.value)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One row that breaks a rule, with what there should be and what there is, in minor units."""

    rule: str
    order_id: int | None
    number: str
    payment_id: int | None
    expected: int
    actual: int


def violations(db: Session, most: int = MOST) -> list[Violation]:
    """All that is wrong, `most` a rule at most; empty where everything holds."""
    found: list[Violation] = []
    for rule, asked in _RULES.items():
        found += [Violation(rule=rule, **row._mapping) for row in db.execute(asked.limit(most))]
    return found


def _row(expected: Any, actual: Any, payment_id: Any = None) -> Select[Any]:
    return select(
        _O.id.label("order_id"),
        _O.number,
        (null() if payment_id is None else payment_id).label("payment_id"),
        expected.label("expected"),
        actual.label("actual"),
    )


def _has(cause_kind: str) -> Exists:
    """Money that another order carried can be sent back in Stripe's pages all the same: the order counts it once."""
    return select(_R.id).where(_R.order_id == _O.id, _R.cause_kind == cause_kind).correlate(Order).exists()


def _rules() -> dict[str, Select[Any]]:
    counted = aliased(Payment)
    real = and_(_P.state == "paid", _P.is_surplus.is_(False))
    payments = (
        select(func.count())
        .select_from(counted)
        .where(counted.order_id == _O.id, counted.state == "paid", counted.is_surplus.is_(False))
        .scalar_subquery()
    )
    by_card = and_(_O.pay_by == PayBy.CARD.value, _O.total > 0)
    sent_back = select(func.coalesce(func.sum(_R.amount), 0)).where(_R.payment_id == _P.id).scalar_subquery()
    of_order = (
        select(func.coalesce(func.sum(_R.amount), 0))
        .outerjoin(Payment, _P.id == _R.payment_id)
        .where(_R.order_id == _O.id, or_(_R.payment_id.is_(None), _P.is_surplus.is_(False)))
        .where(or_(_R.payment_id.is_(None), _P.state == "paid"))
        .correlate(Order)
        .scalar_subquery()
    )
    is_beyond = and_(_O.refunded == _O.paid, of_order > _O.paid, _has("exchange"), _has("outside"))
    owed = (
        select(func.coalesce(func.sum(AccountDue.amount), 0))
        .where(AccountDue.person_id == CreditLine.person_id, AccountDue.paid_on.is_(None))
        .correlate(CreditLine)
        .scalar_subquery()
    )
    joined = _row(_O.paid - _O.carried, _P.received, _P.id).join(Payment, _P.order_id == _O.id)
    return {
        "payment_without_order": joined.where(
            real, or_(_O.settled_at.is_(None), _O.paid != _P.received + _O.carried, _O.currency != _P.currency)
        ),
        "payment_strange": joined.where(_P.state == "strange", or_(_P.received == 0, _P.refunded < _P.received)),
        "surplus_kept": joined.where(_P.state == "paid", _P.is_surplus, _P.refunded != _P.received),
        "order_without_payment": _row(literal(1), payments).where(by_card, _O.state.in_(_SETTLED), payments != 1),
        "refunds_of_payment": _row(_P.refunded, sent_back, _P.id)
        .join(Payment, _P.order_id == _O.id)
        .where(_P.refunded != sent_back),
        "refunds_of_order": _row(_O.refunded, of_order).where(_O.refunded != of_order, ~is_beyond),
        "account_used": select(
            null().label("order_id"),
            literal("").label("number"),
            null().label("payment_id"),
            CreditLine.used.label("expected"),
            owed.label("actual"),
        ).where(CreditLine.used != owed),
    }


_RULES = _rules()
