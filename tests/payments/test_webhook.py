"""Messages of Stripe at our door: forged, repeated, early, strange; and the page that a buyer comes back to."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.orders.models import Order, OrderMove
from club.orders.rules import State
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.models import Payment, PaymentEvent
from club.payments.service.starting import MOST_ATTEMPTS
from club.payments.verify import violations
from club.programme.rules import Club
from demo.stripe.faults import Fault
from demo.stripe.messages import signature
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from shop.payment import LARGEST_MESSAGE_BYTES
from tests.payments.conftest import KEY, NEXT_WEBHOOK_SECRET, WEBHOOK_SECRET
from tests.payments.shop_world import CardShop, card_shop
from tests.people import browser_of, new_signed_up_member

DOOR = "/payments/stripe"


@pytest.fixture
def shop(
    app: Flask, db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote
) -> Iterator[CardShop]:
    app.extensions["club_gateway"] = gateway
    yield card_shop(db, gateway, remote, now)
    db.rollback()
    assert violations(db) == []


@pytest.fixture
def paid_order(shop: CardShop) -> int:
    """Paid at Stripe; we have not heard of it."""
    order_id = shop.order()
    shop.start(order_id)
    shop.pay(order_id)
    return order_id


def events(remote: Remote, kind: str) -> list[dict[str, object]]:
    return [event for event in remote.all("event") if event["type"] == kind]


def body_of(event: dict[str, object]) -> bytes:
    return json.dumps(event, indent=2).encode()


def send(client: FlaskClient, body: bytes, header: str) -> int:
    headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
    return client.post(DOOR, data=body, headers=headers).status_code


def sent(client: FlaskClient, event: dict[str, object], now: datetime) -> int:
    body = body_of(event)
    return send(client, body, signature(body, [WEBHOOK_SECRET], int(now.timestamp())))


Forge = Callable[[bytes, int], tuple[bytes, str]]
FORGERIES: dict[str, Forge] = {
    "no signature": lambda body, at: (body, ""),
    "a word": lambda body, at: (body, "stripe"),
    "another secret": lambda body, at: (body, signature(body, ["whsec_" + "x" * 32], at)),
    "serialised anew": lambda body, at: (
        json.dumps(json.loads(body)).encode(), signature(body, [WEBHOOK_SECRET], at)
    ),
    "one letter changed": lambda body, at: (
        body.replace(b"succeeded", b"Succeeded"), signature(body, [WEBHOOK_SECRET], at)
    ),
    "scheme v0 only": lambda body, at: (
        body, signature(body, [WEBHOOK_SECRET], at).replace("v1=", "v2=").replace("v0=", "v1=")
    ),
    "too old": lambda body, at: (body, signature(body, [WEBHOOK_SECRET], at - 301)),
    "from the future": lambda body, at: (body, signature(body, [WEBHOOK_SECRET], at + 400)),
    "signed, but no event": lambda body, at: (b"[]", signature(b"[]", [WEBHOOK_SECRET], at)),
}  # fmt: skip


@pytest.mark.proves("F-17", "F-18")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_message_changes_nothing(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime, forge: Forge
) -> None:
    body = body_of(events(remote, "payment_intent.succeeded")[0])
    assert send(client, *forge(body, int(now.timestamp()))) == 400
    assert shop.money(paid_order) == (State.PENDING, 0, 0)
    assert shop.db.scalar(select(func.count()).select_from(PaymentEvent)) == 0
    shop.settle(paid_order)


@pytest.mark.proves("F-18")
def test_the_same_message_twenty_times_counts_once(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime
) -> None:
    event = events(remote, "checkout.session.completed")[0]
    assert {sent(client, event, now) for _ in range(20)} == {200}
    assert shop.money(paid_order) == (State.PLACED, shop.total(paid_order), 0)
    moves = (
        select(func.count()).select_from(OrderMove).where(OrderMove.order_id == paid_order, OrderMove.kind == "paid")
    )
    assert shop.db.scalar(moves) == 1
    assert shop.db.scalars(select(PaymentEvent.outcome)).all() == ["applied"]


def test_a_message_under_the_next_secret_is_believed_too(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime, app: Flask, stand_in: StandIn
) -> None:
    both = StripeGateway(KEY, [WEBHOOK_SECRET, NEXT_WEBHOOK_SECRET], stand_in.url)
    app.extensions["club_gateway"] = both
    body = body_of(events(remote, "checkout.session.completed")[0])
    assert send(client, body, signature(body, [NEXT_WEBHOOK_SECRET], int(now.timestamp()))) == 200
    assert shop.money(paid_order)[0] is State.PLACED


@pytest.mark.proves("R-16", "F-20")
def test_messages_about_others_are_answered_and_put_aside(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime
) -> None:
    event = events(remote, "payment_intent.succeeded")[0]
    about = dict(event["data"]["object"])  # type: ignore[index]  # an event of Stripe
    strange = {"id": "pi_other", "metadata": {"order": "NOBODYS"}}

    def other(**differs: object) -> dict[str, object]:
        return {**event, "id": f"evt_{len(differs)}{sorted(differs)}", **differs}

    early = other(data={"object": {**about, **strange}})
    assert sent(client, early, now) == 503  # our own order may be on its way: Stripe sends it again
    old = other(data={"object": {**about, **strange}}, created=int(now.timestamp()) - 7200)
    assert sent(client, old, now) == 200
    assert sent(client, other(livemode=True), now) == 200
    assert sent(client, other(account="acct_other"), now) == 200
    assert sent(client, other(type="customer.created"), now) == 200
    shop.db.rollback()
    found = shop.db.execute(select(PaymentEvent.outcome, PaymentEvent.why).order_by(PaymentEvent.id)).all()
    assert [tuple(row) for row in found] == [
        ("quarantined", "order"), ("quarantined", "mode"), ("quarantined", "account"), ("ignored", "kind"),
    ]  # fmt: skip
    assert shop.money(paid_order)[0] is State.PENDING
    shop.settle(paid_order)


def test_while_stripe_cannot_be_asked_the_message_is_to_be_sent_again(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime
) -> None:
    event = events(remote, "checkout.session.completed")[0]
    remote.fault(Fault.ERROR, "/v1/checkout/sessions", method="GET")
    assert sent(client, event, now) == 503
    assert shop.db.scalar(select(func.count()).select_from(PaymentEvent)) == 0
    assert sent(client, event, now) == 200
    assert shop.money(paid_order)[0] is State.PLACED


def test_a_message_that_comes_while_stripe_refuses_our_key_is_taken_in_once_the_key_works(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int, now: datetime, app: Flask, stand_in: StandIn
) -> None:
    event = events(remote, "checkout.session.completed")[0]
    app.extensions["club_gateway"] = StripeGateway("sk_test_" + "x" * 24, [WEBHOOK_SECRET], stand_in.url)
    assert sent(client, event, now) == 503
    assert shop.db.scalar(select(func.count()).select_from(PaymentEvent)) == 0
    assert service.catch_up(shop.db, shop.gateway, now) > 0  # Stripe's list keeps it for us
    assert shop.money(paid_order)[0] is State.PLACED


# --- the page


def address_of(shop: CardShop, order_id: int) -> str:
    return f"/orders/{shop.db.scalar(select(Order.key).where(Order.id == order_id))}/payment"


@pytest.mark.proves("F-23")
def test_opening_the_way_back_by_hand_pays_nothing(
    shop: CardShop, client: FlaskClient, app: Flask, now: datetime
) -> None:
    order_id = shop.order()
    shop.start(order_id)
    address = address_of(shop, order_id)
    for asked in (address, f"{address}?session=cs_test_of_another_order"):
        answer = client.get(asked)
        assert answer.status_code == 200
        assert "waiting for the answer of your bank" in answer.text
    assert client.post(address).status_code == 303
    assert shop.money(order_id) == (State.PENDING, 0, 0)
    assert client.get("/orders/nobody-knows-this/payment").status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    other = browser_of(app, shop.db, new_signed_up_member(shop.db, now, email="eva@example.org"), now)
    assert (other.get(address).status_code, other.post(address).status_code) == (404, 404)


def test_whoever_cannot_pay_any_more_is_told_so(shop: CardShop, client: FlaskClient) -> None:
    order_id = shop.order()
    for _ in range(MOST_ATTEMPTS):
        shop.start(order_id)
        with transaction(shop.db) as tx:
            tx.execute(update(Payment).where(Payment.order_id == order_id).values(state="closed"))
    page = address_of(shop, order_id).removesuffix("/payment")
    assert client.post(f"{page}/pay").location == page
    assert "No further payment page can be opened for this order." in client.get(page).text
    assert shop.money(order_id) == (State.PENDING, 0, 0)


@pytest.mark.proves("R-08")
def test_the_page_never_says_failed_while_nothing_is_known(
    shop: CardShop, client: FlaskClient, remote: Remote, paid_order: int
) -> None:
    address = address_of(shop, paid_order)
    remote.fault(Fault.ERROR, "/v1/checkout/sessions", method="GET")
    said = client.post(address, follow_redirects=True).text
    assert "does not answer at the moment" in said
    assert "waiting for the answer of your bank" in said
    assert client.post(address).location == address
    assert client.get(address).location == address.replace("payment", "thanks")


def test_a_message_that_is_too_large_is_not_read(shop: CardShop, client: FlaskClient) -> None:
    assert send(client, bytes(LARGEST_MESSAGE_BYTES + 1), "t=1,v1=00") == 413
