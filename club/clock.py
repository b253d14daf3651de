"""Days and months as the club reckons them. Nothing here reads the clock."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def club_day(now: datetime, zone: str) -> date:
    """The day it is in the club at this moment."""
    return now.astimezone(ZoneInfo(zone)).date()


def day_starts(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which a club day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day_ends(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which a club day is over: 24:00 club time."""
    return day_starts(day + ONE_DAY, zone)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day: 31 January + 1 month = 28 February."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def month_end(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def in_year(month: int, day: int, year: int) -> date:
    """A yearly day in one year; 29 February is kept on 28 February in common years."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def last_anniversary(start: date, on: date) -> date:
    """The latest yearly return of `start` that is not after `on` (or `start` itself before its first year)."""
    this_year = in_year(start.month, start.day, on.year)
    last = this_year if this_year <= on else in_year(start.month, start.day, on.year - 1)
    return max(start, last)
