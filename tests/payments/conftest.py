"""The real library against the stand-in, over HTTP on this machine."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from club.payments.gateway import Patience, StripeGateway
from club.payments.values import PayableLine, PayableOrder
from demo.stripe.remote import Remote
from demo.stripe.server import Setup, StandIn
from tests.payments.door import ClubDoor

KEY = "sk_test_" + "k" * 24
WEBHOOK_SECRET = "whsec_" + "w" * 32
NEXT_WEBHOOK_SECRET = "whsec_" + "n" * 32
HASTE = Patience(connect=3, read=1, whole=1)

Payable = Callable[..., PayableOrder]


@pytest.fixture
def door() -> Iterator[ClubDoor]:
    """Where the club hears of events."""
    with ClubDoor() as opened:
        yield opened


@pytest.fixture
def stand_in(door: ClubDoor) -> Iterator[StandIn]:
    made = StandIn(Setup(secret_key=KEY, webhook_secrets=(WEBHOOK_SECRET, NEXT_WEBHOOK_SECRET), message_url=door.url))
    made.start()
    yield made
    made.end()


@pytest.fixture
def remote(stand_in: StandIn) -> Remote:
    """Commands to the stand-in; its messages wait until a test sends them."""
    made = Remote(stand_in.url, KEY)
    made.hold_messages()
    return made


@pytest.fixture
def gateway(stand_in: StandIn) -> StripeGateway:
    return StripeGateway(KEY, [WEBHOOK_SECRET], stand_in.url)


@pytest.fixture
def hasty(stand_in: StandIn) -> StripeGateway:
    """Gives up soon: for calls that get no answer."""
    return StripeGateway(KEY, [WEBHOOK_SECRET], stand_in.url, HASTE)


@pytest.fixture
def payable() -> Payable:
    """`payable("C-7")`: an order of 28 euros; keywords change it."""

    def order(reference: str = "C-1", **changes: object) -> PayableOrder:
        wine = PayableLine(name="Rioja 2021", quantity=2, unit_amount=1250)
        box = PayableLine(name="Gift box", quantity=1, unit_amount=300)
        usual: dict[str, object] = {
            "reference": reference,
            "lines": (wine, box),
            "amount": 2800,
            "currency": "EUR",
            "locale": "es",
            "email": "carmen@example.org",
            "success_url": "http://127.0.0.1:9/orders/C-1?from={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:9/orders/C-1",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
        }
        return PayableOrder(**{**usual, **changes})  # type: ignore[arg-type]  # what a test changes, it gives rightly

    return order
