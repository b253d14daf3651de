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


@dataclass(frozen=True)
class Holiday:
    """`key` is its English name in the calendar: the same in every year."""

    key: str
    day: date
    name: Texts


@lru_cache(maxsize=64)
def holidays_in(country: str, year: int) -> tuple[Holiday, ...]:
    """A country's holidays in the order of their days, of several days the first; none: the library has no calendar."""
    if country not in holidays.list_supported_countries():
        return ()
    calendar = holidays.country_holidays(country)
    known = {code: _spoken(code, calendar.supported_languages) for code in LANGUAGES}
    english = next((code for code in _ENGLISH if code in calendar.supported_languages), None)
    named = {code: _named(country, year, spoken) for code, spoken in known.items() if spoken is not None}
    found: dict[str, Holiday] = {}
    for day, key in sorted(_named(country, year, english).items()):
        said = {code: names[day] for code, names in named.items() if day in names}
        found.setdefault(key, Holiday(key, day, Texts({"en": key} | said)))
    return tuple(found.values())


def day_of(country: str, key: str, year: int) -> date | None:
    """When a holiday is in one year; None: not in that year."""
    return next((one.day for one in holidays_in(country, year) if one.key == key), None)


def countries() -> list[str]:
    """The countries of which there is a calendar, by code."""
    return sorted(code for code in holidays.list_supported_countries() if len(code) == 2)


def _spoken(language: str, supported: tuple[str, ...]) -> str | None:
    return next((code for code in supported if code.split("_")[0] == language), None)


def _named(country: str, year: int, language: str | None) -> dict[date, str]:
    return {
        day: str(name)[:120] for day, name in holidays.country_holidays(country, years=year, language=language).items()
    }
