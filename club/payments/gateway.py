"""Stripe, asked and understood. Values in, values out; nothing here knows the database.

Every method may raise `TryLater` or `OurMistake`, see club/payments/troubles.py. None may be called inside a
transaction.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import stripe

from club.payments import reading
from club.payments.connection import API_VERSION, BoundedClient, sorted_troubles
from club.payments.rules import to_stripe
from club.payments.values import Dispute, Event, Intent, PayableOrder, Refund, Session
from club.settings import STRIPE, Settings
from club.signed import TOLERANCE_SECONDS, ForgedMessage, check_signature

T = TypeVar("T")

PAGE = 100
"""The most that Stripe gives at once."""

_WITH_CHARGE = ["latest_charge"]


@dataclass(frozen=True)
class Patience:
    """Seconds until a connection stands, until the next piece comes, and after which no further piece is waited for.

    The last two together stay under the 30 seconds that a request of ours may take.
    """

    connect: float = 3
    read: float = 15
    whole: float = 14


class StripeGateway:
    """One Stripe account. Cheap to make, may be shared by threads."""

    def __init__(
        self, key: str, webhook_secrets: Sequence[str] = (), base: str = STRIPE, patience: Patience | None = None
    ) -> None:
        patience = patience or Patience()
        self.is_live = key.split("_")[1:2] == ["live"]
        self._webhook_secrets = tuple(webhook_secrets)
        self._intent = partial(reading.intent, key=key)
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses={"api": base},
            max_network_retries=0,
            http_client=BoundedClient(base, patience.connect, patience.read, patience.whole),
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> "StripeGateway":
        """The account of this installation; `settings.takes_cards` says whether there is one."""
        return cls(settings.stripe_secret_key, settings.stripe_webhook_secrets, settings.stripe_api_base)

    # --- the payment page

    def create_session(self, order: PayableOrder, key: str) -> Session:
        """Open a payment page. With the same key and order it is the same page, however often it is asked for."""
        marks = {"order": order.reference}
        with sorted_troubles(writes=True):
            made = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "allowed_payment_method_types": ["card"],
                    "adaptive_pricing": {"enabled": False},
                    "client_reference_id": order.reference,
                    "customer_email": order.email,
                    "locale": order.locale,
                    "line_items": [
                        {
                            "quantity": line.quantity,
                            "price_data": {
                                "currency": order.currency.lower(),
                                "unit_amount": to_stripe(line.unit_amount, order.currency),
                                "product_data": {"name": line.name},
                            },
                        }
                        for line in order.lines
                    ],
                    "success_url": order.success_url,
                    "cancel_url": order.cancel_url,
                    "expires_at": int(order.expires_at.timestamp()),
                    "metadata": marks,
                    "payment_intent_data": {"metadata": marks, "description": order.reference},
                },
                {"idempotency_key": key},
            )
        return _understood(reading.session, made)

    def retrieve_session(self, session_id: str) -> Session:
        with sorted_troubles(writes=False):
            found = self._client.v1.checkout.sessions.retrieve(session_id)
        return _understood(reading.session, found)

    def expire_session(self, session_id: str, key: str) -> Session:
        """Close an open payment page, so that nobody can pay there any more.

        Raises `OurMistake` for a page that is complete or closed already: retrieve it and look.
        """
        with sorted_troubles(writes=True):
            closed = self._client.v1.checkout.sessions.expire(session_id, None, {"idempotency_key": key})
        return _understood(reading.session, closed)

    # --- payments, refunds, disputes

    def retrieve_intent(self, intent_id: str) -> Intent:
        with sorted_troubles(writes=False):
            found = self._client.v1.payment_intents.retrieve(intent_id, {"expand": _WITH_CHARGE})
        return _understood(self._intent, found)

    def list_intents(self, since: datetime, until: datetime, most: int | None = 1000) -> list[Intent]:
        """Every payment begun in this time, latest first, `most` at most (None: all of them)."""
        created: Any = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        with sorted_troubles(writes=False):
            found = self._client.v1.payment_intents.list(
                {"created": created, "limit": PAGE, "expand": [f"data.{name}" for name in _WITH_CHARGE]}
            )
            return _all(self._intent, found.auto_paging_iter(), most)

    def refund(self, intent_id: str, amount: int, currency: str, key: str) -> Refund:
        """Send money back to the card. Raises `OurMistake` when that is more than is left of the payment."""
        with sorted_troubles(writes=True):
            made = self._client.v1.refunds.create(
                {"payment_intent": intent_id, "amount": to_stripe(amount, currency), "metadata": {"key": key}},
                {"idempotency_key": key},
            )
        return _understood(reading.refund, made)

    def retrieve_refund(self, refund_id: str) -> Refund:
        with sorted_troubles(writes=False):
            found = self._client.v1.refunds.retrieve(refund_id)
        return _understood(reading.refund, found)

    def list_refunds(self, intent_id: str) -> list[Refund]:
        """Everything that went back, or tried to, latest first; `key` says which of our attempts each one was."""
        with sorted_troubles(writes=False):
            found = self._client.v1.refunds.list({"payment_intent": intent_id, "limit": PAGE})
            return _all(reading.refund, found.auto_paging_iter(), 1000)

    def retrieve_dispute(self, dispute_id: str) -> Dispute:
        with sorted_troubles(writes=False):
            found = self._client.v1.disputes.retrieve(dispute_id)
        return _understood(reading.dispute, found)

    def list_disputes(self, intent_id: str) -> list[Dispute]:
        """Every dispute about a payment, latest first."""
        with sorted_troubles(writes=False):
            found = self._client.v1.disputes.list({"payment_intent": intent_id, "limit": PAGE})
            return _all(reading.dispute, found.auto_paging_iter(), 100)

    # --- what happened

    def list_events(self, since: datetime, kinds: Sequence[str], most: int | None = 1000) -> list[Event]:
        """What happened since then, latest first, `most` at most (None: all of it); Stripe keeps 30 days."""
        created: Any = {"gte": int(since.timestamp())}
        with sorted_troubles(writes=False):
            found = self._client.v1.events.list({"created": created, "types": list(kinds), "limit": PAGE})
            return _all(reading.event, found.auto_paging_iter(), most)

    def verify_webhook(
        self, body: bytes, signature: str, now: datetime, tolerance_seconds: int = TOLERANCE_SECONDS
    ) -> Event:
        """Read a message that was sent to us. Raises `ForgedMessage` unless it is surely Stripe's and fresh."""
        check_signature(body, signature, self._webhook_secrets, now, tolerance_seconds)
        try:
            return reading.event(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
            raise ForgedMessage("signed, but no event") from unreadable


def _understood(read: Callable[[dict[str, Any]], T], answer: stripe.StripeObject) -> T:
    return reading.understood(read, answer.to_dict())


def _all(read: Callable[[dict[str, Any]], T], answers: Iterator[Any], most: int | None) -> list[T]:
    return [_understood(read, answer) for answer in islice(answers, most)]
