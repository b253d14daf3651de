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

PAID = (
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "refund.created",
    "charge.refunded",
    "charge.dispute.created",
)
"""In the order in which they happen at Stripe; the second refund gives the rest back but for what is disputed."""
BACK = (
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
)
"""The refund comes back from the bank, and the dispute is lost."""


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


@pytest.mark.proves("F-19", "F-29")
@pytest.mark.parametrize(("kinds", "back"), [(PAID, -100), (BACK, 300)], ids=["paid and sent back", "taken back"])
def test_the_end_depends_only_on_what_was_said(shop: CardShop, kinds: tuple[str, ...], back: int) -> None:
    order_id = shop.order()
    shop.start(order_id)
    (payment,) = shop.payments(order_id)
    shop.db.rollback()
    reached: dict[frozenset[str], Any] = {}
    with transaction(shop.db) as tx:
        _walk(tx, payment, kinds, frozenset(), reached, shop.now)
    assert len(reached) == 2 ** len(kinds)
    refunded = back if back > 0 else payment.amount + back
    assert reached[frozenset(kinds)]["order"] == ("placed", payment.amount, refunded)


def _walk(
    tx: Transaction, payment: Payment, kinds: tuple[str, ...], heard: frozenset[str],
    reached: dict[frozenset[str], Any], now: datetime,
) -> None:  # fmt: skip
    """From here with each message that has not come yet; whatever a way did is undone after it was looked at."""
    found = _rows(tx, payment.order_id)
    if heard in reached:
        assert found == reached[heard], sorted(heard)
        return
    reached[heard] = found
    assert violations(tx) == [], sorted(heard)
    for kind in kinds:
        if kind in heard:
            continue
        branch = tx.begin_nested()
        then = heard | {kind}
        for _ in range(2):  # each comes twice
            seen = _seen(payment, kinds, then)
            take_in(tx, payment.order_id, [seen], now, is_live=False, event=_event(kind, payment))
        _walk(tx, payment, kinds, then, reached, now)
        branch.rollback()


def _seen(payment: Payment, kinds: tuple[str, ...], heard: frozenset[str]) -> Seen:
    """What Stripe says when asked: at least everything up to the latest that was heard."""
    happened = kinds[: max(kinds.index(kind) for kind in heard) + 1]
    amount, is_paid = payment.amount, "payment_intent.succeeded" in happened
    is_processing = "payment_intent.processing" in happened
    waits = IntentStatus.PROCESSING if is_processing else IntentStatus.NEEDS_CARD
    has_failed, is_disputed = "refund.failed" in happened, "charge.dispute.created" in happened
    sent = (300,) * ("refund.created" in happened) + (amount - 400,) * ("charge.refunded" in happened)
    status = RefundStatus.FAILED if has_failed else RefundStatus.SUCCEEDED
    dispute = DisputeStatus.LOST if "charge.dispute.closed" in happened else DisputeStatus.NEEDS_RESPONSE
    return Seen(
        payment_id=payment.id,
        session=Page(
            id=str(payment.session_id), reference=payment.key.split(":")[1],
            status=SessionStatus.COMPLETE if is_paid or is_processing else SessionStatus.OPEN,
            payment_status=PaymentStatus.PAID if is_paid else PaymentStatus.UNPAID, amount=amount, currency="EUR",
            intent_id="pi_1", url="", expires_at=payment.closes_at, is_live=False,
        ),
        intent=Intent(
            id="pi_1", reference=payment.key.split(":")[1], status=IntentStatus.SUCCEEDED if is_paid else waits,
            amount=amount, received=amount if is_paid else 0, refunded=0 if has_failed else sum(sent), currency="EUR",
            charge_id="ch_1", is_disputed=is_disputed, decline_code="", card=b"",
            created_at=payment.made_at, is_live=False,
        ),
        refunds=tuple(
            Sent(id=f"re_{number}", key="", status=status, amount=part, currency="EUR", intent_id="pi_1", failure="")
            for number, part in enumerate(sent)
        ),
        disputes=(
            Disputed(id="du_1", status=dispute, amount=100, currency="EUR", intent_id="pi_1", reason="fraudulent",
                     is_live=False),
        ) * is_disputed,
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
