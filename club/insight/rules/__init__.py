"""Arithmetic of the club's figures: rhythm, shares, medians, the curve of second orders. Values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from club.clock import ONE_DAY, add_months
from club.errors import BadRhythm
from club.insight.rules.term import curve_of

YEAR_DAYS = 365
FIFTH = 5
NEAR_PERCENT = 75
"""Near the best fifth is whoever bought for at least this part of the cut's amount."""
LOYAL_DAYS = 3
"""Loyal is whoever bought on at least so many days."""
MOST_OF_SALES_PERCENT = 80
STALE_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Rhythm:
    """Late is whoever stays away longer than `times_percent` of their usual gap, and `least_days` at least.

    What may have driven them away is looked for from `looked_back_days` before their last purchase on.
    """

    times_percent: int = 200
    least_days: int = 90
    looked_back_days: int = 90

    def __post_init__(self) -> None:
        if not (100 <= self.times_percent <= 1000 and 1 <= self.least_days <= 3650):
            raise BadRhythm
        if not 1 <= self.looked_back_days <= 730:
            raise BadRhythm

    def patience_days(self, usual_gap_days: int) -> int:
        """How many days somebody may stay away before they are late."""
        return max(usual_gap_days * self.times_percent // 100, self.least_days)

    def late_from(self, last_bought_on: date, usual_gap_days: int) -> date:
        """The first day on which they are late."""
        return last_bought_on + timedelta(days=self.patience_days(usual_gap_days) + 1)


def usual_gap(first: date, last: date, buying_days: int) -> int | None:
    """The mean of the gaps between buying days in whole days, one at least."""
    return None if buying_days < 2 else max(1, (last - first).days // (buying_days - 1))


# --- periods


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


PERIODS = ("days30", "month", "quarter", "year")


def period_of(key: str, as_of: date) -> Period:
    """One of `PERIODS` as far as it has come on a day: the last 30 days, or the month, quarter, year so far."""
    if key == "days30":
        return Period(as_of - timedelta(days=29), as_of)
    first_month = {"month": as_of.month, "quarter": as_of.month - (as_of.month - 1) % 3, "year": 1}[key]
    return Period(date(as_of.year, first_month, 1), as_of)


def period_before(key: str, as_of: date) -> Period:
    """What a period is compared with: the same stretch of the one before it, or as many days before own days."""
    now = period_of(key, as_of)
    months = {"month": 1, "quarter": 3, "year": 12}.get(key)
    return before(now) if months is None else Period(add_months(now.first, -months), add_months(as_of, -months))


def before(period: Period) -> Period:
    """As many days, just before."""
    return Period(period.first - timedelta(days=period.days), period.first - ONE_DAY)


# --- sums


def mean_x100(histogram: Iterable[tuple[int, int]]) -> int:
    """The mean of (value, how often), in hundredths; 0 of nothing."""
    pairs = list(histogram)
    count = sum(often for _, often in pairs)
    return (200 * sum(value * often for value, often in pairs) + count) // (2 * count) if count else 0


def median_x2(histogram: Iterable[tuple[int, int]]) -> int:
    """Twice the median of (value, how often), which is whole; 0 of nothing."""
    pairs = sorted(histogram)
    count = sum(often for _, often in pairs)
    return _nth(pairs, (count - 1) // 2) + _nth(pairs, count // 2) if count else 0


def _nth(pairs: Sequence[tuple[int, int]], place: int) -> int:
    passed = 0
    for value, often in pairs:
        passed += often
        if place < passed:
            return value
    raise IndexError(place)


def permille(part: int, whole: int) -> int:
    """A share in thousandths, rounded; 0 of nothing."""
    return (2000 * part + whole) // (2 * whole) if whole > 0 else 0


def second_orders(ended: Iterable[tuple[int, int]], waiting: Iterable[tuple[int, int]], days: int) -> int:
    """Which part of first-time buyers has bought again after so many days, in tenths of a percent.

    Read off the curve of `term.curve_of` at the end of that day.
    """
    return round(1000 * max((part for day, part, _ in curve_of(ended, waiting) if day <= days), default=0.0))


def friendly(amount: int, unit: int) -> int:
    """An amount near this one that people can keep in mind: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten.

    `unit` is one whole unit of the currency in minor units; less than one is never asked for.
    """
    steps = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
    size = max(unit, amount) // unit
    power = int(10 ** (len(str(size)) - 1))
    nearest = min(steps, key=lambda step: abs(step * power - 10 * size))
    return max(1, nearest * power // 10) * unit
