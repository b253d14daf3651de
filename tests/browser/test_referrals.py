"""T8: a member shares their link and reads how a friend stands. T1 from that link: who invited stands there."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.referrals.models import REFERRALS
from tests.browser.conftest import Enter
from tests.browser.people import CARMEN, Hands
from tests.people import PASSWORD, link_in, mails_to

FRIEND = "friend-of-carmen@example.org"


@pytest.mark.proves("T8", "T1")
def test_a_link_is_shared_in_two_clicks_and_a_friend_joins_by_it(page: Page, enter: Enter, live_db: Session) -> None:
    enter(CARMEN)
    page.goto("/me")
    hands = Hands(page)
    hands.click(page.get_by_role("main").get_by_role("link", name="Bring a friend"))
    link = page.get_by_label("Link for friends").input_value()
    hands.click(page.get_by_role("button", name="Copy"))
    assert (hands.clicks, hands.fields) == (2, 0)
    by_mail = page.get_by_role("link", name="Share by mail").get_attribute("href") or ""
    assert by_mail.startswith("mailto:?subject=")

    page.context.clear_cookies()
    page.goto("/j/" + link.rpartition("/")[2])
    expect(page.get_by_role("status")).to_contain_text("invited you.")
    friend = Hands(page)
    friend.fill(page.get_by_label("Name", exact=True), "Zoë Friend")
    friend.fill(page.get_by_label("E-mail", exact=True), FRIEND)
    friend.fill(page.get_by_label("Password", exact=True), PASSWORD)
    friend.tick(page.get_by_label("I accept the terms"))
    friend.click(page.get_by_role("main").get_by_role("button", name="Join"))
    page.goto(link_in(mails_to(live_db, FRIEND)[0]))
    friend.click(page.get_by_role("button", name="Become a member"))
    assert (friend.clicks, friend.fields, friend.ticks) == (2, 3, 1)
    live_db.rollback()
    found = select(REFERRALS.c.way).join(Person, Person.id == REFERRALS.c.friend_id).where(Person.email == FRIEND)
    assert live_db.scalar(found) == "link"

    page.context.clear_cookies()
    enter(CARMEN)
    page.goto("/me")
    reader = Hands(page)
    reader.click(page.get_by_role("main").get_by_role("link", name="Bring a friend"))
    expect(page.get_by_role("row", name="Zoë")).to_contain_text("Has not bought yet.")
    assert reader.clicks == 1
