"""Where a member stands, and what a purchase would change: the page's figures against the rule itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.database import transaction
from club.programme.rules import Club
from club.tiers.models import LadderVersion, RungRow, Status, status_of
from club.tiers.rules import Counted, Fall, Ladder, Route, Routes, Window
from club.tiers.service import night, reassess, set_ladder
from club.tiers.standing import Outcome, Way, simulate, standing
from tests.tier_world import NOW, add_member, add_purchase, rung

TODAY = date(2026, 6, 15)
SILVER, GOLD = rung("silver", 500_00, 4), rung("gold", 1500_00, 10)
LADDER = Ladder((rung("member"), SILVER, rung("friends", by_invitation=True), GOLD))


@pytest.fixture
def member(db: Session, club: Club) -> int:
    set_ladder(db, LADDER, date(2020, 1, 1), None, NOW)
    return add_member(db)


def buy(db: Session, member_id: int, day: date, amount: int) -> None:
    add_purchase(db, member_id, day, amount)
    with transaction(db) as tx:
        reassess(tx, member_id, day, NOW, silent=True)


def test_the_nearest_route_comes_first(db: Session, member: int) -> None:
    for n in range(3):
        add_purchase(db, member, date(2026, 2, 1 + n), 10_00)

    place = standing(db, member, TODAY)

    assert place.next_rung == SILVER
    assert place.ways == (Way(Route.PURCHASES, 3, 4), Way(Route.SPEND, 30_00, 500_00))
    assert [way.missing for way in place.ways] == [1, 470_00]
    assert place.keeping is None


def test_a_purchase_counts_up_to_its_last_day_and_no_longer(db: Session, member: int) -> None:
    add_purchase(db, member, date(2026, 2, 1), 10_00)
    add_purchase(db, member, date(2026, 1, 31), 10_00, kept=0)

    last_day = standing(db, member, TODAY).oldest_counts_until

    assert last_day == date(2027, 1, 31)
    assert [standing(db, member, day).counted.spend for day in (last_day, last_day + ONE_DAY)] == [10_00, 0]


@given(
    bought_on=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    joined_on=st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    window=st.sampled_from(Window),
)
def test_the_last_counting_day_is_where_the_window_leaves_it(bought_on: date, joined_on: date, window: Window) -> None:
    ladder = Ladder(LADDER.rungs, window)
    last = ladder.last_counting_day(bought_on, joined_on)

    assert ladder.first_counted_day(last, joined_on) <= bought_on <= last
    assert ladder.first_counted_day(last + ONE_DAY, joined_on) > bought_on


def test_at_the_top_there_is_nothing_above(db: Session, member: int) -> None:
    buy(db, member, TODAY, 1500_00)

    place = standing(db, member, TODAY)

    assert (place.status.key, place.next_rung, place.ways) == ("gold", None, ())


def test_keeping_counts_in_the_window_that_ends_with_the_term(db: Session, member: int) -> None:
    buy(db, member, date(2025, 6, 15), 1500_00)
    buy(db, member, date(2026, 6, 1), 200_00)

    keeping = standing(db, member, TODAY).keeping

    assert keeping is not None
    assert (keeping.until, keeping.is_met, keeping.falls_to) == (date(2026, 6, 30), False, SILVER)
    assert keeping.ways == (Way(Route.SPEND, 200_00, 1500_00), Way(Route.PURCHASES, 1, 10))


def test_in_the_grace_the_day_named_is_the_last_on_which_buying_still_keeps(db: Session, member: int) -> None:
    buy(db, member, date(2025, 6, 15), 1500_00)
    night(db, date(2026, 7, 1), NOW)

    keeping = standing(db, member, date(2026, 7, 1)).keeping

    assert keeping is not None
    assert keeping.until == date(2026, 7, 29)
    night(db, keeping.until, NOW)
    buy(db, member, keeping.until, 1500_00)
    assert status_of(db, member, keeping.until).key == "gold"


def test_what_is_given_by_invitation_cannot_be_kept_by_buying(db: Session, member: int) -> None:
    from_hand = Status(
        member_id=member, rung_key="friends", position=2, version_id=1, since=TODAY, until=date(2026, 7, 31),
        how="hand", ended_on=None, recorded_at=NOW,
    )  # fmt: skip
    with transaction(db) as tx:
        tx.add(from_hand)

    place = standing(db, member, TODAY)

    assert (place.status.key, place.keeping, place.next_rung) == ("friends", None, GOLD)


def test_a_standing_takes_four_queries_at_most(
    db: Session, member: int, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    set_ladder(db, Ladder(LADDER.rungs, Window.MEMBERSHIP_YEAR), date(2021, 1, 1), None, NOW)
    buy(db, member, TODAY, 600_00)
    standing(db, member, TODAY)

    with count_queries() as queries:
        standing(db, member, TODAY)
    assert len(queries) <= 4


def test_a_purchase_today_would_lift_at_once(db: Session, member: int) -> None:
    assert simulate(db, member, TODAY, TODAY, Counted(1500_00, 1)) == Outcome(GOLD, date(2027, 6, 30), 3)
    assert simulate(db, member, TODAY, TODAY, Counted(10_00, 1)) == Outcome(LADDER.rungs[0], None, 0)


def test_a_ladder_that_is_set_already_is_thought_of(db: Session, member: int) -> None:
    set_ladder(db, Ladder((rung("member"), rung("gold", 50_00))), date(2026, 9, 1), None, NOW)

    before, after = (
        simulate(db, member, TODAY, day, Counted(60_00, 1)).rung.key for day in (date(2026, 8, 31), date(2026, 9, 1))
    )

    assert (before, after) == ("member", "gold")


ladders = st.builds(
    Ladder,
    st.just(LADDER.rungs),
    st.sampled_from(Window),
    st.sampled_from(Routes),
    st.sampled_from([1, 6, 12]),
    st.sampled_from([0, 30]),
    st.sampled_from(Fall),
)
MONTH_BY_MONTH = Ladder(LADDER.rungs, Window.LAST_12_MONTHS, Routes.ANY, 1, 0, Fall.ONE_RUNG)
bought = st.lists(st.tuples(st.integers(0, 700), st.sampled_from([10_00, 400_00, 1500_00])), max_size=6)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ladder=ladders, bought=bought, ahead=st.integers(0, 400), more=st.sampled_from([10_00, 600_00, 1600_00]))
@example(ladder=MONTH_BY_MONTH, bought=[(46, 1500_00)], ahead=16, more=10_00)  # the nights since were missed
def test_what_was_foretold_is_what_comes(
    db: Session, club: Club, ladder: Ladder, bought: list[tuple[int, int]], ahead: int, more: int
) -> None:
    with transaction(db) as tx:
        for table in (Status, RungRow, LadderVersion):
            tx.execute(delete(table))
    set_ladder(db, ladder, date(2020, 1, 1), None, NOW)
    member = add_member(db, joined_on=date(2024, 2, 29))
    for days_ago, amount in sorted(bought, reverse=True):
        buy(db, member, TODAY - timedelta(days=days_ago), amount)
    then = TODAY + timedelta(days=ahead)

    foretold = simulate(db, member, TODAY, then, Counted(more, 1))
    for n in range(ahead + 1):
        if n == ahead:
            add_purchase(db, member, then, more)
        with transaction(db) as tx:
            reassess(tx, member, TODAY + timedelta(days=n), NOW, silent=True)
        night(db, TODAY + timedelta(days=n), NOW)

    held = status_of(db, member, then)
    assert foretold == Outcome(held.rung, held.until, held.position)
