"""Amounts are whole minor units (cents) of the club's one currency; points are whole numbers."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

LARGEST_AMOUNT = 10**12
"""Refuse what no shop takes: a million million minor units."""


def exponent(currency: str) -> int:
    """Digits behind the decimal sign: EUR 2, JPY 0, KWD 3 (CLDR by Babel)."""
    return int(get_currency_precision(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units of an exact amount; raises ValueError when it has more digits than the currency."""
    if not amount.is_finite():
        raise ValueError("not a finite amount")
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError("more digits than the currency has")
    return int(scaled)


def to_major(minor: int, currency: str) -> Decimal:
    """The amount in the currency's own unit, for showing and exporting."""
    return Decimal(minor).scaleb(-exponent(currency))


def share_of(amount: int, part: int, whole: int) -> int:
    """`amount × part ÷ whole`, rounded half up to a whole minor unit."""
    return int((Decimal(amount) * part / whole).to_integral_value(ROUND_HALF_UP))


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of a total in proportion to weights, by largest remainder; they sum to the total exactly.

    Equal remainders go to the earlier part. All weights zero: the first part takes all.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
