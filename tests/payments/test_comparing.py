"""`flask payments verify`: every payment beside Stripe and its order, and nothing is written."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.database import transaction
from club.orders.verify import violations as of_orders
from club.payments.comparing import Difference, differences
from club.payments.gateway import StripeGateway
from club.payments.models import Payment
from club.programme.rules import Club
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import KEY
from tests.payments.shop_world import CardShop, card_shop


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


def found(shop: CardShop) -> list[tuple[str, str, str]]:
    return [(one.what, one.ours, one.stripes) for one in differences(shop.db, shop.gateway)]


@pytest.mark.proves("R-15")
def test_what_stripe_knows_and_we_do_not_is_named_and_is_gone_once_it_is_asked(shop: CardShop, remote: Remote) -> None:
    paid = shop.paid()
    waiting = shop.order()
    shop.start(waiting)
    shop.deliver(paid)
    intent_id = str(shop.payments(paid)[0].intent_id)
    assert found(shop) == []
    calls = len(remote.calls())
    assert found(shop) == []
    assert len(remote.calls()) - calls == 2  # one list for both, one look at the page that nobody paid on yet

    shop.pay(waiting)
    shop.gateway.refund(intent_id, 300, "EUR", "in-the-dashboard")
    dispute = remote.dispute(intent_id)["id"]
    assert found(shop) == [
        ("refunded", "0", "300"), ("disputes", "none", f"{dispute} open"), ("paid", "False", "True"),
    ]  # fmt: skip
    remote.close_dispute(dispute, is_won=False)
    for order_id in (waiting, paid):
        shop.settle(order_id, is_whole=True)
    assert found(shop) == []
    assert of_orders(shop.db) == []  # a lost dispute took the purchase back; the goods stayed where they are


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"received": 1, "amount": 1}, ("received", "1", "2990")),
        ({"currency": "USD"}, ("currency", "USD", "EUR")),
        ({"intent_id": "pi_nobody_knows"}, ("missing", "paid", "")),
    ],
)
def test_a_row_that_is_wrong_is_named_to_the_operator(
    shop: CardShop, app: Flask, stand_in: StandIn, values: dict[str, Any], said: tuple[str, str, str]
) -> None:
    total = shop.total(order_id := shop.paid())
    with transaction(shop.db) as tx:
        tx.execute(update(Payment).where(Payment.order_id == order_id).values(values))
    app.extensions["club_settings"] = replace(
        app.extensions["club_settings"], stripe_secret_key=KEY, stripe_api_base=stand_in.url
    )
    run = app.test_cli_runner().invoke(args=["payments", "verify", "--json"])
    assert run.exit_code == 1
    answer = json.loads(run.stdout)
    assert (answer["payments"], answer["asked_stripe"]) == (1, True)
    one = Difference(**answer["differences"][0])
    assert (one.what, one.ours, one.stripes.replace(f"{total}", "2990")) == said
    assert "differences" in app.test_cli_runner().invoke(args=["payments", "verify"]).stdout


def test_where_stripe_cannot_be_asked_nothing_is_said_to_agree(shop: CardShop, app: Flask, stand_in: StandIn) -> None:
    shop.paid()
    run = app.test_cli_runner().invoke(args=["payments", "verify"])
    assert (run.exit_code, run.stdout) == (
        0, "1 payments, 0 violations, 0 differences, the club takes no cards: Stripe was not asked\n"
    )  # fmt: skip
    app.extensions["club_settings"] = replace(
        app.extensions["club_settings"], stripe_secret_key=KEY, stripe_api_base="http://127.0.0.1:9"
    )
    assert app.test_cli_runner().invoke(args=["payments", "verify"]).exit_code == 2
