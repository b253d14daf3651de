"""T1: somebody joins from a friend's link, with scripts and without."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.members.models import Person
from tests.browser.complaints import Complaints
from tests.browser.people import Hands
from tests.people import PASSWORD, link_in, mails_to


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.fixture
def email(browser_context_args: dict[str, Any]) -> str:
    return f"newcomer-{browser_context_args['java_script_enabled']}@example.org".lower()


def join(page: Page, email: str) -> Hands:
    """The form from a friend's link, as far as it must be filled in."""
    page.goto("/j/luis25")
    hands = Hands(page)
    hands.fill(page.get_by_label("Name", exact=True), "Zoë Newcomer")
    hands.fill(page.get_by_label("E-mail", exact=True), email)
    hands.fill(page.get_by_label("Password", exact=True), PASSWORD)
    hands.tick(page.get_by_label("I accept the terms"))
    hands.click(page.get_by_role("main").get_by_role("button", name="Join"))
    return hands


@pytest.mark.proves("T1")
def test_joining_takes_two_clicks_three_fields_and_a_tick(page: Page, email: str, live_db: Session) -> None:
    hands = join(page, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert (hands.clicks, hands.fields, hands.ticks) == (1, 3, 1)
    page.goto(link_in(mails_to(live_db, email)[0]))
    hands.click(page.get_by_role("button", name="Become a member"))
    assert (hands.clicks, hands.fields, hands.ticks) == (2, 3, 1)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoë")
    expect(page.get_by_role("img", name="QR code of your member number")).to_be_visible()
    live_db.rollback()
    newcomer = live_db.execute(select(Person.member_number, Person.source).where(Person.email == email)).one()
    number = newcomer.member_number
    assert number is not None
    expect(page.get_by_text(f"{number[:4]}-{number[4:]}")).to_be_visible()
    assert newcomer.source == "code:LUIS25"


@pytest.mark.proves("A-6.3.8", "F-30")
def test_what_is_wrong_is_said_at_the_top_and_at_the_field_and_what_was_typed_stays(
    page: Page, complaints: Complaints
) -> None:
    page.goto("/join")
    page.get_by_label("Name", exact=True).fill("Zoë Newcomer")
    page.get_by_role("main").get_by_role("button", name="Join").click()
    complaints.expect("status of 422")
    expect(page).to_have_title("Error: Join the club - Club Gran Reserva")
    summary = page.get_by_role("alert").filter(has_text="There is something to put right")
    expect(summary.get_by_role("link")).to_have_text(
        [
            "Enter your e-mail address.",
            "Choose a password.",
            "Tick the box to accept the terms and the privacy notice.",
        ]
    )
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoë Newcomer")
    field = page.get_by_label("E-mail", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Error: Enter your e-mail address.")
