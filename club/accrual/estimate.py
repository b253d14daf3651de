"""What somebody who is not a member yet would earn: the same rules, played through for a year. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from club.accrual.rules import Earning, Period, Rules, earned
from club.money import spread
from club.purchases.rules import NewPurchase
from club.tiers.rules import Counted, Ladder

MOST_PURCHASES = 1000
"""More often than this nobody buys in a year."""


_FIRST_DAY = date(2001, 1, 1)
"""Of a year like any other."""
_YEAR = 365


@dataclass(frozen=True)
class Year:
    """A first year as a member, and the second one if it goes on like this."""

    position: int
    """The rung that is reached, 0 for the first."""
    points: int
    points_next_year: int


def year_of(spend: int, purchases: int, ladder: Ladder, rules: Rules) -> Year:
    """Equal purchases, evenly through a year that begins on the first rung; each earns on the rung held before it.

    Limits count as they would for a member. Campaigns are left out: they come and go, the base rate stays.
    """
    earning = _Earning(Rules(base=rules.base, caps=rules.caps))
    counted, points = Counted(), 0
    amounts = spread(spend, [1] * purchases)
    days = [_FIRST_DAY + timedelta(days=_YEAR * (2 * number + 1) // (2 * purchases)) for number in range(purchases)]
    for day, amount in zip(days, amounts, strict=True):
        multiplier = ladder.rungs[ladder.standing(counted)].multiplier_percent
        brought = earning.of(_purchase(amount, day), multiplier)
        points += brought.points
        counted = counted.with_more(amount, 1 if amount else 0, brought.qualifying_points)
    position = ladder.standing(counted)
    multiplier = ladder.rungs[position].multiplier_percent
    again = [
        earning.of(_purchase(amount, day + timedelta(days=_YEAR)), multiplier).points
        for day, amount in zip(days, amounts, strict=True)
    ]
    return Year(position, points, sum(again))


class _Earning:
    """What purchases earn one after the other, under limits that remember the ones before."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._earned: dict[tuple[Period, date], int] = {}

    def of(self, purchase: NewPurchase, multiplier_percent: int) -> Earning:
        """The next purchase."""
        keys = {cap.period: (cap.period, cap.period.around(purchase.bought_on)[0]) for cap in self._rules.caps}
        before = {period: self._earned.get(key, 0) for period, key in keys.items()}
        brought = earned(purchase, self._rules, multiplier_percent, earned_before=before)
        for key in keys.values():
            self._earned[key] = self._earned.get(key, 0) + brought.points
        return brought


def _purchase(amount: int, day: date) -> NewPurchase:
    return NewPurchase(member_id=0, channel="", bought_on=day, amount=amount)
