"""The last days under other rules: what was recorded comes out again, and a change is told by its points."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from club.accrual.explaining import Because, explain, given_back_percent, overlapping
from club.accrual.models import all_rules, rules_mark
from club.accrual.replay import Replay, replay
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period, Rules, earned
from club.accrual.service import add_rule, end_rule, record_purchase, set_rules, withdraw_rule
from club.database import transaction
from club.errors import NotAllowed, NotFound, RateStartsThen, RuleEnded, RulesChanged
from club.permissions import PERMISSIONS, Permission, Role
from club.points.service import open_account
from club.programme.rules import Club
from club.purchases.models import Purchase, PurchaseLine
from club.purchases.rules import NewLine, NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import new_colleague
from tests.tier_world import NOW, add_member, add_purchase

TODAY = date(2026, 6, 15)
START = date(2024, 1, 1)
BASE = BaseRate(points=2, per_amount=100, starts_on=START, id=1)
SPARKLING = Campaign(percent=200, starts_on=START, category="Игристое", id=2)
SHOP = Campaign(percent=150, starts_on=START, channel="shop", id=3)
LESS = Campaign(percent=90, starts_on=START, id=4)
LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("gold", Texts({"en": "Gold"}), spend=500_00, multiplier_percent=150),
    )
)


def member(db: Session) -> int:
    member_id = add_member(db)
    with transaction(db) as tx:
        open_account(tx, member_id)
    return member_id


def buy(db: Session, member_id: int, day: date, amount: int, category: str = "", channel: str = "counter") -> None:
    lines = (NewLine(amount=amount, category=category),) if category else ()
    new = NewPurchase(member_id=member_id, channel=channel, bought_on=day, amount=amount, lines=lines)
    record_purchase(db, new, None, Role.OWNER, NOW)


# --- the replay


bought = st.lists(
    st.tuples(
        st.integers(0, 99),
        st.sampled_from(["counter", "shop", "tasting"]),
        st.lists(st.tuples(st.integers(0, 9_999), st.sampled_from(["", "red", "ИГРИСТОЕ", "игристое"])), max_size=3),
    ),
    max_size=12,
)
a_cap = st.builds(Cap, points=st.integers(0, 400), period=st.sampled_from(Period), starts_on=st.just(START))
some_rules = st.builds(
    Rules,
    base=st.sampled_from([None, BASE, BaseRate(points=3, per_amount=70, starts_on=START)]),
    campaigns=st.lists(st.sampled_from([SPARKLING, SHOP, LESS]), unique=True).map(tuple),
    caps=st.lists(a_cap, max_size=2, unique_by=lambda cap: cap.period).map(tuple),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(bought, min_size=1, max_size=3), one=some_rules, other=some_rules)
def test_the_replay_is_the_rule_for_every_purchase_in_order(
    db: Session, club: Club, people: list[list[tuple[int, str, list[tuple[int, str]]]]], one: Rules, other: Rules
) -> None:
    with transaction(db) as tx:
        for table in (PurchaseLine, Purchase):
            tx.execute(delete(table))
    expected = [0, 0]
    for purchases in people:
        member_id = add_member(db)
        before: list[list[tuple[date, int]]] = [[], []]
        for back, channel, lines in sorted(purchases, key=lambda each: -each[0]):
            day, amount = TODAY - timedelta(days=back), sum(part for part, _ in lines) or 50_00
            purchase_id = add_purchase(db, member_id, day, amount)
            new_lines = tuple(
                NewLine(amount=part, category=category) for part, category in lines if sum(p for p, _ in lines)
            )
            _give_lines(db, purchase_id, channel, new_lines)
            new = NewPurchase(member_id=member_id, channel=channel, bought_on=day, amount=amount, lines=new_lines)
            for side, rules in enumerate((one, other)):
                if day < TODAY - timedelta(days=89):
                    continue  # recorded without points, so limits know nothing of it
                so_far = {
                    cap.period: sum(p for on, p in before[side] if cap.period.around(day)[0] <= on)
                    for cap in rules.caps
                }
                points = earned(new, rules, 100, earned_before=so_far).points
                before[side].append((day, points))
                expected[side] += points

    found = replay(db, one, other, TODAY)

    assert [found.total.before, found.total.after] == expected
    assert found.difference == expected[1] - expected[0]


def _give_lines(db: Session, purchase_id: int, channel: str, lines: tuple[NewLine, ...]) -> None:
    with transaction(db) as tx:
        tx.execute(
            text("UPDATE purchase SET channel = :channel WHERE id = :id"), {"channel": channel, "id": purchase_id}
        )
        for position, line in enumerate(lines, start=1):
            tx.add(
                PurchaseLine(
                    purchase_id=purchase_id, position=position, category=line.category, quantity=1, amount=line.amount
                )
            )


@pytest.fixture
def rules(db: Session, club: Club) -> AllRules:
    set_ladder(db, LADDER, START, None, NOW)
    set_rules(
        db, AllRules((BASE,), (SPARKLING,), (Bonus(act="join", points=50, starts_on=START),)), None, Role.OWNER, NOW
    )
    return all_rules(db)


def test_what_was_recorded_comes_out_again_tier_by_tier(db: Session, rules: AllRules) -> None:
    member_id = member(db)
    buy(db, member_id, TODAY - timedelta(days=30), 600_00)
    with transaction(db) as tx:
        tx.execute(text("UPDATE tier_status SET since = :day"), {"day": TODAY - timedelta(days=20)})
    buy(db, member_id, TODAY - timedelta(days=5), 100_00, "Игристое")

    found = replay(db, rules.on(TODAY), rules.on(TODAY), TODAY)

    assert {key: (one.purchases, one.recorded, one.before) for key, one in found.by_rung.items()} == {
        "member": (1, 1200, 1200), "gold": (1, 600, 600),
    }  # fmt: skip
    assert found.difference == 0


def test_a_change_is_told_by_its_points(db: Session, rules: AllRules) -> None:
    buy(db, member(db), TODAY, 100_00)
    more = rules.with_rule(BaseRate(points=3, per_amount=100, starts_on=TODAY))
    welcome = rules.with_rule(Bonus(act="join", points=80, starts_on=TODAY))

    found = replay(db, rules.on(TODAY), more.on(TODAY), TODAY)
    joining = replay(db, rules.on(TODAY), welcome.on(TODAY), TODAY, days=90)

    assert (found.total.recorded, found.total.before, found.total.after, found.difference) == (200, 200, 300, 100)
    assert (joining.joined, joining.for_joining) == (0, (0, 0))


def test_a_limit_remembers_what_was_earned_before_the_days_began(db: Session, rules: AllRules) -> None:
    member_id = member(db)
    buy(db, member_id, date(2026, 1, 10), 400_00)
    buy(db, member_id, TODAY, 400_00)
    limited = rules.with_rule(Cap(points=1000, period=Period.YEAR, starts_on=START))

    found = replay(db, rules.on(TODAY), limited.on(TODAY), TODAY)

    assert (found.total.before, found.total.after) == (800, 200)


def test_the_days_are_read_in_a_few_statements(db: Session, rules: AllRules, count_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(5):
        buy(db, member(db), TODAY, 100_00)
    limited = rules.with_rule(Cap(points=100, period=Period.YEAR, starts_on=START))
    with count_queries() as queries:
        found: Replay = replay(db, rules.on(TODAY), limited.on(TODAY), TODAY)
    assert found.total.after == 500
    assert len(queries) <= 8


# --- trying out


def test_every_rule_says_whether_it_counts_and_why(rules: AllRules) -> None:
    every = AllRules(
        bases=(BaseRate(points=1, per_amount=100, starts_on=date(2020, 1, 1), id=9), BASE),
        campaigns=(
            SPARKLING,
            SHOP,
            Campaign(percent=120, starts_on=START, id=4),
            Campaign(percent=300, starts_on=START, ends_on=START, id=5),
            Campaign(percent=300, starts_on=TODAY + timedelta(days=1), id=6),
            Campaign(percent=300, starts_on=START, category="gifts", id=7),
        ),
        bonuses=(Bonus(act="join", points=5, starts_on=START, id=8),),
        caps=(
            Cap(points=100, period=Period.DAY, starts_on=START, id=10),
            Cap(points=10**6, period=Period.YEAR, starts_on=START, id=11),
        ),
    )
    purchase = NewPurchase(
        member_id=1,
        channel="counter",
        bought_on=TODAY,
        amount=100_00,
        lines=(NewLine(amount=100_00, category="игристое"),),
    )

    found = explain(purchase, every, 150, "gold", {Period.DAY: 30, Period.YEAR: 30})

    assert found.earning.points == 70
    assert {verdict.rule.id: verdict.because for verdict in found.verdicts} == {
        9: Because.NEWER_RATE, 1: Because.COUNTS, 2: Because.COUNTS, 3: Because.OTHER_CHANNEL, 4: Because.BETTER_ONE,
        5: Because.OVER, 6: Because.NOT_BEGUN, 7: Because.OTHER_CATEGORY, 8: Because.NO_PURCHASE, 10: Because.COUNTS,
        11: Because.ROOM_LEFT,
    }  # fmt: skip


def test_campaigns_that_meet_are_named(rules: AllRules) -> None:
    every = AllRules(campaigns=(SPARKLING, SHOP, Campaign(percent=110, starts_on=START, ends_on=START, id=4)))
    new = Campaign(percent=300, starts_on=TODAY, category="игристое", channel="counter")
    assert [campaign.id for campaign in overlapping(new, every)] == [2]


def test_what_comes_back_of_the_price(rules: AllRules) -> None:
    assert given_back_percent(rules, TODAY, 150, (100, 100)) == (20, 60)
    assert given_back_percent(AllRules(), TODAY, 150, (100, 100)) == (0, 0)


# --- adding and ending


@pytest.fixture
def boss(db: Session, rules: AllRules) -> int:
    return new_colleague(db, NOW, Role.MARKETING).account_id


def test_a_rule_that_ends_is_followed_by_itself_with_that_end(db: Session, boss: int, rules: AllRules) -> None:
    (campaign,) = rules.campaigns
    end_rule(db, campaign.id, TODAY + timedelta(days=3), boss, Role.MARKETING, NOW)

    (after,) = all_rules(db).campaigns
    assert (after.ends_on, after.starts_on, after.percent) == (TODAY + timedelta(days=3), START, 200)
    assert all_rules(db).on(TODAY).campaigns == (after,)
    assert all_rules(db).on(TODAY + timedelta(days=4)).campaigns == ()


def test_a_rule_that_has_not_begun_is_only_withdrawn(db: Session, boss: int) -> None:
    rule_id = add_rule(db, Campaign(percent=300, starts_on=TODAY + timedelta(days=9)), boss, Role.MARKETING, NOW)
    end_rule(db, rule_id, TODAY, boss, Role.MARKETING, NOW)
    assert all_rules(db).rule(rule_id) is None
    assert len(all_rules(db).campaigns) == 1


def test_what_is_over_or_has_no_end_is_not_ended(db: Session, boss: int, rules: AllRules) -> None:
    short = add_rule(db, Campaign(percent=300, starts_on=START, ends_on=TODAY), boss, Role.MARKETING, NOW)
    for rule_id, day, refusal in (
        (short, TODAY + timedelta(days=1), RuleEnded),
        (rules.campaigns[0].id, TODAY - timedelta(days=1), RuleEnded),
        (rules.bases[0].id, TODAY, NotFound),
        (999, TODAY, NotFound),
    ):
        with pytest.raises(refusal):
            end_rule(db, rule_id, day, boss, Role.MARKETING, NOW)


def test_two_rates_of_one_day_are_refused(db: Session, boss: int) -> None:
    with pytest.raises(RateStartsThen):
        add_rule(db, BaseRate(points=5, per_amount=100, starts_on=START), boss, Role.MARKETING, NOW)


def test_who_changes_the_rules_second_is_told(db: Session, boss: int, rules: AllRules) -> None:
    seen = rules_mark(db)
    add_rule(db, Campaign(percent=300, starts_on=TODAY), boss, Role.MARKETING, NOW, seen)
    with pytest.raises(RulesChanged):
        add_rule(db, Campaign(percent=400, starts_on=TODAY), boss, Role.MARKETING, NOW, seen)
    with pytest.raises(RulesChanged):
        withdraw_rule(db, rules.campaigns[0].id, boss, Role.MARKETING, NOW, seen)
    with pytest.raises(RulesChanged):
        end_rule(db, rules.campaigns[0].id, TODAY, boss, Role.MARKETING, NOW, seen)
    assert [campaign.percent for campaign in all_rules(db).campaigns] == [200, 300]


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_RULES not in PERMISSIONS[role]])
def test_whoever_may_not_edit_rules_ends_none(db: Session, boss: int, rules: AllRules, role: Role) -> None:
    with pytest.raises(NotAllowed):
        end_rule(db, rules.campaigns[0].id, TODAY, boss, role, NOW)
    assert all_rules(db) == rules
