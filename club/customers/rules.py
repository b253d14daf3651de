"""What a list of customers can be asked for."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.errors import BadTag, ViewNameMissing
from club.members.rules import fold

LONGEST_TAG = 40
LONGEST_VIEW_NAME = 60
LONGEST_ADDRESS = 1_000
BIRTHDAY_DAYS = 7


class Who(StrEnum):
    """Which people: members, those known from elsewhere (imported, invited, leads), or both."""

    MEMBERS = "members"
    OTHERS = "others"
    ALL = "all"


class Order(StrEnum):
    """Columns that the list can be ordered by."""

    NAME = "name"
    BOUGHT = "bought"
    LAST = "last"
    POINTS = "points"
    JOINED = "joined"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A list of customers: each filter narrows it, what is left out does not."""

    who: Who = Who.MEMBERS
    text: str = ""
    """Words of the name; e-mail and phone only where `by_contact`."""
    by_contact: bool = False
    tier: str = ""
    """Key of a rung."""
    place: str = ""
    """pareto, near, other or none."""
    is_quiet: bool = False
    """Late on their own rhythm."""
    trend: str = ""
    """A `Trend`, or away: slipping and declining together."""
    has_birthday_soon: bool = False
    joined_from: date | None = None
    joined_to: date | None = None
    carer: int | None = None
    """Account that looks after them; 0: nobody does."""
    tag: int | None = None
    language: str = ""
    news: bool | None = None
    """Whether the last answer about news by e-mail was a yes."""


def coming_birthdays(today: date, days: int = BIRTHDAY_DAYS) -> list[tuple[int, int]]:
    """(month, day) of today and the days after it; who was born on 29 February has the 28th in other years."""
    coming = [today + timedelta(days=number) for number in range(days)]
    found = [(day.month, day.day) for day in coming]
    if (2, 28) in found and (2, 29) not in found and not _is_leap(today.year):
        found.append((2, 29))
    return found


def _is_leap(year: int) -> bool:
    return date(year, 3, 1) - date(year, 2, 1) == timedelta(days=29)


def checked_view_name(name: str) -> str:
    """A name with single spaces; raises `ViewNameMissing`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_VIEW_NAME:
        raise ViewNameMissing
    return tidy


def checked_tag(name: str) -> tuple[str, str]:
    """The tag and how it is compared; raises `BadTag` for one without letters or too long."""
    tidy = " ".join(name.split())
    key = fold(tidy)
    if not key or not tidy.isprintable() or len(tidy) > LONGEST_TAG or len(key) > LONGEST_TAG:
        raise BadTag
    return tidy, key
