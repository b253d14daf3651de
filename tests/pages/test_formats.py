"""Numbers, amounts, points and days as people read and type them, in three languages."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import product

import pytest
from babel import Locale
from babel.numbers import format_decimal
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from club.money import LARGEST_AMOUNT
from club.programme.service import defaults
from web import formats
from web.kept import forget
from web.languages import locale_of
from web.typed import NotANumber, TooManyDecimals, amount_typed, whole_number_typed

LOCALES = ("es_ES", "en_GB", "ru_RU")
NB = "\u00a0"


@pytest.fixture
def reading() -> Iterator[Callable[..., None]]:
    """`reading("es")`: the formats of a reader of this language; `country` and `currency` are the club's."""
    with Flask("formats").test_request_context():

        def choose(language: str, country: str = "ES", currency: str = "EUR") -> None:
            club = defaults(date(2026, 1, 1))
            g.programme = type(club)(**{**vars(club), "country": country, "currency": currency})
            g.language = language
            forget("locale")

        yield choose


@pytest.mark.parametrize(
    ("language", "country", "currency", "shown"),
    [
        ("es", "ES", "EUR", f"1.234,50{NB}€"),
        ("es", "MX", "MXN", "$1,234.50"),
        ("ru", "RU", "RUB", f"1{NB}234,50{NB}₽"),
        ("en", "GB", "GBP", "£1,234.50"),
        ("en", "GB", "JPY", "JP¥123,450"),
        ("en", "GB", "KWD", f"KWD{NB}123.450"),
    ],
)
def test_an_amount_looks_as_in_the_language_and_country(reading, language, country, currency, shown):
    reading(language, country, currency)
    assert formats.money(123450) == shown


def test_a_round_amount_can_be_said_short(reading):
    reading("es")
    assert [formats.plain_money(500), formats.plain_money(750)] == [f"5{NB}€", f"7,50{NB}€"]


@pytest.mark.parametrize(
    ("count", "spanish", "russian"),
    [
        (1, f"1{NB}punto", f"1{NB}балл"),
        (2, f"2{NB}puntos", f"2{NB}балла"),
        (5, f"5{NB}puntos", f"5{NB}баллов"),
        (11, f"11{NB}puntos", f"11{NB}баллов"),
        (21, f"21{NB}puntos", f"21{NB}балл"),
        (12480, f"12.480{NB}puntos", f"12{NB}480{NB}баллов"),
    ],
)
def test_points_take_the_clubs_word_in_its_plural_form(reading, count, spanish, russian):
    reading("es")
    assert formats.points(count) == spanish
    reading("ru", "RU")
    assert formats.points(count) == russian


@pytest.mark.parametrize(
    ("language", "day", "day_month", "month", "moment"),
    [
        ("es", "27 de marzo de 2027", "27 de marzo", "marzo 2027", "27 de marzo de 2027, 19:00"),
        ("ru", "27 марта 2027\u202fг.", "27 марта", "март 2027", "27 марта 2027\u202fг., 19:00"),
        ("en", "27 March 2027", "27 March", "March 2027", "27 March 2027, 19:00"),
    ],
)
def test_days_are_long_and_a_month_alone_is_in_the_nominative(reading, language, day, day_month, month, moment):
    reading(language, "GB" if language == "en" else "ES")
    on = date(2027, 3, 27)
    assert (formats.day(on), formats.day_month(on), formats.month(on)) == (day, day_month, month)
    assert formats.moment(datetime(2027, 3, 27, 18, 0, tzinfo=UTC)) == moment


def test_shares_multipliers_and_changes(reading):
    reading("es")
    assert [formats.percent(15), formats.multiplier(150), formats.multiplier(200)] == [f"15{NB}%", "×1,5", "×2"]
    assert [formats.points_change(n) for n in (1200, -40, 0)] == ["+1.200", "\u221240", "0"]


@pytest.mark.parametrize(
    ("language", "country", "expected"),
    [("es", "MX", "es_MX"), ("ru", "RU", "ru_RU"), ("ru", "ES", "ru_RU"), ("en", "RU", "en_GB"), ("es", "", "es_ES")],
)
def test_the_locale_is_language_and_country_where_the_pair_is_known(language, country, expected):
    assert str(locale_of(language, country)) == expected


