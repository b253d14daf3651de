"""What a cart costs: sums that always add up, nothing below zero, points and discounts spread to the last cent."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.accrual.rules import BaseRate, Rules, earned
from club.carts.rules import (
    Goods,
    PointsTerms,
    PricedCart,
    Wanted,
    check_points,
    check_quantity,
    earning_part,
    price_cart,
    tax_inside,
)
from club.errors import LimitReached, NotInStep, OutOfStock, PointsOutOfStep, TooManyPieces
from club.money import spread

RATES = {"standard": 2100, "reduced": 1000, "none": 0}


def goods(price: int = 1000, **other: object) -> Goods:
    known: dict[str, object] = {"unit_price": price, "usual_price": price, "reason": "base", "most": 999}
    return Goods(**{**known, **other})  # type: ignore[arg-type]  # names are those of the fields


def wanted(variant_id: int, quantity: int, of: Goods | None, shown: int | None = None) -> Wanted:
    return Wanted(variant_id=variant_id, quantity=quantity, shown_price=shown, goods=of)


# --- by example


def test_a_cart_in_points_and_money() -> None:
    red = goods(2160, usual_price=2400, reason="tier", tax_class="standard")
    glass = goods(995, tax_class="reduced")
    terms = PointsTerms(wanted=1500, spendable=12_480, step=100, per_points=100, per_minor=100)
    cart = price_cart([wanted(1, 2, red, 2400), wanted(2, 1, glass)], points=terms, tax_rates=RATES)
    assert [(line.amount, line.points, line.points_value, line.paid, line.tax) for line in cart.lines] == [
        (4320, 1219, 1219, 3101, 538),
        (995, 281, 281, 714, 65),
    ]
    assert (cart.goods, cart.usual, cart.saving, cart.points_value, cart.paid) == (5315, 5795, 480, 1500, 3815)
    assert (cart.most_points, cart.presets) == (5300, (0, 2000, 5300))
    assert cart.lines[0].is_other_price
    assert not cart.lines[1].is_other_price


def test_what_is_gone_and_what_became_fewer_is_named_and_not_charged() -> None:
    cart = price_cart([wanted(1, 5, goods(most=3)), wanted(2, 1, None), wanted(3, 1, goods(most=0))])
    assert [(line.quantity, line.wanted_quantity, line.amount, line.is_fewer) for line in cart.lines] == [
        (3, 5, 3000, True)
    ]
    assert [line.variant_id for line in cart.gone] == [2, 3]
    assert cart.differs
    assert not price_cart([wanted(1, 5, goods(), 1000)]).differs


def test_the_limit_of_a_drop_counts_over_its_variants() -> None:
    drop = goods(product_id=7, limit=3)
    cart = price_cart([wanted(1, 2, drop), wanted(2, 2, drop), wanted(3, 2, drop)])
    assert [line.quantity for line in cart.lines] == [2, 1]
    assert [line.variant_id for line in cart.gone] == [3]


@pytest.mark.parametrize(
    ("quantity", "of", "others", "refusal"),
    [
        (1, goods(most=0), 0, OutOfStock(variant_id=9, left=0)),
        (4, goods(most=3), 0, OutOfStock(variant_id=9, left=3)),
        (1000, goods(most=5000), 0, TooManyPieces(most=999)),
        (2, goods(product_id=5, limit=3), 2, LimitReached(product_id=5, left=1)),
        (1, goods(product_id=5, limit=0), 0, LimitReached(product_id=5, left=0)),
        (5, goods(most=3, limit=4), 0, OutOfStock(variant_id=9, left=3)),
        (8, goods(sold_in=6), 0, NotInStep(step=6)),
        (18, goods(sold_in=6, most=17), 0, OutOfStock(variant_id=9, left=12)),
        (6, goods(sold_in=6, most=5), 0, OutOfStock(variant_id=9, left=0)),
    ],
)
def test_too_many_pieces_are_refused_with_the_most_there_can_be(
    quantity: int, of: Goods, others: int, refusal: Exception
) -> None:
    with pytest.raises(type(refusal)) as raised:
        check_quantity(9, quantity, of, others)
    assert vars(raised.value) == vars(refusal)


def test_points_are_used_in_whole_steps_and_never_beyond_what_is_to_pay() -> None:
    terms = PointsTerms(wanted=9999, spendable=12_480, step=500, per_points=100, per_minor=100)
    assert price_cart([wanted(1, 1, goods(2490))], points=terms).points == 2000
    assert price_cart([], points=terms).points == 0
    with pytest.raises(PointsOutOfStep):
        check_points(750, 500)


def test_points_earn_nothing_on_what_they_pay() -> None:
    rules = Rules(base=BaseRate(points=2, per_amount=100, starts_on=date(2026, 1, 1)))
    terms = PointsTerms(wanted=1000, spendable=1000, step=100, per_points=100, per_minor=100)
    cart = price_cart([wanted(1, 1, goods(3000))], points=terms)
    assert earned(earning_part(cart, 1, date(2026, 6, 15)), rules, 100).points == 40


def test_what_is_barred_neither_takes_points_nor_earns_them() -> None:
    rules = Rules(base=BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 1)))
    terms = PointsTerms(wanted=9000, spendable=9000, step=100, per_points=100, per_minor=100)
    card = goods(5000, takes_points=False, earns_points=False)
    cart = price_cart([wanted(1, 1, card), wanted(2, 1, goods(2000))], points=terms)
    assert [(line.points, line.paid) for line in cart.lines] == [(0, 5000), (2000, 0)]
    assert cart.most_points == 2000
    half = price_cart([wanted(1, 1, card), wanted(2, 1, goods(2000))])
    assert earned(earning_part(half, 1, date(2026, 6, 15)), rules, 100).points == 20


def test_what_is_sold_in_sixes_stays_so_when_stock_falls() -> None:
    cart = price_cart([wanted(1, 18, goods(most=17, sold_in=6)), wanted(2, 6, goods(most=5, sold_in=6))])
    assert [(line.quantity, line.is_fewer) for line in cart.lines] == [(12, True)]
    assert [line.variant_id for line in cart.gone] == [2]


def test_tax_is_inside_and_rounded_half_up() -> None:
    assert [tax_inside(amount, 2100) for amount in (121, 0, 1, 100)] == [21, 0, 0, 17]
    assert tax_inside(30, 2000) == 5
    assert tax_inside(3, 2000) == 1


# --- whatever is in it


GOODS = st.builds(
    Goods,
    unit_price=st.integers(0, 10**7),
    usual_price=st.integers(0, 10**7),
    reason=st.just("base"),
    most=st.integers(0, 999),
    product_id=st.integers(1, 3),
    limit=st.none() | st.integers(0, 40),
    sold_in=st.integers(1, 6),
    takes_points=st.booleans(),
    tax_class=st.sampled_from(["standard", "reduced", "none", "unheard of"]),
)
LINES = st.lists(st.tuples(st.integers(1, 999), st.none() | GOODS), max_size=12).map(
    lambda parts: [wanted(number, quantity, of) for number, (quantity, of) in enumerate(parts)]
)
TERMS = st.builds(
    PointsTerms,
    wanted=st.integers(0, 10**9),
    spendable=st.integers(-1000, 10**9),
    step=st.integers(1, 5000),
    per_points=st.integers(1, 5000),
    per_minor=st.integers(1, 5000),
)


@pytest.mark.proves("F-26")
@given(LINES, TERMS, st.integers(0, 10**8))
def test_every_sum_adds_up_and_nothing_is_below_zero(lines: list[Wanted], terms: PointsTerms, discount: int) -> None:
    cart = price_cart(lines, points=terms, discount=discount, tax_rates=RATES)
    for line in cart.lines:
        assert line.amount == line.unit_price * line.quantity
        assert line.paid == line.amount - line.discount - line.points_value
        assert min(line.discount, line.points, line.points_value, line.paid, line.tax, line.saving) >= 0
        assert line.tax <= line.paid
    sums = {name: sum(getattr(line, name) for line in cart.lines) for name in ("amount", "discount", "points", "paid")}
    assert sums == {"amount": cart.goods, "discount": cart.discount, "points": cart.points, "paid": cart.paid}
    assert cart.discount == min(discount, cart.goods)
    assert cart.paid == cart.goods - cart.discount - cart.points_value >= 0
    assert len(cart.lines) + len(cart.gone) == len(lines)


@pytest.mark.proves("F-26")
@given(LINES, TERMS)
def test_points_are_never_more_than_there_are_nor_worth_more_than_what_is_to_pay(
    lines: list[Wanted], terms: PointsTerms
) -> None:
    cart = price_cart(lines, points=terms)
    assert 0 <= cart.points <= max(0, terms.spendable)
    assert cart.points % terms.step == 0
    assert cart.points <= terms.wanted
    assert cart.points_value == terms.worth(cart.points) <= cart.goods
    assert all(0 <= preset <= cart.most_points and preset % terms.step == 0 for preset in cart.presets)
    assert cart.presets[0] == 0
    assert cart.presets[-1] == cart.most_points


@pytest.mark.proves("F-26")
@given(LINES, TERMS, st.integers(0, 10**6))
def test_parts_are_the_largest_remainder_of_the_whole(lines: list[Wanted], terms: PointsTerms, discount: int) -> None:
    """No line is further than one unit from its exact share, however the whole divides."""
    cart = price_cart(lines, points=terms, discount=discount)
    for total, parts, weights in (
        (cart.discount, [line.discount for line in cart.lines], [line.amount for line in cart.lines]),
        (cart.points_value, [line.points_value for line in cart.lines], _payable(cart, lines)),
        (cart.points, [line.points for line in cart.lines], _payable(cart, lines)),
    ):
        whole = sum(weights)
        if whole:
            floors = [total * weight // whole for weight in weights]
            assert all(part in {floor, floor + 1} for part, floor in zip(parts, floors, strict=True))
            raised = [total * w % whole for part, floor, w in zip(parts, floors, weights, strict=True) if part > floor]
            kept = [total * w % whole for part, floor, w in zip(parts, floors, weights, strict=True) if part == floor]
            assert min(raised, default=whole) >= max(kept, default=0)


@pytest.mark.proves("F-26")
@given(LINES, TERMS, st.integers(2, 30))
def test_orders_in_parts_never_get_more_for_their_points_than_one_order(
    lines: list[Wanted], terms: PointsTerms, parts: int
) -> None:
    used = price_cart(lines, points=terms).points
    in_parts = [used // parts + (number < used % parts) for number in range(parts)]
    assert sum(terms.worth(part) for part in in_parts) <= terms.worth(used)


@given(LINES, TERMS)
def test_units_given_back_one_by_one_come_to_what_was_paid(lines: list[Wanted], terms: PointsTerms) -> None:
    for line in price_cart(lines, points=terms).lines:
        units = spread(line.paid, [1] * line.quantity)
        assert sum(units) == line.paid
        assert min(units) >= 0


def _payable(cart: PricedCart, lines: list[Wanted]) -> list[int]:
    takes = {line.variant_id for line in lines if line.goods is not None and line.goods.takes_points}
    return [line.amount - line.discount if line.variant_id in takes else 0 for line in cart.lines]
