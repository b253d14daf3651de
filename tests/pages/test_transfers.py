"""Passing points on, as a member and as staff see it: shown first, done with the password, undone with a reason."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from club.database import transaction
from club.permissions import Role
from club.points.models import balance_of
from club.points.rules import Earned
from club.points.service import earn
from club.programme.models import the_club
from club.programme.service import change
from tests.people import PASSWORD, SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
PAGE = "/me/points/pass"


@pytest.fixture
def berta(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now - timedelta(days=400), name="Berta Ruiz", email="berta@example.org")


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    change(db, replace(the_club(db), transfers_allowed=True), None, now)
    ana = new_signed_up_member(db, now - timedelta(days=400))
    assert ana.person_id is not None
    day = now.date()
    with transaction(db) as tx:
        earn(tx, Earned(ana.person_id, "purchase.earned", 1, 500, day, day, None), day, now)
    return ana


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'name="(key|shown)"[^>]*value="([^"]*)"', page)
    return dict(found)


def active(db: Session, who: SomebodyWithAccount, now: datetime) -> int:
    db.rollback()
    return balance_of(db, who.person_id or 0, now.date()).active


@pytest.mark.proves("A-6.3.3", "F-27", "F-32")
def test_points_go_when_the_effect_was_seen_and_the_password_is_right(
    app: Flask, db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    as_ana = browser_of(app, db, ana, now)
    typed = {"number": berta.member_number, "name": "ruiz", "points": "120"}
    shown = as_ana.post(PAGE, data={**typed, **fields(as_ana.get(PAGE).text), "do": "look"})
    assert (shown.status_code, "go from you to ruiz" in shown.text, active(db, berta, now)) == (200, True, 0)
    ready = {**typed, **fields(shown.text), "do": "pass"}
    wrong = as_ana.post(PAGE, data={**ready, "current": "not it"})
    assert (wrong.status_code, 'id="current-error"' in wrong.text, active(db, berta, now)) == (422, True, 0)
    more = as_ana.post(PAGE, data={**ready, "points": "121", "current": PASSWORD})
    assert ("Look at it again" in more.text, active(db, berta, now)) == (True, 0)
    for _ in range(2):
        assert as_ana.post(PAGE, data={**ready, "current": PASSWORD}).status_code == 303
        assert (active(db, ana, now), active(db, berta, now)) == (380, 120)
    given = as_ana.get(PAGE).text
    assert (f"To {berta.member_number[:4]}-{berta.member_number[-4:]}" in given, "Berta" in given) == (True, False)
    assert "From Ana García" in browser_of(app, db, berta, now).get(PAGE).text
    assert as_ana.post(PAGE, data={**typed, "points": "9999", "key": "0" * 32}).status_code == 422


def test_a_club_that_does_not_allow_it_says_so_and_shows_no_way_there(
    app: Flask, db: Session, berta: SomebodyWithAccount, now: datetime
) -> None:
    as_berta = browser_of(app, db, berta, now)
    assert PAGE not in as_berta.get("/me/points").text
    page = as_berta.get(PAGE)
    assert (page.status_code, "cannot be passed on" in page.text, 'name="number"' in page.text) == (200, True, False)
    change(db, replace(the_club(db), transfers_allowed=True), None, now)
    page = as_berta.get(PAGE)
    assert ("no points now that can be passed on" in page.text, 'name="number"' in page.text) == (True, False)


@pytest.fixture
def desk(app: Flask, db: Session, now: datetime) -> FlaskClient:
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


def test_staff_see_it_at_both_customers_and_undo_it_with_a_reason(
    app: Flask, db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, desk: FlaskClient, now: datetime
) -> None:
    as_ana = browser_of(app, db, ana, now)
    typed = {"number": berta.member_number, "name": "ruiz", "points": "120"}
    shown = as_ana.post(PAGE, data={**typed, **fields(as_ana.get(PAGE).text), "do": "look"}).text
    as_ana.post(PAGE, data={**typed, **fields(shown), "do": "pass", "current": PASSWORD})
    for who in (ana, berta):
        assert "Berta Ruiz" in desk.get(f"/admin/customers/{who.person_id}/transfers").text
    undo = "/admin/customers/transfers/1/undo"
    assert desk.post(undo, data={"why": " "}).status_code == 422
    assert active(db, berta, now) == 120
    assert desk.post(undo, data={"why": "Asked by phone"}).status_code == 303
    assert (active(db, ana, now), active(db, berta, now)) == (500, 0)
    again = desk.post(undo, data={"why": "Asked by phone"})
    assert (again.status_code, "undone already" in again.text) == (422, True)


def test_the_owner_decides_whether_and_how_many(db: Session, desk: FlaskClient) -> None:
    address = "/admin/settings/sharing"
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', desk.get(address).text)
    assert seen is not None
    typed = {
        "seen": seen[1], "transfers_allowed": "y", "transfer_most": "300", "transfer_most_month": "200",
        "transfer_most_year": "900", "transfer_wait_days": "30", "household_most": "4", "household_wait_days": "14",
    }  # fmt: skip
    assert desk.post(address, data=typed).status_code == 422
    assert desk.post(address, data={**typed, "transfer_most": "100"}).status_code == 303
    club = the_club(db)
    assert (club.transfers_allowed, club.transfer_most, club.transfer_wait_days) == (True, 100, 30)
