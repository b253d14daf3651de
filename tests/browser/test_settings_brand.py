"""The look of a club as an owner changes it: seen while it is chosen, refused where nobody could read it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from club.permissions import Role
from tests.browser.complaints import Complaints
from tests.browser.people import AT_WORK

BRAND = "/admin/settings/brand"
GROUND = "(element) => getComputedStyle(element).backgroundColor"
DARK_GREEN, BEFORE = "rgb(31, 75, 42)", "rgb(22, 50, 74)"


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.mark.proves("R174")
def test_a_look_is_previewed_by_a_button_and_changes_nothing_else(
    page: Page, enter: Callable[[str], int], speak: Callable[[str], None]
) -> None:
    speak("en")
    enter(AT_WORK[Role.OWNER])
    page.goto(BRAND)
    page.locator("#brand_color").fill("#1F4B2A")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state("networkidle")
    assert page.locator(".brand-preview .tier").first.evaluate(GROUND) == DARK_GREEN
    assert page.locator(".brand-preview .btn-primary").first.evaluate(GROUND) == DARK_GREEN
    assert page.get_by_role("button", name="Save the look").evaluate(GROUND) == BEFORE


def test_a_faint_colour_is_refused_and_the_nearest_is_one_click_away(
    page: Page, enter: Callable[[str], int], speak: Callable[[str], None], complaints: Complaints
) -> None:
    speak("en")
    enter(AT_WORK[Role.OWNER])
    page.goto(BRAND)
    page.locator("#brand_color").fill("#FFD700")
    page.get_by_role("button", name="Save the look").click()
    expect(page.get_by_role("alert")).to_contain_text("4.5 is needed")
    complaints.expect("status of 422")
    page.get_by_role("button", name="the nearest that can be read").click()
    page.wait_for_load_state("networkidle")
    taken = page.locator("#brand_color").input_value()
    assert taken != "#FFD700"
    expect(page.get_by_text("4.5 is needed")).to_have_count(0)
