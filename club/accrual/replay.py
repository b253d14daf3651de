"""The last days played again under other rules: what they would have brought, and what the club would owe for it.

One statement weighs every purchase by its lines; the rounding, which is once a purchase, and the limits of each member
come after it, in order. What was given back since is left out on both sides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from club.accrual.rules import PER_CENT, Campaign, Period, Rules
from club.members.models import Person
from club.purchases.models import Purchase, PurchaseLine
from club.tiers.models import Ladders, Status, ladders

DAYS = 90


@dataclass
class Sums:
    """Points of a tier's purchases: as they were recorded, under the rules without the change, and with it."""

    purchases: int = 0
    recorded: int = 0
    before: int = 0
    after: int = 0


@dataclass
class Replay:
    """The days from `first` to `last` once more. `by_rung`: the tier that was held when the day began."""

    first: date
    last: date
    by_rung: dict[str, Sums] = field(default_factory=dict)
    joined: int = 0
    for_joining: tuple[int, int] = (0, 0)
    """Points for joining, without the change and with it."""

    @property
    def total(self) -> Sums:
        """All tiers together."""
        every = list(self.by_rung.values())
        return Sums(
            sum(one.purchases for one in every),
            sum(one.recorded for one in every),
            sum(one.before for one in every),
            sum(one.after for one in every),
        )

    @property
    def difference(self) -> int:
        """Points more (or fewer) than without the change."""
        return self.total.after - self.total.before + self.for_joining[1] - self.for_joining[0]


@dataclass(frozen=True)
class _Bought:
    """One purchase with its weights: amounts times the percent of their campaigns."""

    member_id: int
    bought_on: date
    recorded: int
    rung_key: str
    multiplier_percent: int
    weights: tuple[int, int]


def replay(db: Session, before: Rules, after: Rules, last: date, days: int = DAYS) -> Replay:
    """Every purchase of the days that end with `last` under both sets of rules, as if each had held all the time."""
    found = Replay(last - timedelta(days=days - 1), last)
    limits = [_Limits(db, rules, found.first) for rules in (before, after)]
    for bought in _purchases(db, (before, after), found):
        sums = found.by_rung.setdefault(bought.rung_key, Sums())
        sums.purchases += 1
        sums.recorded += bought.recorded
        sums.before += limits[0].points(bought, bought.weights[0])
        sums.after += limits[1].points(bought, bought.weights[1])
    joined = select(func.count()).where(Person.joined_on >= found.first, Person.joined_on <= last)
    found.joined = int(db.scalar(joined) or 0)
    bonuses = [rules.bonus_for("join") for rules in (before, after)]
    plain = [0 if bonus is None else bonus.points * found.joined for bonus in bonuses]
    found.for_joining = (plain[0], plain[1])
    return found


class _Limits:
    """What each member may still earn, as the days go on."""

    def __init__(self, db: Session, rules: Rules, first: date) -> None:
        self._rules = rules
        self._earned: dict[tuple[int, Period, date], int] = {}
        for period in {cap.period for cap in rules.caps}:
            begins = period.around(first)[0]
            if begins < first:
                self._earned |= {(member_id, period, begins): sum_ for member_id, sum_ in _earned(db, begins, first)}

    def points(self, bought: _Bought, weight: int) -> int:
        """Points of one purchase, rounded down once, under the limits."""
        base = self._rules.base
        if base is None:
            return 0
        points = weight * base.points * bought.multiplier_percent // (base.per_amount * PER_CENT * PER_CENT)
        keys = {
            cap.period: (bought.member_id, cap.period, cap.period.around(bought.bought_on)[0])
            for cap in self._rules.caps
        }
        for cap in self._rules.caps:
            points = min(points, max(0, cap.points - self._earned.get(keys[cap.period], 0)))
        for key in keys.values():
            self._earned[key] = self._earned.get(key, 0) + points
        return points


