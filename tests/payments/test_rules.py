"""Keys, signatures and amounts as Stripe wants them."""

import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as some

from club.payments.rules import (
    AmountNotPayable,
    from_stripe,
    idempotency_key,
    is_key_known,
    to_stripe,
)
from club.signed import ForgedMessage, check_signature

SECRET = "whsec_" + "s" * 32
OTHER = "whsec_" + "o" * 32
BODY = '{"id": "evt_1", "object": "event", "name": "Ёлка"}'.encode()
NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW) -> str:
    """As Stripe's own library signs."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))


def mark(signature: str) -> str:
    return signature.partition("v1=")[2]


def test_a_key_names_one_attempt() -> None:
    assert idempotency_key("club7", "C-1042", "session", 2) == "club7:C-1042:session:2"


@pytest.mark.parametrize(
    "parts",
    [("a:b", "C-1", "session", 1), ("", "C-1", "session", 1), ("a", "C-1", "", 1), ("a", "C-1", "session", 0)],
)
def test_a_key_cannot_be_mistaken_for_another(parts: tuple[str, str, str, int]) -> None:
    with pytest.raises(ValueError, match="letters"):
        idempotency_key(*parts)


def test_a_key_is_no_longer_than_stripe_takes() -> None:
    with pytest.raises(ValueError, match="255"):
        idempotency_key("a", "C" * 300, "session", 1)


def test_a_key_is_sent_again_only_while_stripe_knows_it_for_sure() -> None:
    assert is_key_known(NOW - timedelta(hours=22, minutes=59), NOW)
    assert not is_key_known(NOW - timedelta(hours=23), NOW)


@pytest.mark.proves("F-17")
def test_what_stripe_signs_is_believed() -> None:
    check_signature(BODY, signed(), [SECRET], NOW)
    check_signature(BODY, signed(), [OTHER, SECRET], NOW)
    check_signature(BODY, f"{signed(secret=OTHER)},v1={mark(signed())},v0=abc", [SECRET], NOW)


FORGERIES: dict[str, Callable[[], tuple[bytes, str]]] = {
    "no signature": lambda: (BODY, ""),
    "nonsense": lambda: (BODY, "t=,v1,=,,v1=é"),
    "another secret": lambda: (BODY, signed(secret=OTHER)),
    "a byte changed": lambda: (BODY.replace(b"evt_1", b"evt_2"), signed()),
    "a byte more": lambda: (BODY + b" ", signed()),
    "written anew": lambda: (BODY.replace(b": ", b":"), signed()),
    "scheme v0 only": lambda: (BODY, signed().replace("v1=", "v0=")),
    "another moment": lambda: (BODY, signed().replace("t=", "t=1")),
    "two moments": lambda: (BODY, f"t=1,{signed()}"),
    "without a moment": lambda: (BODY, f"v1={mark(signed())}"),
    "no text": lambda: (b"\xff\xfe", signed()),
}


@pytest.mark.proves("F-17")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_was_not_signed_is_refused(forgery: str) -> None:
    body, header = FORGERIES[forgery]()
    with pytest.raises(ForgedMessage):
        check_signature(body, header, [SECRET], NOW)


@pytest.mark.proves("F-17")
def test_without_a_secret_nothing_is_believed() -> None:
    empty = hmac.new(b"", f"{int(NOW.timestamp())}.".encode() + BODY, hashlib.sha256).hexdigest()
    for secrets in ([], [""]):
        with pytest.raises(ForgedMessage):
            check_signature(BODY, f"t={int(NOW.timestamp())},v1={empty}", secrets, NOW)


@pytest.mark.proves("F-18")
def test_an_old_message_is_refused() -> None:
    check_signature(BODY, signed(at=NOW - timedelta(seconds=300)), [SECRET], NOW)
    check_signature(BODY, signed(at=NOW - timedelta(seconds=59)), [SECRET], NOW, tolerance_seconds=60)
    for moment, tolerance in ((-301, 300), (301, 300), (-61, 60)):
        with pytest.raises(ForgedMessage, match="too old"):
            check_signature(BODY, signed(at=NOW + timedelta(seconds=moment)), [SECRET], NOW, tolerance)


def test_our_check_agrees_with_the_library() -> None:
    now = datetime.fromtimestamp(int(time.time()), UTC)
    header = signed(at=now)
    assert stripe.WebhookSignature.verify_header(BODY, header, SECRET, 300)
    check_signature(BODY, header, [SECRET], now)


@pytest.mark.proves("F-26")
@pytest.mark.parametrize(
    ("amount", "currency", "counted"),
    [(2800, "EUR", 2800), (2800, "JPY", 2800), (2800, "KWD", 2800), (28, "ISK", 2800), (28, "UGX", 2800)],
)
def test_amounts_are_counted_as_stripe_counts_them(amount: int, currency: str, counted: int) -> None:
    assert to_stripe(amount, currency) == counted
    assert from_stripe(counted, currency) == amount


@pytest.mark.proves("F-26")
@pytest.mark.parametrize(("amount", "currency"), [(2801, "KWD"), (-1, "EUR")])
def test_an_amount_that_stripe_cannot_take_is_refused_before_it_is_asked(amount: int, currency: str) -> None:
    with pytest.raises(AmountNotPayable):
        to_stripe(amount, currency)


def test_a_part_that_we_cannot_say_is_not_rounded() -> None:
    with pytest.raises(AmountNotPayable):
        from_stripe(2850, "ISK")


@pytest.mark.proves("F-26")
@given(some.integers(0, 10**12), some.sampled_from(["EUR", "JPY", "ISK", "RSD", "TND", "HUF", "MGA"]))
def test_there_and_back_is_the_same_amount(amount: int, currency: str) -> None:
    whole = amount - amount % 10
    assert from_stripe(to_stripe(whole, currency), currency) == whole
