"""How points come, wait, are spent in turn, end, and are taken back. Days are club days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from club.clock import ONE_DAY, add_months, month_end
from club.errors import NotEnoughPoints, PointsOutOfRange

LIFE_AFTER_GIVE_BACK = timedelta(days=30)
"""Points given back with less than this left live so long, in a lot of their own."""

MOST_POINTS = 10**12
"""More in one act is a mistake of typing, not a gift."""


@dataclass(frozen=True)
class Legs:
    """What one movement adds to each account of the member and of the club. They sum to zero."""

    active: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    issued: int = 0
    redeemed: int = 0
    expired: int = 0
    reversed: int = 0
    adjusted: int = 0

    def __post_init__(self) -> None:
        of_member = self.active + self.pending + self.held + self.debt
        if of_member + self.issued + self.redeemed + self.expired + self.reversed + self.adjusted:
            raise ValueError(f"unbalanced: {self}")


@dataclass(frozen=True)
class Earned:
    """Points that a member gets. `activates_on` and `expires_on` may be unknown until the goods are delivered."""

    member_id: int
    kind: str
    cause_id: int
    points: int
    dated_on: date
    activates_on: date | None
    expires_on: date | None
    why: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.points <= MOST_POINTS:
            raise PointsOutOfRange(self.points)

    def is_active_on(self, today: date) -> bool:
        """Whether these points can be spent at once."""
        return self.activates_on is not None and self.activates_on <= today


class Share(NamedTuple):
    """So many points of one lot."""

    lot_id: int
    points: int


@dataclass(frozen=True)
class Taken:
    """Where reversed points come from: the lot itself first, other active points next, then a debt."""

    pending: int
    active: int
    others: tuple[Share, ...]
    debt: int

    @property
    def in_all(self) -> int:
        """Points."""
        return self.pending + self.active + sum(share.points for share in self.others) + self.debt


def expires_on(activates_on: date, months: int) -> date | None:
    """The last day on which points can be spent: the end of the month `months` later. None: never (0 months)."""
    return month_end(add_months(activates_on, months)) if months else None


def is_over(expires_on: date | None, today: date) -> bool:
    """Whether the last day lies behind."""
    return expires_on is not None and expires_on < today


def life_after_give_back(expires_on: date | None, today: date) -> date | None:
    """The new last day of points given back today, or None where their own lot still lives long enough."""
    least = today + LIFE_AFTER_GIVE_BACK
    return least if expires_on is not None and expires_on < least else None


def soonest_first(lots: Iterable[Share], points: int) -> list[Share]:
    """What to take from each lot, in the order given. Raises `NotEnoughPoints`."""
    shares, left = _fill(lots, points)
    if left:
        raise NotEnoughPoints(have=points - left, need=points)
    return shares


def last_spent_first(spent: Sequence[Share], already: int, points: int) -> list[Share]:
    """Which lots get points back: what was taken last comes back first. `already`: points given back before."""
    backwards = list(reversed(spent))
    before, _ = _fill(backwards, already)
    gone = {share.lot_id: share.points for share in before}
    rest = [Share(lot_id, size - gone.get(lot_id, 0)) for lot_id, size in backwards]
    return soonest_first(rest, points)


def pay_debt(shares: Iterable[Share], owed: int) -> list[tuple[Share, int]]:
    """Every share that is credited, with the part of it that pays the debt instead."""
    paid_shares = []
    for share in shares:
        paid = min(share.points, owed)
        owed -= paid
        paid_shares.append((share, paid))
    return paid_shares


def still_to_reverse(taken_back: int, expired: int, already: int) -> int:
    """Points to reverse now.

    `taken_back` of a lot's points belong to returned goods, this return included; `expired` of them ended unused,
    which counts first for the goods that came back; `already` were reversed before. However a return is parted, the
    parts add up to the whole.
    """
    return max(0, taken_back - expired - already)


def take_back(points: int, pending: int, active: int, others: Iterable[Share]) -> Taken:
    """Where to take reversed points: pending and active of the lot, other active points, the rest as a debt."""
    from_pending = min(points, pending)
    from_active = min(points - from_pending, active)
    from_others, debt = _fill(others, points - from_pending - from_active)
    return Taken(from_pending, from_active, tuple(from_others), debt)


def day_before(day: date) -> date:
    """The last day that is closed while `day` runs."""
    return day - ONE_DAY


def _fill(lots: Iterable[Share], points: int) -> tuple[list[Share], int]:
    shares = []
    for lot_id, size in lots:
        if not points:
            break
        share = Share(lot_id, min(size, points))
        points -= share.points
        if share.points:
            shares.append(share)
    return shares, points
