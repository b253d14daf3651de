"""What somebody would earn in a year."""

from datetime import date

import pytest

from club.accrual.estimate import Year, year_of
from club.accrual.rules import BaseRate, Campaign, Cap, Period, Rules
from club.texts import Texts
from club.tiers.rules import FLAT, Ladder, Rung

JANUARY = date(2026, 1, 1)
ONE_A_EURO = Rules(base=BaseRate(points=1, per_amount=100, starts_on=JANUARY))
LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), spend=50_000, purchases=6, multiplier_percent=150),
        Rung("gold", Texts({"en": "Gold"}), spend=200_000, multiplier_percent=200),
    )
)


def test_each_purchase_earns_on_the_rung_held_before_it():
    assert year_of(100_000, 4, LADDER, ONE_A_EURO) == Year(position=1, points=1250, points_next_year=1500)


def test_many_small_purchases_reach_a_rung_as_well_as_much_money():
    assert year_of(6_000, 6, LADDER, ONE_A_EURO).position == 1
    assert year_of(200_000, 1, LADDER, ONE_A_EURO).position == 2


def test_campaigns_are_not_promised():
    rules = Rules(base=ONE_A_EURO.base, campaigns=(Campaign(percent=300, starts_on=JANUARY),))
    assert year_of(10_000, 1, FLAT, rules) == Year(position=0, points=100, points_next_year=100)


def test_without_money_or_rules_nothing_is_earned():
    assert year_of(0, 12, LADDER, ONE_A_EURO) == Year(0, 0, 0)
    assert year_of(100_000, 4, LADDER, Rules()) == Year(1, 0, 0)


@pytest.mark.parametrize(
    ("cap", "first", "second"),
    [
        (Cap(points=15, period=Period.DAY, starts_on=JANUARY), 180, 180),
        (Cap(points=30, period=Period.MONTH, starts_on=JANUARY), 240, 240),
        (Cap(points=100, period=Period.YEAR, starts_on=JANUARY), 100, 100),
        (Cap(points=300, period=Period.EVER, starts_on=JANUARY), 240, 60),
    ],
)
def test_limits_count_as_they_would_for_a_member(cap: Cap, first: int, second: int) -> None:
    rules = Rules(base=BaseRate(points=2, per_amount=100, starts_on=JANUARY), caps=(cap,))
    year = year_of(120_00, 12, FLAT, rules)
    assert (year.points, year.points_next_year) == (first, second)
