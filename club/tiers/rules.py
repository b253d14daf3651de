"""The tier rule: what a ladder is, where a member stands by what they bought, and what becomes of the rung they hold.

`sql.py` says the same for all members in one statement; a test compares the two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from club.clock import ONE_DAY, add_months, in_year, last_anniversary, month_end
from club.errors import BadLadder, UnknownRung
from club.money import LARGEST_AMOUNT
from club.texts import Texts

MOST_RUNGS = 20
MOST_PURCHASES = 1_000_000
LONGEST_VALIDITY_MONTHS = 600
LONGEST_GRACE_DAYS = 3660
HIGHEST_MULTIPLIER_PERCENT = 100_000
LONGEST_KEY = 40


class Window(StrEnum):
    """Which purchases count as of a day."""

    LAST_12_MONTHS = "last_12_months"
    CALENDAR_YEAR = "calendar_year"
    MEMBERSHIP_YEAR = "membership_year"


class Routes(StrEnum):
    """Whether one of the routes that a rung offers is enough."""

    ANY = "any"
    ALL = "all"


class Fall(StrEnum):
    """Where somebody goes who did not meet their rung again."""

    ONE_RUNG = "one_rung"
    STANDING = "standing"
    NEVER = "never"


class Route(StrEnum):
    """A way up. The value names the field of `Rung` and of `Counted`."""

    SPEND = "spend"
    PURCHASES = "purchases"
    QUALIFYING_POINTS = "qualifying_points"


class How(StrEnum):
    """How a term began."""

    REACHED = "reached"
    RENEWED = "renewed"
    FELL = "fell"
    HAND = "hand"
    RETURNED = "returned"
    IMPORT = "import"


@dataclass(frozen=True)
class Counted:
    """What counts in a window: minor units paid, purchases above zero, qualifying points; returns taken off."""

    spend: int = 0
    purchases: int = 0
    qualifying_points: int = 0

    def on(self, route: Route) -> int:
        """How far the member came on one route."""
        return int(getattr(self, route))

    def with_more(self, spend: int, purchases: int, qualifying_points: int) -> "Counted":
        """The same after more purchases."""
        return Counted(self.spend + spend, self.purchases + purchases, self.qualifying_points + qualifying_points)


@dataclass(frozen=True)
class Rung:
    """One step of a ladder and what it asks. 0: that route is not offered."""

    key: str
    name: Texts
    spend: int = 0
    purchases: int = 0
    qualifying_points: int = 0
    by_invitation: bool = False
    multiplier_percent: int = 100
    discount_percent: int = 0

    def asks(self, route: Route) -> int:
        """What the rung asks on one route; 0 where it is not offered."""
        return int(getattr(self, route))

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that the rung offers."""
        return tuple(route for route in Route if self.asks(route))


