"""The list of what is to be done, one of it, handing over, the pack."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from club.audit import AuditEntry
from club.care import service
from club.care.models import OpenCounts, away, open_items_of, to_do
from club.care.rules import Direction, Entry, Kind, NewPromise, NewTask, PromiseState, TaskState, ToDo
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_person
from club.permissions import Role
from tests.people import browser_of, new_colleague

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)


@pytest.fixture
def ana(db, club, now):
    with transaction(db) as tx:
        person = NewPerson(full_name="Ana Kern", language="en", source="guest", phone="+34600111222")
        return new_person(tx, person, None, now)


@pytest.fixture
def eva(db, club, now):
    return new_colleague(db, now, Role.MARKETING).account_id


@pytest.fixture
def ivo(db, club, now):
    return new_colleague(db, now, Role.SHOP).account_id


@pytest.fixture
def house(app, db, now, eva, ivo):
    """A browser of each: the desk's Eva and Ivo, Mia who hands over."""
    mia = new_colleague(db, now, Role.MANAGER).account_id
    made = {}
    for name, account_id, role in (("eva", eva, Role.MARKETING), ("ivo", ivo, Role.SHOP), ("mia", mia, Role.MANAGER)):
        somebody = new_colleague(db, now, role)
        assert somebody.account_id == account_id
        made[name] = browser_of(app, db, somebody, now, second_factor=True)
    return made


@pytest.fixture
def desk(house):
    return house["eva"]


def task(db, ana, owner, now, what="Ring back", due_on=TODAY):
    """Written down on the day it is due, so that it can be late."""
    then = now - max(timedelta(0), TODAY - due_on)
    new = NewTask(what=what, due_on=due_on, owner_id=owner, person_id=ana)
    return service.add_task(db, new, owner, Role.SUPPORT, then)


def promise(db, ana, owner, now, due_on=TODAY):
    then = now - max(timedelta(0), TODAY - due_on)
    new = NewPromise(what="A case put aside", due_on=due_on, owner_id=owner, person_id=ana, was_told=True)
    return service.add_promise(db, new, owner, Role.SUPPORT, then)


def open_now(db, owners=None):
    db.rollback()
    return [(item.words, item.due_on, item.owner_id) for item in to_do(db, owners)]


def headings(page):
    return re.findall(r'id="group-of-(\w+)"', page.text)


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)


# --- the list


def test_what_is_overdue_stands_before_today_and_later(desk, db, ana, eva, now):
    for days, what in ((9, "Later"), (0, "Today"), (-3, "Late")):
        task(db, ana, eva, now, what, TODAY + days * DAY)
    page = desk.get("/admin/tasks")
    assert headings(page) == ["overdue", "today", "later"]
    assert "3 days late" in page.text


def test_nothing_due_says_when_the_next_one_comes(desk, db, ana, eva, now):
    assert "Nothing due." in desk.get("/admin/tasks").text
    task(db, ana, eva, now, due_on=TODAY + 3 * DAY)
    assert "Nothing due. Next on 18 June 2026" in desk.get("/admin/tasks").text


def test_mine_are_mine_the_teams_are_everybodys(house, db, ana, eva, ivo, now):
    task(db, ana, eva, now, "For Eva")
    task(db, ana, ivo, now, "For Ivo")
    mine, team = house["eva"].get("/admin/tasks").text, house["eva"].get("/admin/tasks?who=team").text
    assert [("For Eva" in text, "For Ivo" in text) for text in (mine, team)] == [(True, False), (True, True)]
    assert "For Eva" not in house["eva"].get(f"/admin/tasks?who={ivo}").text
    assert [name for name, browser in house.items() if "By colleague" in browser.get("/admin/tasks").text] == ["mia"]
    assert desk_status(house["eva"], "/admin/tasks?who=" + "9" * 40) == 200


def desk_status(browser, address):
    return browser.get(address).status_code


def test_a_promise_is_marked_and_one_the_customer_does_not_know_of_says_so(desk, db, ana, eva, now):
    promise(db, ana, eva, now)
    new = NewPromise(what="A surprise", due_on=TODAY, owner_id=eva, person_id=ana, was_told=False)
    service.add_promise(db, new, eva, Role.SUPPORT, now)
    page = desk.get("/admin/tasks").text
    assert (page.count(">Promise<"), page.count("the customer does not know of it")) == (2, 1)
    assert "A surprise" in desk.get("/admin/tasks?kind=promise").text
    assert "A surprise" not in desk.get("/admin/tasks?kind=task").text


@pytest.mark.parametrize("who", ["", "?who=team", "?who=team&page=2"])
def test_a_long_list_takes_few_queries(house, db, ana, eva, ivo, now, count_queries, who):
    for number in range(60):
        task(db, ana, (eva, ivo)[number % 2], now, due_on=TODAY + (number - 20) * DAY)
    for _ in range(5):
        done = task(db, ana, eva, now)
        service.close(db, ToDo.TASK, done, TaskState.DONE, eva, Role.SUPPORT, now)
    house["mia"].get(f"/admin/tasks{who}")
    with count_queries() as queries:
        assert house["mia"].get(f"/admin/tasks{who}").status_code == 200
    assert len(queries) <= 15, "\n".join(queries.statements)


