"""R63: a member, groups side by side and the whole club, for any days; they add up to the cent."""

import csv
import io
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from club.audit import AuditEntry
from club.database import transaction
from club.insight.periods import figures_between
from club.insight.report import By, members_in, points_in, sheet_of, side_by_side, whole
from club.insight.rules import Period
from club.insight.service import refresh
from club.permissions import PERMISSIONS, Permission, Role
from club.points.rules import Earned
from club.points.service import earn, open_account
from club.purchases.models import Correction, Purchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import reassess_all, set_ladder
from tests.people import browser_of, new_colleague
from tests.tier_world import NOW, add_member, put_purchase

pytestmark = [pytest.mark.usefixtures("club"), pytest.mark.proves("R63")]

TODAY = date(2026, 6, 15)
SPRING = Period(date(2026, 3, 1), date(2026, 5, 31))
LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), 150_00)))
DAYS = "first-day=1&first-month=3&first-year=2026&last-day=31&last-month=5&last-year=2026"


@pytest.fixture
def members(db, now):
    """Twelve members with odd amounts in three places; parts come back in other months than they were bought in."""
    rng, made = Random(63), []
    for number in range(12):
        member = add_member(db)
        with transaction(db) as tx:
            for _ in range(number % 5):
                day = date(2026, 1, 1) + timedelta(days=rng.randrange(160))
                amount = rng.randrange(1, 20_000)
                back = rng.randrange(1, amount + 1) if rng.random() < 0.4 else 0
                bought = put_purchase(tx, member, day, amount, amount - back)
                places = ("counter", "shop", "fair")
                tx.execute(update(Purchase).where(Purchase.id == bought).values(channel=rng.choice(places)))
                later = {"corrected_on": day + timedelta(days=rng.randrange(60))}
                tx.execute(update(Correction).where(Correction.purchase_id == bought).values(**later))
        made.append(member)
    set_ladder(db, LADDER, date(2024, 1, 1), None, NOW)
    reassess_all(db, TODAY, NOW)
    refresh(db, TODAY, now)
    return made


@pytest.fixture
def owner(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


def added_up(lines):
    return tuple(sum(getattr(line, name) for line in lines) for name in ("purchases", "sold", "given_back"))


def test_three_levels_and_the_figure_on_today_reconcile_to_the_cent(db, members):
    club = whole(db, SPRING)
    expected = (club.purchases, club.sold, club.given_back)
    assert club.given_back > 0
    assert added_up(side_by_side(db, SPRING, By.TIER, "member")) == expected
    assert added_up(side_by_side(db, SPRING, By.CHANNEL, "member")) == expected
    assert {line.key for line in side_by_side(db, SPRING, By.TIER, "member")} == {"member", "gold"}
    assert added_up(list(members_in(db, SPRING))) == expected
    sheets = [one.amount for member in members for one in sheet_of(db, member, SPRING)]
    assert sum(sheets) == club.net
    assert sum(one > 0 for one in sheets) == club.purchases
    (figures,) = figures_between(db, SPRING)
    assert (figures.sold, figures.given_back, figures.sales) == (club.sold, club.given_back, club.net)


def test_points_of_a_member_in_these_days(db, members, now):
    with transaction(db) as tx:
        open_account(tx, members[0])
        for number, day in enumerate((SPRING.first, SPRING.last + timedelta(days=1)), start=900_000):
            earn(tx, Earned(members[0], "purchase.earned", number, 70, day, day, None), day, now)
    assert points_in(db, members[0], SPRING) == (70, 0, 0, 0, 0)


def test_the_page_and_its_tables_say_the_same(db, owner, members, count_queries):
    with count_queries() as asked:
        page = owner.get(f"/admin/report?{DAYS}")
    assert page.status_code == 200
    assert len(asked) <= 15, asked.statements
    assert "The whole club" in page.text
    assert "Gold" in page.text
    assert "fair" in owner.get(f"/admin/report?{DAYS}&by=channel").text
    club = whole(db, SPRING)
    db.rollback()
    for level in ("tier", "channel", "members"):
        text = owner.post(f"/admin/report/{level}.csv?first=2026-03-01&last=2026-05-31").text.removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(text)))[1:]
        lines = rows if level == "members" else rows[:-1]
        assert round(sum(100 * float(row[-1]) for row in lines)) == club.net
        assert level == "members" or round(100 * float(rows[-1][-1])) == club.net
    noted = select(AuditEntry.act).where(AuditEntry.act.like("figures.%exported")).order_by(AuditEntry.id)
    acts = db.scalars(noted).all()
    assert acts == ["figures.report_exported", "figures.report_exported", "figures.members_exported"]


def test_the_sheet_of_a_member_is_shown_and_taken_with_a_trace(db, owner, members):
    member = max(members, key=lambda one: len(sheet_of(db, one, SPRING)))
    happened = sheet_of(db, member, SPRING)
    db.rollback()
    page = owner.get(f"/admin/customers/{member}/sheet?{DAYS}")
    assert page.status_code == 200
    assert all(one.reference in page.text for one in happened)
    text = owner.post(f"/admin/customers/{member}/sheet.csv?first=2026-03-01&last=2026-05-31").text
    assert len(text.splitlines()) == 1 + len(happened)
    noted = select(AuditEntry.subject, AuditEntry.subject_id).where(AuditEntry.act == "figures.sheet_exported")
    assert db.execute(noted).all() == [("person", member)]


@pytest.mark.parametrize("role", list(Role))
def test_figures_and_downloads_are_for_those_who_may(app, db, now, members, role):
    browser = browser_of(app, db, new_colleague(db, now, role, f"{role.value}@example.org"), now, second_factor=True)
    may = PERMISSIONS[role]
    assert browser.get("/admin/report").status_code == (200 if Permission.SEE_FIGURES in may else 403)
    ends = "first=2026-03-01&last=2026-05-31"
    expected = 200 if Permission.EXPORT_DATA in may else 403
    assert browser.post(f"/admin/report/tier.csv?{ends}").status_code == expected
    assert browser.post(f"/admin/customers/{members[3]}/sheet.csv?{ends}").status_code == expected
    assert browser.post("/admin/report/tier.csv?first=x").status_code == (404 if expected == 200 else 403)
