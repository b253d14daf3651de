"""What the club says by itself and when: notices about points and tiers, the statement, greetings. Pure."""

import re
from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.clock import ONE_DAY, in_year
from club.errors import BadKeptDay, BadLeads
from club.texts import Texts

MOST_LEADS = 5
LONGEST_LEAD = 365
LONGEST_NAME = 120
LONGEST_WORDS = 500
SHORTEST_WORD = 3
CATCH_UP = timedelta(days=3)
"""What belongs to its day is said by a night that comes so late, and not later."""
TOGETHER = 7
"""Points that end within so many days are told of at once."""


class Notice(StrEnum):
    """One thing that the club says by itself; the name of its mail too."""

    TIER = "tier.at_risk"
    EXPIRING = "points.expiring"
    ACTIVATED = "points.activated"
    STATEMENT = "statement.ready"
    BIRTHDAY = "greeting.birthday"
    ANNIVERSARY = "greeting.anniversary"
    """Of joining."""
    PROFESSION = "greeting.profession"
    HOLIDAY = "greeting.holiday"


GREETINGS = (Notice.BIRTHDAY, Notice.ANNIVERSARY, Notice.PROFESSION, Notice.HOLIDAY)
"""Who could have several within a month gets the first of these."""


@dataclass(frozen=True)
class Setting:
    """Whether it is said, and how many days before what it is about, the longest first."""

    is_on: bool
    leads: tuple[int, ...] = ()


SHIPPED: dict[Notice, Setting] = {
    Notice.TIER: Setting(is_on=True, leads=(90, 30)),
    Notice.EXPIRING: Setting(is_on=True, leads=(60, 30, 7)),
    Notice.ACTIVATED: Setting(is_on=True),
    Notice.STATEMENT: Setting(is_on=True),
    **{greeting: Setting(is_on=False) for greeting in GREETINGS},
}
"""Until the club says otherwise."""


def checked_leads(leads: Collection[int]) -> tuple[int, ...]:
    """In order; raises `BadLeads`."""
    kept = tuple(sorted(set(leads), reverse=True))
    if not 1 <= len(kept) <= MOST_LEADS or not 1 <= kept[-1] <= kept[0] <= LONGEST_LEAD:
        raise BadLeads
    return kept


def is_in_time(due_day: date, today: date) -> bool:
    """Whether what belongs to a day may still be said."""
    return due_day <= today <= due_day + CATCH_UP


def is_worth_saying(lead: int, leads: Sequence[int], last_day: date, today: date) -> bool:
    """Whether a notice that comes late still says something: not when the next one is due, or all is over."""
    later = [one for one in leads if one < lead]
    return today <= last_day and (not later or today < last_day - max(later) * ONE_DAY)


# --- days that are kept every year


class Keeps(StrEnum):
    """What a day is."""

    PROFESSION = "profession"
    HOLIDAY = "holiday"


LAST = -1
"""Of the weekdays of a month."""


@dataclass(frozen=True, kw_only=True)
class KeptDay:
    """A day of a profession, by date or by the weekday of a month; or a country's holiday, by the calendar's name."""

    keeps: Keeps
    name: Texts
    month: int = 1
    day: int | None = None
    weekday: int | None = None
    """Monday is 0."""
    nth: int | None = None
    """Which of the month's: 1 to 4, or `LAST`."""
    words: str = ""
    """Words of the professions, separated by commas."""
    country: str = ""
    holiday: str = ""

    def check(self) -> None:
        """Raise `BadKeptDay` with what cannot be meant."""
        if not self.name or any(len(name) > LONGEST_NAME for name in self.name.values()):
            raise BadKeptDay("name")
        if self.keeps is Keeps.HOLIDAY:
            return
        is_date = self.day is not None and 1 <= self.month <= 12 and 1 <= self.day <= monthrange(2000, self.month)[1]
        is_weekday = self.weekday in range(7) and self.nth in (1, 2, 3, 4, LAST)
        if not is_date and not (self.day is None and is_weekday and 1 <= self.month <= 12):
            raise BadKeptDay("date")
        if not self.professions or len(self.words) > LONGEST_WORDS:
            raise BadKeptDay("words")

    @property
    def professions(self) -> list[str]:
        """The words by which a profession is known, in small letters."""
        words = (word.strip().casefold() for word in self.words.split(","))
        return [word for word in words if len(word) >= SHORTEST_WORD]

    def is_of(self, profession: str) -> bool:
        """Whether it is the day of what somebody wrote as their profession."""
        said = profession.casefold()
        return any(re.search(rf"\b{re.escape(word)}", said) for word in self.professions)

    def falls_on(self, year: int) -> date:
        """The day of a profession in one year; 29 February is kept on 28 February in common years."""
        if self.day is not None:
            return in_year(self.month, self.day, year)
        assert self.weekday is not None
        assert self.nth is not None
        days = [date(year, self.month, number) for number in range(1, monthrange(year, self.month)[1] + 1)]
        own = [day for day in days if day.weekday() == self.weekday]
        return own[self.nth if self.nth == LAST else self.nth - 1]
