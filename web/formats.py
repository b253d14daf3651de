"""How numbers, amounts, points and days are written for the reader: everything by Babel, nothing by hand."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask
from markupsafe import Markup

from club.money import to_major
from web.languages import in_language, language, locale
from web.programme import programme

_NO_BREAK = "\u00a0"


def add_formats(app: Flask) -> None:
    """Offer the formats to the templates."""
    shown = (money, plain_money, points, points_number, points_change, number, percent, multiplier)
    for filter_ in (*shown, day, day_month, month, moment, listed_together, listed_as_choice, in_language, strong):
        app.jinja_env.filters[filter_.__name__] = filter_


def money(minor: int) -> str:
    """1.234,50 €: an amount in minor units of the club's currency."""
    currency = programme().currency
    return _spaced(format_currency(to_major(minor, currency), currency, locale=locale()))


def plain_money(minor: int) -> str:
    """An amount as short as it can be said: 5 €, 7,50 €."""
    currency = programme().currency
    amount = to_major(minor, currency)
    if amount != amount.to_integral_value():
        return money(minor)
    bare = locale().currency_formats["standard"].pattern.replace("0.00", "0")
    return _spaced(format_currency(amount, currency, bare, locale=locale(), currency_digits=False))


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
    return format_decimal(value, locale=locale())


def percent(value: int) -> str:
    """15 %: a share given in whole percent."""
    return format_percent(value / 100, locale=locale())


def multiplier(value_percent: int) -> str:
    """×1,5: a multiplier given in percent."""
    whole, part = divmod(value_percent, 100)
    return f"×{format_decimal(whole + part / 100, '0.##', locale=locale())}"


def day(value: date) -> str:
    """27 de marzo de 2027."""
    return format_date(value, "long", locale=locale())


def day_month(value: date) -> str:
    """27 de marzo: for yearly days and days of this year."""
    return format_skeleton("MMMMd", value, locale=locale())


def month(value: date) -> str:
    """март 2027: a month by itself, in the nominative."""
    return format_date(value, "LLLL y", locale=locale())


def moment(value: datetime) -> str:
    """27 de marzo de 2027, 19:00: in the club's time zone."""
    local = value.astimezone(ZoneInfo(programme().time_zone))
    joined: str = locale().datetime_formats["medium"]
    return joined.format(format_time(local.time(), "short", locale=locale()), day(local.date()))


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
