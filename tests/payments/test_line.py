"""The line itself: nobody there, an unknown name, a stranger's certificate, and what leaves this machine."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from club.payments.connection import sorted_troubles
from club.payments.gateway import StripeGateway
from club.payments.troubles import Declined, TryLater
from demo.stripe.server import StandIn
from tests.certificates import certificate_in, speaking_tls
from tests.payments.conftest import KEY, Payable


def refused(gateway: StripeGateway, payable: Payable) -> TryLater:
    with pytest.raises(TryLater) as trouble:
        gateway.create_session(payable(), "club:C-1:session:1")
    return trouble.value


@pytest.mark.proves("R-13")
def test_where_nobody_listens_nothing_was_done(payable: Payable, stand_in: StandIn) -> None:
    gateway = StripeGateway(KEY, [], stand_in.url)
    stand_in.end()
    assert not refused(gateway, payable).is_outcome_unknown


@pytest.mark.proves("R-13")
def test_where_the_name_is_not_known_nothing_was_done(payable: Payable, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not refused(StripeGateway(KEY, []), payable).is_outcome_unknown


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A server with a certificate of its own making: its address, and what it got to read."""
    heard: list[bytes] = []
    context = speaking_tls(certificate_in(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                try:
                    with context.wrap_socket(line, server_side=True) as safe:
                        heard.append(safe.recv(1000))
                except OSError:
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}", heard
        thread.join(timeout=5)


@pytest.mark.proves("A-12.3.2")
def test_a_stranger_with_a_certificate_of_its_own_learns_nothing(
    payable: Payable, stranger: tuple[str, list[bytes]]
) -> None:
    url, heard = stranger
    assert not refused(StripeGateway(KEY, [], url), payable).is_outcome_unknown
    assert heard == []


def test_tls_that_breaks_in_the_middle_leaves_the_outcome_open() -> None:
    broken = requests.exceptions.SSLError(ssl.SSLError("decryption failed or bad record mac"))
    with pytest.raises(TryLater) as trouble, sorted_troubles(writes=True):
        raise stripe.APIConnectionError("broken") from broken
    assert trouble.value.is_outcome_unknown


def test_what_the_bank_says_no_to_is_no_mistake_of_ours() -> None:
    said = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card was declined."}
    with pytest.raises(Declined) as declined, sorted_troubles(writes=True):
        raise stripe.CardError(said["message"], None, said["code"], http_status=402, json_body={"error": said})
    assert (declined.value.code, str(declined.value)) == ("insufficient_funds", "CardError: Your card was declined.")


def test_nothing_about_this_machine_is_said(
    payable: Payable, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would send the platform and keep an id in the home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said: list[dict[str, str]] = []
    request = stripe.RequestsClient.request_stream

    def listen(self: stripe.RequestsClient, method: Any, url: Any, headers: Any, post_data: Any = None) -> Any:
        said.append(dict(headers))
        return request(self, method, url, headers, post_data)

    monkeypatch.setattr(stripe.RequestsClient, "request_stream", listen)
    gateway = StripeGateway(KEY, [], stand_in.url)
    gateway.retrieve_session(gateway.create_session(payable(), "club:C-1:session:1").id)
    assert len(said) == 2
    for headers in said:
        assert "X-Stripe-Client-Telemetry" not in headers
        assert {"platform", "telemetry_id"} & json.loads(headers["X-Stripe-Client-User-Agent"]).keys() == set()
    assert list(tmp_path.rglob("telemetry*")) == []


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    payable: Payable, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    gateway = StripeGateway(KEY, [], stand_in.url)
    assert gateway.create_session(payable(), "club:C-1:session:1").amount == 2800
