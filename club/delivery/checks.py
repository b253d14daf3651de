"""Whether what staff wrote about delivery, taxes and countries holds together. Each raises `BadDelivery`."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from club.countries import is_country
from club.delivery.rules import Kind, Method, PriceRow, Rate, Rule, Zone, plain
from club.errors import BadDelivery
from club.money import LARGEST_AMOUNT
from club.texts import Texts

LONGEST_ZONE_NAME = 80
LONGEST_NAME = 80
LONGEST_WORDS = 400
LONGEST_BEGINNING = 10
MOST_BEGINNINGS = 200
MOST_PRICES = 60
MOST_DAYS = 365
OLDEST = 120
HEAVIEST_GRAMS = 10_000_000
WHOLE_RATE = 10_000
LONGEST_OF_RATE = 200
"""All beginnings of a rate together, with the commas between them."""


class Fault(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NO_COUNTRY = "no_country"
    NO_POSTCODE = "no_postcode"
    OUT_OF_RANGE = "out_of_range"
    DAYS_REVERSED = "days_reversed"
    NO_ZONE = "no_zone"
    TWICE = "twice"
    NAME_TAKEN = "name_taken"


class Place(StrEnum):
    """Where it is wrong."""

    NAME = "name"
    WORDS = "words"
    COUNTRIES = "countries"
    POSTCODES = "postcodes"
    NOT_POSTCODES = "not_postcodes"
    PRICES = "prices"
    FREE_FROM = "free_from"
    DAYS = "days"
    RATE = "rate"
    AGE = "min_age"
    VALUE = "most_value"


def beginnings_in(text: str) -> tuple[str, ...]:
    """What was typed between commas and spaces, as it is compared; each once, in order."""
    return tuple(sorted({plain(part) for part in text.replace(";", ",").replace(",", " ").split()} - {""}))


def check_zone(zone: Zone) -> None:
    """A name, one country at least, and beginnings of postcodes that can be compared."""
    _check_line(Place.NAME, zone.name, LONGEST_ZONE_NAME)
    _check(zone.countries, Place.COUNTRIES, Fault.MISSING)
    _check(all(is_country(code) for code in zone.countries), Place.COUNTRIES, Fault.NO_COUNTRY)
    _check_beginnings(Place.POSTCODES, zone.postcodes)
    _check_beginnings(Place.NOT_POSTCODES, zone.not_postcodes)


def check_method(method: Method, zone_ids: Iterable[int]) -> None:
    """A name; prices into zones that are there, or without any for a pick-up, and no two for the same goods."""
    _check_texts(Place.NAME, method.name, LONGEST_NAME, is_needed=True)
    _check_texts(Place.WORDS, method.words, LONGEST_WORDS, is_needed=False)
    _check_number(Place.FREE_FROM, method.free_from, 0, LARGEST_AMOUNT)
    _check(0 <= method.days_from <= MOST_DAYS and method.days_to <= MOST_DAYS, Place.DAYS, Fault.OUT_OF_RANGE)
    _check(method.days_from <= method.days_to, Place.DAYS, Fault.DAYS_REVERSED)
    _check(method.prices or not method.is_active, Place.PRICES, Fault.MISSING)
    _check(len(method.prices) <= MOST_PRICES, Place.PRICES, Fault.TOO_MANY)
    known = {None} if method.kind is Kind.PICKUP else set(zone_ids)
    for row in method.prices:
        _check(row.zone_id in known, Place.PRICES, Fault.NO_ZONE)
        _check_price(row)
    same = {(row.zone_id, row.up_to_grams, row.up_to_value) for row in method.prices}
    _check(len(same) == len(method.prices), Place.PRICES, Fault.TWICE)


def check_rate(rate: Rate) -> None:
    """A known country and a rate from 0 to 100 %."""
    _check(is_country(rate.country), Place.COUNTRIES, Fault.NO_COUNTRY)
    _check_beginnings(Place.POSTCODES, rate.postcodes)
    _check(len(",".join(rate.postcodes)) <= LONGEST_OF_RATE, Place.POSTCODES, Fault.TOO_MANY)
    _check_number(Place.RATE, rate.rate, 0, WHOLE_RATE)


def check_rule(rule: Rule) -> None:
    """A known country, an age and a value that can be met."""
    _check(is_country(rule.country), Place.COUNTRIES, Fault.NO_COUNTRY)
    _check_number(Place.AGE, rule.min_age, 1, OLDEST)
    _check_number(Place.VALUE, rule.most_value, 1, LARGEST_AMOUNT)


def _check_price(row: PriceRow) -> None:
    _check_number(Place.PRICES, row.price, 0, LARGEST_AMOUNT)
    _check_number(Place.PRICES, row.up_to_grams, 1, HEAVIEST_GRAMS)
    _check_number(Place.PRICES, row.up_to_value, 1, LARGEST_AMOUNT)


def _check_beginnings(place: Place, beginnings: Sequence[str]) -> None:
    _check(len(beginnings) <= MOST_BEGINNINGS, place, Fault.TOO_MANY)
    for one in beginnings:
        _check(one and one == plain(one) and len(one) <= LONGEST_BEGINNING, place, Fault.NO_POSTCODE)


def _check_texts(place: Place, texts: Texts, longest: int, *, is_needed: bool) -> None:
    _check(texts or not is_needed, place, Fault.MISSING)
    _check(all(len(text) <= longest for text in texts.values()), place, Fault.TOO_LONG)


def _check_line(place: Place, text: str, longest: int) -> None:
    _check(text.strip(), place, Fault.MISSING)
    _check(len(text) <= longest, place, Fault.TOO_LONG)


def _check_number(place: Place, value: int | None, least: int, most: int) -> None:
    _check(value is None or least <= value <= most, place, Fault.OUT_OF_RANGE)


def _check(holds: object, place: Place, fault: Fault) -> None:
    if not holds:
        raise BadDelivery(place.value, fault.value)
