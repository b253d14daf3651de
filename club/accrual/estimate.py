"""What somebody who is not a member yet would earn: the same rules, played through for a year. Pure."""

from dataclasses import dataclass
from datetime import date

from club.accrual.rules import Rules, earned
from club.money import spread
from club.purchases.rules import NewPurchase
from club.tiers.rules import Counted, Ladder

MOST_PURCHASES = 1000
"""More often than this nobody buys in a year."""


@dataclass(frozen=True)
class Year:
    """A first year as a member, and the second one if it goes on like this."""

    position: int
    """The rung that is reached, 0 for the first."""
    points: int
    points_next_year: int


def year_of(spend: int, purchases: int, ladder: Ladder, rules: Rules) -> Year:
    """Equal purchases through a year that begins on the first rung; each earns on the rung held before it.

    Campaigns and caps are left out: the base rate is what a club promises for always.
    """
    plain = Rules(base=rules.base)
    counted, points = Counted(), 0
    amounts = spread(spend, [1] * purchases)
    for amount in amounts:
        multiplier = ladder.rungs[ladder.standing(counted)].multiplier_percent
        brought = earned(_purchase(amount), plain, multiplier)
        points += brought.points
        counted = counted.with_more(amount, 1 if amount else 0, brought.qualifying_points)
    position = ladder.standing(counted)
    multiplier = ladder.rungs[position].multiplier_percent
    return Year(position, points, sum(earned(_purchase(amount), plain, multiplier).points for amount in amounts))


def _purchase(amount: int) -> NewPurchase:
    return NewPurchase(member_id=0, channel="", bought_on=date.min, amount=amount)
