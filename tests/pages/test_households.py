"""A household as its members, as others and as staff see it."""

from dataclasses import replace
from datetime import datetime
from re import search

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from club.database import transaction
from club.household.models import household_id_of, invitations_of
from club.permissions import Role
from club.points.models import balance_of
from club.points.rules import Earned
from club.points.service import earn, hold, spend_hold
from club.programme.models import the_club
from club.programme.rules import Club
from club.programme.service import change
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
PAGE = "/me/household"


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    change(db, replace(club, households_allowed=True, household_wait_days=0), None, now)
    return new_signed_up_member(db, now)


@pytest.fixture
def berta(db: Session, ana: SomebodyWithAccount, now: datetime) -> SomebodyWithAccount:
    berta = new_signed_up_member(db, now, name="Berta Ruiz", email="berta@example.org")
    day = now.date()
    with transaction(db) as tx:
        earn(tx, Earned(berta.person_id or 0, "purchase.earned", 1, 500, day, day, None), day, now)
    return berta


def test_two_share_points_see_the_sum_and_part_again(
    app: Flask, db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    as_ana, as_berta = browser_of(app, db, ana, now), browser_of(app, db, berta, now)
    assert PAGE in as_ana.get("/me/family").text
    assert as_ana.post(PAGE, data={"sought": " "}).status_code == 422
    known = as_ana.post(PAGE, data={"sought": "berta@example.org", "share": "y"}, follow_redirects=True).text
    unknown = as_ana.post(PAGE, data={"sought": "nobody@example.org", "share": "y"}, follow_redirects=True).text
    assert "Asked. If a member" in known
    assert "Asked. If a member" in unknown
    asked = invitations_of(db, berta.person_id or 0, now)[0].id
    db.rollback()
    assert "Ana García invites you" in as_berta.get(PAGE).text
    as_berta.post(f"{PAGE}/invitations/{asked}/accept", data={"share": "y"})
    page = as_ana.get(PAGE).text
    assert ("500" in page, "Berta Ruiz" in page, "nobody@example.org" in page) == (True, True, True)
    day = now.date()
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, ana.person_id or 0, "order", 1, 120, day, now), day, now)
    assert "Ana García, of your household: Spent" in as_berta.get("/me/points").text
    assert as_berta.get(f"{PAGE}/{ana.person_id}/remove").status_code == 303
    assert "Berta Ruiz takes along" in as_ana.get(f"{PAGE}/{berta.person_id}/remove").text
    assert "You take along" in as_berta.get(f"{PAGE}/leave").text
    assert as_berta.post(f"{PAGE}/leave").status_code == 303
    assert household_id_of(db, ana.person_id or 0) is None
    assert balance_of(db, berta.person_id or 0, day).active == 380


def test_a_club_without_households_shows_no_way_there(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    change(db, replace(the_club(db), households_allowed=False), None, now)
    as_ana = browser_of(app, db, ana, now)
    assert PAGE not in as_ana.get("/me/family").text
    page = as_ana.get(PAGE)
    assert (page.status_code, 'name="sought"' in page.text) == (200, False)
    assert as_ana.post(PAGE, data={"sought": "berta@example.org"}).status_code == 422


def test_staff_see_a_household_and_dissolve_it_with_a_reason(
    app: Flask, db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    browser_of(app, db, ana, now).post(PAGE, data={"sought": "berta@example.org", "share": "y"})
    asked = invitations_of(db, berta.person_id or 0, now)[0].id
    browser_of(app, db, berta, now).post(f"{PAGE}/invitations/{asked}/accept", data={"share": "y"})
    desk = browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)
    address = f"/admin/customers/{ana.person_id}/household"
    assert search("Berta Ruiz.*500", desk.get(address).text.replace("\n", " "))
    assert desk.post(address, data={"why": " "}).status_code == 422
    assert household_id_of(db, ana.person_id or 0) is not None
    db.rollback()
    assert desk.post(address, data={"why": "Asked by phone"}).status_code == 303
    assert household_id_of(db, ana.person_id or 0) is None
    assert "belongs to no household" in desk.get(address).text


def test_the_owner_decides_whether_and_how_many(app: Flask, db: Session, now: datetime) -> None:
    desk = browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)
    address = "/admin/settings/sharing"
    seen = search(r'name="seen"[^>]*value="([^"]*)"', desk.get(address).text)
    assert seen is not None
    typed = {
        "seen": seen[1], "transfer_most": "100", "transfer_most_month": "200", "transfer_most_year": "900",
        "transfer_wait_days": "30", "households_allowed": "y", "household_most": "1", "household_wait_days": "7",
    }  # fmt: skip
    assert desk.post(address, data=typed).status_code == 422
    assert desk.post(address, data={**typed, "household_most": "3"}).status_code == 303
    club = the_club(db)
    assert (club.households_allowed, club.household_most, club.household_wait_days) == (True, 3, 7)
