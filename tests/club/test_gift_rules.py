"""Gifts as values: whose day it is, which period is decided, who has grown, who has come far enough. Pure."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.clock import ONE_DAY, in_year
from club.errors import BadGiftRule
from club.gifts.preview import last_periods
from club.gifts.rules import (
    Fault,
    Kind,
    Option,
    Rule,
    Span,
    What,
    born_on,
    has_grown,
    is_apart,
    is_reached,
    joined_on,
    period_before,
    period_decided_on,
)
from club.texts import Texts

POINTS = Option(What.POINTS, points=100)
BIRTHDAY = Rule(
    kind=Kind.BIRTHDAY, title=Texts({"en": "For your birthday"}), options=(POINTS,), starts_on=date(2026, 1, 1)
)
GROWTH = replace(BIRTHDAY, kind=Kind.GROWTH, threshold_percent=20, least=10_000)
MILESTONE = replace(BIRTHDAY, kind=Kind.MILESTONE, rung_key="silver", at_percent=60)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.proves("F-16")
@given(days, st.integers(2000, 2100))
def test_every_birthday_is_kept_on_one_day_a_year(born: date, year: int) -> None:
    first = date(year, 1, 1)
    kept = [first + ONE_DAY * n for n in range(366) if (first + ONE_DAY * n).year == year]
    assert [day for day in kept if (born.month, born.day) in born_on(day)] == [in_year(born.month, born.day, year)]


@given(days, st.integers(1, 60))
def test_every_anniversary_is_kept_on_one_day_a_year(joined: date, years: int) -> None:
    day = in_year(joined.month, joined.day, joined.year + years)
    assert joined in joined_on(day)
    assert joined not in joined_on(day - ONE_DAY) + joined_on(day + ONE_DAY)


@pytest.mark.proves("F-16")
def test_a_birthday_that_moves_across_the_turn_of_the_year_is_too_near() -> None:
    assert not is_apart([date(2026, 12, 30)], date(2027, 1, 2))
    assert is_apart([date(2024, 2, 29)], date(2025, 2, 28))


def test_growth_is_decided_once_a_period_after_returns_were_waited_for() -> None:
    rule = replace(GROWTH, months=3, wait_days=14)
    year = [date(2026, 1, 1) + ONE_DAY * n for n in range(365)]
    decided = {day: period_decided_on(rule, day) for day in year}
    assert {day: span for day, span in decided.items() if span} == {
        date(2026, 1, 15): Span(date(2025, 10, 1), date(2025, 12, 31)),
        date(2026, 4, 15): Span(date(2026, 1, 1), date(2026, 3, 31)),
        date(2026, 7, 15): Span(date(2026, 4, 1), date(2026, 6, 30)),
        date(2026, 10, 15): Span(date(2026, 7, 1), date(2026, 9, 30)),
    }
    assert period_before(rule, Span(date(2026, 1, 1), date(2026, 3, 31))) == Span(date(2025, 10, 1), date(2025, 12, 31))
    assert last_periods(GROWTH, date(2026, 6, 15)) == [Span(date(2025, 1, 1), date(2025, 12, 31))]


@pytest.mark.proves("R9")
@pytest.mark.parametrize(
    ("before", "now", "grew"),
    [
        (10_000, 12_000, True),
        (10_000, 11_999, False),
        (10_000, 10_000, False),
        (20_000, 5_000, False),
        (9_999, 50_000, False),
    ],
)
def test_who_grew_enough_is_rewarded_and_flat_or_shrinking_is_not(before: int, now: int, grew: bool) -> None:
    assert has_grown(GROWTH, before, now) is grew


def test_a_milestone_lies_at_so_much_of_the_way() -> None:
    assert [is_reached(MILESTONE, have, 1000) for have in (0, 599, 600, 1000)] == [False, False, True, True]
    assert not is_reached(MILESTONE, 5000, 0)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (replace(BIRTHDAY, title=Texts({})), Fault.TITLE),
        (replace(BIRTHDAY, options=()), Fault.OPTIONS),
        (replace(BIRTHDAY, options=(POINTS, replace(POINTS, points=5))), Fault.OPTIONS),
        (replace(MILESTONE, options=(POINTS, POINTS)), Fault.OPTIONS),
        (replace(BIRTHDAY, options=(Option(What.POINTS),)), Fault.POINTS),
        (replace(BIRTHDAY, options=(Option(What.VOUCHER),)), Fault.OFFER),
        (replace(BIRTHDAY, options=(Option(What.BENEFIT),)), Fault.BENEFIT),
        (replace(MILESTONE, rung_key=None), Fault.RUNG),
        (replace(GROWTH, threshold_percent=0), Fault.THRESHOLD),
        (replace(GROWTH, least=0), Fault.LEAST),
        (replace(MILESTONE, at_percent=100), Fault.AT),
        (replace(MILESTONE, options=(POINTS, replace(POINTS, points=5))), Fault.CHOOSE),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: Rule, fault: Fault) -> None:
    with pytest.raises(BadGiftRule) as refused:
        rule.check()
    assert refused.value.fault == fault


def test_a_whole_rule_is_taken() -> None:
    for rule in (BIRTHDAY, GROWTH, MILESTONE, replace(BIRTHDAY, kind=Kind.ANNIVERSARY, hold_days=30)):
        rule.check()
