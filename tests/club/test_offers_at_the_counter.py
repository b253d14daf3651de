"""Offers with a sale at the counter: shown first, saved once, undone whole; a gift handed over without a sale."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.catalogue.service.stock import level_of
from club.errors import (
    NotAllowed,
    NotForThatDay,
    NotUsedHere,
    OutOfStock,
    OwnMembership,
    ReferenceTaken,
    UnknownVoucher,
    VoucherNotOpen,
)
from club.insight.offer_results import Brought, brought
from club.offers import service
from club.offers.listing import Handed, vouchers_of_offers
from club.offers.models import OFFERS
from club.offers.overview import uses_for
from club.offers.reading import the_voucher
from club.offers.rules import Kind, Place, VoucherState, Way
from club.offers.stacking import Why
from club.permissions import Role
from club.points.models import balance_of
from club.points.service import adjust_by_hand
from club.purchases.models import bought_by_id, find_bought
from club.purchases.rules import COUNTER, NewLine, NewPurchase, ReturnOf
from tests.cart_world import Shelf
from tests.offer_world import TODAY, an_offer, for_points, running
from tests.people import new_colleague, new_signed_up_member


@pytest.fixture
def ana(db, club, now):
    """A member of a club that gives 1 point for each euro."""
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    return new_signed_up_member(db, now).person_id


@pytest.fixture
def clerk(db, club, now):
    return new_colleague(db, now, Role.SHOP).account_id


def sale(person_id, *amounts, reference="R-1"):
    lines = tuple(NewLine(amount=amount, category="wine") for amount in amounts)
    return NewPurchase(
        member_id=person_id, channel=COUNTER, bought_on=TODAY, amount=sum(amounts), lines=lines, reference=reference
    )


def voucher(db, person_id, offer, now, form=b"form"):
    offer_id = running(db, offer, now)
    adjust_by_hand(db, person_id, offer.points, "a present", None, Role.OWNER, now)
    return the_voucher(db, service.redeem(db, person_id, offer_id, sha256(form).digest(), now))


def counters(db):
    db.rollback()
    return [tuple(row) for row in db.execute(select(OFFERS.c.taken, OFFERS.c.spent).order_by(OFFERS.c.id))]


def test_what_is_shown_is_what_is_saved_and_undoing_gives_all_of_it_back(db, now, ana, clerk):
    mine = voucher(db, ana, for_points(100), now)
    running(db, an_offer(percent=5), now)
    running(db, an_offer(Kind.MULTIPLIER), now)
    running(db, an_offer(percent=90, place=Place.SHOP), now)
    new = sale(ana, 3001, 999)
    who = (clerk, Role.SHOP, now)
    shown = service.preview_at_counter(db, new, 0, mine.shown_code, *who)
    assert (shown.applied.discount, shown.applied.per_line, shown.sale.paid.purchase.amount) == (500, (375, 125), 3500)
    assert (shown.sale.preview.brings.points, the_voucher(db, mine.id).stored) == (70, VoucherState.ACTIVE)
    saved = service.record_at_counter(db, new, 0, mine.shown_code, *who)
    assert (saved.applied, saved.recorded.points, saved.recorded.extra_points) == (shown.applied, 70, 35)
    purchase_id = saved.recorded.purchase_id
    assert bought_by_id(db, purchase_id).amount == 3500
    assert [(use.saves, use.state, use.by) for use, _ in uses_for(db, "purchase", purchase_id)] == [
        (500, "used", clerk), (0, "used", clerk),
    ]  # fmt: skip
    assert counters(db) == [(1, 500), (0, 0), (1, 35), (0, 0)]
    assert brought(db, [1, 2]) == {1: Brought(1, 3500)}
    assert vouchers_of_offers(db, [1, 2], TODAY) == {1: Handed(1, 1, 0)}
    with pytest.raises(VoucherNotOpen):
        service.preview_at_counter(db, sale(ana, 900, reference="R-2"), 0, mine.code, *who)
    undone = ReturnOf(channel=COUNTER, reference="R-1", own_reference="UNDO", corrected_on=TODAY, kind="cancellation")
    service.undo_at_counter(db, purchase_id, undone, ana, *who)
    assert (the_voucher(db, mine.id).stored, counters(db)[0]) == (VoucherState.ACTIVE, (1, 0))
    assert (find_bought(db, COUNTER, "R-1").net_amount, balance_of(db, ana, TODAY).active) == (0, 0)


def test_a_sale_that_a_voucher_paid_whole_is_undone_once(db, now, ana, clerk):
    mine = voucher(db, ana, for_points(100), now)
    who = (clerk, Role.SHOP, now)
    new = NewPurchase(member_id=ana, channel=COUNTER, bought_on=TODAY, amount=500, reference="R-1")
    saved = service.record_at_counter(db, new, 0, mine.code, *who)
    assert bought_by_id(db, saved.recorded.purchase_id).amount == 0
    undone = ReturnOf(channel=COUNTER, reference="R-1", own_reference="UNDO", corrected_on=TODAY, kind="cancellation")
    service.undo_at_counter(db, saved.recorded.purchase_id, undone, ana, *who)
    with pytest.raises(ReferenceTaken):
        service.undo_at_counter(db, saved.recorded.purchase_id, undone, ana, *who)
    assert (the_voucher(db, mine.id).stored, counters(db)) == (VoucherState.ACTIVE, [(1, 0)])


def test_who_may_use_codes_at_the_counter_and_which(db, now, ana, clerk):
    mine = voucher(db, ana, for_points(100, place=Place.SHOP), now)
    new = sale(ana, 3000)
    for role in (Role.MARKETING, Role.READ_ONLY):
        with pytest.raises(NotAllowed):
            service.record_at_counter(db, new, 0, mine.code, clerk, role, now)
    with pytest.raises(NotUsedHere):
        service.record_at_counter(db, new, 0, mine.code, clerk, Role.SHOP, now)
    ben = new_signed_up_member(db, now, email="ben@example.org").person_id
    with pytest.raises(UnknownVoucher):
        service.record_at_counter(db, replace(new, member_id=ben), 0, mine.code, clerk, Role.SHOP, now)
    assert find_bought(db, COUNTER, "R-1") is None


def test_nobody_uses_offers_for_themselves(db, now, ana):
    running(db, an_offer(way=Way.ACTIVATE), now)
    own = new_signed_up_member(db, now, email="me@example.org")
    with pytest.raises(OwnMembership):
        service.record_at_counter(db, sale(own.person_id, 100), 0, None, own.account_id, Role.SHOP, now)


def test_a_sale_of_another_day_gets_none_of_todays_offers(db, now, ana, clerk):
    mine = voucher(db, ana, for_points(100), now)
    running(db, an_offer(percent=50), now)
    earlier = replace(sale(ana, 3000), bought_on=TODAY - timedelta(days=3))
    with pytest.raises(NotForThatDay):
        service.record_at_counter(db, earlier, 0, mine.code, clerk, Role.SHOP, now)
    saved = service.record_at_counter(db, earlier, 0, None, clerk, Role.SHOP, now)
    assert (saved.applied.all, saved.paid.purchase.amount, saved.recorded.points) == ((), 3000, 30)
    assert (the_voucher(db, mine.id).stored, counters(db)) == (VoucherState.ACTIVE, [(1, 0), (0, 0)])


def test_what_was_activated_is_not_spent_at_the_counter_unless_its_code_is_shown(db, now, ana, clerk):
    mine = service.activate(db, ana, running(db, an_offer(percent=50, way=Way.ACTIVATE), now), now)
    who = (clerk, Role.SHOP, now)
    assert service.record_at_counter(db, sale(ana, 1000), 0, None, *who).applied.all == ()
    code = the_voucher(db, mine).code
    assert service.record_at_counter(db, sale(ana, 1000, reference="R-2"), 0, code, *who).applied.discount == 500
    assert the_voucher(db, mine).stored is VoucherState.USED


def test_a_gift_is_handed_over_once_without_a_sale_and_can_be_taken_back(db, now, ana, clerk):
    gift = Shelf(db, now).thing("Glass", price=700)
    of_gift = an_offer(Kind.GIFT, way=Way.REDEEM, points=50, gift_variant_id=gift, gift_quantity=2)
    mine, least = voucher(db, ana, of_gift, now), voucher(db, ana, replace(of_gift, least_goods=100), now, b"two")
    who = (clerk, Role.SHOP, now)
    service.hand_over(db, ana, mine.shown_code, *who)
    assert (the_voucher(db, mine.id).stored, counters(db)[0]) == (VoucherState.USED, (1, 1400))
    with pytest.raises(VoucherNotOpen):
        service.hand_over(db, ana, mine.code, *who)
    with pytest.raises(NotUsedHere):
        service.hand_over(db, ana, least.code, *who)
    with pytest.raises(NotAllowed):
        service.take_back(db, ana, mine.id, clerk, Role.READ_ONLY, now)
    assert [service.take_back(db, ana, mine.id, *who) for _ in range(2)] == [True, False]
    assert (the_voucher(db, mine.id).stored, counters(db)[0]) == (VoucherState.ACTIVE, (1, 0))


def test_a_gift_leaves_the_shelf_and_none_is_given_that_is_not_there(db, now, ana, clerk):
    gift = Shelf(db, now).thing("Glass", price=700, on_hand=3)
    of_gift = an_offer(Kind.GIFT, way=Way.REDEEM, points=50, gift_variant_id=gift, gift_quantity=2)
    mine, other = voucher(db, ana, of_gift, now), voucher(db, ana, of_gift, now, b"two")
    who = (clerk, Role.SHOP, now)
    service.hand_over(db, ana, mine.code, *who)
    with pytest.raises(OutOfStock) as refused:
        service.hand_over(db, ana, other.code, *who)
    assert (refused.value.left, level_of(db, gift).on_hand) == (1, 1)
    assert the_voucher(db, other.id).stored is VoucherState.ACTIVE
    for _ in range(2):  # given back and handed over again, as often as it takes
        service.take_back(db, ana, mine.id, *who)
        service.take_back(db, ana, mine.id, *who)
        assert level_of(db, gift).on_hand == 3
        service.hand_over(db, ana, mine.code, *who)
        assert level_of(db, gift).on_hand == 1


def test_a_gift_with_a_sale_leaves_the_shelf_and_comes_back_with_it(db, now, ana, clerk):
    gift = Shelf(db, now).thing("Glass", price=700, on_hand=1)
    running(db, an_offer(Kind.GIFT, gift_variant_id=gift), now)
    who = (clerk, Role.SHOP, now)
    service.preview_at_counter(db, sale(ana, 3000), 0, None, *who)
    assert level_of(db, gift).on_hand == 1
    saved = service.record_at_counter(db, sale(ana, 3000), 0, None, *who)
    assert (len(saved.applied.gifts), level_of(db, gift).on_hand) == (1, 0)
    without = service.record_at_counter(db, sale(ana, 900, reference="R-2"), 0, None, *who)
    assert (without.applied.all, [one.why for one in without.applied.unused]) == ((), [Why.NO_GIFT])
    undone = ReturnOf(channel=COUNTER, reference="R-1", own_reference="UNDO", corrected_on=TODAY, kind="cancellation")
    service.undo_at_counter(db, saved.recorded.purchase_id, undone, ana, *who)
    assert level_of(db, gift).on_hand == 1


def test_a_gift_comes_back_once_nothing_is_left_of_the_sale(db, now, ana, clerk):
    gift = Shelf(db, now).thing("Glass", price=700, on_hand=1)
    running(db, an_offer(Kind.GIFT, gift_variant_id=gift), now)
    who = (clerk, Role.SHOP, now)
    service.record_at_counter(db, sale(ana, 3000, 500), 0, None, *who)
    for position, left, uses in ((1, 0, [(1, 700)]), (2, 1, [(0, 0)])):
        some = ReturnOf(
            channel=COUNTER, reference="R-1", own_reference=f"B-{position}", corrected_on=TODAY, lines=((position, 1),)
        )
        service.give_back_at_counter(db, some, ana, *who)
        assert (level_of(db, gift).on_hand, counters(db)) == (left, uses)
