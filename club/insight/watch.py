"""Who slips away before they are late: the rule as a value, and as conditions inside statements.

Somebody is compared with their own usual: what they bought in the year before the last `window_days`, reckoned down to
as many days. It takes two usual buying days in such a stretch to speak of a change; whoever buys more seldom is watched
by their rhythm alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntFlag, StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

from club.clock import ONE_DAY
from club.database import BigId
from club.errors import BadWatch
from club.insight.days import days_after, days_between, larger

YEAR_DAYS = 365
LEAST_USUAL_DAYS = 2
"""Buying days that somebody usually has in the window: with fewer nothing can be said of a change."""
LEAST_BASKETS, LEAST_BASKETS_BEFORE = 2, 3
LEAST_OVERDUE_DAYS = 14


class Trend(StrEnum):
    """How somebody buys now, beside how they usually do."""

    NONE = "none"
    """Too little is known."""
    STEADY = "steady"
    SLIPPING = "slipping"
    """First signs: over their own usual gap, or a smaller basket."""
    DECLINING = "declining"
    """Far less, or far less often, than they usually buy."""
    LATE = "late"


class Sign(IntFlag):
    """What speaks for it."""

    LESS_SPENT = 1
    LESS_OFTEN = 2
    SMALLER_BASKET = 4
    OVERDUE = 8


DECLINE = Sign.LESS_SPENT | Sign.LESS_OFTEN
AWAY = (Trend.SLIPPING, Trend.DECLINING)


@dataclass(frozen=True)
class Watch:
    """The rule: by how much less within how many days, and how far over their own gap."""

    window_days: int = 90
    decline_percent: int = 60
    basket_percent: int = 40
    overdue_percent: int = 150

    def __post_init__(self) -> None:
        is_window = 30 <= self.window_days <= YEAR_DAYS
        is_less = all(10 <= percent <= 95 for percent in (self.decline_percent, self.basket_percent))
        if not (is_window and is_less and 110 <= self.overdue_percent <= 1000):
            raise BadWatch

    def window(self, as_of: date) -> date:
        """Its first day."""
        return as_of - timedelta(days=self.window_days - 1)


def usual_in_window(before: int, span_days: int, window_days: int) -> int:
    """What somebody usually has in so many days, in hundredths."""
    return 0 if span_days <= 0 else (100 * before * window_days) // span_days


# --- inside statements


def sums(bought_on: Any, amount: Any, watch: Watch, as_of: date) -> list[ColumnElement[Any]]:
    """Of one member's purchases: what fell into the window, and into the year before it."""
    first = watch.window(as_of)
    is_recent = bought_on >= first
    is_before = bought_on.between(first - timedelta(days=YEAR_DAYS), first - ONE_DAY)
    return [
        func.sum(case((is_recent, amount), else_=0)).cast(BigId).label("recent_spend"),
        func.count(case((is_recent, bought_on)).distinct()).label("recent_days"),
        func.sum(case((is_before, amount), else_=0)).cast(BigId).label("before_spend"),
        func.count(case((is_before, bought_on)).distinct()).label("before_days"),
    ]


def span_before(first_bought_on: Any, watch: Watch, as_of: date) -> ColumnElement[int]:
    """How many days of the year before the window somebody was a customer."""
    days = days_between(first_bought_on, watch.window(as_of))
    return case((first_bought_on.is_(None), 0), (days > YEAR_DAYS, YEAR_DAYS), else_=larger(days, 0))


def overdue_from(last: Any, gap: Any, patience: Any, watch: Watch) -> ColumnElement[date]:
    """The first day on which somebody is over their own gap: always before the one on which they are late."""
    wished = larger(gap * watch.overdue_percent // 100, LEAST_OVERDUE_DAYS)
    return days_after(last, case((wished < patience, wished), else_=patience - 1) + 1)


def signs(of: Any, watch: Watch, as_of: date) -> ColumnElement[int]:
    """`Sign`s as one number, from columns named as in `member_figures`."""
    spend, days, span = (getattr(of, name).cast(BigId) for name in ("recent_spend", "recent_days", "before_span"))
    spend_before, days_before = of.before_spend.cast(BigId), of.before_days.cast(BigId)
    has_usual = and_(span >= watch.window_days, days_before * watch.window_days >= LEAST_USUAL_DAYS * span)
    left, basket_left = 100 - watch.decline_percent, 100 - watch.basket_percent
    less_spent = and_(has_usual, spend_before > 0, 100 * spend * span <= left * spend_before * watch.window_days)
    less_often = and_(has_usual, 100 * days * span <= left * days_before * watch.window_days)
    smaller = and_(
        days >= LEAST_BASKETS,
        days_before >= LEAST_BASKETS_BEFORE,
        spend_before > 0,
        100 * spend * days_before <= basket_left * spend_before * days,
    )
    found: ColumnElement[int] = case((less_spent, int(Sign.LESS_SPENT)), else_=0)
    for condition, sign in (
        (less_often, Sign.LESS_OFTEN),
        (smaller, Sign.SMALLER_BASKET),
        (of.overdue_from <= as_of, Sign.OVERDUE),
    ):
        found = found + case((condition, int(sign)), else_=0)
    return found


def trend(of: Any, as_of: date) -> ColumnElement[str]:
    """`Trend` from the signs: whoever is late already is not slipping any more."""
    return case(
        (of.buying_days < 2, Trend.NONE.value),
        (of.late_from <= as_of, Trend.LATE.value),
        (of.signs.in_(_holding(DECLINE)), Trend.DECLINING.value),
        (of.signs > 0, Trend.SLIPPING.value),
        else_=Trend.STEADY.value,
    )


def _holding(any_of: Sign) -> list[int]:
    return [number for number in range(16) if Sign(number) & any_of]
