"""What goes to Stripe and comes from it, in values of ours. Amounts are our minor units, moments UTC-aware."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SessionStatus(StrEnum):
    """Where a Checkout Session stands; complete does not yet mean paid."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class PaymentStatus(StrEnum):
    """Whether the money of a Checkout Session is there."""

    PAID = "paid"
    UNPAID = "unpaid"
    NOT_NEEDED = "no_payment_required"


class IntentStatus(StrEnum):
    """Where one payment stands."""

    NEEDS_CARD = "requires_payment_method"
    NEEDS_CONFIRMATION = "requires_confirmation"
    NEEDS_BUYER = "requires_action"
    NEEDS_CAPTURE = "requires_capture"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    """Where a refund stands; only succeeded money has left."""

    PENDING = "pending"
    NEEDS_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class DisputeStatus(StrEnum):
    """Where a dispute stands; warnings are early enquiries without money being taken."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Urls:
    """Where the payment page leads: after paying, and back. The same for an order whenever they are asked for."""

    success: str
    cancel: str


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks for a payment page: an address of the network, and what names the browser or account; "" for nothing."""

    address: str
    browser: str


@dataclass(frozen=True, kw_only=True)
class PayableLine:
    """One line as the buyer reads it on the payment page."""

    name: str
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount


@dataclass(frozen=True, kw_only=True)
class PayableOrder:
    """What a buyer is sent to the payment page with.

    The lines sum to the amount exactly; an order that points or vouchers made cheaper is one line with its number.
    `reference` is the order's number, `success_url` may hold `{CHECKOUT_SESSION_ID}`. The page closes at `expires_at`,
    30 minutes to 24 hours from now.
    """

    reference: str
    lines: tuple[PayableLine, ...]
    amount: int
    currency: str
    locale: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if self.amount <= 0 or sum(line.amount for line in self.lines) != self.amount:
            raise ValueError("the lines do not sum to the amount")


@dataclass(frozen=True, kw_only=True)
class Session:
    """A Checkout Session: one visit to the payment page. `url` is there while it is open."""

    id: str
    reference: str
    status: SessionStatus
    payment_status: PaymentStatus
    amount: int
    currency: str
    intent_id: str
    url: str
    expires_at: datetime
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One payment. `decline_code` says why the last try failed; `refunded` is what went back.

    `card` is the same for two payments with one card, a digest that only this installation can make; empty where
    Stripe names none.
    """

    id: str
    reference: str
    status: IntentStatus
    amount: int
    received: int
    refunded: int
    currency: str
    charge_id: str
    is_disputed: bool
    decline_code: str
    card: bytes
    created_at: datetime
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money on its way back. `key` is the idempotency key that it was asked for with."""

    id: str
    key: str
    status: RefundStatus
    amount: int
    currency: str
    intent_id: str
    failure: str


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A buyer's bank asks for the money back."""

    id: str
    status: DisputeStatus
    amount: int
    currency: str
    intent_id: str
    reason: str
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class Event:
    """Stripe's word that something happened: a hint to look, never the state itself.

    `object_kind` and `object_id` name what it is about, `intent_id` the payment if it is about one, `reference` our
    order where the object carries it. `account` is empty unless the message is about another account.
    """

    id: str
    kind: str
    created_at: datetime
    object_kind: str
    object_id: str
    intent_id: str
    reference: str
    account: str
    is_live: bool
