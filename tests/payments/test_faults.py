"""What goes wrong between us and Stripe: nothing is done twice, and what is not known is said to be so."""

import pytest

from club.payments.gateway import Patience, StripeGateway
from club.payments.troubles import TryLater
from demo.stripe import cards
from demo.stripe.faults import Fault
from demo.stripe.remote import Remote
from tests.payments.conftest import Payable

KEY_OF_REFUND = "club:C-1:refund:1"
SESSIONS = "/v1/checkout/sessions"

DONE = [Fault.TIMEOUT_AFTER, Fault.CUT_AFTER, Fault.MALFORMED_AFTER, Fault.DRIP_AFTER]
NOT_DONE = [Fault.TIMEOUT, Fault.CUT]
NEVER_ANSWERED = {Fault.TIMEOUT, Fault.TIMEOUT_AFTER, Fault.DRIP_AFTER}


@pytest.fixture
def intent_id(gateway: StripeGateway, remote: Remote, payable: Payable) -> str:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    paid_with: str = remote.pay(session.id, cards.SUCCESS.number)["id"]
    return paid_with


@pytest.mark.proves("R-08", "R-09", "R-12", "R-14")
@pytest.mark.parametrize("fault", [*NOT_DONE, *DONE])
def test_an_answer_that_is_lost_is_asked_for_again_and_done_once(
    gateway: StripeGateway, hasty: StripeGateway, remote: Remote, intent_id: str, fault: Fault
) -> None:
    remote.fault(fault, "/v1/refunds")
    asking = hasty if fault in NEVER_ANSWERED else gateway
    with pytest.raises(TryLater) as lost:
        asking.refund(intent_id, 500, "EUR", KEY_OF_REFUND)
    assert lost.value.is_outcome_unknown
    assert len(remote.all("refund")) == (fault in DONE)
    refund = gateway.refund(intent_id, 500, "EUR", KEY_OF_REFUND)
    assert gateway.list_refunds(intent_id) == [refund]
    assert gateway.retrieve_intent(intent_id).refunded == 500


@pytest.mark.proves("R-10")
@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.ERROR_AFTER])
def test_a_stored_failure_is_replayed_so_one_looks_before_trying_anew(
    gateway: StripeGateway, remote: Remote, intent_id: str, fault: Fault
) -> None:
    remote.fault(fault, "/v1/refunds")
    for _ in range(3):
        with pytest.raises(TryLater) as broken:
            gateway.refund(intent_id, 500, "EUR", KEY_OF_REFUND)
        assert broken.value.is_outcome_unknown
    made = [refund.key for refund in gateway.list_refunds(intent_id)]
    assert made == ([KEY_OF_REFUND] if fault is Fault.ERROR_AFTER else [])
    if not made:
        gateway.refund(intent_id, 500, "EUR", "club:C-1:refund:2")
    assert gateway.retrieve_intent(intent_id).refunded == 500


@pytest.mark.proves("R-11")
def test_too_many_calls_are_simply_made_later(gateway: StripeGateway, remote: Remote, intent_id: str) -> None:
    remote.fault(Fault.RATE_LIMITED, "/v1/refunds")
    with pytest.raises(TryLater) as later:
        gateway.refund(intent_id, 500, "EUR", KEY_OF_REFUND)
    assert not later.value.is_outcome_unknown
    assert gateway.refund(intent_id, 500, "EUR", KEY_OF_REFUND).amount == 500
    assert len(remote.all("refund")) == 1


def test_a_key_that_is_at_work_elsewhere_may_have_done_it(
    gateway: StripeGateway, remote: Remote, intent_id: str
) -> None:
    remote.fault(Fault.IN_USE, "/v1/refunds")
    with pytest.raises(TryLater) as later:
        gateway.refund(intent_id, 500, "EUR", KEY_OF_REFUND)
    assert later.value.is_outcome_unknown
    assert later.value.code == "idempotency_key_in_use"


@pytest.mark.proves("R-08", "R-10")
@pytest.mark.parametrize("fault", [Fault.ERROR, *NOT_DONE, *DONE])
def test_what_only_looks_has_no_outcome(
    gateway: StripeGateway, hasty: StripeGateway, remote: Remote, intent_id: str, fault: Fault
) -> None:
    remote.fault(fault, "/v1/payment_intents", method="GET")
    asking = hasty if fault in NEVER_ANSWERED else gateway
    with pytest.raises(TryLater) as broken:
        asking.retrieve_intent(intent_id)
    assert not broken.value.is_outcome_unknown
    assert gateway.retrieve_intent(intent_id).received == 2800


@pytest.mark.proves("R-08")
def test_a_payment_page_that_was_opened_unseen_is_found_by_its_key(
    gateway: StripeGateway, remote: Remote, payable: Payable
) -> None:
    order = payable("C-9")
    remote.fault(Fault.CUT_AFTER, SESSIONS)
    with pytest.raises(TryLater) as lost:
        gateway.create_session(order, "club:C-9:session:1")
    assert lost.value.is_outcome_unknown
    session = gateway.create_session(order, "club:C-9:session:1")
    assert [page["id"] for page in remote.all("checkout.session")] == [session.id]


def test_nothing_is_tried_again_by_itself(gateway: StripeGateway, remote: Remote, payable: Payable) -> None:
    remote.fault(Fault.ERROR, SESSIONS, times=2)
    with pytest.raises(TryLater):
        gateway.create_session(payable(), "club:C-1:session:1")
    assert [(call["method"], call["path"], call["status"]) for call in remote.calls()] == [("POST", SESSIONS, 500)]


@pytest.mark.proves("O-04")
def test_one_call_ends_before_a_request_of_ours_must() -> None:
    """gunicorn gives a request 30 seconds; at worst the last piece begins just before the whole is given up."""
    patience = Patience()
    assert (patience.connect, patience.read) == (3, 15)
    assert patience.whole + patience.read < 30
