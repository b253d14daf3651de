"""Messages that another program signs with a secret: Stripe's, and mails that a mail service hands over."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

TOLERANCE_SECONDS = 300
"""How old a signed message may be; whoever sends one again signs it anew."""


class ForgedMessage(Exception):
    """This message was not signed with a known secret, was changed on its way, or is too old."""


def check_signature(
    body: bytes, header: str, secrets: Sequence[str], now: datetime, tolerance_seconds: int = TOLERANCE_SECONDS
) -> None:
    """Raise `ForgedMessage` unless one of these secrets signed exactly these bytes within the tolerance.

    Scheme v1: HMAC-SHA256 over the time of sending, a point, and the body (docs.stripe.com/webhooks/signature).
    """
    sent_at, signatures = _signatures(header)
    signed = f"{sent_at}.".encode() + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
    if not any(hmac.compare_digest(ours.encode(), theirs.encode()) for ours in expected for theirs in signatures):
        raise ForgedMessage("the signature does not belong to this message")
    if abs(int(now.timestamp()) - sent_at) > tolerance_seconds:
        raise ForgedMessage("the message is too old")


def _signatures(header: str) -> tuple[int, list[str]]:
    """The moment of sending in seconds, and the signatures of scheme v1; others count for nothing."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t" and value.isascii() and value.isdigit()]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or len(moments[0]) > 12 or not signatures:
        raise ForgedMessage("there is no signature")
    return int(moments[0]), signatures
