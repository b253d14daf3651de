"""What waits for a second person, and what becomes of a request."""

from datetime import date, timedelta
from enum import StrEnum

WAITS = timedelta(days=14)
"""So long a request waits; then it is over and can be made again."""

COUNTED_TOGETHER = timedelta(days=30)
"""Changes of one member by one colleague within this time count together, so that parts do not pass the limit."""


class Kind(StrEnum):
    """What is asked for."""

    POINTS = "points.adjust"
    TIER = "tier.by_hand"


class State(StrEnum):
    """Where a request stands. Only `WAITING` can become something else."""

    AT_ONCE = "at_once"
    """Within the colleague's own limit: done without a second person."""
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


DECIDED = (State.APPROVED, State.REFUSED, State.WITHDRAWN, State.EXPIRED)


def points_need_second(points: int, before: int, limit: int) -> bool:
    """Whether a change of so many points waits. `before`: what the same colleague changed for this member lately."""
    return abs(points) + before >= limit


def tier_needs_second(until: date | None, full_term_ends: date | None) -> bool:
    """Whether a tier given by hand waits: it would last longer than one that is reached."""
    return until is not None and full_term_ends is not None and until > full_term_ends


def active_after(active: int, owed: int, points: int) -> int:
    """Points to spend after a change: what is given pays a debt first."""
    return active + points if points < 0 else active + max(0, points - owed)
