"""When a backup is due, which ones are kept, and what may go wrong with one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from club.clock import ONE_DAY, club_day, day_starts

HOUR = 3
"""The hour of the club's day from which the night's backup is made: the night's own work is done by then."""

AGAIN_AFTER = timedelta(hours=1)
LEASE = timedelta(hours=2)
"""How long a backup may take; later the worker that made it is taken for dead."""


class Trouble(StrEnum):
    """Why a backup failed."""

    PROGRAM = "program"
    DAMAGED = "damaged"
    DISK = "disk"
    INTERRUPTED = "interrupted"
    OTHER = "other"


@dataclass(frozen=True)
class Keep:
    """How many backups are kept: of the last days, of the last weeks, of the last months."""

    days: int = 7
    weeks: int = 4
    months: int = 12


@dataclass(frozen=True)
class Kept:
    """A backup that is there."""

    run_id: int
    made_at: datetime


def is_due(last_start: datetime | None, last_good: datetime | None, now: datetime, zone: str) -> bool:
    """Whether the night's backup has to be made: none since three in the morning, and no try within the hour."""
    began = day_starts(club_day(now, zone), zone) + timedelta(hours=HOUR)
    if now < began:
        began = day_starts(club_day(now, zone) - ONE_DAY, zone) + timedelta(hours=HOUR)
    if last_good is not None and last_good >= began:
        return False
    return last_start is None or now >= last_start + AGAIN_AFTER


def to_remove(there: Iterable[Kept], keep: Keep, zone: str) -> list[Kept]:
    """Those that are kept for no day, week or month. Of each period the newest one stands for it."""
    newest_first = sorted(there, key=lambda one: (one.made_at, one.run_id), reverse=True)
    staying: set[int] = set()
    for most, period in (
        (keep.days, lambda day: day),
        (keep.weeks, lambda day: day.isocalendar()[:2]),
        (keep.months, lambda day: (day.year, day.month)),
    ):
        seen: set[object] = set()
        for one in newest_first:
            name = period(club_day(one.made_at, zone))
            if name not in seen and len(seen) < most:
                seen.add(name)
                staying.add(one.run_id)
    if newest_first:
        staying.add(newest_first[0].run_id)
    return [one for one in newest_first if one.run_id not in staying]


def file_name(now: datetime) -> str:
    """The name of a backup's file, in UTC so that names sort by age."""
    return f"club-{now:%Y%m%d-%H%M%S}.backup"
