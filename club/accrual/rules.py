"""What a purchase earns: base rate × the rung's multiplier × the best campaign, rounded down once, caps last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from club.clock import month_end
from club.money import spread
from club.purchases.rules import NewPurchase
from club.texts import Texts

PER_CENT = 100
NO_NAME = Texts({})
FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)


class Period(StrEnum):
    """How long a cap counts, per member."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    EVER = "ever"

    def around(self, day: date) -> tuple[date, date]:
        """The first and last day of the period in which a day lies."""
        match self:
            case Period.DAY:
                return day, day
            case Period.MONTH:
                return day.replace(day=1), month_end(day)
            case Period.YEAR:
                return date(day.year, 1, 1), date(day.year, 12, 31)
            case Period.EVER:
                return FIRST_DAY, LAST_DAY


@dataclass(frozen=True, kw_only=True)
class BaseRate:
    """So many points for so many minor units, from a day until the next rate starts."""

    points: int
    per_amount: int
    starts_on: date
    id: int = 0


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A multiplier for a time: in one channel, one category, both, or everywhere."""

    percent: int
    starts_on: date
    ends_on: date | None = None
    channel: str | None = None
    category: str | None = None
    name: Texts = NO_NAME
    id: int = 0
    offer_id: int = 0
    """Of a campaign that is an offer used for one purchase."""

    @property
    def kept(self) -> dict[str, object]:
        """What the breakdown of a purchase keeps of it."""
        which = {"offer_id": self.offer_id} if self.offer_id else {"campaign_id": self.id}
        return {**which, "campaign_percent": self.percent}

    def applies_to(self, channel: str, category: str) -> bool:
        """Whether it counts for goods of this category bought this way."""
        return self.channel in {None, channel} and (
            self.category is None or self.category.casefold() == category.casefold()
        )


@dataclass(frozen=True, kw_only=True)
class Bonus:
    """Points for an act: join, …"""

    act: str
    points: int
    starts_on: date
    ends_on: date | None = None
    id: int = 0


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that one member's purchases earn in a period."""

    points: int
    period: Period
    starts_on: date
    ends_on: date | None = None
    id: int = 0


