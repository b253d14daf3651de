"""When a message is tried again, when it is given up, and what must never stand in a mail's header."""

from collections.abc import Mapping
from datetime import datetime, timedelta

LEASE = timedelta(minutes=10)
"""How long one worker keeps a message to itself; far longer than a mail server may take."""

MOST_TRIES = 12
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SHORTEST_WAIT = timedelta(seconds=5)


def wait_after(tries: int, jitter: float) -> timedelta:
    """How long to wait after so many tries: doubling, capped, and anywhere below that by `jitter` (0 to 1).

    The spread keeps the mails of one outage from coming back all at once ("full jitter").
    """
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(tries - 1, 0), 20)
    return max(min(doubled, LONGEST_WAIT) * jitter, SHORTEST_WAIT)


def lifetime_of(data: Mapping[str, object]) -> timedelta | None:
    """How long the link in a message works, by its `minutes`, `hours` or `days`; None: it has no such link."""
    parts = {unit: value for unit in ("minutes", "hours", "days") if isinstance(value := data.get(unit), int)}
    return timedelta(**parts) if parts else None


def is_too_late(data: Mapping[str, object], created_at: datetime, now: datetime) -> bool:
    """Whether the link in a message does not work any more."""
    lifetime = lifetime_of(data)
    return lifetime is not None and now >= created_at + lifetime


def is_one_line(text: str) -> bool:
    """Whether a text may stand in a header: no line ends and no other control characters."""
    return text.isprintable()