def _earned(db: Session, begins: date, first: date) -> Iterator[tuple[int, int]]:
    rows = db.execute(
        select(Purchase.member_id, func.sum(Purchase.net_points))
        .where(Purchase.bought_on >= begins, Purchase.bought_on < first, Purchase.net_points > 0)
        .group_by(Purchase.member_id)
    )
    for member_id, points in rows:
        yield member_id, int(points)


def _purchases(db: Session, both: Sequence[Rules], days: Replay) -> Iterator[_Bought]:
    """The purchases of these days, each member's in order."""
    inside = Purchase.bought_on.between(days.first, days.last)
    categories = db.scalars(
        select(PurchaseLine.category).join(Purchase, Purchase.id == PurchaseLine.purchase_id).where(inside).distinct()
    ).all()
    known = ladders(db)
    weights = [_weight(rules.campaigns, categories) for rules in both]
    held = and_(
        Status.member_id == Purchase.member_id,
        Status.since < Purchase.bought_on,
        or_(Status.ended_on.is_(None), Status.ended_on >= Purchase.bought_on),
    )
    key = case((Status.until.is_(None), literal("")), else_=Status.rung_key)
    rows = db.execute(
        select(Purchase.member_id, Purchase.bought_on, Purchase.points, func.max(key), *weights)
        .outerjoin(PurchaseLine, PurchaseLine.purchase_id == Purchase.id)
        .outerjoin(Status, held)
        .where(inside)
        .group_by(Purchase.id)
        .order_by(Purchase.member_id, Purchase.bought_on, Purchase.id)
    )
    segments = _segments(known, days)
    for member_id, bought_on, recorded, rung_key, before, after in rows:
        first_key, multipliers = next(part for starts_on, part in segments if starts_on <= bought_on)
        name = rung_key or first_key
        yield _Bought(member_id, bought_on, recorded, name, multipliers.get(name, PER_CENT), (int(before), int(after)))


def _segments(known: Ladders, days: Replay) -> list[tuple[date, tuple[str, dict[str, int]]]]:
    """The ladders of these days, the last one first: from when, the first rung, what every rung multiplies by."""
    starts = [days.first, *known.starts_after(days.first, days.last)]
    return [
        (start, (known.on(start).ladder.rungs[0].key, _multipliers(known, start))) for start in reversed(starts)
    ]  # fmt: skip


def _multipliers(known: Ladders, day: date) -> dict[str, int]:
    """Every rung's multiplier on a day; of one that is gone, as it was last."""
    ever = {rung.key: rung.multiplier_percent for version in known.versions for rung in version.ladder.rungs}
    return ever | {rung.key: rung.multiplier_percent for rung in known.on(day).ladder.rungs}


def _weight(campaigns: Sequence[Campaign], categories: Iterable[str]) -> ColumnElement[int]:
    """The amounts of a purchase, each times the percent of the best campaign for it."""
    lines = func.sum(PurchaseLine.amount * _percent(campaigns, [*categories]))
    whole = func.max(Purchase.amount * _percent(campaigns, None))
    return func.coalesce(lines, whole)


def _percent(campaigns: Sequence[Campaign], categories: Sequence[str] | None) -> ColumnElement[int]:
    """`None`: a purchase without lines, whose goods have no category."""
    ways: list[tuple[ColumnElement[bool], int]] = []
    for campaign in sorted(campaigns, key=lambda one: -one.percent):
        if campaign.percent <= PER_CENT:
            continue
        parts: list[ColumnElement[bool]] = []
        if campaign.channel is not None:
            parts.append(Purchase.channel == campaign.channel)
        if campaign.category is not None:
            folded = campaign.category.casefold()
            matching = [one for one in categories or [""] if one.casefold() == folded]
            parts.append(PurchaseLine.category.in_(matching) if categories is not None else literal(bool(matching)))
        ways.append((and_(literal(value=True), *parts), campaign.percent))
    return case(*ways, else_=PER_CENT) if ways else literal(PER_CENT)
