"""Uses of benefits at the counter, their sums by tier, and what the ladder makes of them."""

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from club.accounts.models import Staff
from club.benefits.rules import Benefit, Cell, Gives, Kind
from club.benefits.service import add_benefit
from club.benefits.uses import used_in_year
from club.database import transaction
from club.members.models import Person
from club.permissions import PERMISSIONS, Permission, Role
from club.points.service import open_account
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import reassess_all, set_ladder
from tests.pages.test_ladder_pages import edited
from tests.people import browser_of, new_colleague
from tests.tier_world import NOW, add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), 1500_00)))


@pytest.fixture
def clerk(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def ana(db, clerk):
    """On gold, which gets two tastings a year; somebody else is near it."""
    set_ladder(db, LADDER, date(2024, 1, 1), None, NOW)
    members = [add_member(db) for _ in range(2)]
    for member, amount in zip(members, (1600_00, 900_00), strict=True):
        add_purchase(db, member, TODAY, amount)
    reassess_all(db, TODAY, NOW)
    cells = {"gold": Cell(Gives.TIMES, 2)}
    tasting = Benefit(Texts({"en": "Tasting"}), Texts({}), Kind.EMOTIONAL, 35_00, TODAY, cells)
    assert add_benefit(db, tasting, 1, Role.MARKETING, NOW) == 1
    return members[0]


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def send(clerk, ana, **typed):
    address = f"/admin/customers/{ana}/benefits"
    key = re.search(r'name="key"[^>]*value="([^"]*)"', clerk.get(address).text).group(1)
    day = {"used_on-day": "15", "used_on-month": "6", "used_on-year": "2026"}
    return clerk.post(address, data={"benefit": "1", "key": key, **day, **typed})


def test_a_clerk_writes_down_a_use_until_none_is_left_and_takes_one_back(clerk, db, ana):
    assert "Tasting 2 times a year · costs 35,00 € 0 of 2" in plain(clerk.get(f"/admin/customers/{ana}/benefits"))
    for _ in range(2):
        assert send(clerk, ana).status_code == 303
    page = send(clerk, ana)
    assert page.status_code == 422
    assert "The benefit is used up: 2 times in a calendar year." in page.text
    assert "2 of 2" in plain(page)
    assert clerk.post(f"/admin/customers/{ana}/benefits/1/undo").status_code == 303
    page = plain(clerk.get(f"/admin/customers/{ana}/benefits"))
    assert "1 of 2" in page
    assert "taken back" in page
    assert used_in_year(db, ana, TODAY) == {1: 1}
    with transaction(db) as tx:
        open_account(tx, ana)
    told = plain(clerk.get(f"/admin/customers/{ana}?what=benefits")).partition("What happened")[2]
    assert (told.count("Benefit used: Tasting"), told.count("taken back")) == (2, 1)
    tomorrow = send(clerk, ana, **{"used_on-day": "16"})
    assert (tomorrow.status_code, "The day lies in the future" in tomorrow.text) == (422, True)


def test_uses_and_cost_stand_by_tier_for_any_days(clerk, ana, count_queries):
    assert "No use of a benefit is written down" in clerk.get("/admin/benefits/uses").text
    send(clerk, ana)
    with count_queries() as asked:
        page = plain(clerk.get("/admin/benefits/uses"))
    assert "Tasting – 35,00 € 1 use, 1 member 35,00 € 1 use" in page
    assert "Together 0,00 € 35,00 € 35,00 €" in page
    assert len(asked) <= 15, asked.statements
    before = "first-day=1&first-month=1&first-year=2025&last-day=31&last-month=12&last-year=2025"
    assert "No use of a benefit" in clerk.get(f"/admin/benefits/uses?{before}").text


@pytest.mark.proves("R153")
def test_the_ladder_reckons_benefits_by_what_members_of_a_tier_used(clerk, ana):
    page = plain(edited(clerk, spend_2="800"))
    assert "Benefits are left out" in page
    send(clerk, ana)
    page = plain(edited(clerk, spend_2="800"))
    assert "Benefits 35 € → 70 €" in page
    assert "Benefits are left out" not in page


@pytest.mark.parametrize("role", list(Role))
def test_uses_are_for_those_at_the_counter_and_sums_for_those_who_see_figures(app, db, now, ana, role):
    browser = browser_of(app, db, new_colleague(db, now, role, f"{role.value}@example.org"), now, second_factor=True)
    records = Permission.RECORD_PURCHASES in PERMISSIONS[role]
    assert browser.get(f"/admin/customers/{ana}/benefits").status_code == (200 if records else 403)
    assert browser.post(f"/admin/customers/{ana}/benefits/1/undo").status_code == (303 if records else 403)
    sees = Permission.SEE_FIGURES in PERMISSIONS[role]
    assert browser.get("/admin/benefits/uses").status_code == (200 if sees else 403)


def test_who_is_the_member_is_told_why_a_use_cannot_be_taken_back(clerk, db, now, ana):
    send(clerk, ana)
    account = select(Staff.account_id).scalar_subquery()
    db.execute(update(Person).where(Person.id == ana).values(account_id=account))
    db.commit()
    page = clerk.post(f"/admin/customers/{ana}/benefits/1/undo", follow_redirects=True)
    assert (page.status_code, "This is your own membership" in page.text) == (200, True)
    assert used_in_year(db, ana, TODAY) == {1: 1}
