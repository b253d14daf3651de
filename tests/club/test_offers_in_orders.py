"""Offers from the cart to the settled order and back: what counts, what is stored, what is given back, and when."""

from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts.models import Owner, cart_of, cart_with
from club.carts.service import drop_voucher, remove, use_code
from club.catalogue.service.stock import level_of
from club.database import transaction
from club.errors import (
    LimitReached,
    NotTakenAgain,
    NotUsedHere,
    TooManyVouchers,
    TotalChanged,
    UnknownVoucher,
    VoucherNotOpen,
)
from club.insight.offer_results import Brought, brought
from club.offers import service as offers
from club.offers.models import OFFERS, USES, the_offer
from club.offers.overview import result_of, uses_for
from club.offers.reading import the_voucher
from club.offers.rules import Kind, Place, VoucherState, Way
from club.offers.stacking import Why
from club.orders import service
from club.orders.again import order_again
from club.orders.reading import order_with
from club.orders.rules import Actor, PayBy, State
from club.orders.service import place_order, placing
from club.orders.service.taking_again import take_again_in
from club.orders.verify import violations
from club.permissions import Role
from club.points.models import balance_of
from club.purchases.models import bought
from club.purchases.rules import SHOP
from tests.offer_world import TEN_PERCENT, TODAY, an_offer, for_points, running
from tests.order_world import COUNTER, POSTAGE, Till, open_shop
from tests.people import new_colleague, new_signed_up_member


@pytest.fixture
def till(db, club, now):
    """A shop that gives 1 point for each euro."""
    set_rules(
        db, AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1)),)), None, Role.OWNER, now
    )
    open_shop(db)
    return Till(db, now)


@pytest.fixture
def ana(db, till, now):
    return new_signed_up_member(db, now).person_id


def settle(db, placed, now):
    with transaction(db) as tx:
        service.settle_in(tx, placed.order_id, placed.total, now)


def let_go(db, placed, now):
    with transaction(db) as tx:
        return service.let_go_in(tx, placed.order_id, "expired", now)


def redeemed(db, till, person_id, now, offer=None, form=b"one"):
    """A voucher of five euros that was paid for with 100 points."""
    offer_id = running(db, offer or for_points(100), now)
    till.give_points(person_id, 100)
    return the_voucher(db, offers.redeem(db, person_id, offer_id, sha256(form).digest(), now))


def counters(db):
    db.rollback()
    return [tuple(row) for row in db.execute(select(OFFERS.c.taken, OFFERS.c.spent).order_by(OFFERS.c.id))]


@pytest.mark.proves("F-24")
def test_what_counts_together_is_stored_with_the_lines_taken_once_and_given_back_once(db, till, ana, now):
    wine, glass = till.shelf.thing(price=2001, on_hand=20), till.shelf.thing("Glass", price=999, on_hand=3)
    for offer in (
        an_offer(percent=15, budget=100_00),
        an_offer(Kind.AMOUNT, amount=100),
        an_offer(Kind.GIFT, gift_variant_id=glass, gift_quantity=2),
        an_offer(Kind.FREE_DELIVERY, place=Place.SHOP, least_goods=3000),
        an_offer(Kind.MULTIPLIER, percent=300),
    ):
        running(db, offer, now)
    placed = till.order(Owner(ana), (wine, 3), (glass, 1))
    order = order_with(db, placed.order_id)
    assert (order.goods, order.discount, order.delivery_price) == (7002, 1050, 0)
    assert placed.total == order.total == 5952
    told = [(line.reason, line.quantity, line.amount, line.discount, line.paid) for line in order.lines]
    assert told == [("base", 3, 6003, 900, 5103), ("base", 1, 999, 150, 849), ("gift", 2, 0, 0, 0)]
    assert (level_of(db, glass).reserved, level_of(db, wine).reserved) == (3, 3)
    assert counters(db) == [(1, 1050), (0, 0), (1, 1998), (1, POSTAGE), (1, 0)]
    assert [(use.saves, use.state) for use, _ in uses_for(db, "order", order.id)] == [
        (1050, "held"), (0, "held"), (POSTAGE, "held"), (0, "held"),
    ]  # fmt: skip
    settle(db, placed, now)
    purchase = bought(db, SHOP, order.number)
    assert (purchase.amount, purchase.points) == (5952, 178)  # 59.52 × 3, without the part
    assert counters(db)[4] == (1, 178 - 59)
    assert brought(db, [1, 3]) == {1: Brought(1, 5952), 3: Brought(1, 5952)}
    assert violations(db) == []
    for refund in (placed.total, 0):
        assert service.cancel(db, order.id, Actor.BUYER, None, None, now).refund == refund
        assert counters(db) == [(0, 0)] * 5
    assert (balance_of(db, ana, TODAY).pending, level_of(db, glass).on_hand) == (0, 3)
    assert result_of(db, 1).uses == 0 and brought(db, [1, 3]) == {}
    assert violations(db) == []


