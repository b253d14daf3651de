"""T8: a member shares their link and reads how a friend stands. T1 from that link: who invited stands there."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.members.models import Person, person_with_email
from club.permissions import Role
from club.programme.models import the_club
from club.referrals.models import REFERRALS, terms_now
from club.referrals.rules import Reward, RewardKind, Terms
from club.referrals.service import code_for, set_terms
from tests.browser.conftest import Enter, Speak
from tests.browser.people import CARMEN, Hands
from tests.people import PASSWORD, link_in, mails_to

FRIEND = "friend-of-carmen@example.org"


@pytest.fixture
def code(live_db: Session) -> str:
    """Carmen's code; the club rewards friends, whatever another test wrote."""
    now = datetime.now(UTC)
    carmen, standing = person_with_email(live_db, CARMEN), terms_now(live_db)
    waits = the_club(live_db).shop_return_days
    live_db.rollback()
    assert carmen is not None
    if standing is None or not standing[1].is_open:
        points = Reward(RewardKind.POINTS, 500)
        terms = Terms(is_open=True, referrer=points, friend=points, least_amount=5000, wait_days=waits, yearly_limit=10)
        set_terms(live_db, terms, standing[0] if standing else 0, None, Role.OWNER, now, b"browser")
    return code_for(live_db, carmen.person_id, None, now)


def to_friends(page: Page, enter: Enter, speak: Speak) -> Hands:
    """Carmen, one click after her home."""
    page.context.clear_cookies()
    enter(CARMEN)
    speak("en")
    page.goto("/me")
    hands = Hands(page)
    hands.click(page.get_by_role("main").get_by_role("link", name="Bring a friend"))
    return hands


def join_as_a_friend(page: Page, live_db: Session) -> Hands:
    """The form that the link leads to, and the button in the mail."""
    friend = Hands(page)
    friend.fill(page.get_by_label("Name", exact=True), "Zoë Friend")
    friend.fill(page.get_by_label("E-mail", exact=True), FRIEND)
    friend.fill(page.get_by_label("Password", exact=True), PASSWORD)
    friend.tick(page.get_by_label("I accept the terms"))
    friend.click(page.get_by_role("main").get_by_role("button", name="Join"))
    page.goto(link_in(mails_to(live_db, FRIEND)[0]))
    friend.click(page.get_by_role("button", name="Become a member"))
    return friend


@pytest.mark.proves("T8", "T1")
def test_a_link_is_shared_in_two_clicks_and_the_friend_who_joins_by_it_is_seen_after_one(
    page: Page, enter: Enter, speak: Speak, live_db: Session, code: str
) -> None:
    page.add_init_script("navigator.share = (given) => { window.given = given.url; return Promise.resolve(); };")
    carmen = to_friends(page, enter, speak)
    link = page.get_by_label("Link for friends").input_value()
    assert link.endswith(f"/j/{code}")
    carmen.click(page.get_by_role("button", name="Copy"))
    assert (carmen.clicks, carmen.fields) == (2, 0)
    page.get_by_role("button", name="Share another way").click()  # where the device has a sheet of its own
    assert page.evaluate("window.given") == link
    by_mail = page.get_by_role("link", name="Share by mail").get_attribute("href") or ""
    assert by_mail.startswith("mailto:?subject=")

    page.context.clear_cookies()
    page.goto("/j/" + link.rpartition("/")[2])
    expect(page.get_by_role("status")).to_contain_text("invited you.")
    friend = join_as_a_friend(page, live_db)
    assert (friend.clicks, friend.fields, friend.ticks) == (2, 3, 1)
    live_db.rollback()
    found = select(REFERRALS.c.way).join(Person, Person.id == REFERRALS.c.friend_id).where(Person.email == FRIEND)
    assert live_db.scalar(found) == "link"

    reader = to_friends(page, enter, speak)
    expect(page.get_by_role("row", name="Zoë")).to_contain_text("Has not bought yet.")
    assert (reader.clicks, reader.fields) == (1, 0)