@dataclass(frozen=True)
class Rules:
    """The earning rules of one day. No base rate: purchases earn nothing."""

    base: BaseRate | None = None
    campaigns: tuple[Campaign, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    caps: tuple[Cap, ...] = ()

    def bonus_for(self, act: str) -> Bonus | None:
        """The highest running bonus for an act."""
        return max((bonus for bonus in self.bonuses if bonus.act == act), key=lambda bonus: bonus.points, default=None)


@dataclass(frozen=True)
class AllRules:
    """Every earning rule that was not withdrawn, whatever its dates."""

    bases: tuple[BaseRate, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    caps: tuple[Cap, ...] = ()

    def on(self, day: date) -> Rules:
        """The rules of a day: the base rate that started last, and what runs."""
        started = [base for base in self.bases if base.starts_on <= day]
        return Rules(
            base=max(started, key=lambda base: (base.starts_on, base.id), default=None),
            campaigns=_running(self.campaigns, day),
            bonuses=_running(self.bonuses, day),
            caps=_running(self.caps, day),
        )

    def with_rule(self, rule: "BaseRate | Campaign | Bonus | Cap") -> "AllRules":
        """The same and one more."""
        match rule:
            case BaseRate():
                return replace(self, bases=(*self.bases, rule))
            case Campaign():
                return replace(self, campaigns=(*self.campaigns, rule))
            case Bonus():
                return replace(self, bonuses=(*self.bonuses, rule))
            case Cap():
                return replace(self, caps=(*self.caps, rule))

    def without(self, rule_id: int) -> "AllRules":
        """The same without one."""
        return AllRules(
            bases=tuple(rule for rule in self.bases if rule.id != rule_id),
            campaigns=tuple(rule for rule in self.campaigns if rule.id != rule_id),
            bonuses=tuple(rule for rule in self.bonuses if rule.id != rule_id),
            caps=tuple(rule for rule in self.caps if rule.id != rule_id),
        )

    def rule(self, rule_id: int) -> "BaseRate | Campaign | Bonus | Cap | None":
        """One of them by its id."""
        every: list[BaseRate | Campaign | Bonus | Cap] = [*self.bases, *self.campaigns, *self.bonuses, *self.caps]
        return next((rule for rule in every if rule.id == rule_id), None)


@dataclass(frozen=True)
class Earning:
    """What a purchase brings. `per_line` holds (points, qualifying points) of each line; `why` is kept for ever."""

    points: int
    qualifying_points: int
    per_line: tuple[tuple[int, int], ...] = ()
    why: Mapping[str, object] | None = None


Dated = TypeVar("Dated", Campaign, Bonus, Cap)
NOTHING_EARNED: Mapping[Period, int] = {}


def earned(
    purchase: NewPurchase,
    rules: Rules,
    multiplier_percent: int,
    *,
    rung_key: str = "",
    earned_before: Mapping[Period, int] = NOTHING_EARNED,
) -> Earning:
    """Whole points for a purchase, and those that count for tiers.

    The sum over the lines is an exact fraction, rounded down once and spread over the lines by largest remainder.
    Qualifying points are the base rate alone: no multiplier, no campaign, no cap. `earned_before` is what this
    member's purchases earned in the period of each cap so far. A line that earns nothing weighs nothing.
    """
    base = rules.base
    if base is None:
        return Earning(0, 0, tuple((0, 0) for _ in purchase.lines))
    parts = [(line.amount if line.earns else 0, line.category) for line in purchase.lines] or [(purchase.amount, "")]
    amounts = [amount for amount, _ in parts]
    best = [_best(rules.campaigns, purchase.channel, category) for _, category in parts]
    weights = [amount * _percent(campaign) for amount, campaign in zip(amounts, best, strict=True)]
    full = sum(weights) * base.points * multiplier_percent // (base.per_amount * PER_CENT * PER_CENT)
    cap, points = _capped(full, rules.caps, earned_before)
    qualifying = sum(amounts) * base.points // base.per_amount
    why: dict[str, object] = {
        "rule_id": base.id,
        "points": base.points,
        "per_amount": base.per_amount,
        "amount": sum(amounts),
        "multiplier_percent": multiplier_percent,
        "rung_key": rung_key,
        **_campaigns_kept(best),
    }
    if cap is not None:
        why |= {"cap_id": cap.id, "cap_points": cap.points, "cap_period": cap.period.value, "cut": full - points}
    lines = tuple(zip(spread(points, weights), spread(qualifying, amounts), strict=True)) if purchase.lines else ()
    return Earning(points, qualifying, lines, why)


def _best(campaigns: Sequence[Campaign], channel: str, category: str) -> Campaign | None:
    """The campaign that gives most; none that gives less than no campaign."""
    applying = [campaign for campaign in campaigns if campaign.applies_to(channel, category)]
    best = max(applying, key=lambda campaign: (campaign.percent, -campaign.id), default=None)
    return best if best is not None and best.percent > PER_CENT else None


def _percent(campaign: Campaign | None) -> int:
    return PER_CENT if campaign is None else campaign.percent


def _capped(points: int, caps: Sequence[Cap], earned_before: Mapping[Period, int]) -> tuple[Cap | None, int]:
    """The cap that cuts most, if one cuts at all, and what is left under it."""
    tightest, left = None, points
    for cap in caps:
        room = max(0, cap.points - earned_before.get(cap.period, 0))
        if room < left:
            tightest, left = cap, room
    return tightest, left


def _campaigns_kept(best: Sequence[Campaign | None]) -> dict[str, object]:
    """One campaign for all, or which line had which."""
    first = best[0]
    if all(campaign == first for campaign in best):
        return {} if first is None else first.kept
    return {
        "lines": [
            {"position": position, **campaign.kept}
            for position, campaign in enumerate(best, start=1)
            if campaign is not None
        ]
    }


def _running(rules: Sequence[Dated], day: date) -> tuple[Dated, ...]:
    return tuple(rule for rule in rules if rule.starts_on <= day and (rule.ends_on is None or day <= rule.ends_on))
