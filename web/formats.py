"""How numbers, amounts, points and days are written for the reader: everything by Babel, nothing by hand.

Babel takes its time, and a page says the same few hundred numbers and days again and again: the last ones are kept, and
how Babel writes a number of so many digits is asked once.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask
from markupsafe import Markup

from club.money import to_major
from web.languages import in_language, language, locale
from web.programme import programme
from web.prose import prose

MOST_KEPT = 4096
_NO_BREAK = "\u00a0"


def add_formats(app: Flask) -> None:
    """Offer the formats to the templates."""
    shown = (money, plain_money, points, points_number, points_change, number, percent, fine_percent, multiplier)
    for filter_ in (
        *shown,
        club_date,
        day,
        day_month,
        birthday,
        month,
        moment,
        clock_time,
        prose,
        listed_together,
        listed_as_choice,
        in_language,
        strong,
        time_or_moment,
    ):
        app.jinja_env.filters[filter_.__name__] = filter_


def money(minor: int, currency: str = "") -> str:
    """1.234,50 €: an amount in minor units of the club's currency, or of another."""
    return _money(minor, currency or programme().currency, locale())


def plain_money(minor: int) -> str:
    """An amount as short as it can be said: 5 €, 7,50 €."""
    return _plain_money(minor, programme().currency, locale())


def points(count: int) -> str:
    """1.200 puntos: with the club's own word in the right plural form, never broken between the two."""
    return f"{number(count)}{_NO_BREAK}{programme().word_for_points(count, language())}"


def points_number(count: int) -> str:
    """The number of points alone, for columns that say points in their head."""
    return number(count)


def points_change(count: int) -> str:
    """What a movement did: +120, −40, with a real minus."""
    return f"+{number(count)}" if count > 0 else f"\u2212{number(-count)}" if count < 0 else "0"


def number(value: int) -> str:
    """1.234: a whole number with the reader's grouping."""
    return _number(value, locale())


def percent(value: int) -> str:
    """15 %: a share given in whole percent."""
    return _percent(value, locale())


def fine_percent(tenths: int) -> str:
    """2,5 %: a share given in tenths of a percent."""
    return format_percent(tenths / 1000, locale=locale(), decimal_quantization=False)


def multiplier(value_percent: int) -> str:
    """×1,5: a multiplier given in percent."""
    return _multiplier(value_percent, locale())


def day(value: date) -> str:
    """27 de marzo de 2027."""
    return _day(value, locale())


def day_month(value: date) -> str:
    """27 de marzo: for yearly days and days of this year."""
    return format_skeleton("MMMMd", value, locale=locale())


def birthday(year: int | None, month: int | None, day_of_month: int | None) -> str:
    """A birthday with its year where it is known; empty where nothing is."""
    if month is None or day_of_month is None:
        return ""
    return day_month(date(2000, month, day_of_month)) if year is None else day(date(year, month, day_of_month))


def month(value: date) -> str:
    """март 2027: a month by itself, in the nominative."""
    return _month(value, locale())


def moment(value: datetime) -> str:
    """27 de marzo de 2027, 19:00: in the club's time zone."""
    local = value.astimezone(ZoneInfo(programme().time_zone))
    joined: str = locale().datetime_formats["medium"]
    return joined.format(_clock(local.time().replace(second=0, microsecond=0), locale()), day(local.date()))


def clock_time(minutes: int) -> str:
    """21:00: a time of day, given in minutes since midnight."""
    hour, minute = divmod(minutes, 60)
    return _clock(time(hour, minute), locale())


def time_or_moment(value: datetime) -> str:
    """19:00 for what happened within a day, else with its day."""
    if datetime.now(UTC) - value > timedelta(hours=20):
        return moment(value)
    local = value.astimezone(ZoneInfo(programme().time_zone)).time()
    return _clock(local.replace(second=0, microsecond=0), locale())


def club_date(value: datetime) -> date:
    """The day of a moment in the club's time zone."""
    return value.astimezone(ZoneInfo(programme().time_zone)).date()


def listed_together(values: list[str]) -> str:
    """A, B y C."""
    return format_list(values, locale=locale())


def listed_as_choice(values: list[str]) -> str:
    """A, B o C."""
    return format_list(values, "or", locale=locale())


def strong(text: str) -> Markup:
    """A figure that a sentence rests on, for use inside a translated sentence."""
    return Markup('<strong class="num">{}</strong>').format(text)


def _spaced(amount: str) -> str:
    """A space between a currency's letters and the digits: CLDR asks for it and Babel leaves it out."""
    return re.sub(r"(?<=[A-Z])(?=[0-9])", _NO_BREAK, amount)


@lru_cache(MOST_KEPT)
def _money(minor: int, currency: str, spoken: Locale) -> str:
    digits = str(abs(minor))
    shape = _shape_of_money(len(digits), minor < 0, currency, spoken) if digits.isdigit() else None
    return _babel_money(minor, currency, spoken) if shape is None else shape.format(*digits)


def _babel_money(minor: int, currency: str, spoken: Locale) -> str:
    return _spaced(format_currency(to_major(minor, currency), currency, locale=spoken))


@lru_cache(MOST_KEPT)
def _shape_of_money(digits: int, is_negative: bool, currency: str, spoken: Locale) -> str | None:
    """How Babel writes an amount of so many digits, with a place for each; None where it writes more than them."""
    sample = int("1" * digits)
    return _shape(_babel_money(-sample if is_negative else sample, currency, spoken), digits)


@lru_cache(MOST_KEPT)
def _shape_of_number(digits: int, is_negative: bool, spoken: Locale) -> str | None:
    sample = int("1" * digits)
    return _shape(format_decimal(-sample if is_negative else sample, locale=spoken), digits)


def _shape(written: str, digits: int) -> str | None:
    has_them_alone = "".join(filter(str.isdigit, written)) == "1" * digits and "{" not in written
    return written.replace("1", "{}") if has_them_alone else None


@lru_cache(MOST_KEPT)
def _plain_money(minor: int, currency: str, spoken: Locale) -> str:
    amount = to_major(minor, currency)
    if amount != amount.to_integral_value():
        return _money(minor, currency, spoken)
    bare = spoken.currency_formats["standard"].pattern.replace("0.00", "0")
    return _spaced(format_currency(amount, currency, bare, locale=spoken, currency_digits=False))


@lru_cache(MOST_KEPT)
def _number(value: int, spoken: Locale) -> str:
    digits = str(abs(value))
    shape = _shape_of_number(len(digits), value < 0, spoken) if digits.isdigit() else None
    return format_decimal(value, locale=spoken) if shape is None else shape.format(*digits)


@lru_cache(MOST_KEPT)
def _multiplier(value_percent: int, spoken: Locale) -> str:
    whole, part = divmod(value_percent, 100)
    return f"×{format_decimal(whole + part / 100, '0.##', locale=spoken)}"


@lru_cache(MOST_KEPT)
def _percent(value: int, spoken: Locale) -> str:
    return format_percent(value / 100, locale=spoken)


@lru_cache(MOST_KEPT)
def _day(value: date, spoken: Locale) -> str:
    return format_date(value, "long", locale=spoken)


@lru_cache(MOST_KEPT)
def _month(value: date, spoken: Locale) -> str:
    return format_date(value, "LLLL y", locale=spoken)


@lru_cache(MOST_KEPT)
def _clock(value: time, spoken: Locale) -> str:
    return format_time(value, "short", locale=spoken)
