"""F-28: many cards are tried one after the other. The page closes, and whoever tries them opens no further one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accounts.models import Attempt
from club.accounts.rules import LIMITS
from club.carts.models import Owner
from club.catalogue.service.stock import level_of
from club.errors import TooManyTries
from club.orders.models import Order
from club.orders.rules import State
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.service.trying import MOST_REFUSED
from club.payments.values import Asker
from club.permissions import Role
from club.programme.rules import Club
from demo.stripe import cards
from demo.stripe.faults import Fault
from demo.stripe.remote import Remote
from tests.order_world import CONTACT
from tests.payments.shop_world import URLS, CardShop, card_shop
from tests.people import browser_of, new_colleague

BOT = Asker(address="203.0.113.9", browser="")


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


def order_of(shop: CardShop, email: str) -> int:
    return shop.till.order(Owner(), (shop.wine, 1), contact=replace(CONTACT, email=email)).order_id


def open_page(shop: CardShop, order_id: int, asker: Asker) -> None:
    service.start(shop.db, order_id, URLS, shop.gateway, shop.now, asker)


@pytest.mark.proves("F-28")
def test_fifty_cards_are_not_tried_on_one_page_nor_from_one_address(
    shop: CardShop, app: Flask, now: datetime, remote: Remote
) -> None:
    first = order_of(shop, "one@example.org")
    open_page(shop, first, BOT)
    page = remote.all("checkout.session")[0]["id"]
    tried = 0
    while remote.all("checkout.session")[0]["status"] == "open" and tried < 50:
        shop.pay(first, cards.DECLINED)
        tried += 1
        for event in shop.gateway.list_events(now, ["payment_intent.payment_failed"]):
            for _ in range(2):  # each comes twice
                service.hear(shop.db, event, shop.gateway, shop.now)
    assert (page, tried) == (remote.all("checkout.session")[0]["id"], MOST_REFUSED)
    assert [(one.state, one.declines) for one in shop.payments(first)] == [("closed", MOST_REFUSED)]
    assert shop.money(first) == (State.CANCELLED, 0, 0)
    assert level_of(shop.db, shop.wine).reserved == 0

    scopes = shop.db.scalars(select(Attempt.scope).where(Attempt.scope.startswith("card."))).all()
    assert Counter(scopes) == {"card.address": 1 + MOST_REFUSED, "card.recipient": 1 + MOST_REFUSED}
    shop.till.shelf.has(shop.wine, 90)
    for number in range(LIMITS["card.address"].most - 1 - MOST_REFUSED):  # another recipient each time, no cookie
        open_page(shop, order_of(shop, f"bot{number}@example.org"), BOT)
    last = order_of(shop, "last@example.org")
    with pytest.raises(TooManyTries):
        open_page(shop, last, BOT)
    elsewhere = Asker(address="198.51.100.7", browser="account:1")
    open_page(shop, shop.order(pieces=1), elsewhere)  # somebody else buys as ever

    office = browser_of(app, shop.db, new_colleague(shop.db, now, Role.OWNER), now, second_factor=True)
    said = office.get("/admin/money").text
    number = shop.db.scalar(select(Order.number).where(Order.id == first))
    assert said.index("Many refused cards") < said.index(str(number))
    assert "5 cards refused" in office.get("/admin/money?view=payments").text


@pytest.mark.proves("F-28")
def test_who_is_refused_reads_how_long_to_wait_and_keeps_the_order(
    shop: CardShop, client: FlaskClient, app: Flask, now: datetime
) -> None:
    app.extensions["club_gateway"] = shop.gateway
    order_id = shop.order(pieces=1)
    member = browser_of(app, shop.db, shop.member, now)
    shop.till.shelf.has(shop.wine, 90)
    for number in range(LIMITS["card.browser"].most):
        asker = Asker(address="", browser=f"account:{shop.member.account_id}")
        open_page(shop, order_of(shop, f"guest{number}@example.org"), asker)
    page = f"/orders/{shop.db.scalar(select(Order.key).where(Order.id == order_id))}"
    answer = member.post(f"{page}/pay")
    assert (answer.status_code, answer.location) == (303, page)
    assert "Too many tries. Wait" in member.get(page).text
    assert shop.payments(order_id) == []
    assert shop.money(order_id)[0] is State.PENDING


def test_a_page_that_could_not_be_closed_at_once_is_closed_by_the_sweep(shop: CardShop, remote: Remote) -> None:
    order_id = shop.order(pieces=1)
    shop.start(order_id)
    for _ in range(MOST_REFUSED):
        shop.pay(order_id, cards.DECLINED)
    remote.fault(Fault.ERROR, "/v1/checkout/sessions/")
    service.catch_up(shop.db, shop.gateway, shop.now)
    assert shop.money(order_id)[0] is State.PENDING
    assert service.sweep(shop.db, shop.gateway, lambda: shop.now + timedelta(minutes=4)) == 1
    assert shop.money(order_id)[0] is State.CANCELLED
