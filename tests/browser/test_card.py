"""T6: a member shows the card from wherever they are, in one click, on a telephone and on a screen, scripts or not."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import CARMEN

PLACES = ("/me", "/me/points", "/shop", "/cart", "/me/orders", "/me/offers", "/me/address", "/menu")


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": False}


@pytest.mark.proves("T6")
@pytest.mark.parametrize("width", [320, 1280])
def test_the_card_is_one_click_away_from_any_page(page: Page, enter: Callable[[str], int], width: int) -> None:
    enter(CARMEN)
    page.set_viewport_size({"width": width, "height": 800})
    for place in PLACES:
        page.goto(place)
        page.locator("a[href='/me/card']:visible").first.click()
        expect(page).to_have_url(page.url.split("/me/")[0] + "/me/card")
        code = page.locator(".qr-large")
        expect(code).to_be_visible()
        expect(page.locator(".member-card .num")).not_to_be_empty()
        box = code.bounding_box()
        assert box is not None
        assert box["width"] >= 200, place
        assert page.evaluate("document.documentElement.scrollWidth") <= width
