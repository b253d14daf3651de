"""The payment page of the demonstration: paid, declined, asked by the bank, in three languages, on a small phone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from club.payments.gateway import StripeGateway
from club.payments.values import PayableLine, PayableOrder, PaymentStatus, SessionStatus
from demo.stripe import cards
from demo.stripe.server import Setup, StandIn
from demo.stripe.words import LANGUAGES, WORDS
from tests.browser.accessibility import DESK, PHONE, faults, too_wide
from tests.browser.complaints import Complaints

KEY = "sk_test_" + "k" * 24
CARD = {"number": cards.SUCCESS.grouped, "expiry": "12 / 39", "cvc": "123", "name": "Carmen"}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn(Setup(secret_key=KEY, business="Bodega Clientela"))
    made.start()
    yield made
    made.end()


@pytest.fixture
def gateway(stand_in: StandIn) -> StripeGateway:
    return StripeGateway(KEY, [], stand_in.url)


def payment_page(gateway: StripeGateway, stand_in: StandIn, language: str) -> str:
    """Open one; its address. Whoever has paid comes to the list of test payments."""
    order = PayableOrder(
        reference="C-1042",
        lines=(
            PayableLine(name="Tinto Gran Reserva de la Ribera Alta 2019", quantity=12, unit_amount=1_234_567),
            PayableLine(name="Recogida", quantity=1, unit_amount=300),
        ),
        amount=12 * 1_234_567 + 300,
        currency="EUR",
        locale=language,
        email="carmen@example.org",
        success_url=f"{stand_in.url}/?paid={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{stand_in.url}/?back=yes",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return gateway.create_session(order, f"club:C-1042:session:{language}").url


def fill(page: Page, **changes: str) -> None:
    for name, value in {**CARD, **changes}.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button").click()


def looked_at(page: Page, complaints: Complaints) -> list[str]:
    """What is wrong with the page, at a desk and on a phone."""
    found = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        found += [*faults(page), *too_wide(page)]
    found += complaints.lines
    complaints.lines = []
    return found


@pytest.mark.proves("G-09")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_and_fits(
    page: Page, complaints: Complaints, gateway: StripeGateway, stand_in: StandIn, language: str
) -> None:
    say = WORDS[language]
    page.goto(payment_page(gateway, stand_in, language))
    assert page.locator("html").get_attribute("lang") == language
    expect(page.get_by_text(say["band"])).to_be_visible()
    assert looked_at(page, complaints) == []

    page.locator("#email").fill("nobody")
    fill(page, number="4242 4242 4242 4241", expiry="13 / 39", cvc="1", name=" ")
    for name in ("email", "number", "expiry", "cvc", "name"):
        expect(page.locator(f"#{name}-wrong")).to_have_text(say[f"bad_{name}"])
    complaints.expect("status of 422")
    assert looked_at(page, complaints) == []

    page.locator("#email").fill("carmen@example.org")
    fill(page, number=cards.NO_FUNDS.grouped)
    expect(page.get_by_role("alert")).to_contain_text(say["said_insufficient_funds"])
    complaints.expect("status of 402")
    assert (page.locator("#name").input_value(), page.locator("#number").input_value()) == ("Carmen", "")
    assert looked_at(page, complaints) == []

    fill(page, number=cards.SECURE.grouped)
    expect(page.get_by_role("heading", level=1)).to_have_text(say["bank_title"])
    assert looked_at(page, complaints) == []
    page.get_by_role("button", name=say["bank_no"]).click()
    expect(page.get_by_role("alert")).to_contain_text(say["said_payment_intent_authentication_failure"])
    complaints.expect("status of 402")

    where = page.url.removesuffix("/bank")
    fill(page, number=cards.SECURE.grouped)
    page.get_by_role("button", name=say["bank_yes"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test payments")
    assert "?paid=cs_test_" in page.url
    assert looked_at(page, complaints) == []
    page.goto(where)
    expect(page.get_by_role("heading", level=1)).to_have_text(say["done_title"])
    assert looked_at(page, complaints) == []


def test_a_closed_page_says_so_and_leads_back(
    page: Page, complaints: Complaints, gateway: StripeGateway, stand_in: StandIn
) -> None:
    where = payment_page(gateway, stand_in, "ru")
    gateway.expire_session(where.rpartition("/")[2], "club:C-1042:expire:1")
    page.goto(where)
    complaints.expect("status of 410")
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["ru"]["expired_title"])
    assert looked_at(page, complaints) == []
    page.get_by_role("link").click()
    assert page.url.endswith("/?back=yes")


def test_one_pays_without_scripts(browser: Browser, gateway: StripeGateway, stand_in: StandIn) -> None:
    where = payment_page(gateway, stand_in, "en")
    with browser.new_context(java_script_enabled=False) as without_scripts:
        page = without_scripts.new_page()
        page.goto(where)
        fill(page)
        assert "?paid=cs_test_" in page.url
    session = gateway.retrieve_session(where.rpartition("/")[2])
    assert (session.status, session.payment_status) == (SessionStatus.COMPLETE, PaymentStatus.PAID)
