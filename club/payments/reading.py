"""Stripe's objects as values of ours. What one may leave out becomes "" or 0; what it may not is missed loudly."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from club.payments.rules import AmountNotPayable, card_digest, from_stripe
from club.payments.troubles import NOT_UNDERSTOOD, OurMistake
from club.payments.values import (
    Dispute,
    DisputeStatus,
    Event,
    Intent,
    IntentStatus,
    PaymentStatus,
    Refund,
    RefundStatus,
    Session,
    SessionStatus,
)

T = TypeVar("T")
Given = dict[str, Any]


def understood(read: Callable[[Given], T], given: Given) -> T:
    """Read an answer; one that this version does not know is our mistake and says what it was."""
    try:
        return read(given)
    except (KeyError, TypeError, ValueError, AttributeError, AmountNotPayable) as unknown:
        raise OurMistake(
            f"an answer that is not understood: {unknown!r} in {given.get('id')}", code=NOT_UNDERSTOOD, may_pass=True
        ) from unknown


def session(given: Given) -> Session:
    currency = given["currency"].upper()
    return Session(
        id=given["id"],
        reference=given.get("client_reference_id") or "",
        status=SessionStatus(given["status"]),
        payment_status=PaymentStatus(given["payment_status"]),
        amount=from_stripe(given["amount_total"], currency),
        currency=currency,
        intent_id=_id(given.get("payment_intent")),
        url=given.get("url") or "",
        expires_at=_moment(given["expires_at"]),
        is_live=given["livemode"],
    )


def intent(given: Given, key: str) -> Intent:
    """The latest charge must have been asked for with it. `key` makes the digest of the card."""
    currency = given["currency"].upper()
    charge = given.get("latest_charge") or {}
    failure = given.get("last_payment_error") or {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return Intent(
        id=given["id"],
        reference=(given.get("metadata") or {}).get("order", ""),
        status=IntentStatus(given["status"]),
        amount=from_stripe(given["amount"], currency),
        received=from_stripe(given["amount_received"], currency),
        refunded=from_stripe(charge.get("amount_refunded", 0), currency),
        currency=currency,
        charge_id=charge.get("id", ""),
        is_disputed=charge.get("disputed", False),
        decline_code=failure.get("decline_code") or failure.get("code") or "",
        card=card_digest(card.get("fingerprint") or "", key),
        created_at=_moment(given["created"]),
        is_live=given["livemode"],
    )


def refund(given: Given) -> Refund:
    currency = given["currency"].upper()
    return Refund(
        id=given["id"],
        key=(given.get("metadata") or {}).get("key", ""),
        status=RefundStatus(given["status"]),
        amount=from_stripe(given["amount"], currency),
        currency=currency,
        intent_id=_id(given.get("payment_intent")),
        failure=given.get("failure_reason") or "",
    )


def dispute(given: Given) -> Dispute:
    currency = given["currency"].upper()
    return Dispute(
        id=given["id"],
        status=DisputeStatus(given["status"]),
        amount=from_stripe(given["amount"], currency),
        currency=currency,
        intent_id=_id(given.get("payment_intent")),
        reason=given["reason"],
        is_live=given["livemode"],
    )


def event(given: Given) -> Event:
    if given["object"] != "event":
        raise ValueError("no event")
    about = given["data"]["object"]
    kind = about["object"]
    return Event(
        id=given["id"],
        kind=given["type"],
        created_at=_moment(given["created"]),
        object_kind=kind,
        object_id=about.get("id") or "",
        intent_id=about["id"] if kind == "payment_intent" else _id(about.get("payment_intent")),
        reference=about.get("client_reference_id") or (about.get("metadata") or {}).get("order", ""),
        account=given.get("account") or "",
        is_live=given["livemode"],
    )


def _id(given: str | Given | None) -> str:
    """An object is given as its id, or whole when that was asked for."""
    found = given["id"] if isinstance(given, dict) else given or ""
    return str(found)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
