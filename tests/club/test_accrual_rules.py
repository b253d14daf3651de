"""What a purchase earns and what its return takes back, as sums on paper."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from club.accrual import written
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Earning, Period, Rules, earned
from club.errors import BadRule, LinesDoNotAddUp, MoreThanBought, MoreUnitsThanBought, Refusal
from club.purchases.rules import (
    Bought,
    BoughtLine,
    GivenBack,
    NewLine,
    NewPurchase,
    ReturnOf,
    check_purchase,
    given_back,
)

DAY = date(2026, 6, 15)
START = date(2024, 1, 1)
PER_EURO = Rules(base=BaseRate(id=1, points=2, per_amount=100, starts_on=START))


def bought_for(*lines: tuple[int, str], channel: str = "counter", amount: int | None = None) -> NewPurchase:
    made = tuple(NewLine(amount=of_line, category=category) for of_line, category in lines)
    whole = sum(line.amount for line in made) if amount is None else amount
    return NewPurchase(member_id=1, channel=channel, bought_on=DAY, amount=whole, lines=made)


def campaign(percent: int, **where: str) -> Campaign:
    return Campaign(id=percent, percent=percent, starts_on=START, **where)  # type: ignore[arg-type]


def points(purchase: NewPurchase, rules: Rules = PER_EURO, multiplier_percent: int = 100) -> tuple[int, int]:
    earning = earned(purchase, rules, multiplier_percent)
    return earning.points, earning.qualifying_points


# --- earning


@pytest.mark.parametrize(
    ("amount", "multiplier_percent", "expected"),
    [
        (0, 100, (0, 0)),
        (49, 100, (0, 0)),
        (50, 100, (1, 1)),
        (12_345, 100, (246, 246)),
        (12_345, 150, (370, 246)),  # 123.45 × 2 × 1.5 = 370.35
        (12_345, 125, (308, 246)),  # 308.625
        (99, 0, (0, 1)),
        (10**12, 100_000, (2 * 10**13, 2 * 10**10)),
    ],
)
def test_base_rate_times_multiplier_rounded_down_once(
    amount: int, multiplier_percent: int, expected: tuple[int, int]
) -> None:
    assert points(bought_for(amount=amount), multiplier_percent=multiplier_percent) == expected


def test_the_fraction_is_rounded_down_once_for_all_lines() -> None:
    earning = earned(bought_for((33, "a"), (33, "a"), (34, "b")), PER_EURO, 100)
    assert (earning.points, earning.per_line) == (2, ((1, 1), (0, 0), (1, 1)))


def test_without_a_base_rate_nothing_is_earned() -> None:
    rules = Rules(campaigns=(campaign(300),))
    assert earned(bought_for((500, "wine")), rules, 200) == Earning(0, 0, ((0, 0),))


def test_the_best_campaign_that_applies_counts_and_they_never_add_up() -> None:
    rules = replace(PER_EURO, campaigns=(campaign(200, category="wine"), campaign(150), campaign(300, channel="shop")))
    assert points(bought_for((1000, "Wine"), (1000, "cheese")), rules) == (40 + 30, 40)
    assert points(bought_for((1000, "wine"), channel="shop"), rules) == (60, 20)
    assert points(bought_for(amount=1000), rules) == (30, 20)


def test_a_campaign_for_a_channel_and_a_category_needs_both() -> None:
    rules = replace(PER_EURO, campaigns=(campaign(200, channel="shop", category="wine"),))
    assert points(bought_for((1000, "wine")), rules) == (20, 20)
    assert points(bought_for((1000, "wine"), channel="shop"), rules) == (40, 20)


def test_caps_come_last_and_leave_what_counts_for_tiers_alone() -> None:
    caps = (
        Cap(id=1, points=100, period=Period.DAY, starts_on=START),
        Cap(id=2, points=500, period=Period.EVER, starts_on=START),
    )
    rules = replace(PER_EURO, caps=caps)
    before = {Period.DAY: 40, Period.EVER: 455}
    earning = earned(bought_for((3000, "a"), (1000, "b")), rules, 150, rung_key="gold", earned_before=before)
    assert (earning.points, earning.qualifying_points, earning.per_line) == (45, 80, ((34, 60), (11, 20)))
    assert earning.why == {
        "rule_id": 1, "points": 2, "per_amount": 100, "amount": 4000, "multiplier_percent": 150, "rung_key": "gold",
        "cap_id": 2, "cap_points": 500, "cap_period": "ever", "cut": 75,
    }  # fmt: skip


def test_a_cap_that_is_used_up_leaves_nothing_and_never_less() -> None:
    rules = replace(PER_EURO, caps=(Cap(points=10, period=Period.MONTH, starts_on=START),))
    assert earned(bought_for(amount=5000), rules, 100, earned_before={Period.MONTH: 12}).points == 0


def test_the_breakdown_says_which_line_had_which_campaign() -> None:
    rules = replace(PER_EURO, campaigns=(campaign(200, category="wine"),))
    only_wine = earned(bought_for((100, "wine"), (100, "wine")), rules, 100).why
    mixed = earned(bought_for((100, "cheese"), (100, "wine")), rules, 100).why
    assert only_wine is not None
    assert mixed is not None
    assert (only_wine["campaign_id"], only_wine["campaign_percent"]) == (200, 200)
    assert mixed["lines"] == [{"position": 2, "campaign_id": 200, "campaign_percent": 200}]


def test_the_rate_that_started_last_holds_and_dates_are_whole_days() -> None:
    rules = AllRules(
        bases=(
            BaseRate(id=1, points=1, per_amount=100, starts_on=date(2024, 1, 1)),
            BaseRate(id=2, points=3, per_amount=100, starts_on=date(2026, 6, 1)),
        ),
        campaigns=(Campaign(id=3, percent=200, starts_on=date(2026, 6, 10), ends_on=date(2026, 6, 15)),),
        bonuses=(
            Bonus(id=4, act="join", points=100, starts_on=START),
            Bonus(id=5, act="join", points=300, starts_on=START),
        ),
    )
    days = [date(2023, 12, 31), date(2026, 5, 31), date(2026, 6, 9), date(2026, 6, 10), DAY, date(2026, 6, 16)]
    found = [rules.on(day) for day in days]
    assert [on.base.id if on.base else None for on in found] == [None, 1, 2, 2, 2, 2]
    assert [len(on.campaigns) for on in found] == [0, 0, 0, 1, 1, 0]
    best = rules.on(DAY).bonus_for("join")
    assert best is not None
    assert (best.points, rules.on(DAY).bonus_for("birthday")) == (300, None)


@pytest.mark.parametrize(
    ("period", "around"),
    [
        (Period.DAY, (date(2028, 2, 29), date(2028, 2, 29))),
        (Period.MONTH, (date(2028, 2, 1), date(2028, 2, 29))),
        (Period.YEAR, (date(2028, 1, 1), date(2028, 12, 31))),
        (Period.EVER, (date.min, date.max)),
    ],
)
def test_a_cap_counts_in_whole_periods(period: Period, around: tuple[date, date]) -> None:
    assert period.around(date(2028, 2, 29)) == around


amounts = st.integers(0, 50_000)
rates = st.builds(
    lambda points, per_amount: Rules(base=BaseRate(points=points, per_amount=per_amount, starts_on=START)),
    st.integers(0, 20),
    st.integers(1, 1000),
)


@pytest.mark.proves("F-26")
@settings(max_examples=500)
@given(st.lists(amounts, min_size=1, max_size=30), rates, st.integers(0, 400))
def test_parting_a_purchase_never_earns_more(parts: list[int], rules: Rules, multiplier_percent: int) -> None:
    whole = earned(bought_for(amount=sum(parts)), rules, multiplier_percent)
    as_lines = earned(bought_for(*((part, "") for part in parts)), rules, multiplier_percent)
    singly = [earned(bought_for(amount=part), rules, multiplier_percent) for part in parts]
    assert (as_lines.points, as_lines.qualifying_points) == (whole.points, whole.qualifying_points)
    assert sum(one.points for one in singly) <= whole.points
    assert sum(one.qualifying_points for one in singly) <= whole.qualifying_points
    assert sum(line[0] for line in as_lines.per_line) == whole.points
    assert sum(line[1] for line in as_lines.per_line) == whole.qualifying_points


# --- what cannot be a purchase


@pytest.mark.parametrize("amount", [-1, 10**12 + 1])
def test_amounts_below_zero_or_absurd_are_refused(amount: int) -> None:
    with pytest.raises(Refusal):
        check_purchase(bought_for(amount=amount), DAY)


@pytest.mark.parametrize(
    "line",
    [
        NewLine(amount=100, quantity=0),
        NewLine(amount=100, quantity=-1),
        NewLine(amount=100, tax=101),
        NewLine(amount=100, tax=-1),
        NewLine(amount=99),
    ],
)
def test_lines_that_cannot_be_are_refused(line: NewLine) -> None:
    with pytest.raises(Refusal):
        check_purchase(replace(bought_for(amount=100), lines=(line,)), DAY)


def test_a_line_below_zero_is_refused_even_if_the_sum_is_right() -> None:
    with pytest.raises(Refusal):
        check_purchase(bought_for((500, ""), (-400, "")), DAY)
    with pytest.raises(LinesDoNotAddUp):
        check_purchase(bought_for((500, ""), amount=400), DAY)


@pytest.mark.parametrize("day", [date(2026, 6, 16), date(1899, 12, 31)])
def test_days_ahead_or_before_1900_are_refused(day: date) -> None:
    with pytest.raises(Refusal):
        check_purchase(replace(bought_for(amount=100), bought_on=day), DAY)


# --- giving back


def standing(amount: int, earned_points: int, qualifying: int, lines: tuple[BoughtLine, ...] = ()) -> Bought:
    return Bought(
        id=1, member_id=1, channel="counter", reference="R", bought_on=DAY, amount=amount, tax=0,
        points=earned_points, qualifying_points=qualifying, net_amount=amount, net_points=earned_points,
        net_qualifying_points=qualifying,
    )  # fmt: skip


def after(bought: Bought, back: GivenBack) -> Bought:
    return replace(
        bought,
        net_amount=bought.net_amount - back.amount,
        net_points=bought.net_points - back.points,
        net_qualifying_points=bought.net_qualifying_points - back.qualifying_points,
    )


def by_amount(amount: int) -> ReturnOf:
    return ReturnOf(channel="counter", reference="R", corrected_on=DAY, amount=amount)


def by_units(*lines: tuple[int, int]) -> ReturnOf:
    return ReturnOf(channel="counter", reference="R", corrected_on=DAY, lines=lines)


def test_a_part_given_back_takes_whole_points_and_the_last_part_the_rest() -> None:
    bought, taken = standing(1000, 10, 7), []
    for part in (333, 333, 334):
        back = given_back(bought, [], by_amount(part))
        bought = after(bought, back)
        taken.append((back.points, back.qualifying_points))
    assert taken == [(3, 2), (3, 2), (4, 3)]
    with pytest.raises(MoreThanBought):
        given_back(bought, [], by_amount(1))


@pytest.mark.parametrize("amount", [-1, 0, 1001])
def test_no_more_and_not_less_than_something_can_be_given_back(amount: int) -> None:
    with pytest.raises(MoreThanBought):
        given_back(standing(1000, 10, 10), [], by_amount(amount))


def test_units_carry_the_points_that_they_were_given() -> None:
    line = BoughtLine(7, 1, "wine", "", 3, 1000, 11, 10, 0)
    bought = standing(1000, 11, 10)
    first = given_back(bought, [line], by_units((1, 1)))
    rest = given_back(after(bought, first), [replace(line, returned_quantity=1)], by_units((1, 2)))
    assert (first.amount, first.points, first.qualifying_points) == (334, 4, 4)
    assert (rest.amount, rest.points, rest.qualifying_points) == (666, 7, 6)


@pytest.mark.parametrize("lines", [((1, 4),), ((2, 1),), ((1, 2), (1, 2)), ((1, 3), (1, -1)), ((1, 0),)])
def test_units_that_were_not_bought_are_not_given_back(lines: tuple[tuple[int, int], ...]) -> None:
    line = BoughtLine(7, 1, "wine", "", 3, 1000, 11, 10, 0)
    with pytest.raises(Refusal):
        given_back(standing(1000, 11, 10), [line], by_units(*lines))
    with pytest.raises(MoreUnitsThanBought):
        given_back(standing(1000, 11, 10), [replace(line, returned_quantity=3)], by_units((1, 1)))


def test_all_that_is_left_is_all_lines_and_all_points() -> None:
    line = BoughtLine(7, 1, "wine", "", 3, 1000, 11, 10, 1)
    left = after(standing(1000, 11, 10), GivenBack(334, 4, 4))
    back = given_back(left, [line], ReturnOf(channel="counter", reference="R", corrected_on=DAY))
    assert (back.amount, back.points, back.qualifying_points, back.lines[0].quantity) == (666, 7, 6, 2)


def test_a_gift_goes_back_once() -> None:
    line = BoughtLine(7, 1, "", "", 1, 0, 0, 0, 0)
    all_of_it = ReturnOf(channel="counter", reference="R", corrected_on=DAY)
    assert given_back(standing(0, 0, 0), [line], all_of_it).lines[0].quantity == 1
    with pytest.raises(MoreThanBought):
        given_back(standing(0, 0, 0), [replace(line, returned_quantity=1)], all_of_it)


@pytest.mark.proves("F-10", "F-26")
@settings(max_examples=500)
@given(st.data())
def test_parts_given_back_in_any_order_add_up_to_the_whole(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
    total, qualifying = data.draw(st.integers(0, 3000)), data.draw(st.integers(0, 3000))
    bought = standing(sum(parts), total, qualifying)
    taken = 0
    for part in data.draw(st.permutations(parts)):
        back = given_back(bought, [], by_amount(part))
        bought, taken = after(bought, back), taken + back.points
        returned = bought.amount - bought.net_amount
        assert taken == total * returned // bought.amount
    assert (bought.net_amount, bought.net_points, bought.net_qualifying_points) == (0, 0, 0)


@pytest.mark.proves("F-10", "F-26")
@settings(max_examples=300)
@given(st.data())
def test_units_given_back_in_any_order_add_up_to_the_whole(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9999)), min_size=1, max_size=6))
    purchase = NewPurchase(
        member_id=1, channel="counter", bought_on=DAY, amount=sum(amount for _, amount in sizes),
        lines=tuple(NewLine(amount=amount, quantity=quantity) for quantity, amount in sizes),
    )  # fmt: skip
    earning = earned(purchase, PER_EURO, data.draw(st.integers(0, 300)))
    lines = [
        BoughtLine(number, number, "", "", line.quantity, line.amount, points, qualifying, 0)
        for number, (line, (points, qualifying)) in enumerate(zip(purchase.lines, earning.per_line, strict=True), 1)
    ]
    bought = standing(purchase.amount, earning.points, earning.qualifying_points)
    units = [line.position for line in lines for _ in range(line.quantity)]
    kept = len(units)
    for position in data.draw(st.permutations(units)):
        back = given_back(bought, lines, by_units((position, 1)))
        bought, kept = after(bought, back), kept - 1
        line = lines[position - 1]
        lines[position - 1] = replace(line, returned_quantity=line.returned_quantity + 1)
        stays = sum(
            line.units(line.points, line.returned_quantity, line.quantity - line.returned_quantity) for line in lines
        )
        assert bought.net_points == stays or bought.net_amount == 0
    assert (bought.net_amount, bought.net_points, bought.net_qualifying_points, kept) == (0, 0, 0, 0)


# --- rules in a file


def test_a_file_is_read_and_written_alike() -> None:
    data = {
        "base": {"points": 1, "per_cents": 100, "from": "2024-01-01"},
        "campaigns": [
            {"percent": 200, "channel": "shop", "category": "wine", "name": {"en": "Wine"}, "from": "2026-12-01",
             "to": "2026-12-24"}
        ],
        "bonuses": [{"act": "join", "points": 200}],
        "caps": [{"points": 5000, "per": "month"}],
    }  # fmt: skip
    rules = written.read(data)
    assert rules.bases == (BaseRate(points=1, per_amount=100, starts_on=START),)
    assert rules.campaigns[0].ends_on == date(2026, 12, 24)
    assert rules.bonuses == (Bonus(act="join", points=200, starts_on=date(1900, 1, 1)),)
    assert rules.caps == (Cap(points=5000, period=Period.MONTH, starts_on=date(1900, 1, 1)),)
    assert written.read(written.write(rules)) == rules


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "no object"),
        ({"bases": []}, "'bases'"),
        ({"base": 3}, "base"),
        ({"base": {"points": 1}}, "from"),
        ({"base": {"points": -1, "from": "2024-01-01"}}, "points"),
        ({"base": {"points": True, "from": "2024-01-01"}}, "points"),
        ({"base": {"points": 1.5, "from": "2024-01-01"}}, "points"),
        ({"base": {"points": 1, "per_cents": 0, "from": "2024-01-01"}}, "per_cents"),
        ({"base": {"points": 1, "from": "01.01.2024"}}, "from"),
        ({"base": [{"points": 1, "from": "2024-01-01"}, {"points": 2, "from": "2024-01-01"}]}, "same day"),
        ({"campaigns": {"percent": 200}}, "list"),
        ({"campaigns": [{"percent": 100, "from": "2024-01-01"}]}, "campaigns 1: percent"),
        ({"campaigns": [{"percent": 200, "from": "2024-01-02", "to": "2024-01-01"}]}, "campaigns 1: to"),
        ({"campaigns": [{"percent": 200, "from": "2024-01-01", "channel": ""}]}, "channel"),
        ({"campaigns": [{"percent": 200, "from": "2024-01-01", "name": {"xx": "a"}}]}, "name"),
        ({"bonuses": [{"points": 1}]}, "act"),
        ({"caps": [{"points": 1, "per": "week"}]}, "per"),
        ({"caps": [{"points": 1, "per": ["day"]}]}, "per"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused_with_the_place(data: object, says: str) -> None:
    with pytest.raises(BadRule) as refused:
        written.read(data)
    assert says in refused.value.why