@dataclass(frozen=True)
class Ladder:
    """Rungs from the first up, and how one climbs and falls. Raises `BadLadder` unless it holds together."""

    rungs: tuple[Rung, ...]
    window: Window = Window.LAST_12_MONTHS
    routes: Routes = Routes.ANY
    validity_months: int = 12
    grace_days: int = 30
    fall: Fall = Fall.ONE_RUNG

    def __post_init__(self) -> None:
        _check(self)

    def position_of(self, key: str) -> int | None:
        """The rung's place, 0 for the first; None when the ladder has no such rung."""
        return next((position for position, rung in enumerate(self.rungs) if rung.key == key), None)

    def rung(self, key: str) -> Rung:
        """The rung of this key; raises `UnknownRung`."""
        position = self.position_of(key)
        if position is None:
            raise UnknownRung(key)
        return self.rungs[position]

    def meets(self, rung: Rung, counted: Counted) -> bool:
        """Whether somebody climbs to this rung by what they bought."""
        met = [counted.on(route) >= rung.asks(route) for route in rung.routes]
        return any(met) if self.routes is Routes.ANY else all(met)

    def standing(self, counted: Counted) -> int:
        """The highest place that these purchases reach."""
        climbable = [position for position, rung in enumerate(self.rungs) if position and not rung.by_invitation]
        return max((position for position in climbable if self.meets(self.rungs[position], counted)), default=0)

    def lower(self, rank: int) -> int:
        """The place one step below a rank; rungs by invitation are passed by."""
        return max(
            (place for place, rung in enumerate(self.rungs) if 2 * place < rank and not rung.by_invitation), default=0
        )

    def first_counted_day(self, day: date, joined_on: date) -> date:
        """The first day of the window that ends with `day`."""
        match self.window:
            case Window.LAST_12_MONTHS:
                return add_months(day, -12) + ONE_DAY
            case Window.CALENDAR_YEAR:
                return date(day.year, 1, 1)
            case Window.MEMBERSHIP_YEAR:
                return last_anniversary(joined_on, day)

    def last_counting_day(self, bought_on: date, joined_on: date) -> date:
        """The last day whose window still holds a purchase of `bought_on`."""
        match self.window:
            case Window.LAST_12_MONTHS:
                day = add_months(bought_on, 12)
                return day - ONE_DAY if add_months(day, -12) == bought_on else day
            case Window.CALENDAR_YEAR:
                return date(bought_on.year, 12, 31)
            case Window.MEMBERSHIP_YEAR:
                began = last_anniversary(joined_on, bought_on)
                return in_year(joined_on.month, joined_on.day, began.year + 1) - ONE_DAY

    def term_end(self, position: int, day: date) -> date | None:
        """The last day of a term on this rung that begins on `day`; the first rung has no end."""
        return month_end(add_months(day, self.validity_months)) if position else None


@dataclass(frozen=True)
class Held:
    """The rung that a member holds, seen from one ladder.

    `rank` is twice the rung's place there; a rung that the ladder no longer has lies between two places and is odd.
    A term without an end is always the first rung, whatever its key.
    """

    rank: int = 0
    until: date | None = None

    @property
    def vanished(self) -> bool:
        """Whether the ladder no longer has this rung."""
        return self.rank % 2 == 1


@dataclass(frozen=True)
class Term:
    """A term that begins."""

    position: int
    how: How
    until: date | None


def decide(ladder: Ladder, standing: int, held: Held, day: date) -> Term | None:
    """The term that begins on `day`, or None while the member keeps what they hold.

    Up at once. Else the rung is held to its end; there it is renewed if it is met, waits out the grace if not,
    and then falls for a full term. A rung that is gone from the ladder can be neither met nor waited for.
    """
    if 2 * standing > held.rank:
        return _term(ladder, standing, How.REACHED, day)
    if held.until is None or held.until > day:
        return None
    if 2 * standing == held.rank:
        return _term(ladder, standing, How.RENEWED, day)
    return _not_met(ladder, standing, held, day)


