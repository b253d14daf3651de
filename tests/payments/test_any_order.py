"""F-19: messages come in any order, twice, late. What stands in the end depends only on what happened.

Every order in which six messages can come is a way through the sets of messages heard so far. From each set each next
message is taken in; all ways that lead to a set must lead to the same rows. So all 720 orders are one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.orders.models import Order, OrderMove
from club.payments.gateway import StripeGateway
from club.payments.models import Dispute, Payment, PaymentEvent, Refund
from club.payments.service.looking import Seen
from club.payments.service.settling import take_in
from club.payments.values import (
    Dispute as Disputed,
)
from club.payments.values import (
    DisputeStatus,
    Event,
    Intent,
    IntentStatus,
    PaymentStatus,
    RefundStatus,
    SessionStatus,
)
from club.payments.values import Refund as Sent
from club.payments.values import (
    Session as Page,
)
from club.payments.verify import violations
from club.points.models import BALANCES
from club.programme.rules import Club
from demo.stripe.remote import Remote
from tests.payments.shop_world import CardShop, card_shop

KINDS = (
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "refund.created",
    "charge.refunded",
    "charge.dispute.created",
)
"""In the order in which they happen at Stripe; the second refund gives the rest back but for what is disputed."""


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


@pytest.mark.proves("F-19")
def test_the_end_depends_only_on_what_was_said(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    (payment,) = shop.payments(order_id)
    shop.db.rollback()
    reached: dict[frozenset[str], Any] = {}
    with transaction(shop.db) as tx:
        _walk(tx, payment, frozenset(), reached, shop.now)
    assert len(reached) == 2 ** len(KINDS)
    assert reached[frozenset(KINDS)]["order"] == ("placed", payment.amount, payment.amount - 100)


def _walk(tx: Transaction, payment: Payment, heard: frozenset[str], reached: dict[frozenset[str], Any],
          now: datetime) -> None:  # fmt: skip
    """From here with each message that has not come yet; whatever a way did is undone after it was looked at."""
    found = _rows(tx, payment.order_id)
    if heard in reached:
        assert found == reached[heard], sorted(heard)
        return
    reached[heard] = found
    assert violations(tx) == [], sorted(heard)
    for kind in KINDS:
        if kind in heard:
            continue
        branch = tx.begin_nested()
        then = heard | {kind}
        for _ in range(2):  # each comes twice
            take_in(tx, payment.order_id, [_seen(payment, then)], now, is_live=False, event=_event(kind, payment))
        _walk(tx, payment, then, reached, now)
        branch.rollback()


def _seen(payment: Payment, heard: frozenset[str]) -> Seen:
    """What Stripe says when asked: at least everything up to the latest that was heard."""
    latest = max(KINDS.index(kind) for kind in heard)
    amount, is_paid = payment.amount, latest >= 2
    status = IntentStatus.SUCCEEDED if is_paid else (IntentStatus.NEEDS_CARD, IntentStatus.PROCESSING)[latest]
    sent = (300,) * (latest >= 3) + (amount - 400,) * (latest >= 4)
    return Seen(
        payment_id=payment.id,
        session=Page(
            id=str(payment.session_id), reference=payment.key.split(":")[1],
            status=SessionStatus.OPEN if latest == 0 else SessionStatus.COMPLETE,
            payment_status=PaymentStatus.PAID if is_paid else PaymentStatus.UNPAID, amount=amount, currency="EUR",
            intent_id="pi_1", url="", expires_at=payment.closes_at, is_live=False,
        ),
        intent=Intent(
            id="pi_1", reference=payment.key.split(":")[1], status=status, amount=amount,
            received=amount if is_paid else 0, refunded=sum(sent), currency="EUR", charge_id="ch_1",
            is_disputed=latest >= 5, decline_code="", created_at=payment.made_at, is_live=False,
        ),
        refunds=tuple(
            Sent(id=f"re_{number}", key="", status=RefundStatus.SUCCEEDED, amount=part, currency="EUR",
                 intent_id="pi_1", failure="")
            for number, part in enumerate(sent)
        ),
        disputes=(
            Disputed(id="du_1", status=DisputeStatus.NEEDS_RESPONSE, amount=100, currency="EUR", intent_id="pi_1",
                     reason="fraudulent", is_live=False),
        ) * (latest >= 5),
    )  # fmt: skip


def _event(kind: str, payment: Payment) -> Event:
    return Event(
        id=f"evt_{kind}", kind=kind, created_at=datetime(2026, 6, 15, tzinfo=UTC), object_kind="payment_intent",
        object_id="pi_1", intent_id="pi_1", reference=payment.key.split(":")[1], account="", is_live=False,
    )  # fmt: skip


def _rows(tx: Transaction, order_id: int) -> dict[str, Any]:
    """All that payments wrote, without ids and moments; the moves as they count, not as they came."""
    return {
        "order": tx.execute(select(Order.state, Order.paid, Order.refunded).where(Order.id == order_id)).one(),
        "payment": tx.execute(select(Payment.state, Payment.received, Payment.refunded)).all(),
        "refunds": tx.execute(select(Refund.amount, Refund.state, Refund.stripe_id).order_by(Refund.stripe_id)).all(),
        "disputes": tx.execute(select(Dispute.stripe_id, Dispute.state)).all(),
        "moves": sorted(tx.scalars(select(OrderMove.kind).where(OrderMove.order_id == order_id))),
        "points": tx.execute(select(BALANCES.c.active, BALANCES.c.pending, BALANCES.c.held)).all(),
        "events": sorted(tx.scalars(select(PaymentEvent.event_id))),
    }
