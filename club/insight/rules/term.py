"""How long tiers and points should hold, advised from the time that people take to come back. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

PARTS = (50, 80, 90)
"""By when so many percent of those who come back have done so."""
ADVISED_PART = 80
LEAST_CAME = 50
"""Second orders without which nothing is advised."""
LEAST_AT_RISK = 10
"""The curve is read as far as so many are watched."""
_MONTH_DAYS_X10000 = 304_375


@dataclass(frozen=True)
class Term:
    """The curve of second orders, read for a term. Shares in tenths of a percent."""

    firsts: int
    """First-time buyers."""
    came: int
    """Of them, who bought on a second day."""
    watched: int
    """Days as far as the curve is read."""
    ceiling: int
    """Who has come back by then, reckoned with those who had less time."""
    days: tuple[int, ...]
    """For each of `PARTS`: by which day so many of these have come back."""
    as_of: str = ""

    @classmethod
    def read(cls, content: dict[str, Any]) -> "Term":
        """What a sheet kept, read back."""
        known = {one.name: content[one.name] for one in fields(cls)}
        return cls(**{**known, "days": tuple(known["days"])})

    def kept_as(self) -> dict[str, Any]:
        """As a sheet keeps it."""
        return asdict(self)

    @property
    def is_enough(self) -> bool:
        """Whether it can advise at all."""
        return self.came >= LEAST_CAME

    @property
    def least(self) -> int:
        """Second orders that it takes."""
        return LEAST_CAME

    @property
    def rows(self) -> list[tuple[int, int, int]]:
        """(percent of those who come back, by which day, in how many whole months)."""
        return [(percent, day, months_for(day)) for percent, day in zip(PARTS, self.days, strict=True)]

    @property
    def advised(self) -> tuple[int, int, int]:
        """The one of `rows` that the advice is read off."""
        return self.rows[PARTS.index(ADVISED_PART)]


def months_for(days: int) -> int:
    """Whole months that so many days fit into, one at least."""
    return max(1, -(-10_000 * days // _MONTH_DAYS_X10000))


def curve_of(ended: Iterable[tuple[int, int]], waiting: Iterable[tuple[int, int]]) -> list[tuple[int, float, int]]:
    """(day, part that has come back by its end, members watched until it), by Kaplan and Meier (1958).

    `ended` are (days to the second buying day, members), `waiting` (days since the first, members) who have not come
    back yet; those count as long as they are watched, and are not taken for people who never will.
    """
    came, gone = dict(ended), dict(waiting)
    at_risk, still_away = sum(came.values()) + sum(gone.values()), 1.0
    points = []
    for day in sorted(came.keys() | gone.keys()):
        if at_risk and day in came:
            still_away *= 1 - came[day] / at_risk
        points.append((day, 1 - still_away, at_risk))
        at_risk -= came.get(day, 0) + gone.get(day, 0)
    return points


def term_of(ended: list[tuple[int, int]], waiting: list[tuple[int, int]], as_of: str) -> Term | None:
    """The term that the curve advises; none where nobody ever came back."""
    came = sum(members for _, members in ended)
    curve = curve_of(ended, waiting)
    if not came:
        return None
    known = [point for point in curve if point[2] >= LEAST_AT_RISK] or curve
    watched, ceiling = known[-1][0], known[-1][1]
    if ceiling == 0.0:
        return None
    days = tuple(next(day for day, part, _ in known if 100 * part >= percent * ceiling) for percent in PARTS)
    firsts = came + sum(members for _, members in waiting)
    return Term(firsts, came, watched, round(1000 * ceiling), days, as_of)
