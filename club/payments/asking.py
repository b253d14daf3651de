"""Who is asked about payments: what the use cases need of Stripe, and how to get it without loading it too early."""

import importlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from club.payments.values import Dispute, Event, Intent, PayableOrder, Refund, Session
from club.settings import Settings
from club.signed import TOLERANCE_SECONDS


class Gateway(Protocol):
    """What `gateway.StripeGateway` does; each call may raise what stands in troubles.py."""

    is_live: bool

    def create_session(self, order: PayableOrder, key: str) -> Session: ...
    def retrieve_session(self, session_id: str) -> Session: ...
    def expire_session(self, session_id: str, key: str) -> Session: ...
    def retrieve_intent(self, intent_id: str) -> Intent: ...
    def list_intents(self, since: datetime, until: datetime, most: int | None = 1000) -> list[Intent]: ...
    def refund(self, intent_id: str, amount: int, currency: str, key: str) -> Refund: ...
    def list_refunds(self, intent_id: str) -> list[Refund]: ...
    def list_disputes(self, intent_id: str) -> list[Dispute]: ...
    def retrieve_dispute(self, dispute_id: str) -> Dispute: ...
    def list_events(self, since: datetime, kinds: Sequence[str], most: int | None = 1000) -> list[Event]: ...
    def verify_webhook(
        self, body: bytes, signature: str, now: datetime, tolerance_seconds: int = TOLERANCE_SECONDS
    ) -> Event: ...


def gateway_of(settings: Settings) -> Gateway | None:
    """The account of this installation; None where it takes no cards.

    Stripe's library costs 25 MB a process, so that whoever never takes a card payment never loads it.
    """
    if not settings.takes_cards:
        return None
    made: Gateway = importlib.import_module("club.payments.gateway").StripeGateway.from_settings(settings)
    return made
