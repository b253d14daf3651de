"""T5: one click in the mail, one button, nothing to fill in, nobody signs in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.models import login_for
from club.events.models import INVITATIONS
from club.events.rules import Event, Kind, Who
from club.events.service import add_event, add_wave, publish, write_waves
from club.members.models import Person
from club.permissions import Role
from club.texts import Texts
from tests.browser.conftest import Speak
from tests.browser.people import AT_WORK, CARMEN, Hands

WORDS = {
    "en": ("I will come", "QR code of this ticket", "Give back my place"),
    "ru": ("Приду", "QR-код этого билета", "Вернуть место"),
}


@pytest.fixture(params=[("en", 1280, True), ("ru", 390, False)], ids=["en-1280", "ru-390-no-scripts"])
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


@pytest.fixture
def key(live_db: Session) -> str:
    """The end of the link in the mail with which Carmen is invited to an evening of this test's own."""
    now = datetime.now(UTC)
    login = login_for(live_db, AT_WORK[Role.EVENTS])
    carmen = live_db.scalars(select(Person.id).where(Person.email == CARMEN)).one()
    live_db.rollback()
    assert login is not None
    starts_at = now + timedelta(days=12)
    evening = Event(
        kind=Kind.CULTURAL, title=Texts({"en": "Jazz in the cellar"}), place="Cellar", starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2), seats=12, most_guests=1, asks_diet=True,
    )  # fmt: skip
    event_id = add_event(live_db, evening, login.account_id, Role.EVENTS, now)
    publish(live_db, event_id, 1, login.account_id, Role.EVENTS, now)
    add_wave(live_db, event_id, Who.PICKED, now, login.account_id, Role.EVENTS, now, person_ids=(carmen,))
    write_waves(live_db, now, lambda: False)
    asked = select(INVITATIONS.c.key).where(INVITATIONS.c.event_id == event_id)
    return live_db.scalars(asked).one()


@pytest.mark.proves("T5")
def test_an_invitation_is_answered_with_one_button(
    page: Page, speak: Speak, key: str, as_read: tuple[str, int, bool]
) -> None:
    language, width, _scripts = as_read
    come, qr, back = WORDS[language]
    speak(language)
    page.goto(f"/events/answer/{key}")  # the click in the mail
    reader = Hands(page)
    reader.click(page.get_by_role("button", name=come, exact=True).last)
    expect(page.get_by_role("img", name=qr)).to_be_visible()
    assert (reader.clicks, reader.fields) == (1, 0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    reader.click(page.get_by_role("link", name=back))
    reader.click(page.get_by_role("button", name=back, exact=True))
    expect(page.get_by_role("img", name=qr)).to_have_count(0)
