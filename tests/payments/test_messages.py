"""What the stand-in sends: signed, believed by the gateway, and as often, late and mixed up as a test commands."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from club.payments.gateway import StripeGateway
from club.signed import ForgedMessage
from demo.stripe import cards
from demo.stripe.messages import signature
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import NEXT_WEBHOOK_SECRET, WEBHOOK_SECRET, Payable
from tests.payments.door import ClubDoor


def kinds(door: ClubDoor) -> list[str]:
    return [json.loads(heard.body)["type"] for heard in door.heard]


@pytest.fixture
def session_id(gateway: StripeGateway, remote: Remote, payable: Payable) -> str:
    return gateway.create_session(payable(), "club:C-1:session:1").id


@pytest.mark.proves("F-17")
def test_a_message_is_believed_with_either_secret_and_says_what_it_is_about(
    gateway: StripeGateway, stand_in: StandIn, remote: Remote, door: ClubDoor, session_id: str
) -> None:
    intent = remote.pay(session_id, cards.SUCCESS.number)
    [event] = [one for one in remote.all("event") if one["type"] == "checkout.session.completed"]
    assert remote.release([event["id"]]) == [200]
    [heard] = door.heard
    now = datetime.now(UTC)
    understood = gateway.verify_webhook(heard.body, heard.signature, now)
    assert understood.id == event["id"]
    assert (understood.kind, understood.object_kind) == ("checkout.session.completed", "checkout.session")
    assert (understood.object_id, understood.intent_id) == (session_id, intent["id"])
    assert (understood.reference, understood.account, understood.is_live) == ("C-1", "", False)
    other = StripeGateway("sk_test_" + "k" * 24, [NEXT_WEBHOOK_SECRET], stand_in.url)
    assert other.verify_webhook(heard.body, heard.signature, now) == understood
    stranger = StripeGateway("sk_test_" + "k" * 24, ["whsec_" + "x" * 32], stand_in.url)
    with pytest.raises(ForgedMessage):
        stranger.verify_webhook(heard.body, heard.signature, now)


@pytest.mark.proves("F-18")
def test_a_message_of_yesterday_is_not_believed(
    gateway: StripeGateway, remote: Remote, door: ClubDoor, session_id: str
) -> None:
    remote.pay(session_id, cards.SUCCESS.number)
    remote.release([remote.all("event")[0]["id"]])
    [heard] = door.heard
    with pytest.raises(ForgedMessage, match="too old"):
        gateway.verify_webhook(heard.body, heard.signature, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(ForgedMessage):
        gateway.verify_webhook(heard.body.replace(b"2800", b"2801"), heard.signature, datetime.now(UTC))


@pytest.mark.parametrize("body", ["[]", "{}", '{"object": "event"}', '{"object": "v2.core.event"}', "no json"])
def test_what_is_signed_but_no_event_is_refused(gateway: StripeGateway, body: str) -> None:
    now = datetime.now(UTC)
    signed = signature(body.encode(), [WEBHOOK_SECRET], int(now.timestamp()))
    with pytest.raises(ForgedMessage, match="no event"):
        gateway.verify_webhook(body.encode(), signed, now)


def test_everything_that_happens_is_told(
    gateway: StripeGateway, remote: Remote, door: ClubDoor, session_id: str
) -> None:
    remote.send_messages()
    remote.pay(session_id, cards.DECLINED.number)
    paid = remote.pay(session_id, cards.SUCCESS.number)
    refund = gateway.refund(paid["id"], 100, "EUR", "club:C-1:refund:1")
    remote.fail_refund(refund.id)
    remote.close_dispute(remote.dispute(paid["id"])["id"], is_won=True)
    door.wait_for(13)
    assert sorted(kinds(door)) == sorted(event["type"] for event in remote.all("event"))
    assert set(kinds(door)) == {
        *("payment_intent.created", "charge.failed", "payment_intent.payment_failed"),
        *("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"),
        *("refund.created", "charge.refunded", "refund.failed"),
        *("charge.dispute.created", "charge.dispute.funds_withdrawn"),
        *("charge.dispute.closed", "charge.dispute.funds_reinstated"),
    }
    now = datetime.now(UTC)
    understood = [gateway.verify_webhook(heard.body, heard.signature, now) for heard in door.heard]
    assert {event.intent_id for event in understood} == {paid["id"]}


def test_messages_come_mixed_up_twice_and_not_at_all_on_command(
    remote: Remote, door: ClubDoor, session_id: str
) -> None:
    remote.pay(session_id, cards.SUCCESS.number)
    assert door.heard == []
    latest_first = [event["id"] for event in remote.all("event")]
    wanted = [latest_first[0], latest_first[-1], latest_first[0]]
    assert remote.release(wanted) == [200, 200, 200]
    assert [json.loads(heard.body)["id"] for heard in door.heard] == wanted


def test_a_message_that_is_not_taken_comes_again(remote: Remote, door: ClubDoor, session_id: str) -> None:
    door.answers = [500]
    remote.send_messages()
    remote.pay(session_id, cards.SUCCESS.number)
    heard = [json.loads(one.body)["id"] for one in door.wait_for(5)]
    told = [event["id"] for event in remote.all("event")]
    assert sorted(heard) == sorted([*told, heard[0]])


def test_each_message_may_come_twice_and_late(remote: Remote, door: ClubDoor, session_id: str) -> None:
    remote.send_messages(repeats=2, delay_seconds=0.3)
    begun = time.monotonic()
    remote.pay(session_id, cards.SUCCESS.number)
    door.wait_for(1)
    assert time.monotonic() - begun >= 0.3
    heard = [json.loads(one.body)["id"] for one in door.wait_for(8)]
    assert sorted(heard) == sorted([event["id"] for event in remote.all("event")] * 2)


def test_lost_messages_are_found_in_the_list(
    gateway: StripeGateway, remote: Remote, door: ClubDoor, session_id: str
) -> None:
    remote.send_messages(loses=True)
    remote.pay(session_id, cards.SUCCESS.number)
    since = datetime.now(UTC) - timedelta(hours=1)
    [missed] = gateway.list_events(since, ["checkout.session.completed"])
    assert (missed.object_id, missed.reference) == (session_id, "C-1")
    assert door.heard == []
