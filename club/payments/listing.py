"""Money and orders as staff look through them: payments, refunds, disputes, messages that did not fit."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session

from club.orders.models import Order
from club.payments.models import FOUND, Dispute, Payment, PaymentEvent, Refund

_O, _P, _R = Order.__table__.c, Payment.__table__.c, Refund.__table__.c
_D, _E = Dispute.__table__.c, PaymentEvent.__table__.c
_QUARANTINED = (_E.outcome == "quarantined") & _E.looked_at.is_(None)
_OPEN_REFUNDS = ("waiting", "sent", "failed", "by_hand")
_PAYMENTS = (
    select(
        _P.id, _P.order_id, _O.number, _P.attempt, _P.state, _P.amount, _P.received, _P.refunded, _P.is_surplus,
        _P.trouble, _P.declines, _P.made_at, _P.paid_at, _P.intent_id, _O.state.label("order_state"),
        _O.total.label("order_total"), _O.paid.label("order_paid"), _O.carried,
    )
    .join(Order, _O.id == _P.order_id)
    .order_by(_P.id.desc())
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PaymentRow:
    """A payment beside its order."""

    id: int
    order_id: int
    number: str
    attempt: int
    state: str
    amount: int
    received: int
    refunded: int
    is_surplus: bool
    trouble: str
    declines: int
    made_at: datetime
    paid_at: datetime | None
    intent_id: str | None
    order_state: str
    order_total: int
    order_paid: int
    carried: int
    """Of what the order got, so much came with an exchange."""

    @property
    def fits(self) -> bool:
        """Whether payment and order say the same."""
        if self.state == "strange":
            return False
        if self.state != "paid":
            return True
        return self.refunded == self.received if self.is_surplus else self.order_paid == self.received + self.carried


@dataclass(frozen=True, kw_only=True)
class RefundRow:
    """Money on its way back."""

    id: int
    order_id: int
    number: str
    amount: int
    state: str
    cause_kind: str
    trouble: str
    made_at: datetime
    has_card: bool


@dataclass(frozen=True, kw_only=True)
class DisputeRow:
    """A disputed payment."""

    id: int
    order_id: int
    number: str
    amount: int
    reason: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """A message that was put aside."""

    id: int
    kind: str
    why: str
    object_id: str
    number: str | None
    happened_at: datetime
    heard_at: datetime
    amount: int | None
    currency: str | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much waits for somebody."""

    refunds: int
    disputes: int
    messages: int
    unnamed: int


def counts(db: Session) -> Counts:
    """For the tabs, in one query."""
    refunds = select(func.count()).select_from(Refund).where(_R.state.in_(_OPEN_REFUNDS)).scalar_subquery()
    disputes = select(func.count()).select_from(Dispute).where(_D.state == "open").scalar_subquery()
    aside = select(func.count()).select_from(PaymentEvent).where(_QUARANTINED)
    messages, unnamed = (aside.where(which).scalar_subquery() for which in (_E.kind != FOUND, _E.kind == FOUND))
    row = db.execute(select(refunds, disputes, messages, unnamed)).one()
    return Counts(refunds=row[0], disputes=row[1], messages=row[2], unnamed=row[3])


def payments(db: Session, limit: int, offset: int = 0, number: str = "") -> list[PaymentRow]:
    """The newest first; of one order where its number is given."""
    asked = _PAYMENTS.limit(limit).offset(offset)
    if number:
        asked = asked.where(_O.number == number)
    return [PaymentRow(**row._mapping) for row in db.execute(asked)]


def much_refused(db: Session, least: int, since: datetime, limit: int) -> list[PaymentRow]:
    """Payment pages on which so many cards were refused, the newest first."""
    asked = _PAYMENTS.where(_P.declines > 0, _P.declines >= least, _P.made_at >= since).limit(limit)
    return [PaymentRow(**row._mapping) for row in db.execute(asked)]


def refunds(db: Session, limit: int, offset: int = 0) -> list[RefundRow]:
    """What is not done yet, the oldest first."""
    has_card: ColumnElement[bool] = _R.payment_id.is_not(None)
    asked = (
        select(
            _R.id, _R.order_id, _O.number, _R.amount, _R.state, _R.cause_kind, _R.trouble, _R.made_at,
            has_card.label("has_card"),
        )
        .join(Order, _O.id == _R.order_id)
        .where(_R.state.in_(_OPEN_REFUNDS))
        .order_by(_R.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [RefundRow(**row._mapping) for row in db.execute(asked)]


def disputes(db: Session, limit: int, offset: int = 0) -> list[DisputeRow]:
    """Open ones first, then the newest."""
    asked = (
        select(_D.id, _D.order_id, _O.number, _D.amount, _D.reason, _D.state, _D.opened_at, _D.closed_at)
        .join(Order, _O.id == _D.order_id)
        .order_by((_D.state != "open"), _D.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [DisputeRow(**row._mapping) for row in db.execute(asked)]


def quarantined(db: Session, limit: int, offset: int = 0) -> list[EventRow]:
    """Messages that nobody has seen to yet, the oldest first."""
    return _put_aside(db, _E.kind != FOUND, limit, offset)


def unnamed(db: Session, limit: int) -> list[EventRow]:
    """Money at Stripe that no payment here names and that nobody has seen to yet, the oldest first."""
    return _put_aside(db, _E.kind == FOUND, limit, 0)


def _put_aside(db: Session, which: ColumnElement[bool], limit: int, offset: int) -> list[EventRow]:
    asked = (
        select(
            _E.id, _E.kind, _E.why, _E.object_id, _O.number, _E.happened_at, _E.heard_at, _E.amount, _E.currency
        )
        .outerjoin(Order, _O.id == _E.order_id)
        .where(_QUARANTINED, which)
        .order_by(_E.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [EventRow(**row._mapping) for row in db.execute(asked)]


@cache
def orders_in_trouble() -> Select[int]:
    """Ids of orders whose money needs somebody: it does not fit, is asked back by a bank, or did not go back."""
    does_not_fit = (_P.state == "strange") & ((_P.received == 0) | (_P.refunded < _P.received))
    ways = (
        select(_P.order_id).where(does_not_fit),
        select(_E.order_id).where(_QUARANTINED, _E.order_id.is_not(None)),
        select(_D.order_id).where(_D.state == "open"),
        select(_R.order_id).where(_R.state == "failed"),
    )
    return select(union(*ways).subquery().c[0])


def can_go_back(db: Session, order_id: int) -> int:
    """What came in for an order and is still there: neither sent back nor taken back by a bank."""
    lost = select(func.coalesce(func.sum(_D.amount), 0)).where(_D.order_id == order_id, _D.state == "lost")
    left = db.scalar(select(_O.paid - _O.refunded - lost.scalar_subquery()).where(_O.id == order_id))
    return max(0, int(left or 0))