# --- the buttons of a row


def test_done_can_be_undone(desk, db, ana, eva, now):
    ring = task(db, ana, eva, now)
    answer = desk.post(f"/admin/tasks/task/{ring}/end", data={"state": "done"})
    assert (answer.status_code, open_now(db)) == (303, [])
    page = desk.get(answer.location)
    assert ("Task done: Ring back" in page.text, "Undo" in page.text) == (True, True)
    assert desk.post(f"/admin/tasks/task/{ring}/reopen").status_code == 303
    assert open_now(db) == [("Ring back", TODAY, eva)]
    assert "Task done" not in desk.get(answer.location).text


def test_done_a_second_time_says_that_it_was_done(desk, db, ana, eva, now):
    ring = task(db, ana, eva, now)
    for _ in range(2):
        desk.post(f"/admin/tasks/task/{ring}/end", data={"state": "done"})
    assert "Somebody else has closed this" in desk.get("/admin/tasks").text


@pytest.mark.parametrize("undo", ["task-0", "task-x", "x-1", "task-" + "9" * 40, "-"])
def test_an_undo_of_nothing_is_left_out(desk, undo):
    assert desk.get(f"/admin/tasks?undo={undo}").status_code == 200


def test_a_row_moves_to_tomorrow_or_to_a_day(desk, db, ana, eva, now):
    ring = task(db, ana, eva, now)
    desk.post(f"/admin/tasks/task/{ring}/move", data={"when": "1"})
    assert open_now(db) == [("Ring back", TODAY + DAY, eva)]
    day = {"day-day": "24", "day-month": "12", "day-year": "2026"}
    desk.post(f"/admin/tasks/task/{ring}/move", data={"when": "1", **day})
    assert open_now(db) == [("Ring back", date(2026, 12, 24), eva)]
    past = desk.post(f"/admin/tasks/task/{ring}/move", data={"when": "1", **day, "day-year": "2025"})
    assert (past.status_code, "This day is over" in past.text) == (422, True)
    assert open_now(db) == [("Ring back", date(2026, 12, 24), eva)]


def test_done_with_a_next_step_makes_both_at_once(desk, db, ana, eva, now):
    ring = task(db, ana, eva, now)
    typed = {"state": "done", "next_step": "Visit the cellar", "when": "7"}
    assert desk.post(f"/admin/tasks/task/{ring}/end", data=typed).status_code == 303
    assert open_now(db) == [("Visit the cellar", TODAY + 7 * DAY, eva)]
    assert desk.post(f"/admin/tasks/task/{ring}/end", data=typed).status_code == 303
    assert len(open_now(db)) == 1


def test_a_promise_is_kept_or_not(desk, db, ana, eva, now):
    for state in (PromiseState.KEPT, PromiseState.BROKEN):
        promised = promise(db, ana, eva, now)
        assert desk.post(f"/admin/tasks/promise/{promised}/end", data={"state": state.value}).status_code == 303
    assert open_now(db) == []
    page = desk.get("/admin/tasks").text
    assert (">kept<" in page, ">broken<" in page) == (True, True)


@pytest.mark.parametrize("state", ["open", "kept", "", "gone"])
def test_a_task_ends_only_as_tasks_do(desk, db, ana, eva, now, state):
    ring = task(db, ana, eva, now)
    assert desk.post(f"/admin/tasks/task/{ring}/end", data={"state": state}).status_code == 303
    assert open_now(db) == [("Ring back", TODAY, eva)]


@pytest.mark.proves("A-8.2.2", "R154")
def test_a_colleague_may_do_it_but_not_move_give_or_drop_it(house, db, ana, eva, ivo, now):
    ring = task(db, ana, eva, now)
    for act, typed in (("move", {"when": "7"}), ("give", {"owner": str(ivo)}), ("end", {"state": "dropped"})):
        answer = house["ivo"].post(f"/admin/tasks/task/{ring}/{act}", data=typed)
        assert answer.status_code in (303, 422)
    assert open_now(db) == [("Ring back", TODAY, eva)]
    house["mia"].post(f"/admin/tasks/task/{ring}/give", data={"owner": str(ivo)})
    assert open_now(db) == [("Ring back", TODAY, ivo)]
    house["eva"].post(f"/admin/tasks/task/{ring}/end", data={"state": "done"})
    assert open_now(db) == []


def test_a_task_about_nobody_is_added_once(desk, db, eva):
    page = desk.get("/admin/tasks/new")
    typed = {"key": hidden(page, "key"), "what": "Order paper", "when": "0", "owner": str(eva)}
    for _ in range(2):
        assert desk.post("/admin/tasks/new", data=typed).status_code == 303
    assert open_now(db) == [("Order paper", TODAY, eva)]
    assert desk.post("/admin/tasks/new", data={**typed, "what": ""}).status_code == 422
    assert "Order paper" in desk.get(f"/admin/tasks/task/{to_do(db, None)[0].id}").text


