"""T4 and T9: a member buys with points, and repeats the order; with scripts and without."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.carts.models import Owner, cart_of
from club.carts.service import empty
from club.delivery.addresses import save_own
from club.delivery.quoting import ways
from club.delivery.rules import Kind, Saved
from club.members.models import person_with_email
from club.orders.models import Order
from demo.stripe import cards
from tests.browser.conftest import Enter, Speak
from tests.browser.people import CARMEN, Hands


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.fixture
def carmen(page: Page, enter: Enter, speak: Speak, live_db: Session) -> Hands:
    """With an empty cart, and an address to which parcels go."""
    enter(CARMEN)
    speak("en")
    known = person_with_email(live_db, CARMEN)
    assert known is not None
    parcel = next(method.id for method in ways(live_db).methods if method.kind is Kind.SHIP)
    there = cart_of(live_db, Owner(person_id=known.person_id), datetime.now(UTC))
    live_db.rollback()
    if there is not None and not there.is_frozen:
        empty(live_db, Owner(person_id=known.person_id), datetime.now(UTC))
    home = {"country": "ES", "address": "Calle Laurel 12", "postcode": "26001", "city": "Logroño"}
    save_own(live_db, known.person_id, Saved(full_name=known.full_name, method_id=parcel, **home))
    page.goto("/me")
    return Hands(page)


def pay(page: Page) -> None:
    """At the payment page; the confirmation follows as soon as the club has heard of the money."""
    expect(page.locator("#number")).to_be_visible()
    for name, value in {"number": cards.SUCCESS.grouped, "expiry": "12 / 39", "cvc": "123", "name": "Carmen"}.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button").click()
    page.wait_for_load_state()
    again = page.get_by_role("button", name="Look again")
    if again.is_visible():
        again.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The order is placed")


def order(hands: Hands) -> None:
    """What is left to do at the checkout: the age, the terms, the button."""
    hands.tick(hands.page.get_by_label("years old or older"))
    hands.tick(hands.page.get_by_label("I accept the terms"))
    hands.click(hands.page.get_by_role("button", name="Place order"))


def placed(page: Page, live_db: Session) -> Order:
    """The order whose confirmation is shown."""
    live_db.rollback()
    return live_db.scalars(select(Order).where(Order.key == page.url.split("/")[-2])).one()


@pytest.mark.proves("T4", "T9")
def test_a_member_buys_with_points_in_six_clicks_and_again_in_three(
    page: Page, carmen: Hands, live_db: Session
) -> None:
    carmen.click(page.get_by_role("navigation", name="Main").get_by_role("link", name="Shop"))
    carmen.click(page.get_by_role("link", name="Cava Brut", exact=True))
    carmen.click(page.get_by_role("button", name="Add to cart"))
    carmen.click(page.get_by_role("button", name="Use the most"))
    carmen.click(page.get_by_role("link", name="Checkout"))
    order(carmen)
    assert (carmen.clicks, carmen.fields, carmen.ticks) == (6, 0, 2)
    pay(page)
    first = placed(page, live_db)
    assert first.points > 0
    assert (first.state, first.paid) == ("placed", first.total)
    expect(page.get_by_text(first.number).first).to_be_visible()

    page.goto("/me")
    again = Hands(page)
    again.click(page.get_by_role("button", name="Reorder"))
    again.click(page.get_by_role("link", name="Checkout"))
    order(again)
    assert (again.clicks, again.fields, again.ticks) == (3, 0, 2)
    pay(page)
    assert placed(page, live_db).id > first.id
