"""The doors of bringing friends: the link and its landing, one's own friends, the staff's queue, terms and download."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.joining.models import BROUGHT
from club.members.models import Person
from club.offers.codes import new_code
from club.permissions import Role
from club.programme.rules import Club
from club.referrals.models import REFERRALS, terms_now
from club.referrals.rules import State
from club.referrals.service import code_for, show_name
from tests.people import PASSWORD, browser_of, link_in, mails_to, new_colleague, new_signed_up_member
from tests.referral_world import AFTER_THE_WINDOW, Friends, from_browser


@pytest.fixture
def friends(db: Session, club: Club, now: datetime) -> Friends:
    made = Friends(db, now)
    made.terms()
    return made


def form(**other: str) -> dict[str, str]:
    return {"name": "Berta Pons", "email": "berta@example.org", "password": PASSWORD, "terms": "y", **other}


@pytest.mark.proves("T1")
def test_a_friend_joins_from_the_link_and_brings_the_code_along(
    app: Flask, client: FlaskClient, db: Session, friends: Friends
) -> None:
    ana = friends.member()
    code = code_for(db, ana, from_browser(), friends.now)
    unnamed = client.get(f"/j/{code}")
    assert "A member of the club invited you." in unnamed.text
    assert "Ana" not in unnamed.text
    show_name(db, ana, True, from_browser(), friends.now)
    landing = client.get(f"/j/{code}")
    assert "Ana invited you." in landing.text
    assert "500" in landing.text
    assert code in client.get("/join").text  # looked around, came back
    assert client.post("/join", data=form(code=code)).location == "/join/mailed"
    assert client.post(link_in(mails_to(db, "berta@example.org")[-1])).location == "/me/welcome"
    db.rollback()
    row = db.execute(select(REFERRALS).join(Person, Person.id == REFERRALS.c.friend_id)).one()
    assert (row.referrer_id, row.state, row.way) == (ana, State.JOINED, "link")
    assert db.execute(select(BROUGHT.c.taken_up_at)).scalar_one() is not None
    page = browser_of(app, db, new_signed_up_member(db, friends.now, email="other@example.org"), friends.now)
    assert "Berta" not in page.get("/me/friends").text


@pytest.mark.proves("F-55")
def test_a_code_of_nobody_is_said_once_and_ten_of_them_mean_waiting(
    client: FlaskClient, db: Session, friends: Friends
) -> None:
    assert "You can join without it." in client.get(f"/j/{new_code()}").text
    wrong = new_code()
    said = client.post("/join", data=form(code=wrong))
    assert (said.status_code, "No member has this code." in said.text) == (422, True)
    assert client.post("/join", data=form(code=wrong, code_seen=wrong)).status_code == 303
    for _ in range(9):
        client.post("/join", data=form(code=new_code()))
    late = client.post("/join", data=form(code=new_code()))
    assert "No member has this code." not in late.text
    assert late.status_code == 422
    assert client.post("/join", data=form(email="carla@example.org")).status_code == 303


@pytest.mark.proves("T8", "A-8.2.2")
def test_a_member_sees_their_friends_and_never_what_those_bought(
    app: Flask, db: Session, friends: Friends, now: datetime
) -> None:
    who = new_signed_up_member(db, now)
    assert who.person_id is not None
    browser = browser_of(app, db, who, now)
    assert "Make my link" in browser.get("/me/friends").text
    assert browser.post("/me/friends/link").status_code == 303
    code = code_for(db, who.person_id, None, now)
    assert f"/j/{code}" in browser.get("/me/friends").text
    berta = friends.joins(code, "berta@example.org")
    assert "Has not bought yet." in browser.get("/me/friends").text
    friends.buys(berta, amount=7351)
    friends.night(AFTER_THE_WINDOW)
    page = browser.get("/me/friends").text
    assert "Rewarded" in page
    assert "73.51" not in page
    home = browser.get("/me").text
    assert "1 friend came through you." in home
    for _ in range(5):
        assert browser.post("/me/friends/invite", data={"email": "dora@example.org"}).status_code in {303, 429}
    assert len(mails_to(db, "dora@example.org")) == 1


def test_staff_look_decide_and_take_the_list_along(app: Flask, db: Session, friends: Friends, now: datetime) -> None:
    ana = friends.member()
    code = friends.code_of(ana, from_browser(1))
    berta = friends.joins(code, "berta@example.org", asking=from_browser(1), name="=cmd|' /C calc'!A0")
    row = friends.row(berta)
    reader = browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)
    assert "The same browser" in reader.get(f"/admin/referrals/{row.id}").text
    assert reader.post(f"/admin/referrals/{row.id}/approve", data={"why": "x"}).status_code == 403
    assert reader.post("/admin/referrals/export").status_code == 403
    staff = browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)
    assert "=cmd" in staff.get("/admin/referrals").text
    empty = staff.post(f"/admin/referrals/{row.id}/refuse", data={"why": "", "version": str(row.version)})
    assert (empty.status_code, "Enter the reason." in empty.text) == (422, True)
    done = staff.post(f"/admin/referrals/{row.id}/refuse", data={"why": "one person", "version": str(row.version)})
    assert (done.status_code, friends.state(berta)) == (303, State.REFUSED)
    table = staff.post("/admin/referrals/export?state=all").text
    assert "'=cmd" in table
    assert "berta@example.org" not in table


def test_terms_show_what_last_year_would_have_cost_before_they_are_saved(
    app: Flask, db: Session, friends: Friends, now: datetime
) -> None:
    friends.buys(new_signed_up_member(db, now, email="new@example.org").person_id or 0, amount=9000)
    staff = browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)
    typed = {
        "is_open": "y", "referrer_kind": "points", "referrer_points": "300", "friend_kind": "points",
        "friend_points": "200", "least_amount": "30", "wait_days": "20", "yearly_limit": "5", "version": "1",
        "key": "0" * 32,
    }  # fmt: skip
    shown = staff.post("/admin/referrals/terms", data={**typed, "do": "show"})
    assert (shown.status_code, "500" in shown.text) == (200, True)
    short = staff.post("/admin/referrals/terms", data={**typed, "wait_days": "3"})
    assert (short.status_code, "Goods can be returned for 14 days." in short.text) == (422, True)
    for _ in range(2):
        assert staff.post("/admin/referrals/terms", data=typed).status_code == 303
    db.rollback()
    standing = terms_now(db)
    assert standing is not None
    assert (standing[0], standing[1].referrer.points, standing[1].wait_days) == (2, 300, 20)