def test_what_is_not_there_is_not_found(desk):
    for address in ("/admin/tasks/task/999999", "/admin/tasks/pack/999999", "/admin/tasks/hand-over/999999"):
        assert desk.get(address).status_code == 404
    assert desk.post("/admin/tasks/promise/999999/move", data={"when": "1"}).status_code == 404
    assert desk.post("/admin/tasks/away/999999/end").status_code == 404


@pytest.mark.proves("F-46")
def test_ones_own_tasks_can_be_taken_along_and_the_log_says_so(desk, db, ana, eva, now):
    task(db, ana, eva, now, '=HYPERLINK("http://evil.example")')
    answer = desk.post("/admin/tasks/export")
    assert answer.text.splitlines()[1] == '2026-06-15,Task,"\'=HYPERLINK(""http://evil.example"")",Ana Kern'
    db.rollback()
    assert db.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc())).first() == "care.tasks_exported"


# --- handing over


def test_everything_or_only_what_is_ticked_is_handed_over(house, db, ana, eva, ivo, now):
    service.assign(db, [ana], eva, eva, Role.SUPPORT, now)
    ring = task(db, ana, eva, now)
    promise(db, ana, eva, now)
    address = f"/admin/tasks/hand-over/{eva}"
    assert "Ana Kern" in house["mia"].get(address).text
    nothing = house["mia"].post(address, data={"to": str(ivo), "scope": "chosen"})
    assert (nothing.status_code, "Tick what is handed over" in nothing.text) == (422, True)
    house["mia"].post(address, data={"to": str(ivo), "scope": "chosen", "task": [str(ring), "x", "9" * 30]})
    assert open_items_of(db, ivo) == OpenCounts(0, 1, 0)
    db.rollback()
    answer = house["eva"].post(address, data={"to": str(ivo), "scope": "all"})
    assert answer.status_code == 303
    assert "1 customer, 0 open tasks" in house["eva"].get(answer.location).text
    assert (open_items_of(db, eva), open_items_of(db, ivo)) == (OpenCounts(0, 0, 0), OpenCounts(1, 1, 1))


@pytest.mark.proves("A-8.2.2")
def test_a_colleagues_work_is_handed_over_by_a_manager_alone(house, db, ana, eva, ivo, now):
    task(db, ana, eva, now)
    address = f"/admin/tasks/hand-over/{eva}"
    assert "handed over by a manager" in house["ivo"].get(address).text
    refused = house["ivo"].post(address, data={"to": str(ivo), "scope": "all"})
    assert (refused.status_code, open_items_of(db, ivo)) == (422, OpenCounts(0, 0, 0))
    assert house["ivo"].post(address, data={"to": "999999", "scope": "all"}).status_code == 422


def test_who_is_away_is_covered(house, db, ana, eva, ivo, now):
    task(db, ana, eva, now, "For Eva")
    days = {
        "first-day": "15", "first-month": "6", "first-year": "2026",
        "last-day": "20", "last-month": "6", "last-year": "2026",
    }  # fmt: skip
    wrong = house["eva"].post(f"/admin/tasks/away/{eva}", data={**days, "last-day": "1", "cover": str(ivo)})
    assert (wrong.status_code, "The last day lies before the first one" in wrong.text) == (422, True)
    assert house["ivo"].post(f"/admin/tasks/away/{eva}", data={**days, "cover": str(ivo)}).status_code == 422
    assert house["eva"].post(f"/admin/tasks/away/{eva}", data={**days, "cover": str(ivo)}).status_code == 303
    page = house["ivo"].get("/admin/tasks").text
    assert ("You cover for Marketing until 20 June" in page, "For Eva" in page) == (True, True)
    [absence] = away(db, TODAY)
    db.rollback()
    assert house["ivo"].post(f"/admin/tasks/away/{absence.id}/end").status_code == 403
    house["mia"].post(f"/admin/tasks/away/{absence.id}/end")
    assert "For Eva" not in house["ivo"].get("/admin/tasks").text


@pytest.mark.proves("R189")
def test_the_pack_tells_a_successor_everything_in_few_queries(house, db, ana, eva, now, count_queries):
    service.assign(db, [ana], eva, eva, Role.SUPPORT, now)
    task(db, ana, eva, now, "Ring back")
    promise(db, ana, eva, now)
    task(db, None, eva, now, "Order paper")
    pinned = Entry(kind=Kind.NOTE, summary="Never on Mondays", is_pinned=True)
    service.log(db, ana, pinned, eva, Role.SUPPORT, now - 9 * DAY)
    for number in range(5):
        call = Entry(kind=Kind.CALL, summary=f"Call number {number}.", direction=Direction.OUT)
        service.log(db, ana, call, eva, Role.SUPPORT, now + timedelta(minutes=number))
    house["mia"].get(f"/admin/tasks/pack/{eva}")
    with count_queries() as queries:
        page = house["mia"].get(f"/admin/tasks/pack/{eva}").text
    assert len(queries) <= 10
    for words in ("Ana Kern", "+34600111222", "Ring back", "A case put aside", "Order paper", "Never on Mondays"):
        assert words in page
    assert ["Call number 4." in page, "Call number 2." in page, "Call number 1." in page] == [True, True, False]
