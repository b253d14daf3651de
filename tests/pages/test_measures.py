"""Corrective actions through their pages."""

import re
from datetime import date, timedelta

import pytest

from club.insight.service import refresh
from club.lost.models import Wanted, cases
from club.lost.rules import Cause, Step, Why
from club.lost.service import follow, set_cause
from club.measures.rules import NewMeasure
from club.measures.service import add_measure
from club.permissions import Permission, Role, may
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
NEW = {
    "because": "delivery",
    "was": "The carrier comes when he likes",
    "what": "Deliver by appointment",
    "when": "14",
    "figure": "Failed deliveries a month",
    "before": "14",
    "key": "a" * 32,
}
DAY = {"looked-day": "15", "looked-month": "6", "looked-year": "2026"}
EFFECT = {"verdict": "worked", "after": "3", "words": "Hardly any at noon"}


@pytest.fixture
def manager(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def case(db, manager, now):
    """A lost customer who left because of late deliveries."""
    member = add_member(db)
    for back in range(3):
        add_purchase(db, member, date(2026, 1, 10) - timedelta(days=10 * back), 100_00)
    refresh(db, TODAY, now)
    follow(db, TODAY, now)
    case_id = cases(db, Wanted(), TODAY, "-worth", 1, 0)[0].id
    db.rollback()
    set_cause(db, case_id, Step.SUSPECTED, Why(cause=Cause.DELIVERY), 1, Role.MANAGER, now)
    return case_id


def decided(browser, **changes):
    """The page of an action that was just decided on."""
    answer = browser.post("/admin/measures/new", data={**NEW, "owner": "1", **changes})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.mark.proves("R28")
def test_an_action_is_decided_from_a_lost_customer_done_and_looked_at(manager, case):
    assert "What has to change so that nobody else leaves" in manager.get(f"/admin/lost/{case}").text
    form = manager.get(f"/admin/measures/new?case={case}").text
    assert 'value="Lost customers in 90 days: Delivery"' in form
    assert re.search(r'name="before"[^>]*value="1"', form)
    where = decided(manager, case=str(case))
    assert "Deliver by appointment" in manager.get(f"/admin/lost/{case}").text
    assert "Ana Ruiz" in manager.get(where).text
    assert "Deliver by appointment" in manager.get("/admin/tasks").text
    assert manager.post(f"{where}/done", data={"when": "30", "key": "b" * 32}).status_code == 303
    assert "Look whether it helped: Deliver by appointment" in manager.get("/admin/tasks").text
    assert manager.post(f"{where}/effect", data={**EFFECT, **DAY}).status_code == 303
    page = manager.get(where).text
    assert "14 → 3" in page
    assert "It helped" in page
    assert "14 → 3" in manager.get("/admin/measures?state=closed").text
    assert "Deliver by appointment" not in manager.get("/admin/measures").text


@pytest.mark.proves("R28")
def test_without_a_day_for_its_effect_the_page_says_what_is_missing(manager):
    where = decided(manager)
    today = manager.post(f"{where}/done", data={"when": "0", "key": "b" * 32})
    assert today.status_code == 422
    assert "Choose a day for the look at its effect" in today.text
    manager.post(f"{where}/done", data={"when": "30", "key": "b" * 32})
    without = manager.post(f"{where}/effect", data={**EFFECT, "words": "Kept as typed"})
    assert without.status_code == 422
    assert "Choose a day for the look at its effect" in without.text
    assert "Kept as typed" in without.text
    assert manager.post(f"{where}/effect", data={**DAY, "verdict": "worked"}).status_code == 422
    assert "Done, effect not looked at yet" in manager.get(where).text


def test_the_chart_of_causes_leads_to_an_action_against_the_first_of_them(manager, case):
    page = manager.get("/admin/lost").text
    assert 'href="/admin/measures/new?cause=delivery"' in page
    assert "0 corrective actions run" in page
    decided(manager)
    assert "1 corrective action runs" in manager.get("/admin/lost").text


@pytest.mark.proves("R28")
def test_today_and_the_list_say_what_is_late(db, manager, now):
    decided(manager, when="0")
    assert "is late" not in manager.get("/admin").text
    new = NewMeasure(
        cause=Cause.PRICE,
        what="Say it sooner",
        owner_id=1,
        due_on=TODAY - timedelta(days=2),
        figure="Complaints",
        before=3,
    )
    add_measure(db, new, 1, Role.MANAGER, now - timedelta(days=9))
    assert "1 corrective action is late" in manager.get("/admin").text
    late = manager.get("/admin/measures?state=late").text
    assert "2 days late" in late
    assert "Say it sooner" in late
    assert "Deliver by appointment" not in late


def test_a_wrong_form_keeps_what_was_typed_and_a_dropped_action_its_reason(manager):
    wrong = manager.post("/admin/measures/new", data={**NEW, "owner": "1", "before": "many"})
    assert wrong.status_code == 422
    assert "The carrier comes when he likes" in wrong.text
    where = decided(manager)
    assert manager.post(f"{where}/drop", data={"why": ""}).status_code == 422
    assert manager.post(f"{where}/drop", data={"why": "Too dear"}).status_code == 303
    page = manager.get(where).text
    assert "Too dear" in page
    assert "Drop the action" not in page
    assert manager.post(f"{where}/done", data={"when": "30", "key": "c" * 32}).status_code == 422


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_and_who_decides(app, db, now, manager, role):
    where = decided(manager)
    browser = browser_of(app, db, new_colleague(db, now, role, f"{role}2@example.org"), now, second_factor=True)
    assert [browser.get(page).status_code for page in ("/admin/measures", where)] == [200, 200]
    works = may(role, Permission.KEEP_CUSTOMERS)
    assert browser.get("/admin/measures/new").status_code == (200 if works else 403)
    done = browser.post(f"{where}/done", data={"when": "30", "key": "d" * 32})
    assert done.status_code == (303 if works else 403)


def test_the_pages_ask_little_however_many_actions_there_are(manager, case, count_queries):
    for number in range(3):
        where = decided(manager, case=str(case), key=f"{number}" * 32)
    for path in ("/admin/measures", where, f"/admin/lost/{case}", "/admin/lost"):
        manager.get(path)
        with count_queries() as queries:
            manager.get(path)
        assert len(queries) <= 15, queries.statements
