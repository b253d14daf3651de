"""The stand-in beside the demonstration: one process more, the same settings, nothing of it in production."""

import os
import signal
import socket
from pathlib import Path

import pytest

from club.payments.gateway import StripeGateway
from club.payments.values import SessionStatus
from club.settings import Mode, Settings, UnsafeSettings
from demo.stripe.beside import Beside, card_payments
from tests.payments.conftest import Payable

NAMES = ("CLUB_STRIPE_API_BASE", "CLUB_STRIPE_SECRET_KEY", "CLUB_STRIPE_WEBHOOK_SECRET")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a demonstration that has no Stripe account of its own."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("CLUB_MODE", "demo")
    monkeypatch.setenv("CLUB_SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789")
    monkeypatch.setenv("CLUB_INSTANCE_PATH", str(tmp_path))
    return tmp_path


def beside(instance: Path) -> tuple[Beside, Settings]:
    """Chosen on a free port, and the settings that web and worker then read."""
    chosen = card_payments(Settings(mode=Mode.DEMO, instance_path=instance, port=_free_port() - 1))
    return chosen, Settings.from_environment(dotenv=None)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def test_it_answers_the_club_and_keeps_its_pages_over_a_restart(instance: Path, payable: Payable) -> None:
    chosen, settings = beside(instance)
    assert settings.stripe_api_base == chosen.url
    process = chosen.start()
    session = StripeGateway.from_settings(settings).create_session(payable(), "club:C-1:session:1")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0

    again, settings = beside(instance)
    process = again.start()
    assert StripeGateway.from_settings(settings).retrieve_session(session.id).status is SessionStatus.OPEN
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0


def test_another_port_is_taken_where_the_one_beside_is_taken(instance: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        chosen = card_payments(Settings(mode=Mode.DEMO, instance_path=instance, port=port - 1))
        assert chosen.listening.getsockname()[1] != port
        chosen.listening.close()


def test_production_does_not_start_with_it(instance: Path) -> None:
    chosen, _ = beside(instance)
    chosen.listening.close()
    with pytest.raises(UnsafeSettings) as refused:
        Settings.from_environment({**os.environ, "CLUB_MODE": "production"}, dotenv=None)
    said = str(refused.value)
    assert "CLUB_STRIPE_API_BASE must be https://api.stripe.com" in said
    assert "CLUB_STRIPE_SECRET_KEY is a test key" in said
