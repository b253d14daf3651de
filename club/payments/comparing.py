"""Every payment held against what Stripe says of it now. Asks and reads only; nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.orders.models import Order
from club.payments.asking import Gateway
from club.payments.models import Dispute, Payment, Refund
from club.payments.service.disputing import state_of
from club.payments.service.refunding import PAID_OUT
from club.payments.troubles import UNKNOWN, OurMistake
from club.payments.values import Dispute as SaidDispute
from club.payments.values import Intent, IntentStatus

AT_ONCE = 100
AROUND = timedelta(hours=1)
MOST_LISTED = 1000
"""More payments of others in the same time are not looked through: ours are asked for one by one then."""

_P, _O, _R, _D = Payment.__table__.c, Order.__table__.c, Refund.__table__.c, Dispute.__table__.c


class Row(NamedTuple):
    """A payment of ours."""

    id: int
    number: str
    state: str
    trouble: str
    session_id: str | None
    intent_id: str | None
    amount: int
    currency: str
    received: int
    made_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class Ours:
    """The same with what became of its money: sent back so far, and the disputes by Stripe's id."""

    row: Row
    sent_back: int
    disputes: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact about a payment that is not the same here and at Stripe."""

    what: str
    number: str
    payment_id: int
    intent_id: str
    ours: str
    stripes: str


def count(db: Session) -> int:
    """How many payments there are."""
    return db.scalar(select(func.count()).select_from(Payment)) or 0


def differences(db: Session, gateway: Gateway) -> Iterator[Difference]:
    """What differs, payment by payment, the first first. Raises `StripeTrouble` where Stripe cannot be asked."""
    last = 0
    while rows := _rows(db, last):
        last = rows[-1].id
        known = _with_money(db, rows)
        db.rollback()  # nothing is held while Stripe is asked
        listed = _listed(rows, gateway)
        for one in known:
            yield from _differences_of(one, listed, gateway)


def compared(one: Ours, intent: Intent, disputes: dict[str, str], *, is_live: bool) -> list[Difference]:
    """What is not the same. `disputes` are Stripe's, with the state that ours should have."""
    row = one.row
    is_ours_paid, is_paid = row.state in {"paid", "strange"}, intent.status is IntentStatus.SUCCEEDED
    facts: list[tuple[str, object, object]] = [("paid", is_ours_paid, is_paid)]
    if is_ours_paid and is_paid:
        facts += [
            ("mode", "live" if is_live else "test", "live" if intent.is_live else "test"),
            ("currency", row.currency, intent.currency),
            ("received", row.received, intent.received),
            ("refunded", one.sent_back, intent.refunded),
            ("disputes", _sorted(one.disputes), _sorted(disputes)),
        ]
    if row.state == "paid":
        facts.append(("order", row.number, intent.reference))
    return [
        Difference(
            what=what, number=row.number, payment_id=row.id, intent_id=intent.id, ours=f"{ours}", stripes=f"{stripes}"
        )
        for what, ours, stripes in facts
        if ours != stripes
    ]


def _rows(db: Session, after: int) -> list[Row]:
    asked = select(_P.id, _O.number, *(_P[name] for name in Row._fields[2:])).join(Order, _O.id == _P.order_id)
    return [Row(*row) for row in db.execute(asked.where(_P.id > after).order_by(_P.id).limit(AT_ONCE))]


def _with_money(db: Session, rows: list[Row]) -> list[Ours]:
    ids = [row.id for row in rows]
    at_stripe = (_R.stripe_id.is_not(None)) & _R.state.in_(("sent", "done")) & (_R.trouble != PAID_OUT)
    sums = select(_R.payment_id, func.sum(_R.amount)).where(_R.payment_id.in_(ids), at_stripe).group_by(_R.payment_id)
    sent_back = {payment_id: int(amount) for payment_id, amount in db.execute(sums)}
    disputes: dict[int, dict[str, str]] = {}
    for payment_id, stripe_id, state in db.execute(
        select(_D.payment_id, _D.stripe_id, _D.state).where(_D.payment_id.in_(ids))
    ):
        disputes.setdefault(payment_id, {})[stripe_id] = state
    return [Ours(row=row, sent_back=sent_back.get(row.id, 0), disputes=disputes.get(row.id, {})) for row in rows]


def _listed(rows: list[Row], gateway: Gateway) -> dict[str, Intent]:
    """The payments of this time in as few calls as Stripe allows."""
    since, until = min(row.made_at for row in rows) - AROUND, max(row.closes_at for row in rows) + AROUND
    return {intent.id: intent for intent in gateway.list_intents(since, until, MOST_LISTED)}


def _differences_of(one: Ours, listed: dict[str, Intent], gateway: Gateway) -> list[Difference]:
    intent_id = one.row.intent_id or _of_page(one.row, gateway)
    if not intent_id:
        return []
    intent = listed.get(intent_id) or _asked(intent_id, gateway)
    if intent is None:
        missing = Difference(
            what="missing", number=one.row.number, payment_id=one.row.id, intent_id=intent_id, ours=one.row.state,
            stripes="",
        )  # fmt: skip
        return [missing]
    said = gateway.list_disputes(intent.id) if intent.is_disputed or one.disputes else []
    return compared(one, intent, _states(said), is_live=gateway.is_live)


def _of_page(row: Row, gateway: Gateway) -> str:
    """The payment that was begun on a page of which no message told us, "" for none."""
    if row.session_id is None or (row.state == "closed" and not row.trouble):
        return ""  # never opened, or Stripe said itself that it is over unpaid
    try:
        return gateway.retrieve_session(row.session_id).intent_id
    except OurMistake as mistake:
        if mistake.code != UNKNOWN:
            raise
        return ""


def _asked(intent_id: str, gateway: Gateway) -> Intent | None:
    try:
        return gateway.retrieve_intent(intent_id)
    except OurMistake as mistake:
        if mistake.code != UNKNOWN:
            raise
        return None


def _states(said: list[SaidDispute]) -> dict[str, str]:
    """Enquiries take no money and are not written down."""
    found = {one.id: state_of(one.status) for one in said}
    return {stripe_id: state for stripe_id, state in found.items() if state}


def _sorted(states: dict[str, str]) -> str:
    return ", ".join(f"{stripe_id} {state}" for stripe_id, state in sorted(states.items())) or "none"
