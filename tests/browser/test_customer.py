"""T13: a colleague finds the caller, notes the call and what was promised, with scripts and without."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.care.models import COMMITMENTS, INTERACTIONS
from club.members.models import Person
from club.permissions import Role
from tests.browser.people import AT_WORK, CARMEN, Hands


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.mark.proves("T13")
def test_finding_a_caller_and_noting_the_call_with_a_promise_takes_four_clicks_and_three_fields(
    page: Page,
    enter: Callable[[str], int],
    speak: Callable[[str], None],
    live_db: Session,
    browser_context_args: dict[str, Any],
) -> None:
    speak("en")
    account_id = enter(AT_WORK[Role.SUPPORT])
    words = f"Two cases for the wedding ({browser_context_args['java_script_enabled']})"
    page.goto("/admin")
    hands = Hands(page)
    hands.fill(page.get_by_label("Person, phone, number, receipt or SKU"), CARMEN)
    hands.click(page.get_by_role("button", name="Search"))
    hands.tick(page.get_by_label("They came to us"))
    hands.fill(page.get_by_label("What was said"), "Asks for wine for a wedding")
    hands.fill(page.get_by_label("Next step"), words)
    hands.tick(page.get_by_label("We promised it to them"))
    hands.click(page.get_by_role("button", name="Keep", exact=True))

    expect(page.get_by_role("status").first).to_contain_text("Kept, with its next step.")
    expect(page.get_by_role("link", name=f"Promise: {words}")).to_be_visible()
    assert (hands.clicks + hands.ticks, hands.fields) == (4, 3)
    live_db.rollback()
    carmen = live_db.scalars(select(Person.id).where(Person.email_key == CARMEN)).one()
    promised = live_db.execute(
        select(COMMITMENTS.c.person_id, COMMITMENTS.c.owner_id, COMMITMENTS.c.was_told).where(
            COMMITMENTS.c.what == words
        )
    ).one()
    assert tuple(promised) == (carmen, account_id, True)
    last = live_db.execute(
        select(INTERACTIONS.c.kind, INTERACTIONS.c.direction).order_by(INTERACTIONS.c.id.desc())
    ).first()
    assert last is not None
    assert tuple(last) == ("call", "in")


@pytest.mark.proves("T13")
def test_a_task_is_done_and_undone_from_the_list(
    page: Page, enter: Callable[[str], int], speak: Callable[[str], None]
) -> None:
    speak("en")
    enter(AT_WORK[Role.MANAGER])
    page.goto("/admin/tasks")
    first = page.locator(".list-rows li").first
    what = first.get_by_role("link").first.inner_text()
    hands = Hands(page)
    hands.click(first.get_by_role("button").first)
    notice = page.get_by_role("status").filter(has_text=what)
    expect(notice).to_be_visible()
    hands.click(notice.get_by_role("button", name="Undo"))
    expect(page.get_by_role("status").first).to_contain_text("It is open again.")
    expect(page.locator(".list-rows li").first.get_by_role("link").first).to_have_text(what)
    assert hands.clicks == 2
