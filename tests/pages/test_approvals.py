"""Points and tiers by hand, and the second person, as the team sees them."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from club.approvals.models import Approval
from club.database import transaction
from club.members.service import give_account
from club.permissions import Role
from club.points.models import BALANCES, NOTES
from club.texts import Texts
from club.tiers.models import status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import browser_of, new_colleague, new_signed_up_member

TODAY = date(2026, 6, 15)
LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), spend=120_000)))


@pytest.fixture
def ana(db, club, now):
    return new_signed_up_member(db, now).person_id


@pytest.fixture
def siobhan(app, db, club, now):
    return browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)


@pytest.fixture
def elena(app, db, club, now):
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def ladder(db, club, now):
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)


def hidden(page, name):
    return re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page.text).group(1)


def shown_and_saved(browser, address, **typed):
    """First the effect, then the button under it."""
    effect = browser.post(address, data={"key": "0" * 32, "do": "show", **typed})
    assert effect.status_code == 200
    saved = {**typed, "key": "0" * 32, "shown": hidden(effect, "shown"), "do": "save"}
    return effect, browser.post(address, data=saved), saved


def active(db, person_id):
    db.rollback()
    return db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == person_id))


POINTS = {"way": "give", "points": "500", "reason": "goodwill", "words": "The parcel came late"}


def test_points_are_given_after_their_effect_was_shown(siobhan, db, ana):
    address = f"/admin/customers/{ana}/points"
    assert "0 points" in siobhan.get(address).text.replace("\u00a0", " ")
    effect, saved, _ = shown_and_saved(siobhan, address, **POINTS)
    page = effect.text.replace("\u00a0", " ")
    assert "500 points" in page
    assert re.search(r"5[.,]00", page)
    assert "second person" not in page
    assert saved.status_code == 303
    assert active(db, ana) == 500
    assert db.scalars(select(NOTES.c.words)).all() == ["Goodwill: The parcel came late"]


def test_the_kind_of_reason_stands_in_the_members_language(siobhan, db, ana):
    with transaction(db) as tx:
        tx.execute(Approval.metadata.tables["person"].update().values(language="es"))
    shown_and_saved(siobhan, f"/admin/customers/{ana}/points", **POINTS)
    assert db.scalars(select(NOTES.c.words)).all() == ["Atención comercial: The parcel came late"]


def test_the_form_sent_twice_counts_once(siobhan, db, ana):
    address = f"/admin/customers/{ana}/points"
    _, _, form = shown_and_saved(siobhan, address, **POINTS)
    again = siobhan.post(address, data=form)
    assert again.status_code == 303
    assert active(db, ana) == 500


def test_nothing_is_saved_that_was_not_shown(siobhan, db, ana):
    address = f"/admin/customers/{ana}/points"
    effect = siobhan.post(address, data={**POINTS, "key": "0" * 32, "do": "show"})
    changed = {**POINTS, "points": "5000", "key": "0" * 32, "do": "save", "shown": hidden(effect, "shown")}
    answer = siobhan.post(address, data=changed)
    assert answer.status_code == 200
    assert "Something has changed since" in answer.text
    assert active(db, ana) == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"points": ""}, "Enter how many points."),
        ({"points": "some"}, "Enter a whole number"),
        ({"words": " "}, "Say in words what happened."),
        ({"way": "take"}, "0 points are there, 500 points are needed."),
        ({"reason": "because"}, "Not a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(siobhan, db, ana, typed, words):
    data = {**POINTS, "key": "0" * 32, "do": "save", **typed}
    answer = siobhan.post(f"/admin/customers/{ana}/points", data=data)
    assert answer.status_code == 422
    assert words in answer.text.replace("\u00a0", " ")
    assert "parcel" in answer.text or typed.get("words") == " "
    assert active(db, ana) == 0


@pytest.mark.proves("F-36")
def test_many_points_say_before_they_are_sent_that_they_wait_and_a_manager_says_yes(siobhan, elena, db, ana):
    address = f"/admin/customers/{ana}/points"
    effect, saved, _ = shown_and_saved(siobhan, address, **{**POINTS, "points": "12000"})
    assert "This waits for a second person" in effect.text
    assert "Ask a second person" in effect.text
    assert saved.status_code == 303
    assert active(db, ana) == 0
    own = siobhan.get("/admin/approvals").text
    assert "Ana García" in own
    assert "For you to decide" not in own
    assert "Take the request back" in siobhan.get("/admin/approvals/1").text
    page = elena.get("/admin/approvals").text
    assert "Goodwill: The parcel came late" in page
    assert "Approve and do it" in elena.get("/admin/approvals/1").text
    assert siobhan.post("/admin/approvals/1/approve").status_code == 403
    assert elena.post("/admin/approvals/1/approve", data={"words": "Seen"}).status_code == 303
    assert active(db, ana) == 12_000
    late = elena.post("/admin/approvals/1/approve", data={"words": "Seen"})
    assert late.status_code == 422
    assert "does not wait any more" in late.text
    assert active(db, ana) == 12_000
    assert "Approved" in siobhan.get("/admin/approvals").text


def test_to_refuse_takes_a_reason_and_the_asker_reads_it(siobhan, elena, db, ana):
    shown_and_saved(siobhan, f"/admin/customers/{ana}/points", **{**POINTS, "points": "12000"})
    without = elena.post("/admin/approvals/1/refuse", data={"words": ""})
    assert without.status_code == 422
    assert "Enter the reason." in without.text
    assert elena.post("/admin/approvals/1/refuse", data={"words": "Too much"}).status_code == 303
    assert "Too much" in siobhan.get("/admin/approvals").text
    assert active(db, ana) == 0


def test_one_takes_ones_own_request_back(siobhan, elena, db, ana):
    shown_and_saved(siobhan, f"/admin/customers/{ana}/points", **{**POINTS, "points": "12000"})
    assert elena.post("/admin/approvals/1/withdraw").status_code == 403
    assert siobhan.post("/admin/approvals/1/withdraw").status_code == 303
    assert "Taken back" in siobhan.get("/admin/approvals").text
    assert siobhan.post("/admin/approvals/1/withdraw").status_code == 422


@pytest.mark.proves("F-36")
def test_nobody_changes_their_own_membership(app, db, now, club, ladder):
    colleague = new_colleague(db, now, Role.MANAGER)
    own = new_signed_up_member(db, now, email="other@example.org").person_id
    assert own is not None
    with transaction(db) as tx:
        give_account(tx, own, colleague.account_id)
    browser = browser_of(app, db, colleague, now, second_factor=True)
    points = browser.post(f"/admin/customers/{own}/points", data={**POINTS, "key": "0" * 32, "do": "show"})
    assert points.status_code == 422
    assert "a colleague" in points.text.lower()
    assert "a colleague" in browser.get(f"/admin/customers/{own}/tier").text
    assert active(db, own) == 0


def test_a_manager_gives_a_tier_and_gives_it_back(elena, db, ana, ladder):
    address = f"/admin/customers/{ana}/tier"
    typed = {"rung": "gold", "until-day": "31", "until-month": "12", "until-year": "2026", "words": "Harvest"}
    effect, saved, _ = shown_and_saved(elena, address, **typed)
    assert "31 December 2026" in effect.text
    assert "it falls to Member" in effect.text
    assert saved.status_code == 303
    assert status_of(db, ana, TODAY).key == "gold"
    assert "End the tier given by hand" in elena.get(address).text
    without = elena.post(f"{address}/back", data={"words": ""})
    assert without.status_code == 422
    assert elena.post(f"{address}/back", data={"words": "A mistake"}).status_code == 303
    db.rollback()
    assert status_of(db, ana, TODAY).key == "member"


def test_support_asks_for_a_tier_and_a_past_day_is_refused(siobhan, elena, db, ana, ladder):
    address = f"/admin/customers/{ana}/tier"
    typed = {"rung": "gold", "until-day": "31", "until-month": "12", "until-year": "2026", "words": "Harvest"}
    past = siobhan.post(address, data={**typed, "until-year": "2025", "key": "0" * 32, "do": "show"})
    assert past.status_code == 422
    assert "Enter a day after today." in past.text
    effect, _, _ = shown_and_saved(siobhan, address, **typed)
    assert "This waits for a second person" in effect.text
    assert status_of(db, ana, TODAY).key == "member"
    assert siobhan.post(f"{address}/back", data={"words": "x"}).status_code == 403
    assert elena.post("/admin/approvals/1/approve", data={}).status_code == 303
    db.rollback()
    assert status_of(db, ana, TODAY).key == "gold"


@pytest.mark.parametrize("page", ["points", "tier"])
def test_who_is_no_member_has_no_such_page(siobhan, page):
    assert siobhan.get(f"/admin/customers/999/{page}").status_code == 404


def test_the_pages_ask_few_queries(siobhan, elena, ana, ladder, count_queries):
    shown_and_saved(siobhan, f"/admin/customers/{ana}/points", **{**POINTS, "points": "12000"})
    for path in (
        f"/admin/customers/{ana}/points",
        f"/admin/customers/{ana}/tier",
        "/admin/approvals",
        "/admin/approvals/1",
    ):
        elena.get(path)
        with count_queries() as queries:
            assert elena.get(path).status_code == 200
        assert len(queries) <= 15, (path, queries.statements)


def test_the_outcome_stands_among_the_askers_tasks_and_on_today_until_it_is_noted(db, ana, siobhan, elena):
    _, answer, _ = shown_and_saved(siobhan, f"/admin/customers/{ana}/points", **{**POINTS, "points": "20000"})
    assert answer.status_code == 303
    db.rollback()
    asked = db.scalar(select(Approval.id))
    assert "requests of yours" not in siobhan.get("/admin").text
    elena.post(f"/admin/approvals/{asked}/refuse", data={"words": "Ask the shop first"})
    assert "1 request of yours was decided" in siobhan.get("/admin").text
    page = siobhan.get("/admin/tasks").text
    assert ("Ask the shop first" in page, "Refused" in page) == (True, True)
    assert "Ask the shop first" not in elena.get("/admin/tasks").text
    assert elena.post(f"/admin/approvals/{asked}/noted").status_code == 404
    assert siobhan.post(f"/admin/approvals/{asked}/noted").status_code == 303
    assert "Ask the shop first" not in siobhan.get("/admin/tasks").text
    assert "request of yours" not in siobhan.get("/admin").text
