"""What Stripe's rules ask of us: keys that make a repeat harmless, signed messages, amounts as Stripe counts them."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from club.money import exponent

KEY_LIVES = timedelta(hours=24)
"""How long Stripe knows a key at least; afterwards the same key does the same thing once more."""

LONGEST_KEY = 255

IN_USE = "idempotency_key_in_use"
"""What Stripe says while another call with the same key is at work."""

_PART_OF_KEY = re.compile(r"[A-Za-z0-9_-]+")

STRIPE_DIGITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
"""Digits behind the decimal sign as Stripe counts amounts (docs.stripe.com/currencies); all others have two."""


LEAST_BY_CARD = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""Minor units below which Stripe opens no payment (docs.stripe.com/currencies, minimum and maximum charge amounts)."""


class AmountNotPayable(Exception):
    """Stripe cannot take this amount of this currency."""


def least_by_card(currency: str) -> int:
    """The least total that a card can pay, in minor units; 0 where none is known."""
    return LEAST_BY_CARD.get(currency, 0)


def card_digest(fingerprint: str, key: str) -> bytes:
    """What of a card is kept: enough to compare it, nothing to know it by elsewhere; empty for no fingerprint.

    `key` is that of the account, because fingerprints are the account's own. Under another key the same card is
    another one.
    """
    return hmac.new(key.encode(), f"card\0{fingerprint}".encode(), hashlib.sha256).digest() if fingerprint else b""


def idempotency_key(install: str, order: str, operation: str, attempt: int) -> str:
    """Names one attempt at one operation, so that sending it again does it once.

    The same key with other values is refused by Stripe, and an answer is replayed even if it was a failure: a new
    attempt needs a new number. Raises ValueError for parts that could be mistaken for others.
    """
    parts = (install, order, operation)
    if not all(_PART_OF_KEY.fullmatch(part) for part in parts) or attempt < 1:
        raise ValueError("letters, digits, _ and - only, attempts from 1 on")
    key = ":".join((*parts, str(attempt)))
    if len(key) > LONGEST_KEY:
        raise ValueError(f"longer than {LONGEST_KEY} characters")
    return key


def is_key_known(first_sent: datetime, now: datetime) -> bool:
    """Whether sending the same key again is surely harmless. Later than that, look what became of it instead."""
    return now - first_sent < KEY_LIVES - timedelta(hours=1)


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe counts them. Raises `AmountNotPayable` for parts that Stripe does not take."""
    scaled = _shifted(amount, _stripe_digits(currency) - exponent(currency))
    if scaled is None or scaled < 0 or (_stripe_digits(currency) == 3 and scaled % 10):
        raise AmountNotPayable(f"{amount} {currency}")
    return scaled


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's amount in our minor units. Raises `AmountNotPayable` if ours cannot say it exactly."""
    ours = _shifted(amount, exponent(currency) - _stripe_digits(currency))
    if ours is None:
        raise AmountNotPayable(f"{amount} {currency}")
    return ours


def _shifted(amount: int, digits: int) -> int | None:
    """With so many more digits behind the sign, or fewer; None if that would lose some."""
    factor = int(10 ** abs(digits))
    if digits >= 0:
        return amount * factor
    return amount // factor if amount % factor == 0 else None


def _stripe_digits(currency: str) -> int:
    return STRIPE_DIGITS.get(currency.upper(), 2)
