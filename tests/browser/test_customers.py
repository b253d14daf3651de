"""Looking for a customer without a mouse, and the pages of customers on a small phone, for every eye."""

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.permissions import Role
from tests.browser.accessibility import DESK
from tests.browser.complaints import Complaints
from tests.browser.conftest import Enter, Speak
from tests.browser.people import AT_WORK, CARMEN, Keyboard


@pytest.fixture
def carmen(live_db: Session) -> tuple[int, str]:
    """Id and name."""
    found = live_db.execute(select(Person.id, Person.full_name).where(Person.email == CARMEN)).one()
    live_db.rollback()
    return found.id, found.full_name


@pytest.mark.proves("G-10")
@pytest.mark.parametrize("start", ["/admin/enrol", "/admin/customers?place=pareto"])
def test_a_customer_is_found_from_any_page_with_the_keyboard(
    page: Page, enter: Enter, speak: Speak, carmen: tuple[int, str], start: str
) -> None:
    enter(AT_WORK[Role.SUPPORT])
    speak("en")
    page.set_viewport_size(DESK)
    page.emulate_media(reduced_motion="reduce")
    page.goto(start)
    page.evaluate("document.activeElement.blur()")
    keyboard = Keyboard(page)
    keyboard.tab_to("Person, phone, number", most=4)
    keyboard.type(CARMEN)
    keyboard.press("Enter")
    page.wait_for_url(f"**/admin/customers/{carmen[0]}")
    assert carmen[1] in page.locator("h1").inner_text()
    page.goto("/admin/counter")
    page.get_by_label("Person, phone, number").press("Enter")
    page.wait_for_url("**/admin/search?q=")
    keyboard.tab_to("Person, phone, number", most=4)
    keyboard.type("mar")
    keyboard.press("Enter")
    page.wait_for_url("**/admin/search?q=mar")
    assert page.get_by_label("Person, phone, number").input_value() == "mar"
    assert page.get_by_role("heading", name="People").is_visible()
    assert keyboard.faults == []


def test_what_is_typed_wrong_gets_the_focus_and_several_are_tagged_without_a_mouse(
    page: Page, enter: Enter, speak: Speak, complaints: Complaints
) -> None:
    enter(AT_WORK[Role.MARKETING])
    speak("en")
    page.set_viewport_size(DESK)
    page.goto("/admin/customers?place=pareto&order=-bought")
    page.get_by_role("button", name="Put on the tag").press("Enter")
    page.wait_for_url("**/admin/customers/several?**")
    complaints.expect("status of 422")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    first, second = page.locator("input[name=person]").nth(0), page.locator("input[name=person]").nth(1)
    first.press("Space")
    second.press("Space")
    page.locator("#several-tag").fill("Autumn dinner")
    page.get_by_role("button", name="Put on the tag").press("Enter")
    page.wait_for_url("**undo=**")
    assert page.get_by_role("link", name="Autumn dinner").count() == 2
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_url("**/admin/customers?**")
    assert page.get_by_role("link", name="Autumn dinner").count() == 0
