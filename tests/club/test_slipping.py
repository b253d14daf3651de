"""R52, R61: who buys far less, or far less often, and the first signs before somebody is lost."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.errors import BadWatch, NotAllowed
from club.insight.models import MemberFigures, the_rhythm, the_watch
from club.insight.rules import Rhythm
from club.insight.service import refresh, set_rhythm, set_watch
from club.insight.sql import would_slip
from club.insight.watch import Sign, Trend, Watch
from club.permissions import Role
from tests.people import new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
WINDOW = Watch().window(TODAY)


def member_with(db: Session, *purchases: tuple[date, int]) -> int:
    member = add_member(db)
    for day, amount in purchases:
        add_purchase(db, member, day, amount)
    return member


def usual(every: int, amount: int, until: date = WINDOW, days: int = 360) -> list[tuple[date, int]]:
    """A purchase every so many days of the year before the window."""
    return [(until - timedelta(days=days - number), amount) for number in range(0, days, every)]


def looked_at(db: Session, now: datetime, member: int, day: date = TODAY) -> tuple[str, Sign]:
    db.rollback()
    refresh(db, day, now)
    row = db.execute(select(MemberFigures.trend, MemberFigures.signs).where(MemberFigures.member_id == member)).one()
    db.rollback()
    return row[0], Sign(row[1])


@pytest.mark.proves("R61")
@pytest.mark.parametrize(
    ("amount", "found"),
    [(40_00, (Trend.DECLINING, Sign.LESS_SPENT | Sign.SMALLER_BASKET)), (41_00, (Trend.SLIPPING, Sign.SMALLER_BASKET))],
)
def test_sixty_percent_less_money_is_a_decline_and_less_than_that_is_none(
    db: Session, now: datetime, amount: int, found: tuple[Trend, Sign]
) -> None:
    as_often = [(WINDOW + timedelta(days=day), amount) for day in range(0, 90, 10)]
    assert looked_at(db, now, member_with(db, *usual(10, 100_00), *as_often)) == found


@pytest.mark.proves("R61")
def test_sixty_percent_less_often_is_a_decline_though_more_is_spent(db: Session, now: datetime) -> None:
    seldom = [(WINDOW + timedelta(days=day), 400_00) for day in (10, 50, 85)]
    member = member_with(db, *usual(10, 100_00), *seldom)
    assert looked_at(db, now, member) == (Trend.DECLINING, Sign.LESS_OFTEN)
    add_purchase(db, member, WINDOW + timedelta(days=70), 1_00)
    assert looked_at(db, now, member) == (Trend.STEADY, Sign(0))


def test_whoever_buys_as_usual_is_steady_and_whoever_hardly_bought_is_not_spoken_of(db: Session, now: datetime) -> None:
    usual_self = [(WINDOW + timedelta(days=day), 100_00) for day in range(0, 90, 10)]
    steady = member_with(db, *usual(10, 100_00), *usual_self)
    seldom = member_with(db, (TODAY - timedelta(days=300), 100_00), (TODAY - timedelta(days=100), 100_00))
    once = member_with(db, (TODAY - timedelta(days=3), 100_00))
    assert looked_at(db, now, steady) == (Trend.STEADY, Sign(0))
    assert looked_at(db, now, seldom) == (Trend.STEADY, Sign(0))
    assert looked_at(db, now, once) == (Trend.NONE, Sign(0))


@pytest.mark.proves("R52")
def test_silence_and_a_falling_basket_are_seen_before_the_rule_for_the_lost_finds_them(
    db: Session, now: datetime
) -> None:
    """Day after day the figures are made anew: first signs, then a decline, then late, never the other way round."""
    last = date(2026, 3, 10)
    member = member_with(db, *((last - timedelta(days=10 * number), 50_00) for number in range(30)))
    seen: dict[str, date] = {}
    for number in range(0, 100, 3):
        trend, _ = looked_at(db, now, member, last + timedelta(days=number))
        seen.setdefault(trend, last + timedelta(days=number))
    assert list(seen) == [Trend.STEADY, Trend.SLIPPING, Trend.DECLINING, Trend.LATE]
    assert seen[Trend.SLIPPING] <= last + timedelta(days=18)
    assert seen[Trend.LATE] > last + timedelta(days=90)
    basket = member_with(db, *usual(10, 100_00), *((TODAY - timedelta(days=9 * n), 55_00) for n in range(9)))
    assert looked_at(db, now, basket) == (Trend.SLIPPING, Sign.SMALLER_BASKET)


@pytest.mark.proves("R52")
@pytest.mark.parametrize("rhythm", [Rhythm(), Rhythm(100, 1), Rhythm(110, 30)])
def test_nobody_is_late_before_they_are_overdue(db: Session, now: datetime, rhythm: Rhythm) -> None:
    owner = new_colleague(db, now, Role.OWNER)
    for gap in (1, 2, 9, 30, 45, 60, 200):
        member_with(db, *((TODAY - timedelta(days=gap * number), 10_00) for number in range(3)))
    set_rhythm(db, rhythm, owner.account_id, Role.OWNER, now)
    refresh(db, TODAY, now)
    rows = db.execute(select(MemberFigures.overdue_from, MemberFigures.late_from)).all()
    assert len(rows) == 7
    assert all(overdue is not None and late is not None and overdue < late for overdue, late in rows)


def signs_by_hand(purchases: list[tuple[date, int]], watch: Watch, rhythm: Rhythm) -> tuple[str, Sign]:
    """The rule once more, from the purchases themselves."""
    days = sorted({day for day, _ in purchases})
    if len(days) < 2:
        return Trend.NONE, Sign(0)
    first = watch.window(TODAY)
    recent = [(day, amount) for day, amount in purchases if day >= first]
    before = [(day, amount) for day, amount in purchases if first - timedelta(days=365) <= day < first]
    span = max(0, min(365, (first - days[0]).days))
    spend, often = sum(amount for _, amount in recent), len({day for day, _ in recent})
    spend_before, often_before = sum(amount for _, amount in before), len({day for day, _ in before})
    found, share = Sign(0), (100 - watch.decline_percent) / 100
    if span >= watch.window_days and often_before * watch.window_days >= 2 * span:
        if spend <= share * spend_before * watch.window_days / span + 1e-9:
            found |= Sign.LESS_SPENT
        if often <= share * often_before * watch.window_days / span + 1e-9:
            found |= Sign.LESS_OFTEN
    if often >= 2 and often_before >= 3:
        left = (100 - watch.basket_percent) / 100
        found |= Sign.SMALLER_BASKET if spend / often <= left * spend_before / often_before + 1e-9 else Sign(0)
    gap = max(1, (days[-1] - days[0]).days // (len(days) - 1))
    patience = rhythm.patience_days(gap)
    away = (TODAY - days[-1]).days
    found |= Sign.OVERDUE if away > min(max(gap * watch.overdue_percent // 100, 14), patience - 1) else Sign(0)
    if away > patience:
        return Trend.LATE, found
    declines = found & (Sign.LESS_SPENT | Sign.LESS_OFTEN)
    return (Trend.DECLINING if declines else Trend.SLIPPING if found else Trend.STEADY), found


def test_one_statement_finds_what_the_rule_finds_for_each_of_many(db: Session, now: datetime) -> None:
    rng, watch, rhythm = Random(61), Watch(), Rhythm()
    expected: dict[int, tuple[str, Sign]] = {}
    for _ in range(60):
        gap, member = rng.choice((4, 9, 20, 40)), add_member(db)
        stop = TODAY - timedelta(days=rng.choice((0, 0, 10, 30, 60, 100)))
        day, purchases = TODAY - timedelta(days=rng.choice((60, 200, 420, 600))), []
        while day <= stop:
            is_late = day > TODAY - timedelta(days=100)
            amount = rng.randrange(5_00, 60_00) // (rng.choice((1, 3)) if is_late else 1)
            purchases.append((day, amount))
            day += timedelta(days=max(1, round(gap * rng.uniform(0.3, 1.8) * (rng.choice((1, 3)) if is_late else 1))))
        for bought_on, amount in purchases:
            add_purchase(db, member, bought_on, amount)
        expected[member] = signs_by_hand(purchases, watch, rhythm)
    refresh(db, TODAY, now)
    rows = db.execute(select(MemberFigures.member_id, MemberFigures.trend, MemberFigures.signs))
    assert {member: (trend, Sign(signs)) for member, trend, signs in rows} == expected
    trends = [trend for trend, _ in expected.values()]
    assert set(trends) >= {Trend.STEADY, Trend.SLIPPING, Trend.DECLINING, Trend.LATE}
    found = would_slip(db, watch, rhythm, TODAY)
    assert {name: found[name] for name in (Trend.SLIPPING, Trend.DECLINING)} == {
        name: trends.count(name) for name in (Trend.SLIPPING, Trend.DECLINING)
    }


def test_the_rule_is_set_with_its_trace_and_holds_with_the_next_figures(db: Session, now: datetime) -> None:
    owner = new_colleague(db, now, Role.OWNER)
    as_often = [(WINDOW + timedelta(days=day), 65_00) for day in range(0, 90, 10)]
    member = member_with(db, *usual(10, 100_00), *as_often)
    assert looked_at(db, now, member) == (Trend.STEADY, Sign(0))
    stricter = replace(Watch(), decline_percent=30)
    set_watch(db, stricter, owner.account_id, Role.OWNER, now)
    assert the_watch(db) == stricter
    assert would_slip(db, stricter, the_rhythm(db), TODAY)[Trend.DECLINING] == 1
    assert looked_at(db, now, member) == (Trend.DECLINING, Sign.LESS_SPENT)
    assert db.scalars(select(AuditEntry.act).where(AuditEntry.act == "watch.set")).all() == ["watch.set"]
    db.rollback()
    with pytest.raises(NotAllowed):
        set_watch(db, Watch(), owner.account_id, Role.SHOP, now)
    with pytest.raises(BadWatch):
        Watch(window_days=29)