def test_a_gift_that_is_sold_out_stays_away_and_the_order_goes_through(db, till, ana, now):
    glass = till.shelf.thing("Glass", price=999, on_hand=1)
    running(db, an_offer(Kind.GIFT, gift_variant_id=glass), now)
    cart_id = till.cart(Owner(ana), (glass, 1))
    draft = till.draft(till.wanted(cart_id, ana))
    assert (draft.priced.gifts, draft.applied.unused[0].why) == ((), Why.NO_GIFT)
    assert place_order(db, till.wanted(cart_id, ana), now).total == 999 + POSTAGE


@pytest.mark.proves("F-24", "W-05")
def test_a_voucher_counts_by_its_code_once_and_comes_back_when_the_order_is_let_go(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    voucher = redeemed(db, till, ana, now)
    cart_id = till.cart(Owner(ana), (wine, 1))
    assert till.draft(till.wanted(cart_id, ana)).total == 2000 + POSTAGE
    for _ in range(2):
        use_code(db, Owner(ana), voucher.shown_code, now)
    assert cart_with(db, cart_id).voucher_ids == (voucher.id,)
    drop_voucher(db, Owner(ana), voucher.id, now)
    use_code(db, Owner(ana), voucher.code, now)
    placed = place_order(db, till.wanted(cart_id, ana), now)
    assert (placed.total, the_voucher(db, voucher.id).stored) == (1500 + POSTAGE, VoucherState.HELD)
    assert [let_go(db, placed, now), let_go(db, placed, now)] == [True, False]
    assert (the_voucher(db, voucher.id).stored, counters(db)) == (VoucherState.ACTIVE, [(1, 0)])
    thawed = cart_of(db, Owner(ana), now).id
    assert till.draft(till.wanted(thawed, ana)).total == 1500 + POSTAGE
    again = place_order(db, till.wanted(thawed, ana), now)
    settle(db, again, now)
    assert the_voucher(db, voucher.id).stored is VoucherState.USED
    next_cart = till.cart(Owner(ana), (wine, 1))
    with pytest.raises(VoucherNotOpen):
        use_code(db, Owner(ana), voucher.code, now)
    assert till.draft(till.wanted(next_cart, ana)).total == 2000 + POSTAGE
    assert order_with(db, again.order_id).discount == 500


def test_a_voucher_for_points_comes_back_for_as_long_as_points_do(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    paid = redeemed(db, till, ana, now, for_points(100, voucher_days=0))
    running(db, an_offer(way=Way.ACTIVATE, ends_on=TODAY, place=Place.SHOP), now)
    free = the_voucher(db, offers.activate(db, ana, 2, now))
    cart_id = till.cart(Owner(ana), (wine, 1))
    use_code(db, Owner(ana), paid.code, now)
    first = place_order(db, till.wanted(cart_id, ana), now)
    settle(db, first, now)
    second = till.order(Owner(ana), (wine, 1))
    settle(db, second, now)
    assert {the_voucher(db, one.id).stored for one in (paid, free)} == {VoucherState.USED}
    for placed in (first, second):
        service.cancel(db, placed.order_id, Actor.BUYER, None, None, now + timedelta(days=1))
    offers.night(db, TODAY, now + timedelta(days=1))
    db.rollback()
    assert [(one.stored, one.good_until) for one in (the_voucher(db, paid.id), the_voucher(db, free.id))] == [
        (VoucherState.ACTIVE, TODAY + timedelta(days=31)), (VoucherState.EXPIRED, TODAY),
    ]  # fmt: skip


def test_only_what_is_in_the_cart_counts_against_a_limit(db, till, ana, now):
    medium = till.shelf.thing("Shirt", price=2000, limit_per_member=1)
    large = till.shelf.thing(price=2000, product_id=till.shelf.product_of(medium))
    running(db, an_offer(Kind.GIFT, gift_variant_id=medium), now)
    cart_id = till.cart(Owner(ana), (medium, 1))
    remove(db, Owner(ana), medium, now)
    till.cart(Owner(ana), (large, 1))
    placed = place_order(db, till.wanted(cart_id, ana), now)
    assert [(line.reason, line.quantity) for line in order_with(db, placed.order_id).lines] == [
        ("base", 1),
        ("gift", 1),
    ]
    settle(db, placed, now)
    with pytest.raises(LimitReached):
        till.order(Owner(ana), (large, 1))


def test_which_codes_go_into_a_cart(db, till, ana, now):
    ben = new_signed_up_member(db, now, email="ben@example.org").person_id
    till.cart(Owner(ana), (till.shelf.thing(), 1))
    mine = redeemed(db, till, ana, now)
    for owner, typed in ((Owner(token="guest"), mine.code), (Owner(ben), mine.code), (Owner(ana), "nothing")):
        with pytest.raises(UnknownVoucher):
            use_code(db, owner, typed, now)
    counter_only = redeemed(db, till, ana, now, for_points(100, place=Place.COUNTER), b"two")
    with pytest.raises(NotUsedHere):
        use_code(db, Owner(ana), counter_only.code, now)
    old = redeemed(db, till, ana, now - timedelta(days=3), for_points(100, voucher_days=1), b"three")
    with pytest.raises(VoucherNotOpen) as over:
        use_code(db, Owner(ana), old.code, now)
    assert over.value.state == "expired"
    more = [redeemed(db, till, ana, now, form=str(number).encode()) for number in range(3)]
    for voucher in (mine, *more[:2]):
        use_code(db, Owner(ana), voucher.code, now)
    with pytest.raises(TooManyVouchers):
        use_code(db, Owner(ana), more[2].code, now)


@pytest.mark.proves("F-49")
def test_an_offer_that_ends_between_the_page_and_the_button_is_not_given(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    offer_id = running(db, TEN_PERCENT, now)
    wanted = till.wanted(till.cart(Owner(ana), (wine, 1)), ana)
    who = new_colleague(db, now, Role.MARKETING).account_id
    offers.end_offer(db, offer_id, who, Role.MARKETING, now)
    with pytest.raises(TotalChanged) as changed:
        place_order(db, wanted, now)
    assert (changed.value.total, counters(db)) == (2000 + POSTAGE, [(0, 0)])


@pytest.mark.proves("F-04", "F-49")
@pytest.mark.broken_offers
def test_what_runs_out_after_it_was_reckoned_is_seen_inside_the_lock(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    running(db, an_offer(limit_all=1), now)
    wanted = till.wanted(till.cart(Owner(ana), (wine, 1)), ana)
    ready = placing._made_ready(db, wanted, now)
    with transaction(db) as tx:
        tx.execute(OFFERS.update().values(taken=1))
    with pytest.raises(placing._Stale), transaction(db) as tx:
        placing._place(tx, wanted, ready, now)
    with pytest.raises(TotalChanged):
        place_order(db, wanted, now)
    assert db.execute(USES.select()).all() == []


@pytest.mark.proves("F-04")
def test_limits_for_one_member_and_for_all_count_orders_and_what_is_given_back_is_free_again(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    offer_id = running(db, an_offer(limit_all=2, limit_member=1), now)
    first = till.order(Owner(ana), (wine, 1))
    settle(db, first, now)
    assert till.order(Owner(ana), (wine, 1)).total == 2000 + POSTAGE
    for name, off in (("ben", 200), ("eva", 0)):
        one = new_signed_up_member(db, now, email=f"{name}@example.org").person_id
        assert till.order(Owner(one), (wine, 1)).total == 2000 - off + POSTAGE
    assert the_offer(db, offer_id).taken == 2
    service.cancel(db, first.order_id, Actor.BUYER, None, None, now)
    assert the_offer(db, offer_id).taken == 1


@pytest.mark.proves("F-24")
def test_all_off_and_picked_up_needs_no_card(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    running(db, an_offer(percent=100), now)
    till.give_points(ana, 100)
    placed = till.order(Owner(ana), (wine, 1), points=100, method_id=COUNTER)
    order = order_with(db, placed.order_id)
    assert (placed.total, placed.state, order.pay_by, order.points) == (0, State.PLACED, PayBy.NOTHING, 0)
    assert violations(db) == []


def test_free_delivery_is_not_spent_on_what_is_picked_up(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    running(db, an_offer(Kind.FREE_DELIVERY, place=Place.SHOP, way=Way.ACTIVATE), now)
    voucher_id = offers.activate(db, ana, 1, now)
    till.order(Owner(ana), (wine, 1), method_id=COUNTER)
    assert the_voucher(db, voucher_id).stored is VoucherState.ACTIVE


@pytest.mark.broken_offers
def test_money_that_comes_late_takes_the_offers_again_or_goes_back(db, till, ana, now):
    wine = till.shelf.thing(price=2000)
    running(db, an_offer(limit_all=1), now)
    placed = till.order(Owner(ana), (wine, 1))
    let_go(db, placed, now)
    with transaction(db) as tx:
        take_again_in(tx, placed.order_id, now)
    assert counters(db) == [(1, 200)]
    let_go(db, placed, now)
    with transaction(db) as tx:
        tx.execute(OFFERS.update().values(taken=1))
    with pytest.raises(NotTakenAgain), transaction(db) as tx:
        take_again_in(tx, placed.order_id, now)


def test_an_order_is_placed_again_without_its_gifts(db, till, ana, now):
    wine, glass = till.shelf.thing(price=2000), till.shelf.thing("Glass")
    running(db, an_offer(Kind.GIFT, gift_variant_id=glass), now)
    placed = till.order(Owner(ana), (wine, 2))
    settle(db, placed, now)
    order_again(db, order_with(db, placed.order_id), till.shelf.shopper(Owner(ana)), "form", now)
    assert list(till.shelf.in_carts().values())[-1] == {wine: 2}


def test_offers_cost_a_cart_two_questions_at_most(db, till, ana, now, count_queries):
    wine = till.shelf.thing(price=2000)
    wanted = till.wanted(till.cart(Owner(ana), (wine, 1)), ana)
    till.draft(wanted)
    with count_queries() as plain:
        till.draft(wanted)
    for offer in (TEN_PERCENT, an_offer(limit_all=9), an_offer(Kind.GIFT, gift_variant_id=wine), for_points(10)):
        running(db, offer, now)
    till.draft(wanted)
    with count_queries() as queries:
        till.draft(wanted)
    assert len(queries) <= len(plain) + 2
