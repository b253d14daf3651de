"""Points that pay part of a sale at the counter, as values. Minor units and points."""

from dataclasses import dataclass, replace

from club.errors import MorePointsThanSale, PointsOutOfStep
from club.money import spread
from club.programme.rules import Club
from club.purchases.rules import NewPurchase


@dataclass(frozen=True)
class Paid:
    """A sale with the part that points pay; the purchase is its money part, and only that earns."""

    purchase: NewPurchase
    points: int
    worth: int


def most_points(club: Club, amount: int, spendable: int) -> int:
    """The most points that can pay towards an amount: whole steps, never worth more than it."""
    enough = amount * club.point_value_points // club.point_value_minor
    return max(0, min(spendable, enough)) // club.spend_step * club.spend_step


def pay_with(club: Club, sale: NewPurchase, points: int) -> Paid:
    """Points lower what is paid, spread over the lines. Raises `PointsOutOfStep` and `MorePointsThanSale`."""
    if points % club.spend_step:
        raise PointsOutOfStep(club.spend_step)
    most = most_points(club, sale.amount, points)
    if points > most:
        raise MorePointsThanSale(most)
    worth = club.worth(points)
    parts = spread(worth, [line.amount for line in sale.lines])
    lines = tuple(replace(line, amount=line.amount - part) for line, part in zip(sale.lines, parts, strict=True))
    return Paid(replace(sale, amount=sale.amount - worth, lines=lines), points, worth)


@dataclass(frozen=True, kw_only=True)
class ComesBack:
    """Goods of a sale come back: `paid` was paid in all, `before` of it came back earlier, `now` comes back."""

    paid: int
    before: int
    now: int
    is_whole: bool
    """Nothing of the sale is left."""

    def points(self, used: int, given_back: int) -> int:
        """How many of the points that were used come back: in step with the money, and with the last goods all."""
        if self.is_whole:
            return used - given_back
        if not self.paid:
            return 0
        return max(0, used * (self.before + self.now) // self.paid - given_back)
