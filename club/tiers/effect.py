"""What a ladder that nobody saved would do, put together from groups of members that share one fate. Pure."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from club.tiers.rules import DatedLadder, Held, Rung, decide

ONE_HUNDRED = 100

Key = TypeVar("Key", bound=Hashable)


class Fate(StrEnum):
    """What the change does to a member."""

    UP = "up"
    """Rises at once."""
    DOWN = "down"
    """Falls at once: their term is over already."""
    LOSES = "loses"
    """Keeps the rung to its own end and then goes lower than without the change, unless they buy more."""
    KEEPS = "keeps"
    """Would go lower at the end of the term, and with the change does not."""
    STAYS = "stays"


@dataclass(frozen=True)
class Group:
    """Members who hold the same rung and whose purchases reach the same rungs. Amounts in minor units."""

    code: int
    held_key: str | None
    """None: the first rung without an end."""
    target: int | None
    """Where a term begins at once; None while nothing changes."""
    standing: int
    """What their purchases reach on the ladder looked at."""
    other_standing: int
    """What they reach on the ladder of today."""
    members: int
    year_spend: int
    until: date | None
    """The last end of their terms."""


@dataclass(frozen=True)
class Fated:
    """A group and what becomes of it; rungs by their keys."""

    group: Group
    before: str
    at_once: str
    later: str
    """After the end of the term, if nothing more is bought."""
    later_unchanged: str
    """The same without the change."""
    fate: Fate


@dataclass(frozen=True)
class Side:
    """Members on a rung, and what they bought for in 12 months."""

    members: int = 0
    year_spend: int = 0

    def with_group(self, group: Group) -> "Side":
        """The same with one more group."""
        return Side(self.members + group.members, self.year_spend + group.year_spend)


@dataclass(frozen=True)
class Cost:
    """What tiers cost in a year, in minor units."""

    discounts: int = 0
    points: int = 0


@dataclass(frozen=True)
class Rate:
    """What a club gives in points: so many for so much money, and what a point is worth. Minor units."""

    points: int
    per_amount: int
    worth_points: int
    worth_minor: int

    def on_top(self, spend: int, multiplier_percent: int) -> int:
        """What the multiplier of a tier adds to the points of so much spending."""
        above = max(0, multiplier_percent - ONE_HUNDRED)
        return spend * self.points * above * self.worth_minor // (self.per_amount * ONE_HUNDRED * self.worth_points)


@dataclass(frozen=True)
class Effect:
    """What a ladder would bring, as of a day, beside the ladder of that day."""

    as_of: date
    dated: DatedLadder
    current: DatedLadder
    rungs: Mapping[str, Rung]
    """Every rung that is named here, also one that a ladder no longer has."""
    fated: tuple[Fated, ...]

    @cached_property
    def members(self) -> int:
        """Everybody."""
        return sum(one.group.members for one in self.fated)

    @cached_property
    def year_spend(self) -> int:
        """What all of them bought for in 12 months."""
        return sum(one.group.year_spend for one in self.fated)

    def before(self) -> dict[str, Side]:
        """Who is on which rung now."""
        return self._sides(lambda one: one.before)

    def at_once(self) -> dict[str, Side]:
        """Who would be on which rung on the first day."""
        return self._sides(lambda one: one.at_once)

    def later(self) -> dict[str, Side]:
        """Who would be on which rung once every term that runs now has ended, if nobody bought anything else."""
        return self._sides(lambda one: one.later)

    def matrix(self) -> dict[tuple[str, str], Side]:
        """From where to where on the first day; who stays is there too."""
        return self._sides(lambda one: (one.before, one.at_once))

    def later_matrix(self) -> dict[tuple[str, str], Side]:
        """From where to where once every term that runs now has ended."""
        return self._sides(lambda one: (one.before, one.later))

    def fates(self) -> dict[Fate, Side]:
        """How many of each fate."""
        return dict.fromkeys(Fate, Side()) | self._sides(lambda one: one.fate)

    def held_above(self) -> tuple[int, date | None]:
        """How many keep a rung that their purchases no longer reach, and when the last of their terms ends."""
        held = [one.group for one in self.fated if one.later != one.at_once and one.fate is not Fate.UP]
        ends = [group.until for group in held if group.until is not None]
        return sum(group.members for group in held), max(ends, default=None)

    def codes(self, *fates: Fate) -> list[int]:
        """By which the members of these fates are found."""
        return [one.group.code for one in self.fated if one.fate in fates]

    def fated_by(self, code: int) -> Fated:
        """The group that a member belongs to."""
        return next(one for one in self.fated if one.group.code == code)

    def cost(self, when: str, rate: Rate | None) -> Cost:
        """What discounts and multipliers would cost in a year in which everybody buys as in the last 12 months.

        `when`: before, at_once or later.
        """
        sides: dict[str, Side] = getattr(self, when)()
        on = [(side.year_spend, self.rungs[key]) for key, side in sides.items()]
        discounts = sum(spend * rung.discount_percent // ONE_HUNDRED for spend, rung in on)
        if rate is None:
            return Cost(discounts)
        return Cost(discounts, sum(rate.on_top(spend, rung.multiplier_percent) for spend, rung in on))

    def digest(self) -> str:
        """What the page said about people: who saves has seen this."""
        counts = {key: side.members for key, side in self.matrix().items()}
        later = {key: side.members for key, side in self.later_matrix().items()}
        return repr((sorted(counts.items()), sorted(later.items())))

    def _sides(self, key_of: Callable[[Fated], Key]) -> dict[Key, Side]:
        sides: dict[Key, Side] = {}
        for one in self.fated:
            key = key_of(one)
            sides[key] = sides.get(key, Side()).with_group(one.group)
        return sides


def effect_of(
    groups: Iterable[Group], dated: DatedLadder, current: DatedLadder, rungs: Mapping[str, Rung], as_of: date
) -> Effect:
    """What becomes of every group."""
    return Effect(as_of, dated, current, rungs, tuple(_fated(group, dated, current, as_of) for group in groups))


def _fated(group: Group, dated: DatedLadder, current: DatedLadder, day: date) -> Fated:
    first = dated.ladder.rungs[0].key
    held = 0 if group.held_key is None else dated.ranks.get(group.held_key, 0)
    rank = held if group.target is None else 2 * group.target
    at_once = _key(dated, rank, group.held_key)
    later_rank = _after_the_term(dated, group.standing, rank, day)
    later = first if group.held_key is None and group.target is None else _key(dated, later_rank, group.held_key)
    unchanged = _unchanged(group, current, day)
    without = dated.ranks.get(unchanged, 0)
    return Fated(
        group=group,
        before=current.ladder.rungs[0].key if group.held_key is None else group.held_key,
        at_once=at_once,
        later=later,
        later_unchanged=unchanged,
        fate=_fate(held, rank, later_rank, without),
    )


def _fate(held: int, rank: int, later: int, without: int) -> Fate:
    if rank > held:
        return Fate.UP
    if rank < held:
        return Fate.DOWN
    if later < min(without, rank):
        return Fate.LOSES
    return Fate.KEEPS if later > without else Fate.STAYS


def _unchanged(group: Group, current: DatedLadder, day: date) -> str:
    """The rung after the end of the term under the ladder of today."""
    held = 0 if group.held_key is None else current.ranks.get(group.held_key, 0)
    standing = max(held, 2 * group.other_standing)
    return _key(current, _after_the_term(current, group.other_standing, standing, day), group.held_key)


def _after_the_term(dated: DatedLadder, standing: int, rank: int, day: date) -> int:
    """The rank once the term is over, its days of grace too."""
    if rank == 0:
        return 2 * standing
    over = day - timedelta(days=dated.ladder.grace_days)
    term = decide(dated.ladder, standing, Held(rank, over), day)
    return rank if term is None else 2 * term.position


def _key(dated: DatedLadder, rank: int, held_key: str | None) -> str:
    """The rung of a rank; an odd one belongs to a rung that is gone and still held."""
    if rank % 2 and held_key is not None:
        return held_key
    return dated.ladder.rungs[rank // 2].key
