"""Which rule counts for a purchase, which does not, and why: for trying rules out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Earning, Period, earned
from club.purchases.rules import NewPurchase

Rule = BaseRate | Campaign | Bonus | Cap


class Because(StrEnum):
    """Why a rule counts, or not."""

    COUNTS = "counts"
    NOT_BEGUN = "not_begun"
    OVER = "over"
    NEWER_RATE = "newer_rate"
    OTHER_CHANNEL = "other_channel"
    OTHER_CATEGORY = "other_category"
    BETTER_ONE = "better_one"
    ROOM_LEFT = "room_left"
    OTHER_CAP = "other_cap"
    NO_PURCHASE = "no_purchase"
    NO_RATE = "no_rate"


@dataclass(frozen=True)
class Verdict:
    """One rule and what became of it; `earned_before` is what a limit had counted already."""

    rule: Rule
    because: Because
    earned_before: int = 0

    @property
    def counts(self) -> bool:
        """Whether it changed the points."""
        return self.because is Because.COUNTS


@dataclass(frozen=True)
class Explained:
    """What a purchase would bring and the verdict on every rule."""

    earning: Earning
    multiplier_percent: int
    rung_key: str
    verdicts: tuple[Verdict, ...]


def explain(
    purchase: NewPurchase,
    every: AllRules,
    multiplier_percent: int,
    rung_key: str,
    earned_before: Mapping[Period, int],
) -> Explained:
    """The same sum as `earned` makes, with every rule of the club beside it."""
    rules = every.on(purchase.bought_on)
    earning = earned(purchase, rules, multiplier_percent, rung_key=rung_key, earned_before=earned_before)
    why = earning.why or {}
    used, day, has_rate = _campaigns_used(why), purchase.bought_on, rules.base is not None
    so_far = {cap.id: earned_before.get(cap.period, 0) for cap in every.caps}
    verdicts = [
        *(Verdict(base, _of_base(base, rules.base, day)) for base in every.bases),
        *(Verdict(one, _of_campaign(one, purchase, used, has_rate=has_rate)) for one in every.campaigns),
        *(Verdict(cap, _of_cap(cap, day, why, earning.points + so_far[cap.id]), so_far[cap.id]) for cap in every.caps),
        *(Verdict(bonus, _dated(bonus, day) or Because.NO_PURCHASE) for bonus in every.bonuses),
    ]
    return Explained(earning, multiplier_percent, rung_key, tuple(sorted(verdicts, key=lambda one: not one.counts)))


def _of_base(base: BaseRate, running: BaseRate | None, day: date) -> Because:
    if base == running:
        return Because.COUNTS
    return Because.NOT_BEGUN if base.starts_on > day else Because.NEWER_RATE


def _of_campaign(campaign: Campaign, purchase: NewPurchase, used: set[object], *, has_rate: bool) -> Because:
    dated = _dated(campaign, purchase.bought_on)
    if dated is not None:
        return dated
    if campaign.id in used:
        return Because.COUNTS
    if not has_rate:
        return Because.NO_RATE
    if campaign.channel not in {None, purchase.channel}:
        return Because.OTHER_CHANNEL
    categories = [line.category for line in purchase.lines] or [""]
    if not any(campaign.applies_to(purchase.channel, category) for category in categories):
        return Because.OTHER_CATEGORY
    return Because.BETTER_ONE


def _of_cap(cap: Cap, day: date, why: Mapping[str, object], total: int) -> Because:
    dated = _dated(cap, day)
    if dated is not None:
        return dated
    if why.get("cap_id") == cap.id:
        return Because.COUNTS
    return Because.ROOM_LEFT if total <= cap.points else Because.OTHER_CAP


def _dated(rule: Campaign | Bonus | Cap, day: date) -> Because | None:
    if rule.starts_on > day:
        return Because.NOT_BEGUN
    return Because.OVER if rule.ends_on is not None and rule.ends_on < day else None


def _campaigns_used(why: Mapping[str, object]) -> set[object]:
    lines = why.get("lines")
    used = {why.get("campaign_id")}
    if isinstance(lines, Iterable):
        used |= {line.get("campaign_id") for line in lines if isinstance(line, Mapping)}
    return used - {None}


def overlapping(campaign: Campaign, every: AllRules) -> list[Campaign]:
    """Other campaigns that run on some of the same days for some of the same goods: there the larger one counts."""
    return [
        other
        for other in every.campaigns
        if other.id != campaign.id
        and _meet(campaign.channel, other.channel)
        and _meet(_folded(campaign.category), _folded(other.category))
        and campaign.starts_on <= (other.ends_on or date.max)
        and other.starts_on <= (campaign.ends_on or date.max)
    ]


def given_back_percent(every: AllRules, day: date, highest_multiplier: int, worth: tuple[int, int]) -> tuple[int, int]:
    """What comes back of the price in points, in tenths of a percent: plain, and at most.

    `worth`: so many points are worth so many minor units. At most: the highest tier and the largest campaign.
    """
    rules = every.on(day)
    if rules.base is None:
        return 0, 0
    points, minor = worth
    largest = max([100, *(campaign.percent for campaign in rules.campaigns)])
    plain = 1000 * rules.base.points * minor // (rules.base.per_amount * points)
    most = 1000 * rules.base.points * minor * largest * highest_multiplier // (rules.base.per_amount * points * 10_000)
    return plain, most


def _meet(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()
