"""Today: what waits for whom, the figures of a period beside the one before, the charts with their tables."""

import os
import re
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from club.audit import AuditEntry
from club.database import transaction
from club.insight.models import MemberFigures
from club.insight.on_request import LEASE, make_asked, take
from club.insight.service import refresh
from club.lost.service import follow
from club.members.models import Person
from club.permissions import Permission, Role, may
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase, give_back

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)


def signed_in(app, db, now, role):
    return browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)


@pytest.fixture
def owner(app, db, now):
    return signed_in(app, db, now, Role.OWNER)


@pytest.fixture
def shoppers(db):
    """Ten members; the first buys ten times as much as the last, every month of this year."""
    made = []
    for number in range(10):
        member = add_member(db, joined_on=date(2025, 1, 1))
        for month in range(1, 7):
            add_purchase(db, member, date(2026, month, 3 + number), (10 - number) * 10_00)
        made.append(member)
    return made


def figure(page, words):
    found = re.search(
        rf">{words}</a></p>\s*<p class=\"big num\">([^<]*)</p>\s*<p class=\"note\">([^<]*)</p>", page.text
    )
    return None if found is None else (found[1], found[2])


def test_a_club_without_figures_says_how_to_get_them(owner):
    page = owner.get("/admin")
    assert page.status_code == 200
    assert "Figures are made every night" in page.text
    assert "<svg class" not in page.text


@pytest.fixture
def worker_lives(app):
    alive = app.extensions["club_settings"].heartbeat_file
    alive.touch()
    os.utime(alive, (time.time(), time.time()))
    yield
    alive.unlink()


def work(db):
    done = make_asked(db, datetime.now(UTC), follow)
    db.rollback()
    return done


def test_the_button_asks_the_worker_once_and_figures_of_before_are_shown_meanwhile(
    db, owner, shoppers, now, worker_lives
):
    refresh(db, TODAY - timedelta(days=1), now - timedelta(days=1))
    answer = owner.post("/admin/refresh")
    assert (answer.status_code, answer.location) == (303, "/admin")
    owner.post("/admin/refresh")
    page = owner.get("/admin").text
    assert "As of 14 June 2026" in page
    assert "New figures were asked for at" in page
    assert "Look again" in page
    assert "Refresh figures</button>" not in page
    assert take(db, datetime.now(UTC)) is not None
    assert "New figures: being made since" in owner.get("/admin").text
    assert not work(db)
    assert make_asked(db, datetime.now(UTC) + LEASE, follow)
    page = owner.get("/admin")
    assert "As of 15 June 2026" in page.text
    assert "asked for" not in page.text
    assert figure(page, "Active members") == ("10", "Before: 10 (unchanged)")
    assert not work(db)
    acts = select(AuditEntry.act).where(AuditEntry.act == "figures.refreshed")
    assert db.scalars(acts).all() == ["figures.refreshed"]


def test_without_a_worker_the_page_says_so_and_the_request_waits(db, owner, shoppers):
    owner.post("/admin/refresh", data={"to": "admin.first_hour"})
    page = owner.get("/admin/first-look").text
    assert "The background runner is not running" in page
    assert "data-refresh" not in page
    assert "Figures are made every night" not in page
    assert work(db)
    assert "The background runner" not in owner.get("/admin/first-look").text


def test_figures_of_a_period_stand_beside_those_of_the_one_before(db, owner, shoppers, now):
    extra = add_purchase(db, shoppers[0], date(2026, 6, 14), 500_00)
    give_back(db, add_purchase(db, shoppers[1], date(2026, 5, 4), 900_00), date(2026, 6, 10))
    refresh(db, TODAY, now)
    page = owner.get("/admin?period=month")
    assert "1 June 2026 to 15 June 2026, beside 1 May 2026 to 15 May 2026" in page.text
    assert figure(page, "Active members") == ("10", "Before: 10 (unchanged)")
    assert figure(page, "Sales") == ("150,00\xa0€", "Before: 1.450,00\xa0€ (−90%)")
    assert figure(page, "Mean order") == ("95,45\xa0€", "Before: 55,00\xa0€ (+74%)")
    assert figure(page, "Repurchase rate") == ("100%", "Before: 100% (unchanged)")
    assert extra is not None


