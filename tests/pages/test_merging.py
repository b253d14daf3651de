"""Two records of one human, as the team merges and parts them."""

import pytest
from sqlalchemy import select

from admin.merging import TABLES
from club.database import transaction
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import new_person
from club.merging.models import Merge
from club.merging.ways import WAYS, Way, parts
from club.permissions import Role
from tests.people import browser_of, new_colleague, new_signed_up_member


@pytest.fixture
def siobhan(app, db, club, now):
    return browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)


@pytest.fixture
def two(db, club, now):
    """Ana under two addresses."""
    one = new_signed_up_member(db, now, email="ana@example.org", phone="+34911222333")
    other = new_signed_up_member(db, now, name="GARCIA Ana", email="ana@example.net", phone="+34911222333")
    return one, other


def merged(browser, two, **typed):
    address = f"/admin/customers/{two[0].person_id}/merge?with={two[1].person_id}"
    return browser.post(address, data={"words": "Same phone", "sure": "y", "full_name": "goes", **typed})


def test_likely_records_are_offered_and_stand_side_by_side(siobhan, two):
    page = siobhan.get(f"/admin/customers/{two[0].person_id}/merge")
    assert "GARCIA Ana" in page.text
    assert "the same phone" in page.text
    found = siobhan.get(f"/admin/customers/{two[0].person_id}/merge?q=nobody")
    assert "Nobody else is found by this." in found.text
    both = siobhan.get(f"/admin/customers/{two[0].person_id}/merge?with={two[1].person_id}")
    assert both.text.count('type="radio"') == 2, "names differ; the address of who signs in is not chosen"
    assert "look twice" in both.text


def test_merged_the_old_page_leads_to_the_one_that_stayed_and_undone_both_are_there(siobhan, db, two):
    answer = merged(siobhan, two)
    assert answer.status_code == 303
    result = siobhan.get(answer.location)
    assert "Undo the merge" in result.text
    db.rollback()
    assert db.scalar(select(Person.full_name).where(Person.id == two[0].person_id)) == "GARCIA Ana"
    led = siobhan.get(f"/admin/customers/{two[1].person_id}/points")
    assert (led.status_code, led.location) == (303, f"/admin/customers/{two[0].person_id}/points")
    assert siobhan.get("/admin/customers/999/points").status_code == 404
    assert siobhan.post(f"/admin/customers/{two[1].person_id}/points").status_code == 404
    assert siobhan.post("/admin/customers/merges/1/undo").status_code == 303
    assert "Both records are there again" in siobhan.get("/admin/customers/merges/1").text
    assert siobhan.get(f"/admin/customers/{two[1].person_id}/points").status_code == 200
    again = siobhan.post("/admin/customers/merges/1/undo")
    assert again.status_code == 422
    assert siobhan.post("/admin/customers/merges/9/undo").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"sure": ""}, "Tick the box"), ({"words": " "}, "Enter the reason."), ({"full_name": "x"}, "Not a valid")],
)
def test_what_is_missing_is_said_and_nothing_is_merged(siobhan, db, two, typed, words):
    answer = merged(siobhan, two, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.scalars(select(Merge.id)).all() == []


def test_a_refusal_stands_above_the_form(siobhan, db, two):
    one = two[0].person_id
    same = siobhan.post(f"/admin/customers/{one}/merge?with={one}", data={"words": "x", "sure": "y"})
    assert same.status_code == 422
    assert "one and the same record" in same.text
    assert siobhan.get(f"/admin/customers/{one}/merge?with=999").status_code == 404


@pytest.mark.parametrize("role", [Role.SHOP, Role.READ_ONLY])
def test_others_have_no_such_page(app, db, now, two, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    assert merged(browser, two).status_code == 403
    assert db.scalars(select(Merge.id)).all() == []


def test_the_pages_ask_few_queries(siobhan, two, count_queries):
    paths = [
        f"/admin/customers/{two[0].person_id}/merge",
        f"/admin/customers/{two[0].person_id}/merge?with={two[1].person_id}",
    ]
    for path in paths:
        siobhan.get(path)
        with count_queries() as queries:
            assert siobhan.get(path).status_code == 200
        assert len(queries) <= 15, (path, queries.statements)
    answer = merged(siobhan, two)
    with count_queries() as queries:
        siobhan.get(answer.location)
    assert len(queries) <= 15


def test_a_guest_is_found_and_brought_into_the_member_whichever_of_the_two_was_opened_first(siobhan, db, two, now):
    member = two[0].person_id
    with transaction(db) as tx:
        guest = new_person(tx, NewPerson(full_name="Ana & Co", language="es", source="guest"), None, now)
    assert "Ana &amp; Co" in siobhan.get(f"/admin/customers/{member}/merge?q=Ana+Co").text
    turned = siobhan.get(f"/admin/customers/{guest}/merge?with={member}")
    assert (turned.status_code, turned.location) == (303, f"/admin/customers/{member}/merge?with={guest}")
    page = siobhan.get(turned.location).text
    assert ("Goes: Ana &amp; Co" in page, "Let the other record stay" in page) == (True, False)
    refused = siobhan.post(f"/admin/customers/{guest}/merge?with={member}", data={"words": "x", "sure": "y"})
    assert (refused.status_code, "Let the member&#39;s record stay" in refused.text) == (422, True)
    answer = siobhan.post(f"/admin/customers/{member}/merge?with={guest}", data={"words": "x", "sure": "y"})
    assert answer.status_code == 303
    db.rollback()
    assert db.scalar(select(Person.merged_into).where(Person.id == guest)) == member
    assert siobhan.post("/admin/customers/merges/1/undo").status_code == 303


def test_all_that_moves_has_words_on_the_page():
    moving = {parts(place)[0] for place, handled in WAYS.items() if handled.way in {Way.MOVE, Way.MOVE_IF_FREE}}
    assert moving - TABLES.keys() == set(), "say in admin/merging.py what these rows are called"


def test_two_guests_stand_side_by_side(siobhan, db, club, now):
    with transaction(db) as tx:
        one, other = (
            new_person(tx, NewPerson(full_name=name, language="es", source="guest"), None, now)
            for name in ("Lea", "Léa")
        )
    page = siobhan.get(f"/admin/customers/{one}/merge?with={other}").text
    assert ("Stays: Lea" in page, "Let the other record stay" in page) == (True, True)
    typed = {"words": "x", "sure": "y", "full_name": "goes"}
    assert siobhan.post(f"/admin/customers/{one}/merge?with={other}", data=typed).status_code == 303
    led = siobhan.get(f"/admin/customers/{other}/merge")
    assert (led.status_code, led.location) == (303, f"/admin/customers/{one}/merge")
