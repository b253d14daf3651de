"""Gifts through their pages: staff write a rule and see what it would cost; a member chooses once, and only theirs."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from club.gifts.models import GIFTS, standing_rules
from club.gifts.rules import Kind, Option, What
from club.gifts.service import night
from club.permissions import Role
from tests.gift_world import a_rule, active_points, climb
from tests.people import browser_of, new_colleague, new_signed_up_member
from tests.tier_world import add_purchase

pytestmark = pytest.mark.usefixtures("club")

TYPED = {
    "title_en": "From us", "rung": "", "starts_on-day": "1", "starts_on-month": "1", "starts_on-year": "2026",
    "what_1": "points", "points_1": "100", "key": "a" * 32, "do": "save",
}  # fmt: skip


@pytest.fixture
def desk(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def test_a_rule_is_written_once_changed_and_ended(desk, db, now):
    missing = desk.post("/admin/gifts/new/birthday", data=TYPED | {"points_1": ""})
    assert missing.status_code == 422
    assert "Enter 1 to 1,000,000 points." in plain(missing)
    for _ in range(2):
        assert desk.post("/admin/gifts/new/birthday", data=TYPED).status_code == 303
    (rule,) = standing_rules(db)
    db.rollback()
    changed = desk.post(f"/admin/gifts/{rule.id}/edit", data=TYPED | {"points_1": "150", "hold_days": "30"})
    assert changed.status_code == 303
    assert "150 points" in plain(desk.get("/admin/gifts"))
    stale = desk.post(f"/admin/gifts/{rule.id}/edit", data=TYPED | {"points_1": "999"})
    assert stale.status_code == 422
    (rule,) = standing_rules(db)
    assert rule.rule.options == (Option(What.POINTS, 150),)
    db.rollback()
    desk.post(f"/admin/gifts/{rule.id}/end")
    assert standing_rules(db) == ()


@pytest.mark.proves("F-58")
def test_a_member_sees_what_to_choose_chooses_once_and_nobody_else_can(app, desk, db, now, count_queries):
    climb(db, now)
    ana = new_signed_up_member(db, now)
    other = browser_of(app, db, new_signed_up_member(db, now, email="eve@example.org"), now)
    phone = browser_of(app, db, ana, now)
    assert ana.person_id is not None
    add_purchase(db, ana.person_id, date(2026, 6, 10), 300_00)
    with count_queries() as before:
        assert "A reward for you" not in plain(phone.get("/me"))
    typed = {
        "rung": "member",
        "at_percent": "50",
        "route": "spend",
        "choose_days": "30",
        "what_2": "points",
        "points_2": "70",
        "what_3": "",
    }
    assert desk.post("/admin/gifts/new/milestone", data=TYPED | typed).status_code == 303
    assert "reward" not in plain(phone.get("/me/tier"))
    night(db, date(2026, 6, 14), now)
    gift_id = db.scalar(select(GIFTS.c.id))
    phone.get("/me")
    with count_queries() as after:
        assert "A reward for you: choose one by" in plain(phone.get("/me"))
    assert len(after) <= len(before) + 1
    assert "50% of the way 100 points or 70 points reached" in plain(phone.get("/me/tier"))
    assert other.get(f"/me/gifts/{gift_id}").status_code == 404
    assert other.post(f"/me/gifts/{gift_id}", data={"choice": "1"}).status_code == 404
    assert "70 points" in plain(phone.get(f"/me/gifts/{gift_id}"))
    assert phone.post(f"/me/gifts/{gift_id}", data={"choice": "2"}).status_code == 303
    assert phone.post(f"/me/gifts/{gift_id}", data={"choice": "1"}).status_code == 422
    assert active_points(db) == {ana.person_id: 70}
    assert standing_rules(db)[0].rule == a_rule(
        Kind.MILESTONE, Option(What.POINTS, 100), Option(What.POINTS, 70),
        rung_key="member", at_percent=50, choose_days=30, starts_on=date(2026, 1, 1),
    )  # fmt: skip