# --- typing


@pytest.mark.proves("F-60")
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1500", 150000), ("1.500", 150000), ("1 500", 150000), ("1,500", 150000), (f"1{NB}500,5", 150050),
        ("1,500.00", 150000), ("1.500,50", 150050), ("1500,5", 150050), ("1500.5", 150050), ("1.5", 150),
        ("1,5", 150), ("1.000", 100000), ("12.345.678", 1234567800), ("12,345,678.9", 1234567890), ("0,05", 5),
        ("1500 €", 150000), ("€1500", 150000), ("1500 EUR", 150000), (" 20 ", 2000), ("0", 0), ("007", 700),
    ],
)  # fmt: skip
def test_an_amount_means_the_same_whatever_language_the_page_is_switched_to(locale, typed, minor):
    assert amount_typed(typed, "EUR", Locale.parse(locale)) == minor


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "typed",
    [
        "", " ", ".", ",", "abc", "1.2.3", "1,23,456", "1.500.00", "1 50", "1234 567", "5.", ".5", "-5", "+5", "1e400",
        "1e3", "Infinity", "NaN", "inf", "٣", "१२", "１２", "½", "1_000", "0x10", "1500 USD", "1..5", "1,.5",
        "1\n500", "9" * 30, "1000000000000", "0.500", "12.345,678", "1.5€5",
    ],
)  # fmt: skip
def test_what_is_not_plainly_one_amount_is_refused(locale, typed):
    with pytest.raises(NotANumber):
        amount_typed(typed, "EUR", Locale.parse(locale))


def test_where_the_currency_has_thousandths_the_readers_country_decides():
    assert amount_typed("1.500", "KWD", Locale.parse("en_GB")) == 1500
    assert amount_typed("1.500", "KWD", Locale.parse("es_ES")) == 1_500_000


def test_a_currency_without_parts_takes_no_decimals():
    assert amount_typed("1,500", "JPY", Locale.parse("en_GB")) == 1500
    with pytest.raises(TooManyDecimals):
        amount_typed("1.5", "JPY", Locale.parse("en_GB"))


@pytest.mark.parametrize(("typed", "value"), [("1.500", 1500), ("1 500", 1500), ("6", 6), ("1,500,000", 1500000)])
def test_a_whole_number_may_be_grouped(typed, value):
    assert whole_number_typed(typed, Locale.parse("es_ES")) == value


@pytest.mark.parametrize("typed", ["1.5", "1,25", "-1", "1e3", "five", "٣", ""])
def test_a_whole_number_has_no_parts_and_no_sign(typed):
    with pytest.raises(NotANumber):
        whole_number_typed(typed, Locale.parse("en_GB"))


@pytest.mark.proves("F-60")
@given(minor=st.integers(0, LARGEST_AMOUNT), where=st.sampled_from([*LOCALES, "es_MX", "en_ES"]))
def test_an_amount_that_was_shown_can_be_typed_back(minor, where):
    language, _, country = where.partition("_")
    with Flask("formats").test_request_context():
        club = defaults(date(2026, 1, 1))
        g.programme, g.language = type(club)(**{**vars(club), "country": country}), language
        forget("locale")
        assert amount_typed(formats.money(minor), "EUR", Locale.parse(where)) == minor


@pytest.mark.parametrize("minor", [0, 5, 99, 100, 12_345, -1, -9_999, 100_000, -123_456_789])
def test_an_amount_is_written_as_babel_writes_it(minor):
    spoken = [Locale("en", "GB"), Locale("en", "IN"), Locale("es", "ES"), Locale("es", "MX"), Locale("ru", "RU")]
    for locale, currency in product(spoken, ("EUR", "USD", "JPY", "KWD", "CHF")):
        assert formats._money(minor, currency, locale) == formats._babel_money(minor, currency, locale)
        assert formats._number(minor, locale) == format_decimal(minor, locale=locale)
