"""T12: a member of staff changes a threshold, sees who moves, and saves: three clicks, one field, one click to save."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from club.permissions import Role
from club.tiers.models import ladders
from tests.browser.people import AT_WORK, Hands


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.mark.proves("T12")
def test_a_threshold_is_changed_and_who_moves_is_seen_before_saving(
    page: Page,
    live_db: Session,
    enter: Callable[[str], int],
    speak: Callable[[str], None],
    axe: Callable[[Page], list[str]],
    browser_context_args: dict[str, Any],
) -> None:
    enter(AT_WORK[Role.OWNER])
    speak("en")
    before = len(ladders(live_db).versions)
    page.goto("/admin")
    hands = Hands(page)
    hands.click(page.locator(".staff-nav").get_by_text("Tiers", exact=True))
    hands.click(page.get_by_role("link", name="Change the ladder"))
    hands.fill(page.locator("#spend_4"), "2000")
    hands.click(page.locator(".actions").get_by_role("button", name="Recalculate"))

    effect = page.locator("#effect")
    expect(effect).to_contain_text("on the first day")
    expect(effect).to_contain_text("Cost in a year")
    assert effect.locator(".named li").count() > 0
    assert (hands.clicks, hands.fields) == (3, 1)
    if browser_context_args["java_script_enabled"]:
        assert axe(page) == []
    live_db.rollback()
    assert len(ladders(live_db).versions) == before

    page.locator("#savebar button.btn-warning").click()
    expect(page.locator("h1")).to_have_text("Tier ladder")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    live_db.rollback()
    assert len(ladders(live_db).versions) == before + 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("The ladder was taken back.")


def test_the_effect_follows_what_one_types(
    page: Page, enter: Callable[[str], int], speak: Callable[[str], None], browser_context_args: dict[str, Any]
) -> None:
    if not browser_context_args["java_script_enabled"]:
        pytest.skip("needs scripts")
    enter(AT_WORK[Role.OWNER])
    speak("en")
    page.goto("/admin/tiers/edit")
    page.fill("#spend_4", "2000")
    expect(page.locator("#effect")).to_contain_text("Cost in a year")
    expect(page.locator("#savebar")).to_contain_text("Save and schedule")
    page.fill("#spend_4", "100")
    expect(page.locator("#effect")).to_contain_text("Put right what is marked")
    expect(page.locator("#savebar")).to_contain_text("Nothing is saved before its effect was shown.")