def _not_met(ladder: Ladder, standing: int, held: Held, day: date) -> Term | None:
    """A term is over and its rung was not met again."""
    if held.vanished:
        place = standing if ladder.fall is Fall.STANDING else ladder.lower(held.rank)
        return _term(ladder, place, How.FELL, day)
    if held.until is not None and held.until + timedelta(days=ladder.grace_days) > day:
        return None
    match ladder.fall:
        case Fall.NEVER:
            return _term(ladder, held.rank // 2, How.RENEWED, day)
        case Fall.STANDING:
            return _term(ladder, standing, How.FELL, day)
        case Fall.ONE_RUNG:
            return _term(ladder, ladder.lower(held.rank), How.FELL, day)


def _term(ladder: Ladder, position: int, how: How, day: date) -> Term:
    return Term(position, how, ladder.term_end(position, day))


@dataclass(frozen=True)
class DatedLadder:
    """The ladder that holds on a day, and where every rung that ever was lies in it."""

    version_id: int | None
    ladder: Ladder
    starts_on: date | None
    ranks: Mapping[str, int] = field(default_factory=dict)

    def held(self, key: str | None, until: date | None) -> Held:
        """A member's current term as this ladder sees it."""
        if key is None or until is None:
            return Held()
        return Held(self.ranks.get(key, 0), until)


def ranks_in(ladder: Ladder, earlier: Iterable[Ladder]) -> dict[str, int]:
    """Twice the place of every rung of this ladder and of all `earlier` ones, oldest first.

    A rung that this ladder does not have comes right above the nearest rung below it, in the last ladder that had it,
    which is still there.
    """
    ranks: dict[str, int] = {}
    for other in earlier:
        below = 0
        for place, rung in enumerate(other.rungs):
            kept = ladder.position_of(rung.key)
            below = below if kept is None else kept
            ranks[rung.key] = 2 * below + 1 if place else 0
    return ranks | {rung.key: 2 * place for place, rung in enumerate(ladder.rungs)}


def _check(ladder: Ladder) -> None:
    rungs = ladder.rungs
    if not 1 <= len(rungs) <= MOST_RUNGS:
        raise BadLadder(f"a ladder has 1 to {MOST_RUNGS} rungs, this one has {len(rungs)}")
    keys = [rung.key for rung in rungs]
    for key in keys:
        if keys.count(key) > 1:
            raise BadLadder(f"the key {key!r} stands twice")
    for rung in rungs:
        _check_rung(rung)
    _in_range("validity_months", ladder.validity_months, 1, LONGEST_VALIDITY_MONTHS)
    _in_range("grace_days", ladder.grace_days, 0, LONGEST_GRACE_DAYS)
    if rungs[0].routes or rungs[0].by_invitation:
        raise BadLadder(f"the first rung {rungs[0].key!r} is for everybody: it asks nothing and needs no invitation")
    _check_rising(tuple(rung for rung in rungs[1:] if not rung.by_invitation))


def _check_rung(rung: Rung) -> None:
    where = f"rung {rung.key!r}"
    if not (1 <= len(rung.key) <= LONGEST_KEY and rung.key.isprintable() and rung.key == rung.key.strip()):
        raise BadLadder(f"{where}: a key has 1 to {LONGEST_KEY} characters and no blank at its ends")
    if not any(name.strip() for name in rung.name.values()):
        raise BadLadder(f"{where}: it needs a name")
    _in_range(f"{where}: spend", rung.spend, 0, LARGEST_AMOUNT)
    _in_range(f"{where}: purchases", rung.purchases, 0, MOST_PURCHASES)
    _in_range(f"{where}: qualifying_points", rung.qualifying_points, 0, LARGEST_AMOUNT)
    _in_range(f"{where}: multiplier_percent", rung.multiplier_percent, 0, HIGHEST_MULTIPLIER_PERCENT)
    _in_range(f"{where}: discount_percent", rung.discount_percent, 0, 100)


def _in_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadLadder(f"{name}: {value} is not from {least} to {most}")


def _check_rising(rungs: tuple[Rung, ...]) -> None:
    """No route may ask less than further down, and every rung asks more than the ones below on at least one."""
    asked = dict.fromkeys(Route, 0)
    for rung in rungs:
        if not rung.routes:
            raise BadLadder(f"rung {rung.key!r} offers no way up; name what it asks, or make it by invitation")
        for route in rung.routes:
            if rung.asks(route) < asked[route]:
                raise BadLadder(f"rung {rung.key!r} asks less {route} than a rung below it")
        if all(rung.asks(route) == asked[route] for route in rung.routes):
            raise BadLadder(f"rung {rung.key!r} asks no more than the rung below it")
        asked |= {route: rung.asks(route) for route in rung.routes}


FLAT = Ladder((Rung("member", Texts({"en": "Member", "es": "Miembro", "ru": "Базовый"})),))
"""The ladder of a club that has not set one."""
