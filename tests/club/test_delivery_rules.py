"""Which zone a place belongs to, what a way costs, which tax is inside, and what a country allows."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.catalogue.rules.products import TaxClass
from club.delivery.checks import beginnings_in, check_method, check_rate, check_rule, check_zone
from club.delivery.rules import (
    Kind,
    Method,
    PriceRow,
    Rate,
    Rule,
    Zone,
    age_to_confirm,
    check_order,
    default_rule,
    missing_to_free,
    plain,
    quotes_for,
    rates_in,
    zone_of,
)
from club.errors import AgeNotConfirmed, BadDelivery, NotSentThere, NotSoldThere, PhoneNeeded, ValueTooHigh
from club.texts import Texts

PENINSULA = Zone(id=1, name="Peninsula", countries=("ES",), not_postcodes=("51", "52"))
BALEARICS = Zone(id=2, name="Balearics", countries=("ES",), postcodes=("07",))
CANARIES = Zone(id=3, name="Canaries", countries=("ES",), postcodes=("35", "38"))
UNION = Zone(id=4, name="Union", countries=("DE", "FR", "PT"))
PORTUGAL = Zone(id=5, name="Portugal", countries=("PT",))
ZONES = (PENINSULA, BALEARICS, CANARIES, UNION, PORTUGAL)
SPAIN, DAY = default_rule("ES", "ES"), date(2026, 6, 15)


def way(**changed):
    given_ = {"id": 1, "kind": Kind.SHIP, "name": Texts({"en": "Home"}), "words": Texts({})}
    return Method(**{**given_, **changed})


HOME = way(
    free_from=60_00,
    prices=(
        PriceRow(zone_id=1, price=5_90, up_to_grams=10_000),
        PriceRow(zone_id=1, price=9_90),
        PriceRow(zone_id=2, price=12_00, up_to_value=500_00),
    ),
)
CELLAR = way(id=2, kind=Kind.PICKUP, prices=(PriceRow(zone_id=None, price=0),))


@pytest.mark.parametrize(
    ("country", "postcode", "zone"),
    [
        ("ES", "26200", PENINSULA),
        ("ES", "07001", BALEARICS),
        ("ES", "38 001", CANARIES),
        ("ES", "", PENINSULA),
        ("ES", "51001", None),
        ("PT", "1100-148", PORTUGAL),
        ("FR", "35000", UNION),
        ("US", "07001", None),
    ],
)
def test_a_place_belongs_to_the_zone_that_names_it_most_closely(country, postcode, zone):
    assert zone_of(ZONES, country, postcode) == zone


PREFIXES = st.lists(st.text("0123", min_size=1, max_size=3), max_size=3).map(tuple)


@given(postcode=st.text("0123 -", max_size=6), of_zones=st.lists(PREFIXES, max_size=5), order=st.randoms())
def test_the_longest_beginning_wins_in_whatever_order_the_zones_stand(postcode, of_zones, order):
    zones = [
        Zone(id=number, name=str(number), countries=("ES",), postcodes=prefixes)
        for number, prefixes in enumerate(of_zones, start=1)
    ]
    found = zone_of(zones, "ES", postcode)
    fits = {
        zone.id: max([len(one) for one in zone.postcodes if plain(postcode).startswith(one)] or [-1])
        for zone in zones
        if zone.postcodes
    } | {zone.id: 0 for zone in zones if not zone.postcodes}
    best = max(fits.values(), default=-1)
    assert (found is None) == (best < 0)
    assert found is None or fits[found.id] == best
    order.shuffle(zones)
    assert zone_of(zones, "ES", postcode) == found


@pytest.mark.parametrize(
    ("zone_id", "grams", "value", "price"),
    [
        (1, 9_999, 10_00, 5_90),
        (1, 10_000, 10_00, 5_90),
        (1, 10_001, 10_00, 9_90),
        (1, 10_001, 60_00, 0),
        (1, 0, 59_99, 5_90),
        (2, 0, 40_00, 12_00),
        (2, 0, 500_01, None),
        (3, 0, 10_00, None),
        (None, 0, 10_00, None),
    ],
)
def test_a_way_costs_its_cheapest_row_for_zone_weight_and_value(zone_id, grams, value, price):
    assert HOME.price_for(zone_id, grams, value) == price


@given(
    rows=st.lists(st.tuples(st.integers(0, 2000), st.none() | st.integers(1, 30_000)), min_size=1, max_size=6),
    grams=st.integers(0, 40_000),
    more=st.integers(0, 40_000),
)
def test_heavier_goods_never_cost_less_to_send(rows, grams, more):
    method = way(prices=tuple(PriceRow(zone_id=1, price=price, up_to_grams=most) for price, most in rows))
    light, heavy = method.price_for(1, grams, 100), method.price_for(1, grams + more, 100)
    assert heavy is None or (light is not None and light <= heavy)


def test_only_open_ways_are_offered_and_a_pick_up_needs_no_zone():
    methods = (way(id=9, is_active=False, prices=HOME.prices), HOME, CELLAR)
    assert [(one.method_id, one.price) for one in quotes_for(methods, ZONES, SPAIN, "26200", 500, 10_00)] == [
        (1, 5_90),
        (2, 0),
    ]
    assert [one.method_id for one in quotes_for(methods, ZONES, SPAIN, "52001", 500, 10_00)] == [2]
    nothing = Rule(country="ES", may_receive=False)
    assert [one.method_id for one in quotes_for(methods, ZONES, nothing, "26200", 500, 10_00)] == [2]


def test_the_country_asks_for_a_phone_where_goods_are_sent_and_not_where_they_are_fetched():
    offered = quotes_for((HOME, CELLAR), ZONES, Rule(country="ES", needs_phone=True), "26200", 500, 10_00)
    assert [one.needs_phone for one in offered] == [True, False]


def test_what_is_missing_to_free_sending_is_said_until_it_is_reached():
    def missing(value):
        return missing_to_free(quotes_for((HOME, CELLAR), ZONES, SPAIN, "26200", 500, value), value)

    assert [missing(value) for value in (0, 59_99, 60_00, 70_00)] == [60_00, 1, None, None]
    assert missing_to_free(quotes_for((CELLAR,), ZONES, SPAIN, "26200", 500, 0), 0) is None


def rate(tax_class, rate, *postcodes, country="ES", from_on=date(2012, 9, 1)):
    return Rate(country=country, postcodes=postcodes, tax_class=tax_class, rate=rate, from_on=from_on)


RATES = (
    rate(TaxClass.STANDARD, 21_00),
    rate(TaxClass.STANDARD, 18_00, from_on=date(2010, 7, 1)),
    rate(TaxClass.STANDARD, 23_00, from_on=DAY + timedelta(days=1)),
    rate(TaxClass.REDUCED, 10_00),
    rate(TaxClass.STANDARD, 0, "35", "38", from_on=date(1993, 1, 1)),
    rate(TaxClass.STANDARD, 20_00, country="FR"),
)


@pytest.mark.parametrize(
    ("country", "postcode", "day", "rates"),
    [
        ("ES", "26200", DAY, [21_00, 10_00, 0, 0]),
        ("ES", "26200", DAY + timedelta(days=1), [23_00, 10_00, 0, 0]),
        ("ES", "26200", date(2011, 1, 1), [18_00, 0, 0, 0]),
        ("ES", "38001", DAY, [0, 10_00, 0, 0]),
        ("FR", "35000", DAY, [20_00, 0, 0, 0]),
        ("DE", "10115", DAY, [0, 0, 0, 0]),
    ],
)
def test_the_rate_of_the_place_counts_before_that_of_the_country_and_the_newest_day_wins(country, postcode, day, rates):
    assert list(rates_in(RATES, country, postcode, day).values()) == rates


OPEN: dict[str, Any] = {"value": 50_00, "phone": "", "method_needs_phone": False, "age": None, "confirms_age": False}


@pytest.mark.parametrize(
    ("rule", "kind", "asked", "refusal"),
    [
        (Rule(country="US", may_buy=False), Kind.PICKUP, {}, NotSoldThere("US")),
        (Rule(country="US", may_receive=False), Kind.SHIP, {}, NotSentThere("US")),
        (Rule(country="CH", most_value=40_00), Kind.SHIP, {}, ValueTooHigh(40_00)),
        (Rule(country="PT", needs_phone=True), Kind.SHIP, {"phone": "  "}, PhoneNeeded()),
        (SPAIN, Kind.PICKUP, {"method_needs_phone": True}, PhoneNeeded()),
        (SPAIN, Kind.SHIP, {"age": 18}, AgeNotConfirmed(18)),
    ],
)
def test_a_countrys_rule_refuses_with_its_reason(rule, kind, asked, refusal):
    with pytest.raises(type(refusal)) as refused:
        check_order(rule, kind, **{**OPEN, **asked})
    assert vars(refused.value) == vars(refusal)


def test_what_no_rule_speaks_against_passes():
    check_order(SPAIN, Kind.SHIP, **{**OPEN, "age": 18, "confirms_age": True})
    check_order(Rule(country="US", may_receive=False, most_value=1, needs_phone=True), Kind.PICKUP, **OPEN)
    check_order(Rule(country="PT", needs_phone=True), Kind.SHIP, **{**OPEN, "phone": "+351 912 345 678"})


def test_the_higher_age_is_asked_for_and_none_for_goods_without():
    wine, rule = [None, 18, 16], Rule(country="US", min_age=21)
    assert [age_to_confirm(rule, wine), age_to_confirm(SPAIN, wine), age_to_confirm(rule, [None])] == [21, 18, None]


@pytest.mark.parametrize(
    ("check", "value", "fault"),
    [
        (check_zone, Zone(name=" ", countries=("ES",)), "missing"),
        (check_zone, Zone(name="Nowhere", countries=()), "missing"),
        (check_zone, Zone(name="Union", countries=("EU",)), "no_country"),
        (check_zone, Zone(name="Islands", countries=("ES",), postcodes=("0 7",)), "no_postcode"),
        (check_rate, rate(TaxClass.ZERO, 100_01), "out_of_range"),
        (check_rate, rate(TaxClass.ZERO, 0, country="XX"), "no_country"),
        (check_rule, Rule(country="US", min_age=0), "out_of_range"),
        (check_rule, Rule(country="US", most_value=0), "out_of_range"),
        (lambda one: check_method(one, [1]), HOME, "no_zone"),
        (lambda one: check_method(one, [1]), way(prices=()), "missing"),
        (lambda one: check_method(one, [1]), way(name=Texts({}), prices=HOME.prices[:1]), "missing"),
        (lambda one: check_method(one, [1]), way(prices=HOME.prices[:1], days_from=3, days_to=2), "days_reversed"),
        (lambda one: check_method(one, [1]), way(prices=(HOME.prices[0], HOME.prices[0])), "twice"),
        (lambda one: check_method(one, [1]), way(prices=CELLAR.prices), "no_zone"),
    ],
)
def test_what_does_not_hold_together_is_refused(check, value, fault):
    with pytest.raises(BadDelivery) as refused:
        check(value)
    assert refused.value.fault == fault


def test_beginnings_are_read_however_they_are_typed():
    assert beginnings_in("35, 38;07  sw1-a\n35") == ("07", "35", "38", "SW1A")
