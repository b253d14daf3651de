"""National holidays by country, movable ones too: from a library of calendars, in the languages that it knows."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from club.loading import OnFirstUse
from club.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    import holidays
else:
    holidays = OnFirstUse("holidays")

_ENGLISH = ("en_US", "en_GB", "en")
_YEARS_TO_LOOK = 6


@dataclass(frozen=True)
class Holiday:
    """`key` is its English name in the calendar: the same in every year."""

    key: str
    day: date
    name: Texts


@lru_cache(maxsize=64)
def holidays_in(country: str, year: int) -> tuple[Holiday, ...]:
    """A country's holidays in the order of their days, of several days the first; none: the library has no calendar.

    Days off that are moved for a holiday on a weekend are left out: nobody greets on them.
    """
    if country not in holidays.list_supported_countries():
        return ()
    calendar = holidays.country_holidays(country)
    known = {code: _spoken(code, calendar.supported_languages) for code in LANGUAGES}
    english = next((code for code in _ENGLISH if code in calendar.supported_languages), None)
    spoken = tuple((code, own) for code, own in known.items() if own is not None)
    found: dict[str, Holiday] = {}
    for day, keys in sorted(_named(country, year, english).items()):
        for key in keys:
            found.setdefault(key, Holiday(key, day, Texts({"en": key} | _said(country, year, english, key, spoken))))
    return tuple(found.values())


def _said(
    country: str, year: int, english: str | None, key: str, spoken: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """What a holiday is called, read in the nearest year in which it does not share its day with another one."""
    for near in range(year, year + _YEARS_TO_LOOK):
        day = next((day for day, keys in _named(country, near, english).items() if keys == (key,)), None)
        if day is not None:
            named = {code: _named(country, near, own).get(day, ()) for code, own in spoken}
            return {code: names[0] for code, names in named.items() if len(names) == 1}
    return {}


def day_of(country: str, key: str, year: int) -> date | None:
    """When a holiday is in one year; None: not in that year."""
    return next((one.day for one in holidays_in(country, year) if one.key == key), None)


def _spoken(language: str, supported: tuple[str, ...]) -> str | None:
    return next((code for code in supported if code.split("_")[0] == language), None)


@lru_cache(maxsize=64)
def _named(country: str, year: int, language: str | None) -> dict[date, tuple[str, ...]]:
    """What each day is called; several where holidays fall on one day."""
    calendar = holidays.country_holidays(country, years=year, language=language, observed=False)
    moved = str(calendar.tr(getattr(calendar, "substituted_label", "") or "")).partition("%s")[0]
    named = {
        day: tuple(name[:120] for name in calendar.get_list(day) if not (moved and name.startswith(moved)))
        for day in calendar
    }
    return {day: names for day, names in named.items() if names}
