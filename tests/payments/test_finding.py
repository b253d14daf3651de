"""Money at Stripe of which nobody told us and that no row of ours names: found, shown, and shown once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.database import transaction
from club.orders.models import Order
from club.orders.rules import State
from club.payments import gateway as payments_gateway
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.models import Payment, PaymentEvent, PaymentWatch
from club.payments.service import finding
from club.payments.troubles import TryLater
from club.permissions import Role
from club.programme.rules import Club
from demo.stripe.faults import Fault
from demo.stripe.remote import Remote
from tests.payments.conftest import Payable
from tests.payments.shop_world import CardShop, card_shop
from tests.people import browser_of, new_colleague

CARD = "4242424242424242"
INTENTS = "/v1/payment_intents"


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


@pytest.fixture
def later(now: datetime) -> datetime:
    """Old enough for messages, page and sweep to have had their turn."""
    return now + timedelta(minutes=20)


def found(shop: CardShop) -> list[tuple[Any, ...]]:
    shop.db.rollback()
    rows = select(PaymentEvent.why, PaymentEvent.order_id, PaymentEvent.amount).order_by(PaymentEvent.amount)
    return [tuple(row) for row in shop.db.execute(rows.where(PaymentEvent.outcome == "quarantined"))]


@pytest.mark.proves("R-15")
def test_money_that_no_message_and_no_row_names_is_shown_to_staff_first(
    shop: CardShop, app: Flask, remote: Remote, payable: Payable, now: datetime, later: datetime
) -> None:
    paid, lost = shop.paid(), shop.till.order(Owner(), (shop.wine, 1)).order_id
    shop.start(lost)
    shop.pay(lost)
    with transaction(shop.db) as tx:
        tx.execute(delete(Payment).where(Payment.order_id == lost))  # as after an older backup was brought back
    number = shop.db.scalar(select(Order.number).where(Order.id == lost))
    foreign = shop.gateway.create_session(payable("NOBODYS"), "elsewhere:1")
    remote.pay(foreign.id, CARD)
    for moment, many in ((now, 0), (later + timedelta(hours=1), 2), (later + timedelta(hours=3), 0)):
        assert service.find_unnamed(shop.db, shop.gateway, moment) == many
    assert found(shop) == sorted([("page", lost, shop.total(lost)), ("order", None, 2800)], key=lambda row: row[2])
    assert shop.money(lost)[0] is State.PENDING
    assert shop.money(paid)[0] is State.PLACED

    office = browser_of(app, shop.db, new_colleague(shop.db, now, Role.OWNER), now, second_factor=True)
    said = office.get("/admin/money").text
    assert "28,00" in said
    assert said.index("Money at Stripe that no payment here names") < said.index(str(number))
    assert "Money and orders agree" not in said
    for row_id in shop.db.scalars(select(PaymentEvent.id).where(PaymentEvent.outcome == "quarantined")).all():
        assert office.post(f"/admin/money/messages/{row_id}/seen").status_code == 303
    assert service.find_unnamed(shop.db, shop.gateway, later + timedelta(hours=5)) == 0
    assert "Money at Stripe" not in office.get("/admin/money").text


def test_a_payment_whose_messages_were_lost_is_taken_in_and_not_shown(shop: CardShop, later: datetime) -> None:
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    assert service.find_unnamed(shop.db, shop.gateway, later) == 0
    assert shop.money(order_id)[0] is State.PLACED
    assert found(shop) == []


def test_a_long_time_is_looked_through_in_parts_and_goes_on_where_it_broke_off(
    shop: CardShop, remote: Remote, payable: Payable, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        remote.pay(shop.gateway.create_session(payable(f"X-{number}"), f"elsewhere:{number}").id, CARD)
        remote.put_forward(3)
    monkeypatch.setattr(payments_gateway, "PAGE", 2)
    monkeypatch.setattr(finding, "PARTS_A_ROUND", 2)  # fewer than lie behind it: it goes on all the same
    service.find_unnamed(shop.db, shop.gateway, later - timedelta(hours=3))
    with transaction(shop.db) as tx:
        tx.execute(update(PaymentWatch).values(next_look_at=later))
    remote.fault(Fault.ERROR, INTENTS, method="GET", times=1)
    with pytest.raises(TryLater):
        service.find_unnamed(shop.db, shop.gateway, later)
    assert service.find_unnamed(shop.db, shop.gateway, later) == 0  # an hour from then
    assert service.find_unnamed(shop.db, shop.gateway, later + timedelta(hours=1)) == 5
    assert [row[0] for row in found(shop)] == ["order"] * 5
