"""What goes over the line has the shapes that Stripe published for the version that we are pinned to.

The shapes are the types of the `stripe` library, which Stripe generates from its public OpenAPI description
(github.com/stripe/openapi); they are read from the installed library, so they are those of its API version.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe
import stripe.params.checkout

from club.payments.connection import API_VERSION
from club.payments.gateway import StripeGateway
from demo.stripe import cards
from demo.stripe.published import Misshapen, checked, faults
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import KEY, Payable

SHAPES: dict[str, Any] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
}


def live_through_everything(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    now = datetime.now(UTC)
    for number, card in enumerate((cards.SUCCESS, cards.DECLINED, cards.SECURE, cards.SLOW)):
        session = gateway.create_session(payable(f"C-{number}"), f"club:C-{number}:session:1")
        gateway.retrieve_intent(remote.pay(session.id, card.number)["id"])
        gateway.retrieve_session(session.id)
    closed = gateway.create_session(payable("C-9"), "club:C-9:session:1")
    gateway.expire_session(closed.id, "club:C-9:expire:1")
    paid = gateway.list_intents(now - timedelta(hours=1), now + timedelta(hours=1))[-1]
    refund = gateway.refund(paid.id, 300, "EUR", "club:C-0:refund:1")
    gateway.retrieve_refund(refund.id)
    gateway.list_refunds(paid.id)
    remote.fail_refund(refund.id)
    gateway.retrieve_dispute(remote.dispute(paid.id)["id"])
    gateway.list_events(now - timedelta(hours=1), ["charge.refunded", "refund.failed"])


def test_the_library_speaks_the_version_that_we_are_pinned_to() -> None:
    assert stripe.api_version == API_VERSION


def test_every_call_names_the_version_and_every_change_its_key(
    gateway: StripeGateway, remote: Remote, payable: Payable
) -> None:
    live_through_everything(gateway, remote, payable)
    calls = remote.calls()
    assert {call["version"] for call in calls} == {API_VERSION}
    assert [call["path"] for call in calls if (call["method"] == "POST") != bool(call["key"])] == []
    assert len({(call["method"], call["path"].split("_")[0]) for call in calls}) >= 8
    assert {call["status"] for call in calls} == {200}  # what Stripe does not know, the stand-in refuses with 400


def test_every_object_has_the_published_shape(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    live_through_everything(gateway, remote, payable)
    things = [(kind, thing) for kind in SHAPES for thing in remote.all(kind)]
    assert {kind for kind, _ in things} == set(SHAPES)
    found = [said for kind, thing in things for said in faults(SHAPES[kind], thing, kind)]
    assert found == []
    about = [(event["data"]["object"]["object"], event["data"]["object"]) for event in remote.all("event")]
    assert [said for kind, thing in about for said in faults(SHAPES[kind], thing, f"event about {kind}")] == []


def test_what_the_gateway_does_not_ask_for_yet_has_the_published_shape_too(
    gateway: StripeGateway, stand_in: StandIn, remote: Remote, payable: Payable
) -> None:
    live_through_everything(gateway, remote, payable)
    asked = stripe.StripeClient(KEY, base_addresses={"api": stand_in.url}).v1
    [*_, first] = asked.checkout.sessions.list({"limit": 100}).data
    lines = asked.checkout.sessions.line_items.list(first.id)
    assert [(line.description, line.quantity, line.amount_total) for line in lines.data] == [
        ("Rioja 2021", 2, 2500),
        ("Gift box", 1, 300),
    ]
    whole = asked.checkout.sessions.retrieve(first.id, {"expand": ["line_items", "payment_intent"]})
    assert whole.line_items.to_dict() == lines.to_dict()
    intent = asked.payment_intents.retrieve(str(first.payment_intent))
    disputes = asked.disputes.list({"payment_intent": intent.id})
    assert [dispute.charge for dispute in disputes.data] == [intent.latest_charge]
    answers: list[tuple[Any, stripe.StripeObject]] = [
        (stripe.ListObject[stripe.LineItem], lines),
        (stripe.checkout.Session, whole),
        (stripe.PaymentIntent, intent),
        (stripe.Charge, asked.charges.retrieve(str(intent.latest_charge))),
        (stripe.ListObject[stripe.Dispute], disputes),
        (stripe.Event, asked.events.retrieve(asked.events.list({"limit": 1}).data[0].id)),
    ]
    assert [said for shape, one in answers for said in faults(shape, one.to_dict(for_json=True), str(shape))] == []


def test_the_check_notices_what_is_wrong(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    gateway.create_session(payable(), "club:C-1:session:1")
    [right] = remote.all("checkout.session")
    for change, said in (
        ({"status": "paid"}, "status is 'paid'"),
        ({"amount_total": "2800"}, "amount_total is '2800'"),
        ({"created": None}, "created is null"),
        ({"colour": "red"}, "colour is unknown"),
        ({"metadata": []}, "metadata is []"),
    ):
        assert any(said in found for found in faults(stripe.checkout.Session, {**right, **change}, "it")), said
    del right["expires_at"]
    assert faults(stripe.checkout.Session, right, "it") == ["it.expires_at is missing"]


@pytest.mark.parametrize(
    ("form", "parameter"),
    [
        ("mode=pay", "mode"),
        ("payment_method_types[0]=card", "payment_method_types"),
        ("line_items[0][price_data][unit_amount]=5", "line_items[0][price_data][currency]"),
        ("expires_at=soon", "expires_at"),
        ("line_items=1", "line_items"),
    ],
)
def test_a_request_that_stripe_does_not_know_is_refused(form: str, parameter: str) -> None:
    given: dict[str, Any] = {}
    for name, value in parse_qsl(form):
        *way, last = [part.removesuffix("]") for part in name.split("[")]
        place = given
        for part in way:
            place = place.setdefault(part, {})
        place[last] = value
    with pytest.raises(Misshapen) as refused:
        checked(stripe.params.checkout.SessionCreateParams, given)
    assert refused.value.parameter == parameter
