"""Every word of the gateway, said by the real library to the stand-in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from club.payments.gateway import StripeGateway
from club.payments.troubles import OurMistake
from club.payments.values import (
    DisputeStatus,
    Intent,
    IntentStatus,
    PayableLine,
    PaymentStatus,
    RefundStatus,
    SessionStatus,
)
from club.settings import Mode, Settings
from demo.stripe import cards
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import KEY, WEBHOOK_SECRET, Payable


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def paid(gateway: StripeGateway, remote: Remote, payable: Payable, reference: str = "C-1") -> Intent:
    session = gateway.create_session(payable(reference), f"club:{reference}:session:1")
    return gateway.retrieve_intent(remote.pay(session.id, cards.SUCCESS.number)["id"])


def test_a_payment_page_opens_with_our_order(gateway: StripeGateway, payable: Payable, stand_in: StandIn) -> None:
    order = payable("C-7")
    session = gateway.create_session(order, "club:C-7:session:1")
    assert session.reference == "C-7"
    assert (session.status, session.payment_status) == (SessionStatus.OPEN, PaymentStatus.UNPAID)
    assert (session.amount, session.currency) == (2800, "EUR")
    assert session.expires_at == order.expires_at.replace(microsecond=0)
    assert session.url == f"{stand_in.url}/pay/{session.id}"
    assert session.intent_id == ""
    assert not session.is_live
    assert gateway.retrieve_session(session.id) == session


def test_lines_that_do_not_sum_to_the_amount_are_never_sent(payable: Payable) -> None:
    with pytest.raises(ValueError, match="sum"):
        payable(amount=2700)
    with pytest.raises(ValueError, match="sum"):
        payable(amount=0, lines=())


def test_the_same_key_opens_one_page(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    order = payable()
    first = gateway.create_session(order, "club:C-1:session:1")
    assert [gateway.create_session(order, "club:C-1:session:1") for _ in range(3)] == [first] * 3
    second = gateway.create_session(order, "club:C-1:session:2")
    assert second.id != first.id
    assert [page["id"] for page in remote.all("checkout.session")] == [second.id, first.id]


def test_the_same_key_at_the_same_time_opens_one_page(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    order = payable()
    with ThreadPoolExecutor(8) as hands:
        pages = list(hands.map(lambda _: gateway.create_session(order, "club:C-1:session:1"), range(8)))
    assert len({page.id for page in pages}) == len(remote.all("checkout.session")) == 1


def test_the_same_key_for_something_else_is_our_mistake(gateway: StripeGateway, payable: Payable) -> None:
    gateway.create_session(payable("C-1"), "club:C-1:session:1")
    with pytest.raises(OurMistake, match="IdempotencyError"):
        gateway.create_session(payable("C-2"), "club:C-1:session:1")


def test_a_paid_page_is_complete_and_its_payment_whole(
    gateway: StripeGateway, remote: Remote, payable: Payable
) -> None:
    intent = paid(gateway, remote, payable)
    [page] = remote.all("checkout.session")
    session = gateway.retrieve_session(page["id"])
    assert (session.status, session.payment_status) == (SessionStatus.COMPLETE, PaymentStatus.PAID)
    assert (session.intent_id, session.url) == (intent.id, "")
    assert intent.status is IntentStatus.SUCCEEDED
    assert (intent.amount, intent.received, intent.refunded) == (2800, 2800, 0)
    assert (intent.reference, intent.currency, intent.decline_code) == ("C-1", "EUR", "")
    assert not intent.is_disputed


@pytest.mark.parametrize(
    "card", [cards.DECLINED, cards.NO_FUNDS, cards.EXPIRED, cards.WRONG_CVC, cards.PROCESSING_ERROR]
)
def test_a_declined_card_leaves_the_page_open(
    gateway: StripeGateway, remote: Remote, payable: Payable, card: cards.Card
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    declined = gateway.retrieve_intent(remote.pay(session.id, card.number)["id"])
    assert (declined.status, declined.received) == (IntentStatus.NEEDS_CARD, 0)
    assert declined.decline_code == card.decline_code
    assert gateway.retrieve_session(session.id).status is SessionStatus.OPEN
    again = gateway.retrieve_intent(remote.pay(session.id, cards.SUCCESS.number)["id"])
    assert (again.id, again.status, again.received) == (declined.id, IntentStatus.SUCCEEDED, 2800)


def test_a_card_that_is_no_test_card_takes_no_money_and_is_not_kept(
    gateway: StripeGateway, remote: Remote, payable: Payable
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    refused = remote.pay(session.id, "4111111111111111")
    assert gateway.retrieve_intent(refused["id"]).decline_code == "test_mode_live_card"
    kept = [remote.all(kind) for kind in ("payment_intent", "charge", "checkout.session", "event")]
    assert "4111111111111111" not in str(kept)


def test_the_bank_is_asked_and_may_say_no(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    asked = gateway.retrieve_intent(remote.pay(session.id, cards.SECURE.number)["id"])
    assert (asked.status, asked.received) == (IntentStatus.NEEDS_BUYER, 0)
    refused = gateway.retrieve_intent(remote.answer_bank(session.id, is_buyer=False)["id"])
    assert (refused.status, refused.decline_code) == (
        IntentStatus.NEEDS_CARD,
        "payment_intent_authentication_failure",
    )
    remote.pay(session.id, cards.SECURE.number)
    assert gateway.retrieve_intent(remote.answer_bank(session.id, is_buyer=True)["id"]).received == 2800


@pytest.mark.parametrize(
    ("is_paid", "status", "payment_status"),
    [(True, IntentStatus.SUCCEEDED, PaymentStatus.PAID), (False, IntentStatus.NEEDS_CARD, PaymentStatus.UNPAID)],
)
def test_complete_is_not_yet_paid(
    gateway: StripeGateway,
    remote: Remote,
    payable: Payable,
    is_paid: bool,
    status: IntentStatus,
    payment_status: PaymentStatus,
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    waiting = gateway.retrieve_intent(remote.pay(session.id, cards.SLOW.number)["id"])
    complete = gateway.retrieve_session(session.id)
    assert (complete.status, complete.payment_status) == (SessionStatus.COMPLETE, PaymentStatus.UNPAID)
    assert (waiting.status, waiting.received) == (IntentStatus.PROCESSING, 0)
    remote.settle(waiting.id, is_paid=is_paid)
    assert gateway.retrieve_intent(waiting.id).status is status
    assert gateway.retrieve_session(session.id).payment_status is payment_status


def test_a_closed_page_takes_no_money(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    closed = gateway.expire_session(session.id, "club:C-1:expire:1")
    assert (closed.status, closed.url) == (SessionStatus.EXPIRED, "")
    assert gateway.expire_session(session.id, "club:C-1:expire:1") == closed
    with pytest.raises(OurMistake):
        gateway.expire_session(session.id, "club:C-1:expire:2")
    with pytest.raises(Exception, match="no longer open"):
        remote.pay(session.id, cards.SUCCESS.number)
    assert remote.all("charge") == []


def test_a_paid_page_cannot_be_closed(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    paid(gateway, remote, payable)
    [page] = remote.all("checkout.session")
    with pytest.raises(OurMistake, match="complete"):
        gateway.expire_session(page["id"], "club:C-1:expire:1")


def test_a_page_closes_when_its_time_is_over(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    remote.put_forward(3601)
    assert gateway.retrieve_session(session.id).status is SessionStatus.EXPIRED
    assert [event["type"] for event in remote.all("event")] == ["checkout.session.expired"]


@pytest.mark.parametrize("minutes", [20, 25 * 60])
def test_a_page_stays_as_long_as_stripe_allows(gateway: StripeGateway, payable: Payable, minutes: int) -> None:
    with pytest.raises(OurMistake) as refused:
        gateway.create_session(payable(expires_at=datetime.now(UTC) + timedelta(minutes=minutes)), "club:C-1:session:1")
    assert refused.value.parameter == "expires_at"


def test_what_was_refused_before_it_began_may_be_mended_under_the_same_key(
    gateway: StripeGateway, payable: Payable
) -> None:
    tiny = payable(lines=(PayableLine(name="Cork", quantity=1, unit_amount=20),), amount=20)
    with pytest.raises(OurMistake) as refused:
        gateway.create_session(tiny, "club:C-1:session:1")
    assert refused.value.code == "amount_too_small"
    assert gateway.create_session(payable(), "club:C-1:session:1").amount == 2800


def test_refunds_never_exceed_what_was_paid(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    intent = paid(gateway, remote, payable)
    part = gateway.refund(intent.id, 800, "EUR", "club:C-1:refund:1")
    assert (part.status, part.amount, part.key) == (RefundStatus.SUCCEEDED, 800, "club:C-1:refund:1")
    assert gateway.refund(intent.id, 800, "EUR", "club:C-1:refund:1") == part
    with pytest.raises(OurMistake) as too_much:
        gateway.refund(intent.id, 2001, "EUR", "club:C-1:refund:2")
    assert too_much.value.parameter == "amount"
    rest = gateway.refund(intent.id, 2000, "EUR", "club:C-1:refund:3")
    with pytest.raises(OurMistake) as nothing_left:
        gateway.refund(intent.id, 1, "EUR", "club:C-1:refund:4")
    assert nothing_left.value.code == "charge_already_refunded"
    assert gateway.list_refunds(intent.id) == [rest, part]
    assert gateway.retrieve_refund(part.id) == part
    assert gateway.retrieve_intent(intent.id).refunded == 2800


def test_a_key_of_yesterday_does_it_once_more(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    """Why `is_key_known` is asked before a key is sent again."""
    intent = paid(gateway, remote, payable)
    first = gateway.refund(intent.id, 800, "EUR", "club:C-1:refund:1")
    remote.put_forward(23 * 3600)
    assert gateway.refund(intent.id, 800, "EUR", "club:C-1:refund:1") == first
    remote.put_forward(25 * 3600)
    second = gateway.refund(intent.id, 800, "EUR", "club:C-1:refund:1")
    assert [refund.key for refund in gateway.list_refunds(intent.id)] == [first.key] * 2
    assert second.id != first.id


def test_what_was_not_paid_cannot_be_refunded(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    declined = remote.pay(session.id, cards.DECLINED.number)
    with pytest.raises(OurMistake) as refused:
        gateway.refund(declined["id"], 100, "EUR", "club:C-1:refund:1")
    assert refused.value.code == "payment_intent_unexpected_state"
    assert remote.all("refund") == []


def test_a_refund_may_come_back(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    intent = paid(gateway, remote, payable)
    refund = gateway.refund(intent.id, 2800, "EUR", "club:C-1:refund:1")
    remote.fail_refund(refund.id)
    failed = gateway.retrieve_refund(refund.id)
    assert (failed.status, failed.failure) == (RefundStatus.FAILED, "lost_or_stolen_card")
    assert gateway.retrieve_intent(intent.id).refunded == 0


@pytest.mark.proves("F-29")
@pytest.mark.parametrize(("is_won", "status"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
def test_a_dispute_holds_the_payment_and_ends(
    gateway: StripeGateway, remote: Remote, payable: Payable, is_won: bool, status: DisputeStatus
) -> None:
    intent = paid(gateway, remote, payable)
    opened = gateway.retrieve_dispute(remote.dispute(intent.id)["id"])
    assert (opened.status, opened.amount, opened.intent_id) == (DisputeStatus.NEEDS_RESPONSE, 2800, intent.id)
    assert gateway.retrieve_intent(intent.id).is_disputed
    with pytest.raises(OurMistake) as refused:
        gateway.refund(intent.id, 100, "EUR", "club:C-1:refund:1")
    assert refused.value.code == "charge_disputed"
    remote.close_dispute(opened.id, is_won=is_won)
    assert gateway.retrieve_dispute(opened.id).status is status


def test_payments_and_events_are_listed_over_pages(
    gateway: StripeGateway, remote: Remote, payable: Payable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("club.payments.gateway.PAGE", 2)
    intents = [paid(gateway, remote, payable, f"C-{number}") for number in range(5)]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert gateway.list_intents(hour_ago(), later) == intents[::-1]
    assert gateway.list_intents(hour_ago(), later, most=3) == intents[:1:-1]
    assert gateway.list_intents(later, later + timedelta(hours=1)) == []
    events = gateway.list_events(hour_ago(), ["payment_intent.succeeded"])
    assert [(event.kind, event.intent_id, event.reference) for event in events] == [
        ("payment_intent.succeeded", intent.id, intent.reference) for intent in intents[::-1]
    ]


def test_what_is_not_there_and_a_wrong_key_are_our_mistakes(gateway: StripeGateway, stand_in: StandIn) -> None:
    with pytest.raises(OurMistake) as missing:
        gateway.retrieve_intent("pi_nobody")
    assert missing.value.code == "resource_missing"
    assert missing.value.request_id.startswith("req_")
    stranger = StripeGateway("sk_test_" + "x" * 24, [], stand_in.url)
    with pytest.raises(OurMistake, match="AuthenticationError") as refused:
        stranger.retrieve_intent("pi_nobody")
    assert "xxxx" not in str(refused.value)


def test_an_amount_that_stripe_does_not_take_is_not_sent(
    gateway: StripeGateway, remote: Remote, payable: Payable
) -> None:
    odd = payable(currency="KWD", amount=2801, lines=(PayableLine(name="Oil", quantity=1, unit_amount=2801),))
    with pytest.raises(OurMistake) as refused:
        gateway.create_session(odd, "club:C-1:session:1")
    assert refused.value.code == "amount_not_payable"
    assert remote.calls() == []


def test_the_gateway_of_an_installation(stand_in: StandIn, payable: Payable) -> None:
    settings = Settings(
        mode=Mode.TEST,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=(WEBHOOK_SECRET,),
        stripe_api_base=stand_in.url,
    )
    gateway = StripeGateway.from_settings(settings)
    assert not gateway.is_live
    assert StripeGateway("rk_live_" + "k" * 24).is_live
    assert gateway.create_session(payable(), "club:C-1:session:1").amount == 2800
