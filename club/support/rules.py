"""When an answer is promised, where a conversation stands, and what may come with it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from club.clock import ONE_DAY, club_day
from club.programme.rules import Club

LONGEST_WORDS = 4000
LONGEST_SUBJECT = 160
LONGEST_TITLE = 80
LONGEST_LEFT_OUT = 400
MOST_FILES = 3
MOST_FILE_BYTES = 5_000_000
"""Of a PDF; pictures are drawn anew and have the limits of all pictures."""
HALF_HOUR = timedelta(minutes=30)
GRANTS_WITHIN = timedelta(days=30)
STRANGERS_KEPT = timedelta(days=180)
"""After the last word, questions of people whom the club does not know are forgotten."""


class State(StrEnum):
    """Who has the next word."""

    OPEN = "open"
    """The club."""
    WAITING = "waiting"
    """The customer."""
    SOLVED = "solved"
    """Nobody. Whatever the customer writes opens it again."""


class Topic(StrEnum):
    """What a question is about."""

    ORDER = "order"
    POINTS = "points"
    EVENT = "event"
    OTHER = "other"


class Kind(StrEnum):
    """Who wrote a part of a conversation, and for whom."""

    CUSTOMER = "customer"
    STAFF = "staff"
    NOTE = "note"
    """Staff to each other; the customer never sees it."""


class CallBack(StrEnum):
    """Whether they want to be called, and when."""

    NO = ""
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Rating(StrEnum):
    """Whether it helped: said once."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True)
class Hours:
    """When the club answers: minutes since midnight by its own clock, weekdays as ISO numbers, and within how long."""

    opens: int
    closes: int
    weekdays: frozenset[int]
    within: timedelta
    zone: str


def hours_of(club: Club) -> Hours:
    """The hours that the club has set."""
    return Hours(
        opens=club.answer_from,
        closes=club.answer_until,
        weekdays=frozenset(int(one) for one in club.answer_days),
        within=timedelta(hours=club.answer_hours),
        zone=club.time_zone,
    )


def promised_by(asked_at: datetime, hours: Hours) -> datetime:
    """The moment by which a question is answered: so much working time later, on the next half hour, in UTC.

    Time is measured as it passes: a day on which the clocks change is an hour shorter or longer.
    """
    left, day = hours.within, club_day(asked_at, hours.zone)
    while True:
        if day.isoweekday() in hours.weekdays:
            begins = max(_moment(day, hours.opens, hours.zone), asked_at.astimezone(UTC))
            ends = _moment(day, hours.closes, hours.zone)
            if ends - begins >= left:
                return min(_next_half_hour(begins + left, hours.zone), ends)
            left -= max(ends - begins, timedelta())
        day += ONE_DAY


def _moment(day: date, minutes: int, zone: str) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)


def _next_half_hour(moment: datetime, zone: str) -> datetime:
    local = moment.astimezone(ZoneInfo(zone))
    over = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return moment + (HALF_HOUR - over if over else over)


def is_late(answer_by: datetime | None, now: datetime) -> bool:
    """Whether the promise was not kept. What needs no answer is never late."""
    return answer_by is not None and answer_by < now