def test_own_days_are_worked_out_now_and_compared_with_as_many_before(db, owner, shoppers, now):
    refresh(db, TODAY, now)
    days = "first-day=1&first-month=1&first-year=2026&last-day=31&last-month=1&last-year=2026"
    page = owner.get(f"/admin/figures/days?{days}")
    assert page.status_code == 200
    assert "1 January 2026 to 31 January 2026, beside 1 December 2025 to 31 December 2025" in page.text
    assert figure(page, "Active members") == ("10", "Before: 0")
    assert figure(page, "Repurchase rate") == ("0%", "Before: 0% (unchanged)")


@pytest.mark.parametrize(
    "days",
    [
        "first-day=",
        "first-day=1&first-month=1",
        "first-day=2&first-month=1&first-year=2026&last-day=1&last-month=1&last-year=2026",
    ],
)
def test_days_that_are_none_are_asked_for_again(db, owner, shoppers, now, days):
    refresh(db, TODAY, now)
    page = owner.get(f"/admin/figures/days?{days}")
    assert page.status_code == 422
    assert "There is something to put right" in page.text
    assert figure(page, "Active members") is None


def test_old_figures_say_that_they_are_old(db, owner, shoppers, now):
    refresh(db, TODAY - timedelta(days=2), now - timedelta(days=2))
    assert "older than a day" in owner.get("/admin").text
    refresh(db, TODAY, now)
    assert "older than a day" not in owner.get("/admin").text


def test_four_questions_are_answered_in_words_drawn_and_as_tables(db, owner, shoppers, now):
    refresh(db, TODAY, now)
    page = owner.get("/admin")
    titles = re.findall(r"<h3 class=\"card-title\">([^<]*)</h3>", page.text)
    assert titles == ["How few customers make 80% of sales?", "Who is in which tier?", "Do they buy again?"]
    assert "60% of the buyers make 80% of sales." in page.text
    assert page.text.count('role="img"') == page.text.count("<summary>As a table</summary>") == 3
    assert "style=" not in page.text


@pytest.mark.parametrize("role", list(Role))
def test_figures_are_for_those_who_may_see_them(app, db, now, shoppers, role):
    refresh(db, TODAY, now)
    browser = signed_in(app, db, now, role)
    page = browser.get("/admin")
    assert page.status_code == 200
    is_open = may(role, Permission.SEE_FIGURES)
    assert ("Active members" in page.text) is is_open
    assert browser.get("/admin/figures").status_code == (200 if is_open else 403)
    assert browser.post("/admin/refresh").status_code == (303 if is_open else 403)
    rows = browser.post("/admin/figures/buyers.csv?first=2026-06-01&last=2026-06-15").status_code
    assert rows == (200 if may(role, Permission.EXPORT_DATA) else 403)


def test_the_rows_behind_a_figure_add_up_to_it_and_their_export_is_noted(db, owner, shoppers, now):
    refresh(db, TODAY, now)
    lines = owner.post("/admin/figures/buyers.csv?first=2026-06-01&last=2026-06-15").text.splitlines()
    assert len(lines) == 1 + 10
    assert sum(float(line.split(",")[3]) for line in lines[1:]) == 550.0
    days = owner.post("/admin/figures/days.csv?first=2026-06-01&last=2026-06-15").text.splitlines()
    assert sum(float(line.split(",")[1]) for line in days[1:]) == 550.0
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("figures.%exported"))).all()
    assert acts == ["figures.buyers_exported", "figures.days_exported"]
    assert owner.post("/admin/figures/buyers.csv?first=2026-06-15&last=2026-06-01").status_code == 404


def test_what_waits_is_named_with_its_number(db, owner, shoppers, now):
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == shoppers[3]).values(birth_month=6, birth_day=15))
    refresh(db, TODAY, now)
    with transaction(db) as tx:
        tx.execute(update(MemberFigures).where(MemberFigures.member_id == shoppers[0]).values(late_from=TODAY))
    page = owner.get("/admin").text
    assert "1 member has a birthday today" in page
    assert "1 customer of the best fifth has gone quiet" in page
    assert "There is no backup yet" in page
    assert "promise" not in page.split("What needs you")[1].split("Figures")[0]


def test_the_page_asks_no_more_however_many_buy(db, owner, shoppers, now, count_queries):
    refresh(db, TODAY, now)
    owner.get("/admin")
    with count_queries() as usual:
        owner.get("/admin")
    days = "first-day=1&first-month=1&first-year=2026&last-day=31&last-month=1&last-year=2026"
    with count_queries() as own:
        owner.get(f"/admin/figures/days?{days}")
    assert len(usual) <= 15, usual.statements
    assert len(own) <= 15, own.statements
