"""What somebody pays: which price holds on a day, why, and what it is compared with."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.catalogue.rules.pricing import (
    GUEST,
    Buyer,
    Kind,
    PriceRow,
    check_price,
    lowest_before,
    price_for,
    public_price,
    unit_price,
)
from club.errors import BadPrice

DAY = date(2026, 6, 15)
BASE = PriceRow(Kind.BASE, date(2026, 1, 1), amount=2400, id=1)
SALE = PriceRow(Kind.SALE, date(2026, 6, 10), date(2026, 6, 20), amount=2000, id=2)
GOLD = Buyer(7, "gold", frozenset({"member", "silver", "gold"}), 10)
SILVER = Buyer(8, "silver", frozenset({"member", "silver"}), 5)


def tier(rung_key: str, amount: int | None = None, percent: int | None = None, **more: object) -> PriceRow:
    return PriceRow(Kind.TIER, date(2026, 1, 1), amount=amount, percent=percent, rung_key=rung_key, id=5, **more)  # type: ignore[arg-type]


def said(rows: list[PriceRow], buyer: Buyer, quantity: int = 1) -> tuple[int, Kind, str | None]:
    price = price_for(rows, 1, buyer, DAY, quantity)
    assert price is not None
    return price.amount, price.kind, price.rung_key


def test_a_guest_pays_the_usual_price_and_in_a_sale_the_sales() -> None:
    assert said([BASE], GUEST) == (2400, Kind.BASE, None)
    assert said([BASE, SALE], GUEST) == (2000, Kind.SALE, None)
    assert price_for([BASE, SALE], 1, GUEST, date(2026, 6, 21)).amount == 2400


def test_the_discount_of_a_tier_comes_off_the_usual_price_and_never_off_a_sale() -> None:
    assert said([BASE], GOLD) == (2160, Kind.TIER, "gold")
    assert said([BASE, SALE], GOLD) == (2000, Kind.SALE, None)
    assert said([BASE, replace(SALE, amount=2300)], GOLD) == (2160, Kind.TIER, "gold")


@pytest.mark.proves("R65")
def test_the_more_specific_of_two_equal_prices_is_named() -> None:
    member = PriceRow(Kind.MEMBER, date(2026, 1, 1), amount=2000)
    assert said([BASE, SALE, tier("gold", 2000)], GOLD) == (2000, Kind.TIER, "gold")
    assert said([BASE, SALE, tier("gold", 2000), member], GOLD) == (2000, Kind.MEMBER, None)


def test_nobody_pays_more_than_somebody_of_whom_less_is_known() -> None:
    member = PriceRow(Kind.MEMBER, date(2026, 1, 1), amount=2300)
    assert said([BASE, SALE, tier("gold", 2200), member], GOLD) == (2000, Kind.SALE, None)


def test_a_tier_price_replaces_the_percentage_and_holds_for_higher_tiers_too() -> None:
    assert said([BASE, tier("gold", 2300)], GOLD) == (2300, Kind.TIER, "gold")
    assert said([BASE, tier("silver", 2100)], GOLD) == (2100, Kind.TIER, "silver")
    assert said([BASE, tier("gold", 1000)], SILVER) == (2280, Kind.TIER, "silver")
    assert said([BASE, tier("gold", 1000)], GUEST) == (2400, Kind.BASE, None)


def test_the_own_price_of_a_variant_stands_before_the_products() -> None:
    own = PriceRow(Kind.BASE, date(2026, 1, 1), amount=4800, variant_id=1, id=3)
    assert said([BASE, own], GUEST) == (4800, Kind.BASE, None)
    assert price_for([BASE, own], 2, GUEST, DAY).amount == 2400
    ended = PriceRow(Kind.BASE, date(2026, 6, 1), variant_id=1, id=4)
    assert said([BASE, own, ended], GUEST) == (2400, Kind.BASE, None)


def test_the_largest_quantity_that_is_reached_speaks() -> None:
    rows = [BASE, replace(BASE, amount=2200, min_quantity=6), replace(BASE, amount=2100, min_quantity=12)]
    assert [price_for(rows, 1, GUEST, DAY, quantity).amount for quantity in (1, 5, 6, 11, 12)] == [
        2400, 2400, 2200, 2200, 2100,
    ]  # fmt: skip


def test_the_latest_start_holds_and_a_row_that_says_nothing_ends_a_sale() -> None:
    deeper = PriceRow(Kind.SALE, date(2026, 6, 14), date(2026, 6, 16), amount=1800, id=3)
    assert said([BASE, SALE, deeper], GUEST) == (1800, Kind.SALE, None)
    assert price_for([BASE, SALE, deeper], 1, GUEST, date(2026, 6, 17)).amount == 2000
    ended = PriceRow(Kind.SALE, date(2026, 6, 15), date(2026, 6, 20), id=4)
    assert said([BASE, SALE, ended], GUEST) == (2400, Kind.BASE, None)


def test_without_a_usual_price_there_is_none() -> None:
    assert price_for([SALE], 1, GUEST, DAY) is None
    assert price_for([BASE], 1, GUEST, date(2025, 12, 31)) is None


def test_beside_a_public_reduction_stands_the_lowest_price_of_the_30_days_before_it() -> None:
    cheaper_in_may = PriceRow(Kind.SALE, date(2026, 5, 1), date(2026, 5, 15), amount=1900, id=3)
    too_long_ago = PriceRow(Kind.SALE, date(2026, 4, 1), date(2026, 5, 10), amount=1000, id=4)
    assert price_for([BASE, SALE], 1, GUEST, DAY).lowest_before == 2400
    assert price_for([BASE, SALE, cheaper_in_may], 1, GUEST, DAY).lowest_before == 1900
    assert price_for([BASE, SALE, too_long_ago], 1, GUEST, DAY).lowest_before == 2400
    assert (
        price_for([BASE, SALE, replace(too_long_ago, until_on=date(2026, 5, 11))], 1, GUEST, DAY).lowest_before == 1000
    )


def test_what_was_not_for_sale_before_its_sale_has_nothing_to_be_compared_with() -> None:
    new = replace(BASE, from_on=SALE.from_on)
    assert price_for([new, SALE], 1, GUEST, DAY).lowest_before is None
    assert price_for([BASE], 1, GOLD, DAY).lowest_before is None


def test_the_price_of_a_member_is_no_public_price() -> None:
    member = PriceRow(Kind.MEMBER, date(2026, 5, 1), amount=100)
    price = price_for([BASE, SALE, tier("gold", 500), member], 1, GOLD, DAY)
    assert (price.amount, price.public, price.base, price.lowest_before, price.saving) == (100, 2000, 2400, 2400, 1900)


def test_a_percentage_is_rounded_once_half_up() -> None:
    assert said([replace(BASE, amount=995)], replace(GOLD, discount_percent=10)) == (896, Kind.TIER, "gold")
    assert unit_price(896, 750) == 1195


rows = st.lists(
    st.builds(
        PriceRow,
        kind=st.sampled_from([Kind.BASE, Kind.SALE, Kind.TIER, Kind.MEMBER]),
        from_on=st.dates(DAY - timedelta(days=80), DAY + timedelta(days=5)),
        until_on=st.none() | st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40)),
        amount=st.none() | st.integers(0, 5000),
        variant_id=st.sampled_from([None, 1, 2]),
        min_quantity=st.integers(1, 3),
        id=st.integers(1, 50),
    ).map(lambda row: replace(row, rung_key="silver") if row.kind is Kind.TIER else row),
    max_size=12,
)


@pytest.mark.proves("F-26")
@given(rows, st.integers(1, 4))
def test_whoever_is_known_better_never_pays_more(prices: list[PriceRow], quantity: int) -> None:
    guest = price_for(prices, 1, GUEST, DAY, quantity)
    if guest is None:
        assert price_for(prices, 1, GOLD, DAY, quantity) is None
        return
    member = price_for(prices, 1, GOLD, DAY, quantity)
    assert guest.amount == guest.public == min(guest.base, guest.amount)
    assert member.amount <= guest.amount
    assert member.public == guest.public
    if quantity == 1:
        assert guest.public == public_price(prices, 1, DAY)


@given(rows)
def test_the_lowest_price_before_a_day_is_that_of_its_30_days_one_by_one(prices: list[PriceRow]) -> None:
    days = [public_price(prices, 1, DAY - timedelta(days=back)) for back in range(1, 31)]
    assert lowest_before(prices, 1, DAY) == min((amount for amount in days if amount is not None), default=None)


@pytest.mark.parametrize(
    "row",
    [
        replace(BASE, amount=-1),
        replace(BASE, until_on=DAY),
        replace(SALE, until_on=None),
        replace(SALE, percent=10),
        replace(SALE, amount=None, percent=101),
        replace(SALE, until_on=date(2028, 1, 1)),
        replace(SALE, rung_key="gold"),
        replace(SALE, min_quantity=0),
        PriceRow(Kind.TIER, DAY, amount=1),
    ],
)
def test_a_price_that_cannot_hold_is_refused(row: PriceRow) -> None:
    with pytest.raises(BadPrice):
        check_price(row)
