"""The words of mails in the reader's language, from the same catalogues as the pages, without a web request."""

from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit

from club.money import to_major

_CATALOGUES = Path(__file__).parent.parent.parent / "translations"
_HOME_COUNTRY = {"en": "GB", "es": "ES", "ru": "RU"}

MINUTES_A_DAY = 24 * 60


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English is the source text and has none."""
    po = _CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not po.exists():
        return NullTranslations()
    with po.open("rb") as text:
        catalogue = read_po(text, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def locale_of(language: str, country: str) -> Locale:
    """Language and country together, or the language at home where nobody has described the pair."""
    try:
        return Locale(language, country)
    except (UnknownLocaleError, ValueError):
        return Locale(language, _HOME_COUNTRY[language])


def duration(time: timedelta, locale: Locale) -> str:
    """30 minutes, 24 hours, 7 days: in the largest unit that leaves a whole number, but never "1 day"."""
    minutes = int(time.total_seconds()) // 60
    if minutes % MINUTES_A_DAY == 0 and minutes > MINUTES_A_DAY:
        return format_unit(minutes // MINUTES_A_DAY, "duration-day", locale=locale)
    if minutes % 60 == 0:
        return format_unit(minutes // 60, "duration-hour", locale=locale)
    return format_unit(minutes, "duration-minute", locale=locale)


def day(iso: str, locale: Locale) -> str:
    """27 de marzo de 2027, from 2027-03-27."""
    return format_date(date.fromisoformat(iso), "long", locale=locale)


def month(iso: str, locale: Locale) -> str:
    """март 2027, from 2027-03: a month by itself, in the nominative."""
    return format_date(date.fromisoformat(f"{iso}-01"), "LLLL y", locale=locale)


def when(iso: str, locale: Locale) -> str:
    """sábado, 27 de marzo de 2027, 19:00: from 2027-03-27T19:00 on the club's clock."""
    moment = datetime.fromisoformat(iso)
    return f"{format_date(moment.date(), 'full', locale=locale)}, {format_time(moment.time(), 'short', locale=locale)}"


def number(value: int, locale: Locale) -> str:
    """1.234: a whole number with the reader's grouping."""
    return format_decimal(value, locale=locale)


def money(minor: int, currency: str, locale: Locale) -> str:
    """1.234,00 €: an amount in minor units."""
    return format_currency(to_major(minor, currency), currency, locale=locale)


def percent(value: int, locale: Locale) -> str:
    """15 %: a share given in whole percent."""
    return format_percent(value / 100, locale=locale)


def multiplier(value_percent: int, locale: Locale) -> str:
    """×1,5: a multiplier given in percent."""
    whole, part = divmod(value_percent, 100)
    return f"×{format_decimal(whole + part / 100, '0.##', locale=locale)}"
