"""The stand-in's first page: what only banks do, done with a button."""

import re

import pytest
import requests

from club.payments.gateway import StripeGateway
from club.payments.values import RefundStatus
from demo.stripe import cards
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import Payable


def buttons(stand_in: StandIn) -> list[str]:
    return re.findall(r'name="deed" value="(\w+)"', requests.get(stand_in.url, timeout=20).text)


def press(stand_in: StandIn, deed: str, about: str, origin: str = "") -> int:
    return requests.post(
        stand_in.url,
        {"deed": deed, "about": about},
        headers={"Origin": origin or stand_in.url},
        timeout=20,
        allow_redirects=False,
    ).status_code


@pytest.mark.proves("F-29")
@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_is_opened_and_ended_with_buttons(
    gateway: StripeGateway, stand_in: StandIn, remote: Remote, payable: Payable, end: str
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    assert buttons(stand_in) == []
    intent = remote.pay(session.id, cards.SUCCESS.number)
    assert buttons(stand_in) == ["dispute"]
    assert press(stand_in, "dispute", intent["id"]) == 303
    assert buttons(stand_in) == ["won", "lost"]
    [dispute] = remote.all("dispute")
    assert press(stand_in, end, dispute["id"]) == 303
    assert gateway.retrieve_dispute(dispute["id"]).status == end
    assert buttons(stand_in) == []


def test_a_refund_comes_back_with_a_button(
    gateway: StripeGateway, stand_in: StandIn, remote: Remote, payable: Payable
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    intent = remote.pay(session.id, cards.SUCCESS.number)
    refund = gateway.refund(intent["id"], 500, "EUR", "club:C-1:refund:1")
    assert press(stand_in, "return", refund.id) == 303
    assert gateway.retrieve_refund(refund.id).status is RefundStatus.FAILED


def test_another_site_presses_no_button(
    gateway: StripeGateway, stand_in: StandIn, remote: Remote, payable: Payable
) -> None:
    session = gateway.create_session(payable(), "club:C-1:session:1")
    intent = remote.pay(session.id, cards.SUCCESS.number)
    assert press(stand_in, "dispute", intent["id"], origin="https://example.org") == 403
    assert press(stand_in, "burn", intent["id"]) == 400
    assert press(stand_in, "dispute", "pi_nobody") == 404
    assert remote.all("dispute") == []


def test_the_control_panel_asks_for_the_key(stand_in: StandIn) -> None:
    for path in ("/control/things/charge", "/control/calls"):
        assert requests.get(f"{stand_in.url}{path}", timeout=20).status_code == 401
    assert requests.post(f"{stand_in.url}/control/pay", json={}, timeout=20).status_code == 401
