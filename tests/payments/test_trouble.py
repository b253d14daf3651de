"""What is rare around a payment: one thing in trouble holds up nothing else, and no money is lost or sent twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

import worker
from club.audit import AuditEntry
from club.carts.models import Owner
from club.database import sessions, transaction
from club.errors import NotPayable, PaymentOpen, RefundTooHigh
from club.orders.models import Order
from club.orders.rules import Actor, State
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.models import Payment, PaymentEvent, PaymentWatch, Refund
from club.payments.service import sweeping
from club.payments.troubles import NOT_UNDERSTOOD, OurMistake
from club.payments.values import Event
from club.payments.verify import violations
from club.permissions import Role
from club.programme.rules import Club
from club.settings import Settings
from demo.stripe.faults import Fault
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.order_world import CONTACT
from tests.payments.conftest import KEY, Payable
from tests.payments.shop_world import CardShop, card_shop
from tests.people import mails_to

EXPIRE = "/v1/checkout/sessions/"


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)
        db.rollback()
        assert violations(db) == []


def of_a_guest(shop: CardShop) -> int:
    return shop.till.order(Owner(), (shop.wine, 1)).order_id


def intent_of(shop: CardShop, order_id: int) -> str:
    return str(shop.payments(order_id)[0].intent_id)


def cancelled_by_staff(shop: CardShop, order_id: int, gateway: StripeGateway | None, now: datetime, why: str) -> None:
    service.cancel(shop.db, order_id, Actor.STAFF, shop.member.account_id, Role.OWNER, gateway, now, why)


# --- pages


@pytest.mark.parametrize("can_be_closed", [True, False])
def test_a_page_that_comes_after_its_order_was_called_off_is_closed_and_its_money_found(
    shop: CardShop, remote: Remote, monkeypatch: pytest.MonkeyPatch, can_be_closed: bool
) -> None:
    order_id = shop.order()
    told = StripeGateway.create_session

    def meanwhile(gateway: StripeGateway, *asked: Any) -> Any:
        page = told(gateway, *asked)
        service.cancel(shop.db, order_id, Actor.BUYER, None, None, gateway, shop.now)
        if not can_be_closed:
            remote.fault(Fault.ERROR, EXPIRE)
        return page

    monkeypatch.setattr(StripeGateway, "create_session", meanwhile)
    with pytest.raises(NotPayable):
        shop.start(order_id)
    (page,) = remote.all("checkout.session")
    assert page["status"] == ("expired" if can_be_closed else "open")
    assert [(one.state, one.session_id) for one in shop.payments(order_id)] == [("closed", page["id"])]
    assert shop.money(order_id) == (State.CANCELLED, 0, 0)
    if not can_be_closed:
        shop.pay(order_id)
        assert service.catch_up(shop.db, shop.gateway, shop.now) > 0
        shop.send()
        assert [(one.state, one.amount) for one in shop.refunds(order_id)] == [("done", shop.total(order_id))]


def test_money_on_a_page_that_is_not_ours_is_shown_to_staff(shop: CardShop, remote: Remote, payable: Payable) -> None:
    order_id = shop.order()
    shop.start(order_id)
    number = shop.db.scalar(select(Order.number).where(Order.id == order_id))
    page = shop.gateway.create_session(payable(number), "club:another:session:1")
    remote.pay(page.id, "4242424242424242")
    service.catch_up(shop.db, shop.gateway, shop.now)
    said = shop.db.execute(select(PaymentEvent.kind, PaymentEvent.why).where(PaymentEvent.outcome == "quarantined"))
    assert {tuple(row) for row in said} == {
        ("checkout.session.completed", "page"), ("payment_intent.succeeded", "page"),
    }  # fmt: skip
    assert shop.money(order_id) == (State.PENDING, 0, 0)


def test_a_page_that_stripe_does_not_know_is_over(shop: CardShop) -> None:
    order_id = shop.order()
    shop.start(order_id)
    with transaction(shop.db) as tx:
        tx.execute(update(Payment).values(session_id="cs_test_nobody_knows"))
    later = shop.now + timedelta(minutes=32)
    assert service.sweep(shop.db, shop.gateway, lambda: later) == 1
    assert [(one.state, one.trouble) for one in shop.payments(order_id)] == [("closed", "gone")]
    assert shop.money(order_id)[0] is State.CANCELLED


@pytest.mark.parametrize("trouble", [OurMistake("not so"), ValueError("a fault of ours")])
def test_one_payment_in_trouble_does_not_hold_up_the_others(
    shop: CardShop, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    bad, good = shop.order(), of_a_guest(shop)
    for order_id in (bad, good):
        shop.start(order_id)
    (troubled,) = [one.session_id for one in shop.payments(bad)]
    told = StripeGateway.retrieve_session

    def asked(gateway: StripeGateway, session_id: str) -> Any:
        if session_id == troubled:
            raise trouble
        return told(gateway, session_id)

    monkeypatch.setattr(StripeGateway, "retrieve_session", asked)
    later = shop.now + timedelta(minutes=32)
    assert service.sweep(shop.db, shop.gateway, lambda: later) == 2
    assert (shop.money(bad)[0], shop.money(good)[0]) == (State.PENDING, State.CANCELLED)
    assert service.sweep(shop.db, shop.gateway, lambda: later + timedelta(minutes=5)) == 0


def test_where_cards_are_switched_off_staff_call_off_what_is_long_over(shop: CardShop) -> None:
    asked, unasked = shop.order(), of_a_guest(shop)
    for order_id in (asked, unasked):
        shop.start(order_id)
    cancelled_by_staff(shop, asked, shop.gateway, shop.now, "called")
    over = shop.payments(unasked)[0].closes_at
    for minutes, why in ((59, "called"), (61, "")):
        with pytest.raises(PaymentOpen):
            cancelled_by_staff(shop, unasked, None, over + timedelta(minutes=minutes), why)
    for _ in range(2):
        cancelled_by_staff(shop, unasked, None, over + timedelta(minutes=61), "called")
    assert (shop.money(asked)[0], shop.money(unasked)[0]) == (State.CANCELLED, State.CANCELLED)
    noted = select(AuditEntry.subject_id).where(AuditEntry.act == "order.cancelled").order_by(AuditEntry.id)
    assert shop.db.scalars(noted).all() == [asked, unasked]


# --- money back


def test_a_key_that_is_not_taken_says_nothing_against_a_refund(
    shop: CardShop, remote: Remote, stand_in: StandIn
) -> None:
    order_id = shop.paid()
    shop.refund(order_id, 700)
    stranger = StripeGateway("sk_test_" + "x" * 24, [], stand_in.url)
    assert service.send_refunds(shop.db, stranger, shop.now) == 1
    assert [one.state for one in shop.refunds(order_id)] == ["waiting"]
    shop.now += timedelta(minutes=5)
    shop.send()
    assert [one.state for one in shop.refunds(order_id)] == ["done"]
    assert [refund["amount"] for refund in remote.all("refund")] == [700]


@pytest.mark.parametrize("lost", [OurMistake("?", code=NOT_UNDERSTOOD, may_pass=True), OurMistake("not so")])
def test_a_refund_that_was_made_unseen_is_not_made_again(
    shop: CardShop, remote: Remote, monkeypatch: pytest.MonkeyPatch, lost: OurMistake
) -> None:
    order_id = shop.paid()
    refund_id = shop.refund(order_id, 700)
    assert refund_id is not None
    told = StripeGateway.refund

    def unseen(*asked: Any) -> Any:
        told(*asked)
        raise lost

    monkeypatch.setattr(StripeGateway, "refund", unseen)
    shop.send()
    monkeypatch.undo()
    assert [one.state for one in shop.refunds(order_id)] == ["waiting" if lost.may_pass else "failed"]
    if not lost.may_pass:
        service.send_again(shop.db, refund_id, shop.member.account_id, Role.OWNER, shop.now)
    shop.now += timedelta(minutes=5)
    shop.send()
    shop.settle(order_id, is_whole=True)
    assert [(one.state, one.amount) for one in shop.refunds(order_id)] == [("done", 700)]
    assert [refund["amount"] for refund in remote.all("refund")] == [700]


def test_what_came_back_and_was_sent_in_stripes_own_pages_counts_once(shop: CardShop, remote: Remote) -> None:
    order_id = shop.paid()
    shop.refund(order_id, 700)
    shop.send()
    remote.fail_refund(remote.all("refund")[0]["id"])
    shop.settle(order_id, is_whole=True)
    shop.gateway.refund(intent_of(shop, order_id), 700, "EUR", "in-the-dashboard")
    for _ in range(2):
        shop.settle(order_id, is_whole=True)
        assert [(one.state, one.amount) for one in shop.refunds(order_id)] == [("done", 700)]
    assert shop.money(order_id)[2] == 700


def test_what_was_sent_in_stripes_own_pages_came_back_and_was_sent_again_from_here_counts_once(
    shop: CardShop, remote: Remote
) -> None:
    order_id = shop.paid()
    shop.gateway.refund(intent_of(shop, order_id), 700, "EUR", "in-the-dashboard")
    shop.settle(order_id, is_whole=True)
    remote.fail_refund(remote.all("refund")[0]["id"])
    shop.settle(order_id, is_whole=True)
    [refund] = shop.refunds(order_id)
    assert refund.state == "failed"
    service.send_again(shop.db, refund.id, shop.member.account_id, Role.OWNER, shop.now)
    shop.now += timedelta(minutes=5)
    shop.send()
    for _ in range(2):
        shop.settle(order_id, is_whole=True)
        assert [(one.state, one.amount) for one in shop.refunds(order_id)] == [("done", 700)]
    assert shop.money(order_id)[2] == 700


def test_what_came_back_and_was_paid_out_by_hand_stays_done(shop: CardShop, remote: Remote) -> None:
    order_id = shop.paid()
    refund_id = shop.refund(order_id, 700)
    assert refund_id is not None
    shop.send()
    remote.fail_refund(remote.all("refund")[0]["id"])
    shop.settle(order_id, is_whole=True)
    service.paid_out(shop.db, refund_id, shop.member.account_id, Role.OWNER, shop.now)
    shop.settle(order_id, is_whole=True)
    assert [one.state for one in shop.refunds(order_id)] == ["done"]


def test_refunds_of_stripes_own_pages_beside_one_that_waits_are_counted_as_far_as_there_is_money(
    shop: CardShop,
) -> None:
    order_id = shop.paid()
    total = shop.total(order_id)
    shop.refund(order_id, 100)
    for number, amount in enumerate((400, total - 400)):
        shop.gateway.refund(intent_of(shop, order_id), amount, "EUR", f"in-the-dashboard-{number}")
    shop.settle(order_id, is_whole=True)
    assert shop.money(order_id)[2] == total
    assert sorted(one.amount for one in shop.refunds(order_id)) == sorted([100, 400, total - 500])


def test_one_refund_in_trouble_does_not_hold_up_the_others(shop: CardShop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.paid()
    shop.refund(order_id, 300)
    shop.refund(order_id, 400, cause=2)
    told = StripeGateway.refund

    def asked(gateway: StripeGateway, intent_id: str, amount: int, *rest: Any) -> Any:
        if amount == 300:
            raise ValueError("a fault of ours")
        return told(gateway, intent_id, amount, *rest)

    monkeypatch.setattr(StripeGateway, "refund", asked)
    assert shop.send() == 2
    assert [(one.amount, one.state) for one in shop.refunds(order_id)] == [(300, "waiting"), (400, "done")]


def test_what_a_bank_took_back_does_not_go_back_again(shop: CardShop, remote: Remote) -> None:
    order_id = of_a_guest(shop)
    shop.start(order_id)
    shop.pay(order_id)
    shop.settle(order_id)
    dispute = remote.dispute(intent_of(shop, order_id))
    remote.close_dispute(dispute["id"], is_won=False)
    shop.settle(order_id, is_whole=True)
    with pytest.raises(RefundTooHigh):
        shop.refund(order_id, 1)
    done = service.cancel(shop.db, order_id, Actor.BUYER, None, None, shop.gateway, shop.now)
    assert done.refund == 0
    (mail,) = [one for one in mails_to(shop.db, CONTACT.email) if one.act == "order.cancelled"]
    assert (mail.data["refund"], mail.data["to_card"], mail.data["follows"]) == (0, 0, False)
    assert shop.money(order_id) == (State.CANCELLED, shop.total(order_id), 0)
    assert shop.db.scalars(select(Refund.id)).all() == []


# --- the list of events, and the worker


def test_a_message_that_breaks_is_passed_over_kept_in_mind_and_left_to_staff_in_the_end(
    shop: CardShop, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    broken = remote.all("event")[-1]["id"]
    told = service.hear

    def hear(db: Session, event: Event, *rest: Any) -> Any:
        if event.id == broken:
            raise ValueError("a fault of ours")
        return told(db, event, *rest)

    monkeypatch.setattr(sweeping, "hear", hear)
    assert service.catch_up(shop.db, shop.gateway, shop.now + timedelta(minutes=1)) > 0
    assert shop.money(order_id)[0] is State.PLACED
    read_until = shop.db.scalar(select(PaymentWatch.read_until))
    assert read_until is not None
    assert read_until < shop.now + timedelta(minutes=1)
    later = shop.now + timedelta(days=2)
    service.catch_up(shop.db, shop.gateway, later)
    assert shop.db.scalars(select(PaymentEvent.event_id).where(PaymentEvent.why == "error")).all() == [broken]
    assert shop.db.scalar(select(PaymentWatch.read_until)) == later


def test_the_worker_takes_each_step_by_itself(
    db: Session, club: Club, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("sweep", "send_refunds", "freeze_more", "catch_up", "find_unnamed")
    taken: list[str] = []

    def broken(name: str) -> Any:
        def step(*_: object) -> None:
            taken.append(name)
            raise OurMistake("not so") if name == "catch_up" else ValueError(name)

        return step

    for name in steps:
        monkeypatch.setattr(worker.payments, name, broken(name))
    worker.Work(replace(settings, stripe_secret_key=KEY), sessions(engine)).watch_payments()
    assert taken == list(steps)
