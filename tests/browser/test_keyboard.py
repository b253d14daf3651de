"""Joining and signing in without a mouse; nobody gets lost on the way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from demo.cast import PASSWORD as OWN_PASSWORD
from tests.browser.accessibility import DESK, PHONE
from tests.browser.complaints import Complaints
from tests.browser.people import CARMEN, Keyboard
from tests.people import PASSWORD, link_in, mails_to


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    page.set_viewport_size(DESK)
    page.emulate_media(reduced_motion="reduce")
    return Keyboard(page)


@pytest.mark.proves("G-10")
def test_joining_with_the_keyboard(page: Page, keyboard: Keyboard, live_db: Session) -> None:
    page.goto("/join")
    assert keyboard.tab() == "Skip to the content"
    keyboard.press("Enter")
    keyboard.tab_to("Name", most=1)
    keyboard.type("Kim Keys")
    keyboard.tab_to("E-mail")
    keyboard.type("keys@example.org")
    keyboard.tab_to("Password")
    keyboard.type(PASSWORD)
    keyboard.tab_to("I accept the terms")
    keyboard.press("Space")
    keyboard.tab_to("Join")
    keyboard.press("Enter")
    page.wait_for_url("**/join/mailed")
    page.goto(link_in(mails_to(live_db, "keys@example.org")[0]))
    keyboard.tab_to("Become a member")
    keyboard.press("Enter")
    page.wait_for_url("**/me/welcome")
    assert keyboard.faults == []


@pytest.mark.proves("G-10")
def test_signing_in_with_the_keyboard_after_a_mistake(page: Page, keyboard: Keyboard, complaints: Complaints) -> None:
    page.goto("/sign-in")
    assert keyboard.tab() == "Skip to the content"
    keyboard.tab_to("E-mail")
    keyboard.type("carmen@example.org")
    keyboard.tab_to("Password")
    keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    complaints.expect("status of 422")
    keyboard.tab_to("Enter your password", most=1)
    keyboard.press("Enter")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    keyboard.type(OWN_PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url("**/me")
    assert keyboard.faults == []


@pytest.mark.proves("G-09")
@pytest.mark.parametrize("path", ["/me", "/me/points", "/me/tier", "/benefits"])
def test_the_bar_of_a_phone_covers_nothing_that_has_the_focus(
    page: Page, keyboard: Keyboard, enter: Callable[[str], int], path: str
) -> None:
    enter(CARMEN)
    page.set_viewport_size(PHONE)
    page.goto(path)
    met = [keyboard.tab() for _ in range(40)]
    assert len(set(met)) > 8
    assert keyboard.faults == []
