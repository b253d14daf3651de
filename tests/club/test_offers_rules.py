"""What several offers come to, written down a second time; and money that is never lost or made."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from club.carts.rules import Goods, PointsTerms, Wanted, price_cart
from club.errors import BadOffer
from club.offers.codes import LENGTH, code_typed, in_groups, new_code
from club.offers.rules import Fault, Kind, Phase, Place, Way, Who, is_held_back, phase
from club.offers.stacking import STACKING, Candidate, Line, Together, Why, apply, together
from tests.offer_world import TEN_PERCENT, TODAY, an_offer, for_points

KINDS = list(Kind)
BETTER, BOTH, APART = Together.BETTER, Together.BOTH, Together.APART
TABLE = {
    #                    percent amount  gift  delivery multiplier partner
    Kind.PERCENT:       (BETTER, BETTER, BOTH, BOTH,    BOTH,      APART),
    Kind.AMOUNT:        (BETTER, BETTER, BOTH, BOTH,    BOTH,      APART),
    Kind.GIFT:          (BOTH,   BOTH,   BOTH, BOTH,    BOTH,      APART),
    Kind.FREE_DELIVERY: (BOTH,   BOTH,   BOTH, BETTER,  BOTH,      APART),
    Kind.MULTIPLIER:    (BOTH,   BOTH,   BOTH, BOTH,    BETTER,    APART),
    Kind.PARTNER:       (APART,  APART,  APART, APART,  APART,     APART),
}  # fmt: skip


def candidates(*offers, **other):
    return [Candidate(offer_id=number, offer=offer, **other) for number, offer in enumerate(offers, start=1)]


@pytest.mark.proves("F-24")
def test_the_table_of_what_two_offers_do_together():
    assert {one: tuple(together(one, other) for other in KINDS) for one in KINDS} == TABLE
    assert len(STACKING) == len(KINDS) * (len(KINDS) + 1) // 2


@pytest.mark.proves("F-24")
@pytest.mark.parametrize("one", [kind for kind in KINDS if kind is not Kind.PARTNER])
@pytest.mark.parametrize("other", [kind for kind in KINDS if kind is not Kind.PARTNER])
def test_a_cart_follows_the_table(one, other):
    gift = {"gift_variant_id": 7}
    made = [an_offer(kind, **(gift if kind is Kind.GIFT else {})) for kind in (one, other)]
    applied = apply(candidates(*made), [Line(amount=10_000)], {7: 900})
    counted = 1 if together(one, other) is BETTER else 2
    assert len(applied.all) == counted
    assert len(applied.unused) == 2 - counted


def test_the_better_reduction_counts_and_of_equals_the_one_without_a_voucher():
    five_euros, ten_percent = an_offer(Kind.AMOUNT), TEN_PERCENT
    both = [
        Candidate(offer_id=1, offer=five_euros, voucher_id=9),
        Candidate(offer_id=2, offer=ten_percent),
    ]  # fmt: skip
    assert [apply(both, [Line(amount=goods)], {}).price.candidate.offer_id for goods in (4000, 5000, 6000)] == [1, 2, 2]
    assert apply(both, [Line(amount=6000)], {}).unused[0].why is Why.BETTER


def test_an_offer_counts_for_the_goods_that_it_is_for_alone_and_says_what_is_missing():
    red = an_offer(categories=(3,), least_goods=5000)
    lines = [Line(amount=4000, categories=frozenset({3, 8})), Line(amount=9999, categories=frozenset({4}))]
    (unused,) = apply(candidates(red), lines, {}).unused
    assert (unused.why, unused.missing) == (Why.LEAST, 1000)
    enough = apply(candidates(red), [replace(lines[0], amount=5000), lines[1]], {})
    assert enough.per_line == (500, 0)
    for nothing_there in (an_offer(products=(5,)), an_offer(products=(5,), least_goods=2000)):
        assert apply(candidates(nothing_there), lines, {}).unused[0].why is Why.GOODS


def test_a_budget_stops_what_counts_by_itself_and_keeps_what_was_promised():
    lines = [Line(amount=10_000)]
    assert apply(candidates(TEN_PERCENT, left=999), lines, {}).unused[0].why is Why.BUDGET
    assert apply(candidates(TEN_PERCENT, left=1000), lines, {}).discount == 1000
    assert apply(candidates(TEN_PERCENT, left=0, voucher_id=1), lines, {}).discount == 1000
    free = apply(candidates(an_offer(Kind.FREE_DELIVERY), left=400), lines, {})
    assert [free.with_delivery(price).delivery is not None for price in (0, 400, 401)] == [False, True, False]


def test_where_the_budget_of_one_free_delivery_is_too_small_another_one_counts():
    free = an_offer(Kind.FREE_DELIVERY)
    both = [Candidate(offer_id=1, offer=free, left=100), Candidate(offer_id=2, offer=free, voucher_id=9)]
    applied = apply(both, [Line(amount=1000)], {})
    told = {}
    for price in (0, 100, 490):
        sent = applied.with_delivery(price)
        used = sent.delivery and (sent.delivery.candidate.offer_id, sent.delivery.saves, sent.delivery.cost)
        told[price] = (used, [(one.candidate.offer_id, one.why) for one in sent.unused])
    assert told == {
        0: (None, [(2, Why.BETTER)]),
        100: ((1, 100, 100), [(2, Why.BETTER)]),
        490: ((2, 490, 490), [(1, Why.BUDGET)]),
    }


def test_of_two_multipliers_the_one_that_brings_more_counts():
    wide, narrow = an_offer(Kind.MULTIPLIER, percent=200), an_offer(Kind.MULTIPLIER, percent=300, categories=(3,))
    chosen = []
    for red in (4900, 5100):
        lines = [Line(amount=red, categories=frozenset({3})), Line(amount=5000)]
        chosen.append(apply(candidates(wide, narrow), lines, {}).multiplier.candidate.offer_id)
    assert chosen == [1, 2]


def test_gifts_are_given_one_offer_after_the_other_while_pieces_are_there():
    gift = an_offer(Kind.GIFT, gift_variant_id=7)
    two, never = replace(gift, gift_quantity=2), replace(gift, least_goods=5000)
    for left, handed_out in ((0, []), (1, [3]), (2, [2]), (3, [2, 3])):
        applied = apply(candidates(never, two, gift), [Line(amount=1)], {7: 900}, {7: left})
        assert [one.candidate.offer_id for one in applied.gifts] == handed_out
        assert {one.candidate.offer_id: one.why for one in applied.unused} == {
            1: Why.LEAST, **{number: Why.NO_GIFT for number in (2, 3) if number not in handed_out},
        }  # fmt: skip


def test_a_gift_comes_only_when_it_is_there():
    gift = an_offer(Kind.GIFT, gift_variant_id=7, gift_quantity=2)
    assert apply(candidates(gift), [Line(amount=1)], {7: 900}).gifts[0].cost == 1800
    assert apply(candidates(gift), [Line(amount=1)], {}).unused[0].why is Why.NO_GIFT


PRICES = st.integers(1, 50_000)
GOODS = st.lists(st.tuples(PRICES, st.integers(1, 5), st.integers(0, 2)), min_size=1, max_size=6)
PERCENTS = st.builds(
    lambda percent, only: an_offer(percent=percent, categories=only),
    st.integers(1, 100),
    st.sampled_from([(), (1,), (2,)]),
)
AMOUNTS = st.builds(lambda amount: an_offer(Kind.AMOUNT, amount=amount), st.integers(1, 300_000))
OFFERS = st.lists(st.one_of(PERCENTS, AMOUNTS), min_size=1, max_size=4)


@pytest.mark.proves("F-24", "F-26")
@settings(max_examples=60, deadline=None)
@given(goods=GOODS, offers=OFFERS, points=st.integers(0, 100_000))
def test_lines_sum_to_the_discount_and_nothing_falls_below_zero(goods, offers, points):
    wanted = [
        Wanted(variant_id=number, quantity=quantity, shown_price=None,
               goods=Goods(unit_price=price, usual_price=price, reason="base", most=9))
        for number, (price, quantity, _) in enumerate(goods)
    ]  # fmt: skip
    lines = [Line(amount=price * quantity, categories=frozenset({kind})) for price, quantity, kind in goods]
    applied = apply(candidates(*offers), lines, {})
    assert applied.discount == (applied.price.saves if applied.price else 0)
    assert all(0 <= off <= line.amount for off, line in zip(applied.per_line, lines, strict=True))
    best = max(apply(candidates(offer), lines, {}).discount for offer in offers)
    assert applied.discount == best
    cart = price_cart(
        wanted, points=PointsTerms(wanted=points, spendable=points), discount=dict(enumerate(applied.per_line))
    )
    assert cart.discount == sum(line.discount for line in cart.lines) == applied.discount
    assert cart.paid == cart.goods - cart.discount - cart.points_value >= 0
    assert all(line.paid >= 0 for line in cart.lines)


def test_an_offer_stands_where_its_days_say():
    offer = an_offer(starts_on=date(2026, 6, 10), ends_on=date(2026, 6, 20))
    days = [date(2026, 6, 9), date(2026, 6, 10), date(2026, 6, 20), date(2026, 6, 21)]
    phases = [phase(offer, is_published=True, is_ended=False, day=day) for day in days]
    assert phases == [Phase.PLANNED, Phase.LIVE, Phase.LIVE, Phase.ENDED]
    assert phase(offer, is_published=False, is_ended=False, day=days[1]) is Phase.DRAFT
    assert phase(offer, is_published=True, is_ended=True, day=days[1]) is Phase.ENDED


def test_what_was_paid_for_may_outlive_its_offer_and_what_was_free_may_not():
    last = date(2026, 6, 20)
    assert for_points(100, voucher_days=30, ends_on=last).good_until(TODAY) == date(2026, 7, 15)
    assert an_offer(way=Way.ACTIVATE, voucher_days=30, ends_on=last).good_until(TODAY) == last
    assert an_offer(way=Way.ACTIVATE).good_until(TODAY) is None


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (Fault.TITLE, {"title": {}}),
        (Fault.PERCENT, {"percent": 101}),
        (Fault.AMOUNT, {"kind": Kind.AMOUNT}),
        (Fault.GIFT, {"kind": Kind.GIFT}),
        (Fault.MULTIPLIER, {"kind": Kind.MULTIPLIER, "percent": 100}),
        (Fault.RUNG, {"who": Who.RUNG}),
        (Fault.DATES, {"ends_on": date(2020, 1, 1)}),
        (Fault.POINTS, {"way": Way.REDEEM}),
        (Fault.POINTS, {"points": 5}),
        (Fault.LEAST, {"least_goods": -1}),
        (Fault.LIMITS, {"limit_member": 0}),
        (Fault.BUDGET, {"budget": 0}),
        (Fault.DAYS, {"voucher_days": -1}),
        (Fault.GOODS, {"kind": Kind.MULTIPLIER, "percent": 200, "products": (1,)}),
        (Fault.PLACE, {"kind": Kind.FREE_DELIVERY, "place": Place.COUNTER}),
        (Fault.WAY, {"kind": Kind.PARTNER}),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(fault, wrong):
    with pytest.raises(BadOffer) as refused:
        replace(TEN_PERCENT, **wrong).check()
    assert refused.value.fault == fault


@pytest.mark.proves("F-55")
def test_a_code_is_read_however_it_is_typed_and_a_wrong_character_is_noticed():
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    code = codes.pop()
    assert 32 ** (LENGTH - 1) >= 2**40
    shown = in_groups(code)
    assert code_typed(f" {shown.lower()} ") == code_typed(code.replace("0", "O").replace("1", "l")) == code
    other = "A" if code[3] != "A" else "B"
    assert code_typed(code[:3] + other + code[4:]) is None
    assert code_typed("") is code_typed("Привет") is None


def test_about_so_many_members_are_held_back_others_for_another_offer() -> None:
    people = range(1, 20_001)
    one, other = ({n for n in people if is_held_back(offer_id, n, 10)} for offer_id in (7, 8))
    assert abs(len(one) - 2000) < 200
    assert abs(len(one & other) - 200) < 100
    assert one < {n for n in people if is_held_back(7, n, 20)}
