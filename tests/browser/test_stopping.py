"""T11: one click in the mail, one button, and mails of one kind have ended. Nobody signs in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.contact.choices import key_of
from club.contact.preferring import Saying, Wanted, prefer, wanted_by
from club.contact.rules import REFUSABLE, Topic
from club.database import transaction
from club.members.models import Person
from tests.browser.conftest import Speak
from tests.browser.people import CARMEN, Hands

WORDS = {
    "en": ("Stop these mails", "These mails have ended"),
    "ru": ("Больше не присылать эти письма", "Этих писем больше не будет"),
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
def carmen(live_db: Session) -> Iterator[int]:
    """Wants everything; afterwards what she wanted before."""
    person_id = live_db.scalars(select(Person.id).where(Person.email == CARMEN)).one()
    before = wanted_by(live_db, person_id)
    live_db.rollback()
    said, now = Saying("preferences", "en"), datetime.now(UTC)
    prefer(live_db, person_id, Wanted(frozenset(REFUSABLE), by_phone=False, by_post=False), said, now)
    yield person_id
    live_db.rollback()
    prefer(live_db, person_id, before, said, datetime.now(UTC))


@pytest.mark.proves("T11")
def test_mails_of_one_kind_end_with_one_click_in_the_mail_and_one_button(
    page: Page, speak: Speak, live_db: Session, carmen: int, as_read: tuple[str, int, bool]
) -> None:
    language, _width, _scripts = as_read
    button, ended = WORDS[language]
    with transaction(live_db) as tx:
        key = key_of(tx, carmen)
    speak(language)
    page.goto(f"/p/{key}/stop/offers")
    hands = Hands(page)
    hands.click(page.get_by_role("button", name=button))
    expect(page.get_by_role("heading", name=ended)).to_be_visible()
    assert (hands.clicks, hands.fields, hands.ticks) == (1, 0, 0)
    assert wanted_by(live_db, carmen).topics == frozenset(REFUSABLE) - {Topic.OFFERS}
