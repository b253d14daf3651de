"""T14: a guest is let in by the scanner with nothing pressed, or by three letters of the name and one click."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.events.models import ANSWERS, EVENTS
from club.events.reading.desk import doors
from club.members.models import Person
from club.permissions import Role
from tests.browser.complaints import Complaints
from tests.browser.conftest import Enter, Speak
from tests.browser.people import AT_WORK, Hands

WORDS = {
    "en": ("Welcome", "Already in", "Ticket or name", "Check in", "Undo"),
    "es": ("Le damos la bienvenida", "Ya ha entrado", "Entrada o nombre", "Registrar entrada", "Deshacer"),
}


@pytest.fixture(params=[("en", 390, True), ("es", 390, False)], ids=["en-390", "es-390-no-scripts"])
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


@pytest.mark.proves("T14")
def test_guests_are_let_in_by_ticket_without_a_click_and_by_name_with_one(
    page: Page, enter: Enter, speak: Speak, live_db: Session, as_read: tuple[str, int, bool]
) -> None:
    language, width, _scripts = as_read
    welcome, already, field, check_in, undo = WORDS[language]
    event_id, code, name = _expected(live_db)
    enter(AT_WORK[Role.SUPPORT])
    speak(language)
    page.goto(f"/admin/events/{event_id}/checkin")
    host = Hands(page)
    expect(page.get_by_label(field)).to_be_focused()
    page.keyboard.type(code)  # a hand scanner types the code and presses Enter
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=welcome)).to_be_visible()
    expect(page.locator("#result")).to_contain_text(name)
    assert (host.clicks, host.fields) == (0, 0)
    expect(page.get_by_label(field)).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=already)).to_be_visible()
    host.click(page.locator(".door-result + .door-acts").get_by_role("button", name=undo))
    host = Hands(page)
    expect(page.get_by_role("heading", name=already)).to_have_count(0)  # the page before it had the focus there too
    expect(page.get_by_label(field)).to_be_focused()
    page.keyboard.type(name[:3])
    page.keyboard.press("Enter")
    host.click(page.get_by_role("listitem").filter(has_text=name).get_by_role("button", name=check_in))
    expect(page.get_by_role("heading", name=welcome)).to_be_visible()
    assert host.clicks == 1
    box = page.get_by_role("button", name=check_in).first.bounding_box()
    assert box is not None
    assert box["height"] >= 56
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    host.click(page.locator(".door-result + .door-acts").get_by_role("button", name=undo))  # as it was, for who is next


@pytest.mark.parametrize("as_read", [("en", 390, True)], indirect=True)
@pytest.mark.proves("F-53")
def test_without_a_line_scans_wait_and_each_is_told_its_result(
    page: Page,
    enter: Enter,
    speak: Speak,
    live_db: Session,
    as_read: tuple[str, int, bool],
    complaints: Complaints,
) -> None:
    event_id, code, name = _expected(live_db)
    enter(AT_WORK[Role.SUPPORT])
    speak("en")
    page.goto(f"/admin/events/{event_id}/checkin")
    page.context.set_offline(True)
    for _ in range(2):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    expect(page.locator("#door-waiting")).to_contain_text("2")
    page.context.set_offline(False)
    expect(page.locator("#door-told li")).to_have_text([f"Already in: {name}", f"Welcome: {name}"])
    expect(page.locator("#door-waiting")).to_be_hidden()
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page.locator(".door-result + .door-acts").get_by_role("button", name="Undo").click()


@pytest.mark.parametrize("as_read", [("en", 390, True)], indirect=True)
@pytest.mark.proves("T14")
def test_the_camera_reads_a_ticket_in_a_browser_that_reads_no_codes_itself(
    page: Page, enter: Enter, speak: Speak, live_db: Session, as_read: tuple[str, int, bool], camera_file: Path
) -> None:
    event_id, code, name = _expected(live_db)
    _hold_before(camera_file, code)
    page.context.grant_permissions(["camera"])
    enter(AT_WORK[Role.SUPPORT])
    speak("en")
    page.goto(f"/admin/events/{event_id}/checkin")
    assert page.evaluate("'BarcodeDetector' in window") is False
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#result")).to_contain_text(name)
    page.get_by_role("button", name="Switch the camera off").click()
    expect(page.locator("#door-camera video")).to_be_hidden()
    page.locator(".door-result + .door-acts").get_by_role("button", name="Undo").click()  # as it was


def _hold_before(camera: Path, code: str) -> None:
    """One picture of a ticket's code, grey on grey as a phone in the rain shows it, that the camera sees for ever."""
    rows = [
        bytes(60 if dark else 190 for dark in row for _ in range(8)) for row in segno.make_qr(code, error="m").matrix
    ]
    width, height = 640, 480
    blank, margin = bytes([190]) * width, (width - len(rows[0])) // 2
    drawn = [bytes([190]) * margin + row + bytes([190]) * (width - margin - len(row)) for row in rows for _ in range(8)]
    above = (height - len(drawn)) // 2
    picture = b"".join([blank] * above + drawn + [blank] * (height - above - len(drawn)))
    grey = bytes([128]) * (width * height // 2)
    camera.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + picture + grey) * 2)


def _expected(db: Session) -> tuple[int, str, str]:
    """An event whose door is open, and somebody with a ticket for it who is not in yet: its id, code and name."""
    event_id = doors(db, datetime.now(UTC))[0].id
    row = db.execute(
        select(ANSWERS.c.code, Person.full_name)
        .join(Person, Person.id == ANSWERS.c.person_id)
        .join(EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .where(ANSWERS.c.event_id == event_id, ANSWERS.c.state == "going")
        .order_by(ANSWERS.c.id)
        .limit(1)
    ).one()
    db.rollback()
    return event_id, row.code, row.full_name
