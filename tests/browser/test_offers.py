"""T7: a member activates an offer with one click and finds it in the cart, counted by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.database import transaction
from club.offers.models import VOUCHERS
from demo.carts import fill_carts
from tests.browser.conftest import Enter, Speak
from tests.browser.people import CARMEN, Hands

WORDS = {
    "en": ("10% for a long table", "Active: 10% for a long table", "Activate 10% for a long table"),
    "es": ("10 % para una mesa larga", "Activa: 10 % para una mesa larga", "Activar 10 % para una mesa larga"),
}


@pytest.fixture(params=[("en", 1280, True), ("es", 390, False)], ids=["en-1280", "es-390-no-scripts"])
def as_read(request: pytest.FixtureRequest) -> tuple[str, int, bool]:
    found: tuple[str, int, bool] = request.param
    return found


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], as_read: tuple[str, int, bool]) -> dict[str, Any]:
    _language, width, has_scripts = as_read
    return {
        **browser_context_args,
        "viewport": {"width": width, "height": 800},
        "java_script_enabled": has_scripts,
    }


@pytest.mark.proves("T7")
def test_an_offer_is_activated_with_one_click_and_counts_in_the_cart(
    page: Page, enter: Enter, speak: Speak, live_db: Session, as_read: tuple[str, int, bool]
) -> None:
    language, width, _scripts = as_read
    title, active, button = WORDS[language]
    with transaction(live_db) as tx:  # what another run of this test took, nobody has
        tx.execute(update(VOUCHERS).where(VOUCHERS.c.state == "active", VOUCHERS.c.points == 0).values(state="undone"))
    fill_carts(live_db, {}, datetime.now(UTC))  # another test may have bought what was there
    enter(CARMEN)
    speak(language)
    page.goto("/me")
    carmen = Hands(page)
    carmen.click(page.get_by_role("button", name=button))
    expect(page.get_by_text(active)).to_be_visible()
    assert (carmen.clicks, carmen.fields) == (1, 0)
    page.goto("/cart")
    expect(page.get_by_role("listitem").filter(has_text=title)).to_contain_text("−")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
