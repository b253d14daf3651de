"""Stripe's test cards (docs.stripe.com/testing) and what becomes of each."""

import hashlib
from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """What happens when the buyer presses the button."""

    PAID = "paid"
    DECLINED = "declined"
    ASKED = "asked"
    """The bank wants to know first that it is the buyer (3-D Secure)."""
    DISPUTED = "disputed"
    """Paid, and disputed at once."""
    SETTLES_LATER = "settles later"
    """Not a card of Stripe's: as slow as a payment from a bank account."""


@dataclass(frozen=True)
class Card:
    """One test card. `code` and `decline_code` are how it fails; a card that asks may fail after the answer."""

    number: str
    way: Way
    brand: str = "visa"
    code: str = ""
    decline_code: str = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """What Stripe calls one card by, whoever pays with it; nothing of the number can be read from it."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]

    @property
    def grouped(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


SUCCESS = Card("4242424242424242", Way.PAID)
MASTERCARD = Card("5555555555554444", Way.PAID, "mastercard")
DECLINED = Card("4000000000000002", Way.DECLINED, code="card_declined", decline_code="generic_decline")
NO_FUNDS = Card("4000000000009995", Way.DECLINED, code="card_declined", decline_code="insufficient_funds")
EXPIRED = Card("4000000000000069", Way.DECLINED, code="expired_card", decline_code="expired_card")
WRONG_CVC = Card("4000000000000127", Way.DECLINED, code="incorrect_cvc", decline_code="incorrect_cvc")
PROCESSING_ERROR = Card("4000000000000119", Way.DECLINED, code="processing_error", decline_code="processing_error")
SECURE = Card("4000002760003184", Way.ASKED)
SECURE_TOO = Card("4000000000003220", Way.ASKED)
SECURE_DECLINED = Card("4000008400001629", Way.ASKED, code="card_declined", decline_code="generic_decline")
DISPUTED = Card("4000000000000259", Way.DISPUTED)
SLOW = Card("0000000000000000", Way.SETTLES_LATER, "unknown")

CARDS = {
    card.number: card
    for card in (
        *(SUCCESS, MASTERCARD, DECLINED, NO_FUNDS, EXPIRED, WRONG_CVC, PROCESSING_ERROR),
        *(SECURE, SECURE_TOO, SECURE_DECLINED, DISPUTED, SLOW),
    )
}

ON_THE_PAGE = (SUCCESS, DECLINED, NO_FUNDS, EXPIRED, SECURE, DISPUTED)
"""The ones that the payment page names."""


def is_card_number(digits: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812)."""
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def card_of(digits: str) -> Card:
    """The test card, or one that is refused because it is none. Its number goes no further than this."""
    real = Card("0" * 12 + digits[-4:], Way.DECLINED, code="card_declined", decline_code="test_mode_live_card")
    return CARDS.get(digits, real)
