"""An order is paid by card: once, for the right sum, whatever goes wrong between us and Stripe."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.catalogue.service.stock import level_of
from club.errors import NotPayable, RefundTooHigh
from club.orders.rules import Actor, Cause, State
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.models import Dispute, DisputeHold
from club.payments.troubles import TryLater
from club.payments.verify import violations
from club.permissions import Role
from club.points.models import balance_of
from club.programme.rules import Club
from demo.stripe import cards
from demo.stripe.faults import Fault
from demo.stripe.remote import Remote
from tests.payments.conftest import KEY
from tests.payments.shop_world import CardShop, card_shop

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    """Everybody lives in the test's time, the stand-in too; in the end money and orders agree."""
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)
        db.rollback()
        assert violations(db) == []


def succeeded(remote: Remote) -> int:
    """How often somebody's card was charged."""
    return sum(intent["status"] == "succeeded" for intent in remote.all("payment_intent"))


# --- starting


def test_whoever_presses_twice_comes_to_the_same_page(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    addresses = {shop.start(order_id) for _ in range(3)}
    assert addresses == {remote.all("checkout.session")[0]["url"]}
    assert [(one.attempt, one.state) for one in shop.payments(order_id)] == [(1, "open")]


@pytest.mark.proves("R-08", "R-09")
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.CUT_AFTER, Fault.MALFORMED_AFTER])
def test_a_page_whose_answer_was_lost_is_asked_for_again_under_its_key(
    shop: CardShop, remote: Remote, fault: Fault
) -> None:
    order_id = shop.order()
    remote.fault(fault, SESSIONS)
    with pytest.raises(TryLater):
        shop.start(order_id)
    assert [one.state for one in shop.payments(order_id)] == ["made"]
    shop.start(order_id)
    assert len(remote.all("checkout.session")) == 1
    shop.pay(order_id)
    assert shop.settle(order_id).is_paid
    assert succeeded(remote) == 1


@pytest.mark.proves("R-11", "R-12")
@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.IN_USE, Fault.DRIP_AFTER, Fault.TIMEOUT_AFTER])
def test_whatever_keeps_the_page_from_opening_the_order_waits_and_one_page_is_opened(
    shop: CardShop, remote: Remote, hasty: StripeGateway, fault: Fault
) -> None:
    order_id = shop.order()
    remote.fault(fault, SESSIONS)
    with pytest.raises(TryLater):
        shop.start(order_id, hasty)
    assert [one.state for one in shop.payments(order_id)] == ["made"]
    assert shop.money(order_id) == (State.PENDING, 0, 0)
    addresses = {shop.start(order_id) for _ in range(2)}
    assert addresses == {page["url"] for page in remote.all("checkout.session")}
    shop.pay(order_id)
    assert shop.settle(order_id).is_paid
    assert succeeded(remote) == 1


