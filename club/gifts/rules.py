"""Rules by which the club gives by itself, and whom each is due to on a day. Pure; `due.py` says the same in SQL."""

from calendar import isleap
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.clock import ONE_DAY, add_months, in_year
from club.errors import BadGiftRule
from club.money import LARGEST_AMOUNT
from club.texts import Texts
from club.tiers.rules import Route

LONGEST_TITLE = 120
MOST_POINTS = 1_000_000
MOST_DAYS = 3650
MOST_THRESHOLD = 1000
MOST_WAIT_DAYS = 180
MOST_CHOOSE_DAYS = 366
MOST_CHOICES = 3
REMINDED_BEFORE = timedelta(days=7)
"""The last day to choose is so near, or nearer, when whoever has not chosen hears of it."""
APART = timedelta(days=300)
"""Between two gifts of one topic: whoever moves a birthday across the turn of the year gets nothing twice."""
HUNDRED = 100
_LEAP = (2, 29)


class Kind(StrEnum):
    """What a rule looks at."""

    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    """Of joining."""
    GROWTH = "growth"
    """Bought more than in the period before, by so many percent."""
    MILESTONE = "milestone"
    """Came so far on the way to the next tier."""


class What(StrEnum):
    """What is given."""

    POINTS = "points"
    VOUCHER = "voucher"
    """Of an offer that comes only as a gift."""
    BENEFIT = "benefit"
    """Once, handed over by staff."""


class State(StrEnum):
    """What became of a gift."""

    OPEN = "open"
    """The member may choose."""
    DUE = "due"
    """To be given in this very transaction, or by the next night."""
    GIVEN = "given"
    LAPSED = "lapsed"
    """Nothing of what was to be chosen from could be given any more."""


class Fault(StrEnum):
    """What speaks against a rule as it is written."""

    TITLE = "title"
    OPTIONS = "options"
    """One thing, or at a milestone two or three different ones."""
    POINTS = "points"
    OFFER = "offer"
    BENEFIT = "benefit"
    RUNG = "rung"
    HOLD = "hold"
    PERIOD = "period"
    THRESHOLD = "threshold"
    LEAST = "least"
    WAIT = "wait"
    AT = "at"
    CHOOSE = "choose"


MONTHS = (3, 6, 12)
"""How long a period of growth may be; it begins with a quarter, a half or a whole calendar year."""


@dataclass(frozen=True)
class Option:
    """One thing that is given."""

    what: What
    points: int = 0
    offer_id: int | None = None
    benefit_id: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it says exactly what it gives."""
        match self.what:
            case What.POINTS:
                return 1 <= self.points <= MOST_POINTS and self.offer_id is None and self.benefit_id is None
            case What.VOUCHER:
                return self.offer_id is not None and not self.points and self.benefit_id is None
            case What.BENEFIT:
                return self.benefit_id is not None and not self.points and self.offer_id is None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule as staff write it. Amounts in minor units."""

    kind: Kind
    title: Texts
    """What members read."""
    options: tuple[Option, ...]
    starts_on: date
    rung_key: str | None = None
    """From which tier; at a milestone the tier that one stands on. None: for everybody."""
    hold_days: int | None = None
    """How long it can be used; none: points as long as all points, a voucher as long as its offer says."""
    months: int = 12
    threshold_percent: int = 0
    least: int = 0
    """What must have been bought in the period before."""
    wait_days: int = 0
    """So long after a period returns are waited for."""
    at_percent: int = 0
    """Of what the next tier asks."""
    route: Route = Route.SPEND
    choose_days: int = 0

    @property
    def has_choice(self) -> bool:
        """Whether the member chooses."""
        return len(self.options) > 1

    def check(self) -> None:
        """Raise `BadGiftRule` with the first thing that cannot be meant."""
        is_growth, is_milestone = self.kind is Kind.GROWTH, self.kind is Kind.MILESTONE
        for fault, is_wrong in (
            (Fault.TITLE, not self.title or any(len(text) > LONGEST_TITLE for text in self.title.values())),
            (Fault.OPTIONS, not self._right_number()),
            (Fault.POINTS, any(not one.is_whole for one in self.options if one.what is What.POINTS)),
            (Fault.OFFER, any(not one.is_whole for one in self.options if one.what is What.VOUCHER)),
            (Fault.BENEFIT, any(not one.is_whole for one in self.options if one.what is What.BENEFIT)),
            (Fault.RUNG, is_milestone and not self.rung_key),
            (Fault.HOLD, self.hold_days is not None and not 1 <= self.hold_days <= MOST_DAYS),
            (Fault.PERIOD, self.months not in MONTHS),
            (Fault.THRESHOLD, is_growth and not 1 <= self.threshold_percent <= MOST_THRESHOLD),
            (Fault.LEAST, is_growth and not 1 <= self.least <= LARGEST_AMOUNT),
            (Fault.WAIT, not 0 <= self.wait_days <= MOST_WAIT_DAYS),
            (Fault.AT, is_milestone and not 1 <= self.at_percent < HUNDRED),
            (Fault.CHOOSE, self.has_choice and not 1 <= self.choose_days <= MOST_CHOOSE_DAYS),
        ):
            if is_wrong:
                raise BadGiftRule(fault.value)

    def _right_number(self) -> bool:
        most = MOST_CHOICES if self.kind is Kind.MILESTONE else 1
        return 1 <= len(self.options) <= most and len(set(self.options)) == len(self.options)


@dataclass(frozen=True)
class Span:
    """Days, both included."""

    first: date
    last: date


# --- whom it is due to


def born_on(day: date) -> list[tuple[int, int]]:
    """The birthdays, as (month, day), that are kept on a day: 29 February on 28 February of a common year."""
    kept = [(day.month, day.day)]
    if kept == [(2, 28)] and in_year(*_LEAP, day.year) == day:
        kept.append(_LEAP)
    return kept


def joined_on(day: date, years: int = 100) -> list[date]:
    """The days of joining whose anniversary is kept on a day; the day itself is none."""
    return [
        date(year, month, number)
        for year in range(day.year - years, day.year)
        for month, number in born_on(day)
        if (month, number) != _LEAP or isleap(year)
    ]


def period_decided_on(rule: Rule, day: date) -> Span | None:
    """The period of growth that is decided on a day: the one that ended `wait_days` before; None on other days."""
    first_after = day - timedelta(days=rule.wait_days)
    if first_after.day != 1 or (first_after.month - 1) % rule.months:
        return None
    return Span(add_months(first_after, -rule.months), first_after - ONE_DAY)


def period_before(rule: Rule, period: Span) -> Span:
    """The period that one is measured against."""
    return Span(add_months(period.first, -rule.months), period.first - ONE_DAY)


def has_grown(rule: Rule, before: int, now: int) -> bool:
    """Whether somebody bought enough before, and by so many percent more since."""
    return before >= rule.least and now * HUNDRED >= before * (HUNDRED + rule.threshold_percent)


def is_reached(rule: Rule, have: int, need: int) -> bool:
    """Whether somebody came so far on a way that the next tier asks `need` on; 0: that way is not offered."""
    return need > 0 and have * HUNDRED >= need * rule.at_percent


def is_apart(last: Collection[date], day: date) -> bool:
    """Whether the last gift of this topic is long enough ago."""
    return all(one <= day - APART for one in last)


def held_until(rule: Rule, day: date) -> date | None:
    """The last day of what is given on a day; None: not said by the rule."""
    return None if rule.hold_days is None else day + timedelta(days=rule.hold_days)
