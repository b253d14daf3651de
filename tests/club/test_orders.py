"""Orders from the button to the door: what is set aside, sold, spent, recorded, and what is given back."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts.models import Owner, cart_of
from club.carts.rules import Goods, PointsTerms, price_cart
from club.carts.rules import Wanted as InCart
from club.carts.service import add
from club.catalogue.models import ProductTaken
from club.catalogue.rules.products import TaxClass
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock import level_of, move_stock
from club.database import transaction
from club.delivery.models import DeliveryPrice
from club.delivery.rules import Rate, Rule, Zone
from club.delivery.service import add_rate, add_zone, save_rule
from club.errors import (
    CartEmpty,
    CreditExceeded,
    LimitReached,
    NoSuchDelivery,
    NotAllowed,
    NotAllowedOnAccount,
    NotSoldThere,
    OrderCancelled,
    OutOfStock,
    PackedAlready,
    PaymentOpen,
    TooMuchMoney,
    TotalChanged,
)
from club.orders import credit, service
from club.orders.models import Order, OrderLine, Parcel
from club.orders.reading import moves_of, order_by_key, order_of, order_with, orders_of
from club.orders.rules import Actor, Fulfilment, PayBy, PaymentStatus, State
from club.orders.service import place_order
from club.orders.service.delivering import night
from club.orders.verify import violations
from club.permissions import Role
from club.points.models import LOTS, balance_of
from club.points.service import give_back
from club.programme.rules import Club
from club.programme.service import touch
from club.purchases.models import bought, lines_of
from tests.order_world import CONTACT, COUNTER, POST, POSTAGE, Till, open_shop
from tests.people import mails_to, new_colleague, new_signed_up_member

TODAY = date(2026, 6, 15)
NOBODY = Owner()


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    """A shop that gives 1 point for each euro."""
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    open_shop(db)
    return Till(db, now)


@pytest.fixture
def ana(db: Session, till: Till, now: datetime) -> int:
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    return person_id


def settle(db: Session, order_id: int, paid: int, now: datetime) -> bool:
    with transaction(db) as tx:
        return service.settle_in(tx, order_id, paid, now)


def let_go(db: Session, order_id: int, now: datetime) -> bool:
    with transaction(db) as tx:
        return service.let_go_in(tx, order_id, "expired", now)


def deliver(db: Session, order_id: int, now: datetime) -> bool:
    with transaction(db) as tx:
        return service.delivered_in(tx, order_id, TODAY, now)


def kinds(db: Session, order_id: int) -> list[str]:
    return [move.kind for move in moves_of(db, order_id)]


# --- placing


def test_an_order_by_card_waits_with_goods_and_points_set_aside(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    wine = till.shelf.thing(price=2400, on_hand=5)
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (wine, 2), points=500)
    order = order_with(db, placed.order_id)
    assert (order.state, order.payment_status, order.fulfilment) == (
        State.PENDING, PaymentStatus.WAITING, Fulfilment.WAITING,
    )  # fmt: skip
    worth = order.points_value
    assert (order.goods, order.points, order.total) == (4800, 500, 4800 - worth + POSTAGE) and worth > 0
    assert order.tax == round((order.total - POSTAGE) * 21 / 121) + order.delivery_tax
    balance = balance_of(db, ana, TODAY)
    assert (balance.active, balance.held) == (500, 500)
    level = level_of(db, wine)
    assert (level.on_hand, level.reserved) == (5, 2)
    assert order.contact == CONTACT
    assert kinds(db, order.id) == ["placed"]
    assert mails_to(db, CONTACT.email) == []
    assert violations(db) == []


def test_goods_that_a_country_taxes_differently_hold_its_tax_where_they_go_there(
    db: Session, till: Till, now: datetime
) -> None:
    by = new_colleague(db, now, Role.OWNER).account_id
    save_rule(db, Rule(country="PT"), 0, by, Role.OWNER, now)
    zone_id = add_zone(db, Zone(name="Portugal", countries=("PT",)), by, Role.OWNER, now)
    with transaction(db) as tx:
        touch(tx)
        tx.execute(insert(DeliveryPrice).values(method_id=POST, zone_id=zone_id, price=0))
    for tax_class, rate in ((TaxClass.STANDARD, 23_00), (TaxClass.REDUCED, 13_00)):
        add_rate(db, Rate(country="PT", tax_class=tax_class, rate=rate, from_on=date(2011, 1, 1)), by, Role.OWNER, now)
    wine = till.shelf.thing(price=2260, tax_abroad={"PT": "reduced"})
    glasses = till.shelf.thing(price=2460)
    abroad = replace(CONTACT, country="PT", postcode="4000-001", city="Porto")
    taxes = [
        [(line.tax_class, line.tax_rate, line.tax) for line in order_with(db, placed.order_id).lines]
        for placed in (
            till.order(NOBODY, (wine, 1), (glasses, 1), contact=abroad),
            till.order(NOBODY, (wine, 1), contact=CONTACT),
            till.order(NOBODY, (wine, 1), contact=abroad, method_id=COUNTER, pay_by=PayBy.PICKUP),
        )
    ]
    assert taxes == [
        [("reduced", 13_00, 260), ("standard", 23_00, 460)],
        [("standard", 21_00, 392)],
        [("standard", 21_00, 392)],
    ]
    assert violations(db) == []


def test_the_same_cart_again_is_the_same_order(db: Session, till: Till, ana: int, now: datetime) -> None:
    wine = till.shelf.thing()
    first = till.order(Owner(ana), (wine, 1))
    again = place_order(db, till.wanted(1, ana, expected_total=0), now)
    assert (again.order_id, again.key, again.is_new, first.is_new) == (first.order_id, first.key, False, True)
    settle(db, first.order_id, first.total, now)
    after = place_order(db, till.wanted(1, ana, expected_total=0), now)
    assert (after.order_id, after.is_new) == (first.order_id, False)


@pytest.mark.proves("F-21")
def test_another_total_than_the_page_showed_orders_nothing(db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing(price=2400)
    cart_id = till.cart(NOBODY, (wine, 1))
    for wrong in (0, 2400 + POSTAGE - 1, -1):
        with pytest.raises(TotalChanged) as refusal:
            place_order(db, till.wanted(cart_id, expected_total=wrong), now)
        assert refusal.value.total == 2400 + POSTAGE
    assert db.scalar(select(func.count()).select_from(Order)) == 0
    assert level_of(db, wine).reserved == 0


@pytest.mark.proves("F-22")
def test_a_price_that_rose_while_the_page_was_open_is_not_charged(db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing(price=2400)
    wanted = till.wanted(till.cart(NOBODY, (wine, 1)))
    till.shelf.costs(wine, 2900)
    with pytest.raises(TotalChanged) as refusal:
        place_order(db, wanted, now)
    assert refusal.value.total == 2900 + POSTAGE


@pytest.mark.proves("F-49")
def test_what_was_taken_out_of_the_shop_is_not_ordered(db: Session, till: Till, now: datetime) -> None:
    wine, oil = till.shelf.thing(), till.shelf.thing("Oil", on_hand=1)
    wanted = till.wanted(till.cart(NOBODY, (wine, 1), (oil, 1)))
    till.shelf.has(oil, 0)
    with pytest.raises(OutOfStock) as refusal:
        place_order(db, wanted, now)
    assert (refusal.value.variant_id, refusal.value.left) == (oil, 0)
    assert level_of(db, wine).reserved == 0
    assert cart_of(db, Owner(token="x"), now) is None


def test_an_empty_cart_an_unknown_way_and_a_far_country_are_refused(db: Session, till: Till, now: datetime) -> None:
    with pytest.raises(CartEmpty):
        place_order(db, till_of_nobody(till), now)
    cart_id = till.cart(NOBODY, (till.shelf.thing(), 1))
    with pytest.raises(NoSuchDelivery):
        place_order(db, till.wanted(cart_id, method_id=99), now)
    from_far = CONTACT.__class__(**{**CONTACT.__dict__, "country": "US"})
    with pytest.raises(NotSoldThere):
        place_order(db, till.wanted(cart_id, contact=from_far), now)
    assert db.scalar(select(func.count()).select_from(Order)) == 0


def till_of_nobody(till: Till) -> service.Wanted:
    return till.wanted(404, expected_total=0)


def test_a_limit_for_each_member_counts_open_orders_and_comes_back(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    rare = till.shelf.thing(limit_per_member=2)
    placed = till.order(Owner(ana), (rare, 2))
    assert db.scalar(select(ProductTaken.quantity)) == 2
    let_go(db, placed.order_id, now)
    assert db.scalar(select(ProductTaken.quantity)) == 0
    cart = cart_of(db, Owner(ana), now)
    assert cart is not None
    again = place_order(db, till.wanted(cart.id, ana), now)
    settle(db, again.order_id, again.total, now)
    with pytest.raises(LimitReached):
        add(db, till.shelf.shopper(Owner(ana)), rare, 1, now)


# --- settling


def test_settled_once_it_is_sold_spent_recorded_and_told(db: Session, till: Till, ana: int, now: datetime) -> None:
    wine = till.shelf.thing(price=2400, on_hand=5)
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (wine, 2), points=500)
    assert settle(db, placed.order_id, placed.total, now) is True
    assert settle(db, placed.order_id, placed.total, now) is False
    order = order_by_key(db, placed.key)
    assert (order.state, order.payment_status, order.fulfilment) == (
        State.PLACED, PaymentStatus.PAID, Fulfilment.TO_PACK,
    )  # fmt: skip
    level, balance = level_of(db, wine), balance_of(db, ana, TODAY)
    assert (level.on_hand, level.reserved) == (3, 0)
    goods = 4800 - order.points_value
    assert (balance.active, balance.held, balance.pending) == (500, 0, goods // 100)
    purchase = bought(db, "shop", order.number)
    assert (purchase.amount, purchase.id) == (goods, order.purchase_id)
    assert [(line.position, line.amount) for line in lines_of(db, purchase.id)] == [(1, goods)]
    assert cart_of(db, Owner(ana), now) is None
    assert [(mail.act, mail.data["order"]) for mail in mails_to(db, CONTACT.email)] == [
        ("order.placed", order.number)
    ]  # fmt: skip
    assert kinds(db, order.id) == ["placed", "paid"]
    assert violations(db) == []


@pytest.mark.proves("F-24")
def test_an_order_that_points_pay_needs_no_card(db: Session, till: Till, ana: int, now: datetime) -> None:
    wine = till.shelf.thing(price=2000)
    till.give_points(ana, 9000)
    placed = till.order(Owner(ana), (wine, 1), points=8000, method_id=COUNTER)
    order = order_with(db, placed.order_id)
    assert (order.total, order.pay_by, order.state) == (0, PayBy.NOTHING, State.PLACED)
    assert order.payment_status is PaymentStatus.NOTHING_DUE
    assert order.points_value == 2000 and order.tax == 0
    assert bought(db, "shop", order.number).points == 0


def test_what_is_paid_at_the_counter_is_sure_at_once(db: Session, till: Till, now: datetime) -> None:
    placed = till.order(NOBODY, (till.shelf.thing(price=1000), 1), method_id=COUNTER, pay_by=PayBy.PICKUP)
    order = order_with(db, placed.order_id)
    assert (order.state, order.payment_status, order.paid) == (State.PLACED, PaymentStatus.DUE, 0)
    assert order.pickup_code and order.delivery_price == 0
    with transaction(db) as tx:
        service.money_came_in(tx, order.id, 1000, now)
    with pytest.raises(TooMuchMoney), transaction(db) as tx:
        service.money_came_in(tx, order.id, 1, now)
    assert order_with(db, order.id).payment_status is PaymentStatus.PAID


def test_on_account_the_limit_is_used_and_free_again_when_the_order_is_called_off(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    wine = till.shelf.thing(price=1000)
    cart_id = till.cart(Owner(ana), (wine, 1))
    with pytest.raises(NotAllowedOnAccount):
        place_order(db, till.wanted(cart_id, ana, pay_by=PayBy.ACCOUNT), now)
    owner = new_colleague(db, now, Role.OWNER).account_id
    credit.set_limit(db, ana, 2000, 30, True, 0, owner, Role.OWNER, now)
    placed = place_order(db, till.wanted(cart_id, ana, pay_by=PayBy.ACCOUNT), now)
    assert order_with(db, placed.order_id).payment_status is PaymentStatus.DUE
    second = till.cart(Owner(ana), (wine, 1))
    with pytest.raises(CreditExceeded) as refusal:
        place_order(db, till.wanted(second, ana, pay_by=PayBy.ACCOUNT), now)
    assert refusal.value.left == 2000 - 1000 - POSTAGE
    assert level_of(db, wine).reserved == 0
    assert service.cancel(db, placed.order_id, Actor.BUYER, None, None, now).refund == 0
    assert place_order(db, till.wanted(second, ana, pay_by=PayBy.ACCOUNT), now).is_new
    assert violations(db) == []


def test_goods_of_a_category_that_earns_nothing_bring_no_points(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    wine, gift = till.shelf.thing(price=2000), till.shelf.thing("Gift card", price=3000)
    placed = till.order(Owner(ana), (wine, 1), (gift, 1))
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.variant_id == gift).values(earns_points=False))
    settle(db, placed.order_id, placed.total, now)
    purchase = bought(db, "shop", placed.number)
    assert (purchase.amount, purchase.points, purchase.qualifying_points) == (5000, 20, 20)
    assert [line.points for line in lines_of(db, purchase.id)] == [20, 0]


# --- letting go, and late money


def test_what_is_let_go_is_free_again_and_the_cart_as_it_was(db: Session, till: Till, ana: int, now: datetime) -> None:
    wine = till.shelf.thing(on_hand=5)
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (wine, 2), points=500)
    assert let_go(db, placed.order_id, now) is True
    assert let_go(db, placed.order_id, now) is False
    balance = balance_of(db, ana, TODAY)
    assert (balance.active, balance.held, level_of(db, wine).reserved) == (1000, 0, 0)
    cart = cart_of(db, Owner(ana), now)
    assert cart is not None and not cart.is_frozen and cart.points_wanted == 500
    assert [(line.variant_id, line.quantity) for line in cart.lines] == [(wine, 2)]
    with pytest.raises(OrderCancelled):
        settle(db, placed.order_id, placed.total, now)
    assert (order_with(db, placed.order_id).cause, kinds(db, placed.order_id)) == ("expired", ["placed", "expired"])
    assert violations(db) == []


def test_only_orders_whose_payment_was_never_begun_run_out_of_time(db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing()
    left, begun = till.order(NOBODY, (wine, 1)), till.order(NOBODY, (wine, 1))
    with transaction(db) as tx:
        assert service.payment_begun_in(tx, begun.order_id)
    assert service.let_go_expired(db, now + timedelta(minutes=29)) == 0
    assert service.let_go_expired(db, now + timedelta(minutes=30)) == 1
    assert [order_with(db, one.order_id).state for one in (left, begun)] == [State.CANCELLED, State.PENDING]
    with transaction(db) as tx:
        assert not service.payment_begun_in(tx, left.order_id)


@pytest.mark.proves("F-07")
def test_late_money_takes_the_order_up_again_where_the_goods_are_still_there(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    wine = till.shelf.thing(on_hand=2)
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (wine, 2), points=500)
    let_go(db, placed.order_id, now)
    with transaction(db) as tx:
        service.take_again_in(tx, placed.order_id, now)
        service.settle_in(tx, placed.order_id, placed.total, now)
    order, balance = order_with(db, placed.order_id), balance_of(db, ana, TODAY)
    assert (order.state, order.left, balance.active, balance.held) == (State.PLACED, placed.total, 500, 0)
    assert level_of(db, wine).on_hand == 0
    assert violations(db) == []


def test_late_money_for_goods_that_are_gone_is_refused(db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing(on_hand=2)
    placed = till.order(NOBODY, (wine, 2))
    let_go(db, placed.order_id, now)
    till.shelf.has(wine, 1)
    with pytest.raises(OutOfStock), transaction(db) as tx:
        service.take_again_in(tx, placed.order_id, now)
    assert order_with(db, placed.order_id).state is State.CANCELLED


# --- cancelling


def test_a_paid_order_is_cancelled_whole_as_long_as_nothing_is_packed(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    wine = till.shelf.thing(price=2400, on_hand=5)
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (wine, 2), points=500)
    settle(db, placed.order_id, placed.total, now)
    clerk = new_colleague(db, now, Role.SUPPORT)
    cancelled = service.cancel(db, placed.order_id, Actor.STAFF, clerk.account_id, Role.SUPPORT, now, "changed mind")
    assert cancelled.refund == placed.total
    assert service.cancel(db, placed.order_id, Actor.STAFF, clerk.account_id, Role.SUPPORT, now).refund == 0
    order, balance = order_of(db, placed.number), balance_of(db, ana, TODAY)
    assert (order.state, order.cause, order.counts.returned) == (State.CANCELLED, "staff", 2)
    assert (balance.active, balance.held, balance.pending) == (1000, 0, 0)
    assert (level_of(db, wine).on_hand, bought(db, "shop", placed.number).net_amount) == (5, 0)
    assert [mail.act for mail in mails_to(db, CONTACT.email)] == ["order.placed", "order.cancelled"]
    assert violations(db) == []


def test_points_that_went_back_before_are_not_given_back_once_more_when_the_rest_is_called_off(
    db: Session, till: Till, ana: int, now: datetime
) -> None:
    till.give_points(ana, 1000)
    placed = till.order(Owner(ana), (till.shelf.thing(price=2400), 2), points=500)
    settle(db, placed.order_id, placed.total, now)
    hold_id = order_of(db, placed.number).hold_id
    assert hold_id is not None
    db.rollback()
    with transaction(db) as tx:
        give_back(tx, hold_id, 200, "return.given_back", 1, TODAY, now)
    service.cancel(db, placed.order_id, Actor.BUYER, None, None, now)
    assert balance_of(db, ana, TODAY).active == 1000


def test_what_is_packed_or_under_payment_is_not_cancelled_and_not_by_everybody(
    db: Session, till: Till, now: datetime
) -> None:
    wine = till.shelf.thing()
    packed, under_way = till.order(NOBODY, (wine, 1)), till.order(NOBODY, (wine, 1))
    settle(db, packed.order_id, packed.total, now)
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == packed.order_id).values(packed=1))
        service.payment_begun_in(tx, under_way.order_id)
    for order_id, refusal in ((packed.order_id, PackedAlready), (under_way.order_id, PaymentOpen)):
        with pytest.raises(refusal):
            service.cancel(db, order_id, Actor.BUYER, None, None, now)
    with pytest.raises(NotAllowed):
        service.cancel(db, packed.order_id, Actor.STAFF, 1, Role.MARKETING, now)
    assert level_of(db, wine).on_hand == 49


# --- delivery


def test_points_become_active_when_the_return_window_after_delivery_is_over(
    db: Session, till: Till, ana: int, club: Club, now: datetime
) -> None:
    placed = till.order(Owner(ana), (till.shelf.thing(price=2400), 1))
    settle(db, placed.order_id, placed.total, now)
    assert db.scalar(select(LOTS.c.activates_on)) is None
    assert deliver(db, placed.order_id, now) is True
    assert deliver(db, placed.order_id, now) is False
    assert db.scalar(select(LOTS.c.activates_on)) == TODAY + timedelta(days=club.shop_return_days)
    order = order_with(db, placed.order_id)
    assert (order.state, order.fulfilment) == (State.DONE, Fulfilment.DELIVERED)


def test_the_night_takes_as_delivered_what_left_long_ago(db: Session, till: Till, now: datetime) -> None:
    placed = till.order(NOBODY, (till.shelf.thing(), 2))
    settle(db, placed.order_id, placed.total, now)
    with transaction(db) as tx:
        tx.execute(update(OrderLine).values(packed=2, sent=2))
        parcel = {"order_id": placed.order_id, "carrier": "SEUR", "tracking": "1", "tracking_url": "", "sent_at": now}
        tx.execute(insert(Parcel).values(parcel))
    assert night(db, TODAY + timedelta(days=4), now + timedelta(days=5)) == 0
    assert night(db, TODAY + timedelta(days=5), now + timedelta(days=6)) == 1
    assert order_with(db, placed.order_id).delivered_on == TODAY + timedelta(days=5)


# --- reading


def test_orders_are_read_with_few_questions_however_many_lines_they_have(
    db: Session, till: Till, ana: int, now: datetime, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    things = [(till.shelf.thing(f"Wine {number}"), 1) for number in range(6)]
    for _ in range(2):
        placed = till.order(Owner(ana), *things)
        settle(db, placed.order_id, placed.total, now)
    with count_queries() as queries:
        rows, total = orders_of(db, ana, 1, 10)
    assert (len(queries), total, [row.counts.ordered for row in rows]) == (3, 2, [6, 6])
    assert [len(row.items) for row in rows] == [3, 3]
    with count_queries() as queries:
        order = order_of(db, rows[0].number.lower())
    assert (len(queries), len(order.lines), order.lines[0].name.into("en")) == (1, 6, "Wine 0")


# --- what must hold


def test_the_operator_is_told_which_orders_do_not_add_up(app: Flask, db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing(on_hand=0)
    move_stock(db, wine, Reason.ARRIVAL, 5, None, Role.SHOP, now)
    order_id = till.order(NOBODY, (wine, 2)).order_id
    run = app.test_cli_runner().invoke
    assert run(args=["orders", "verify"]).output == "1 orders, 0 violations\n"
    with transaction(db) as tx:
        tx.execute(update(OrderLine).values(tax=0))
        tx.execute(update(Order).values(expires_at=None, state="placed", settled_at=now))
    said = run(args=["orders", "verify", "--json"])
    assert said.exit_code == 1
    assert [(one["what"].split()[0], one["id"]) for one in json.loads(said.output)["violations"]] == [
        ("the", order_id), ("goods", order_id),
    ]  # fmt: skip


# --- guests who join


@pytest.mark.proves("F-37")
def test_a_guest_who_proves_the_address_has_their_orders_and_points(db: Session, till: Till, now: datetime) -> None:
    wine = till.shelf.thing(price=2400)
    paid, waiting, returned = (till.order(NOBODY, (wine, 2)) for _ in range(3))
    for placed in (paid, returned):
        settle(db, placed.order_id, placed.total, now)
    deliver(db, paid.order_id, now)
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == returned.order_id).values(returned=1))
    other = new_signed_up_member(db, now, name="Eve", email="eve@example.org").person_id
    ana = new_signed_up_member(db, now).person_id
    assert other is not None and ana is not None
    assert service.claim_orders(db, other, now) == 0
    assert service.claim_orders(db, ana, now) == 3
    assert service.claim_orders(db, ana, now) == 0
    assert balance_of(db, ana, TODAY).pending == 48 + 24
    assert bought(db, "shop", returned.number).net_amount == 2400
    rows, total = orders_of(db, ana, 1, 10)
    assert ([row.id for row in rows], total) == ([returned.order_id, waiting.order_id, paid.order_id], 3)
    settle(db, waiting.order_id, waiting.total, now)
    assert bought(db, "shop", waiting.number).member_id == ana
    assert violations(db) == []


# --- sums


CARTS = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(1, 30), st.sampled_from(["standard", "reduced", ""])),
    min_size=1, max_size=12,
)  # fmt: skip


@pytest.mark.proves("F-26")
@given(
    goods=CARTS, points=st.integers(0, 10**7), discount=st.integers(0, 10**6), per_points=st.integers(1, 500),
    per_minor=st.integers(1, 500), rate=st.integers(0, 10_000),
)  # fmt: skip
@settings(max_examples=200)
def test_lines_sum_to_the_order_and_no_tax_exceeds_what_is_paid(
    goods: list[tuple[int, int, str]], points: int, discount: int, per_points: int, per_minor: int, rate: int
) -> None:
    wanted = [
        InCart(
            variant_id=number, quantity=quantity, shown_price=None,
            goods=Goods(unit_price=price, usual_price=price, reason="base", most=999, tax_class=tax_class),
        )
        for number, (price, quantity, tax_class) in enumerate(goods)
    ]  # fmt: skip
    terms = PointsTerms(wanted=points, spendable=points, per_points=per_points, per_minor=per_minor)
    cart = price_cart(wanted, points=terms, discount=discount, tax_rates={"standard": rate, "reduced": rate // 2})
    assert cart.paid == cart.goods - cart.discount - cart.points_value >= 0
    assert cart.points_value <= cart.points * per_minor // per_points
    for name in ("paid", "tax", "points", "points_value", "discount"):
        assert sum(getattr(line, name) for line in cart.lines) == getattr(cart, name)
    for line in cart.lines:
        assert line.paid == line.amount - line.discount - line.points_value
        assert 0 <= line.tax <= line.paid and line.points >= 0 and line.points_value >= 0