@pytest.mark.proves("R-13")
def test_where_stripes_name_is_not_known_the_order_waits_for_it(
    shop: CardShop, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    order_id = shop.order()
    with monkeypatch.context() as nowhere:
        nowhere.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(TryLater) as trouble:
            shop.start(order_id, StripeGateway(KEY, []))
    assert not trouble.value.is_outcome_unknown
    assert remote.all("checkout.session") == []
    shop.start(order_id)
    shop.pay(order_id)
    assert shop.settle(order_id).is_paid


@pytest.mark.proves("R-10")
def test_a_failure_that_is_kept_under_its_key_is_followed_by_the_next_attempt(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    remote.fault(Fault.ERROR, SESSIONS)
    assert shop.start(order_id)
    assert [(one.attempt, one.state) for one in shop.payments(order_id)] == [(1, "closed"), (2, "open")]


def test_what_is_paid_or_let_go_starts_no_payment(shop: CardShop) -> None:
    paid, gone = shop.paid(), shop.order()
    shop.let_go(gone)
    for order_id in (paid, gone):
        with pytest.raises(NotPayable):
            shop.start(order_id)


def test_whoever_paid_in_another_tab_is_not_sent_to_pay_again(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    with pytest.raises(NotPayable):
        shop.start(order_id)
    assert shop.money(order_id)[0] is State.PLACED


# --- settling


def test_a_paid_page_settles_the_order_once(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    shop.start(order_id)
    assert shop.settle(order_id).is_open
    shop.pay(order_id)
    for _ in range(3):
        settled = shop.settle(order_id, is_whole=True)
    assert (settled.state, settled.is_paid, settled.is_open) == (State.PLACED, True, False)
    assert shop.money(order_id) == (State.PLACED, shop.total(order_id), 0)
    assert level_of(shop.db, shop.wine).on_hand == 18
    assert succeeded(remote) == 1


def test_a_refused_card_leaves_the_order_and_its_page(shop: CardShop) -> None:
    order_id = shop.order()
    address = shop.start(order_id)
    shop.pay(order_id, cards.NO_FUNDS)
    settled = shop.settle(order_id)
    assert (settled.state, settled.is_open, settled.code) == (State.PENDING, True, "insufficient_funds")
    assert shop.start(order_id) == address


@pytest.mark.proves("F-20")
@pytest.mark.parametrize(
    ("differs", "code"),
    [({"received": 1}, "amount"), ({"currency": "USD"}, "currency"), ({"is_live": True}, "mode"),
     ({"reference": "ANOTHER"}, "reference")],
)  # fmt: skip
def test_money_that_does_not_fit_is_put_aside_and_settles_nothing(
    shop: CardShop, monkeypatch: pytest.MonkeyPatch, differs: dict[str, Any], code: str
) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    told = StripeGateway.retrieve_intent
    monkeypatch.setattr(
        StripeGateway, "retrieve_intent", lambda self, intent_id: replace(told(self, intent_id), **differs)
    )
    settled = shop.settle(order_id)
    assert (settled.is_strange, settled.code, settled.is_paid) == (True, code, False)
    assert shop.money(order_id)[1] == 0
    assert [one.rule for one in violations(shop.db)] == ["payment_strange"]
    monkeypatch.undo()
    shop.settle(order_id, is_whole=True)  # what was said was wrong, not the money: it fits after all


# --- what the sweeper does


@pytest.mark.proves("R-15")
def test_what_a_lost_message_would_have_said_is_found(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    later = shop.now + timedelta(minutes=4)
    assert service.sweep(shop.db, shop.gateway, lambda: later) == 1
    assert shop.money(order_id)[0] is State.PLACED
    assert service.sweep(shop.db, shop.gateway, lambda: later) == 0


def test_a_page_is_closed_at_stripe_before_its_goods_are_let_go(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    shop.start(order_id)
    later = shop.now + timedelta(minutes=32)
    assert service.sweep(shop.db, shop.gateway, lambda: later) == 1
    assert [page["status"] for page in remote.all("checkout.session")] == ["expired"]
    assert shop.money(order_id)[0] is State.CANCELLED
    assert level_of(shop.db, shop.wine).reserved == 0


def test_whoever_pays_in_the_last_moment_has_bought(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    service.sweep(shop.db, shop.gateway, lambda: shop.now + timedelta(minutes=32))
    assert shop.money(order_id)[0] is State.PLACED


@pytest.mark.proves("R-15")
def test_lost_messages_about_refunds_and_disputes_are_read_from_stripes_list(shop: CardShop, remote: Remote) -> None:
    order_id = shop.paid()
    intent_id = shop.payments(order_id)[0].intent_id
    assert intent_id is not None
    shop.gateway.refund(intent_id, 500, "EUR", "in-the-dashboard")
    later = shop.now + timedelta(minutes=1)
    assert service.catch_up(shop.db, shop.gateway, later) > 0
    assert shop.money(order_id)[2] == 500
    assert service.catch_up(shop.db, shop.gateway, later) == 0


# --- money that comes too late, or twice


def test_money_after_the_goods_were_let_go_takes_them_again(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.let_go(order_id)
    shop.pay(order_id)
    assert shop.settle(order_id).is_paid
    assert level_of(shop.db, shop.wine).on_hand == 18


def test_money_that_comes_too_late_goes_back_by_itself_when_the_goods_are_gone(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.let_go(order_id)
    shop.till.shelf.has(shop.wine, 1)
    shop.pay(order_id)
    assert not shop.settle(order_id).is_paid
    assert shop.send() == 1
    assert shop.money(order_id) == (State.CANCELLED, 0, 0)
    assert [refund["amount"] for refund in remote.all("refund")] == [shop.total(order_id)]
    assert [one.state for one in shop.refunds(order_id)] == ["done"]


def test_an_order_that_is_called_off_while_its_page_is_open_can_be_paid_no_more(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order()
    shop.start(order_id)
    service.cancel(shop.db, order_id, Actor.BUYER, None, None, shop.gateway, shop.now)
    assert [page["status"] for page in remote.all("checkout.session")] == ["expired"]
    assert shop.money(order_id) == (State.CANCELLED, 0, 0)


def test_an_order_that_is_called_off_after_it_was_paid_gets_its_money_back(shop: CardShop, remote: Remote) -> None:
    order_id = shop.paid()
    for _ in range(2):
        service.cancel(shop.db, order_id, Actor.BUYER, None, None, shop.gateway, shop.now)
    assert (shop.send(), shop.send()) == (1, 0)
    total = shop.total(order_id)
    assert shop.money(order_id) == (State.CANCELLED, total, total)
    assert [refund["amount"] for refund in remote.all("refund")] == [total]


# --- money back


def test_no_more_goes_back_than_came_and_a_cause_is_paid_once(shop: CardShop) -> None:
    order_id = shop.paid()
    total = shop.total(order_id)
    assert shop.refund(order_id, total - 100) == shop.refund(order_id, total - 100)
    with pytest.raises(RefundTooHigh):
        shop.refund(order_id, 101, cause=2)
    assert shop.money(order_id)[2] == total - 100


@pytest.mark.proves("R-08", "R-09", "R-10")
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.CUT_AFTER, Fault.ERROR, Fault.ERROR_AFTER, Fault.RATE_LIMITED])
def test_a_refund_whose_answer_was_lost_is_made_once(shop: CardShop, remote: Remote, fault: Fault) -> None:
    order_id = shop.paid()
    shop.refund(order_id, 700)
    remote.fault(fault, "/v1/refunds")
    assert shop.send() == 1
    shop.now += timedelta(minutes=5)
    assert shop.send() == 1
    assert [(one.state, one.amount) for one in shop.refunds(order_id)] == [("done", 700)]
    assert [refund["amount"] for refund in remote.all("refund")] == [700]


def test_a_refund_that_the_bank_sends_back_is_shown_and_can_be_tried_again(shop: CardShop, remote: Remote) -> None:
    order_id = shop.paid()
    refund_id = shop.refund(order_id, 700)
    shop.send()
    remote.fail_refund(remote.all("refund")[0]["id"])
    shop.settle(order_id, is_whole=True)
    assert [one.state for one in shop.refunds(order_id)] == ["failed"]
    assert refund_id is not None
    service.send_again(shop.db, refund_id, shop.member.account_id, Role.OWNER, shop.now)
    shop.send()
    assert [one.state for one in shop.refunds(order_id)] == ["done"]
    assert shop.money(order_id)[2] == 700


# --- disputes


@pytest.mark.proves("F-29")
@pytest.mark.parametrize("is_won", [True, False])
def test_a_dispute_freezes_the_points_and_takes_them_if_it_is_lost(
    shop: CardShop, remote: Remote, is_won: bool
) -> None:
    person_id = shop.member.person_id
    assert person_id is not None
    order_id = shop.paid()
    shop.deliver(order_id)
    today = shop.now.date()
    earned = balance_of(shop.db, person_id, today).active
    assert earned > 0
    intent_id = shop.payments(order_id)[0].intent_id
    dispute = remote.dispute(str(intent_id))
    for _ in range(2):
        shop.settle(order_id, is_whole=True)
    assert (balance_of(shop.db, person_id, today).active, balance_of(shop.db, person_id, today).held) == (0, earned)
    remote.close_dispute(dispute["id"], is_won=is_won)
    shop.settle(order_id, is_whole=True)
    balance = balance_of(shop.db, person_id, today)
    assert (balance.active, balance.held) == (earned if is_won else 0, 0)
    assert shop.db.scalars(select(Dispute.state)).all() == ["won" if is_won else "lost"]
    assert shop.db.scalar(select(func.count()).select_from(DisputeHold)) == 1


def test_a_guest_pays_too(shop: CardShop) -> None:
    placed = shop.till.order(Owner(), (shop.wine, 1))
    shop.start(placed.order_id)
    shop.pay(placed.order_id)
    assert shop.settle(placed.order_id).is_paid
    shop.settle(placed.order_id, ends=Cause.STAFF)
    assert shop.money(placed.order_id)[0] is State.PLACED
