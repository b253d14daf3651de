"""The register of lost customers through its pages."""

import re
from datetime import date, timedelta

import pytest

from club.care.rules import NewPromise, PromiseState, ToDo
from club.care.service import add_promise, close
from club.insight.service import refresh
from club.lost.models import Wanted, cases, the_case
from club.lost.service import follow
from club.permissions import Permission, Role, may
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
CONTACT = {
    "kind": "call",
    "direction": "out",
    "outcome": "reached",
    "summary": "Bought elsewhere, cheaper",
    "key": "a" * 32,
}


@pytest.fixture
def manager(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def silent(db, now):
    """Three who fell silent; the ids of their cases, the most valuable first."""
    for number in range(1, 4):
        member = add_member(db)
        for back in range(3):
            add_purchase(db, member, date(2026, 1, 10) - timedelta(days=10 * back), number * 100_00)
    refresh(db, TODAY, now)
    follow(db, TODAY, now)
    found = [one.id for one in cases(db, Wanted(), TODAY, "-worth", 50, 0)]
    db.rollback()
    return found


def test_an_empty_register_says_so(db, manager, now):
    page = manager.get("/admin/lost")
    assert page.status_code == 200
    assert "Nobody is late on their own rhythm." in page.text


def test_the_list_goes_by_value_lost_and_says_the_rule(manager, silent):
    page = manager.get("/admin/lost")
    assert "longer than ×2 their usual gap between purchases, and longer than 90 days" in page.text
    assert re.findall(r"/admin/lost/(\d+)\"", page.text) == [str(one) for one in silent]
    turned = manager.get("/admin/lost?order=worth").text
    assert re.findall(r"/admin/lost/(\d+)\"", turned) == [str(one) for one in reversed(silent)]


def test_a_case_is_worked_from_suspicion_to_its_end_and_one_step_is_taken_back(manager, silent):
    where = f"/admin/lost/{silent[0]}"
    assert manager.post(f"{where}/verify", data={"seen": "suspected"}).status_code == 303
    assert manager.post(f"{where}/contact", data={**CONTACT, "direction": ""}).status_code == 422
    assert manager.post(f"{where}/contact", data=CONTACT).status_code == 303
    assert "Bought elsewhere, cheaper" in manager.get("/admin/lost").text
    kept = manager.post(f"{where}/cause", data={"seen": "contacted", "cause": "price", "words": "10% less there"})
    assert kept.status_code == 303
    assert manager.post(f"{where}/close", data={"seen": "cause_known"}).status_code == 303
    page = manager.get(where).text
    assert "10% less there" in page
    assert "Closed" in page
    undo = re.search(rf"{where}/undo/\d+", page)
    assert undo is not None
    manager.post(undo[0])
    assert "Close the case" in manager.get(where).text
    listed = manager.get("/admin/lost").text
    assert "Most often named: Price, in 1 of 1 cases." in listed


def test_a_page_that_is_behind_changes_nothing_and_says_so(manager, silent):
    where = f"/admin/lost/{silent[0]}"
    manager.post(f"{where}/verify", data={"seen": "suspected"})
    answer = manager.post(f"{where}/cause", data={"seen": "suspected", "cause": "price"})
    assert answer.status_code == 422
    assert "Somebody else moved this case" in answer.text
    assert manager.post(f"{where}/verify", data={"seen": "nonsense"}).status_code == 404


def test_a_temporary_absence_needs_its_day(manager, silent):
    where = f"/admin/lost/{silent[0]}/cause"
    typed = {"seen": "suspected", "cause": "moved", "is_temporary": "y"}
    answer = manager.post(where, data=typed)
    assert answer.status_code == 422
    assert "Enter a day after today" in answer.text
    day = {"back_on-day": "1", "back_on-month": "9", "back_on-year": "2026"}
    assert manager.post(where, data={**typed, **day}).status_code == 303
    assert f'/admin/lost/{silent[0]}"' not in manager.get("/admin/lost").text
    assert f'/admin/lost/{silent[0]}"' in manager.get("/admin/lost?state=resting").text


def test_a_changed_rule_shows_its_count_before_it_is_saved(manager, silent):
    where = "/admin/lost/rule"
    counted = manager.post(where, data={"times": "3", "least_days": "300", "do": "count"})
    assert counted.status_code == 200
    assert "0 members would be late." in counted.text
    assert len(re.findall(r"/admin/lost/\d+\"", manager.get("/admin/lost").text)) == 3
    assert manager.post(where, data={"times": "0.5", "least_days": "300", "do": "save"}).status_code == 422
    assert manager.post(where, data={"times": "3", "least_days": "300", "do": "save"}).status_code == 303
    page = manager.get("/admin/lost").text
    assert "longer than ×3 their usual gap between purchases, and longer than 300 days" in page
    assert "Nobody is late on their own rhythm." in page


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_who_works_and_who_sets_the_rule(app, db, now, silent, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    where = f"/admin/lost/{silent[0]}"
    sees = may(role, Permission.SEE_FIGURES)
    assert [browser.get(page).status_code for page in ("/admin/lost", where)] == [200 if sees else 403] * 2
    assert browser.get("/admin/lost/rule").status_code == (200 if may(role, Permission.EDIT_RULES) else 403)
    works = may(role, Permission.KEEP_CUSTOMERS)
    assert browser.post(f"{where}/verify", data={"seen": "suspected"}).status_code == (303 if works else 403)
    if sees:
        assert ("Log contact" in browser.get(where).text) is works


def test_the_pages_ask_little_however_many_cases_there_are(db, manager, silent, count_queries):
    for path in ("/admin/lost", f"/admin/lost/{silent[0]}"):
        manager.get(path)
        with count_queries() as queries:
            manager.get(path)
        assert len(queries) <= 15, queries.statements


@pytest.mark.proves("R29")
def test_a_case_says_what_happened_before_it(db, manager, silent, now):
    where = f"/admin/lost/{silent[0]}"
    empty = manager.get(where).text
    assert "Nothing of ours is on record in these days" in empty
    assert "from 12 October 2025 to 20 January 2026" in empty
    person = the_case(db, silent[0]).person_id
    db.rollback()
    due = date(2026, 1, 12)
    promise = NewPromise(what="Six bottles", due_on=due, owner_id=1, person_id=person, was_told=True)
    made = now.replace(month=1, day=11)
    promise_id = add_promise(db, promise, 1, Role.MANAGER, made)
    close(db, ToDo.PROMISE, promise_id, PromiseState.BROKEN, 1, Role.MANAGER, now)
    page = manager.get(where).text
    assert "A promise was not kept: Six bottles" in page
    assert "Nothing of ours" not in page
    typed = {"times": "2", "least_days": "90", "looked_back_days": "400", "do": "save"}
    assert manager.post("/admin/lost/rule", data=typed).status_code == 303
    assert "from 6 December 2024 to 20 January 2026" in manager.get(where).text
    assert manager.post("/admin/lost/rule", data={**typed, "looked_back_days": "9999"}).status_code == 422
