"""Asking to be contacted: no page tells who is known, machines are kept off quietly, a screen clears by itself."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from club.leads.models import LEADS
from club.leads.rules import Asks, FormContent, NewSource, SourceKind
from club.leads.service import add_form, add_source
from club.members.models import Person
from club.permissions import Role
from club.pipeline.models import PLACES
from club.pipeline.models.people import stage_of_person
from club.pipeline.rules import Stage
from club.texts import Texts
from tests.people import browser_of, new_colleague, new_signed_up_member

TYPED = {"name": "Lucía Prats", "email": "lucia@example.org", "consent": "y", "message": "A tasting"}


def hidden(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


@pytest.fixture(autouse=True)
def clock(app, now):
    """It is the day of the tests, and stands still unless somebody waits."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


def send(client, clock, address="/contact", seconds=10, **typed):
    """Open the form, wait so long, send it."""
    page = client.get(address).get_data(as_text=True)
    fields = {name: hidden(page, name) for name in ("shown", "key", "campaign", "came")}
    clock.shift(timedelta(seconds=seconds))
    return client.post(address, data={**fields, **TYPED, **typed})


def kept(db):
    db.rollback()
    return db.scalar(select(func.count()).select_from(LEADS))


def test_known_and_unknown_read_the_same(app, db, club, now, clock):
    ana = new_signed_up_member(db, now)
    pages = []
    for email in (ana.email, "nobody@example.org"):
        client = app.test_client()
        answer = send(client, clock, email=email)
        assert (answer.status_code, answer.location) == (303, "/contact/sent"), answer.get_data(as_text=True)
        pages.append(re.sub(r"\b[0-9A-Z]{7}\b", "REFERENCE", client.get(answer.location).get_data(as_text=True)))
    assert "REFERENCE" in pages[0]
    assert "Lucía Prats" in pages[0]
    assert pages[0] == pages[1]
    assert kept(db) == 2


def test_what_only_a_machine_fills_in_is_thanked_and_thrown_away(client, db, club, now, clock):
    answer = send(client, clock, website="https://spam.example")
    assert answer.status_code == 303
    assert "We have your request" in client.get(answer.location).get_data(as_text=True)
    assert (kept(db), db.scalar(select(func.count()).select_from(Person))) == (0, 0)


def test_a_form_that_comes_back_at_once_is_shown_again(client, db, club, now, clock):
    answer = send(client, clock, seconds=1)
    assert answer.status_code == 422
    assert "That went very fast" in answer.get_data(as_text=True)
    assert kept(db) == 0


def test_without_a_way_to_be_reached_the_page_says_what_to_do(client, db, club, now, clock):
    answer = send(client, clock, email="")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter an e-mail address or a phone number." in page
    assert "Lucía Prats" in page
    assert kept(db) == 0


@pytest.fixture
def form(db, club, now):
    who = new_colleague(db, now, Role.MARKETING)
    source_id = add_source(db, NewSource(kind=SourceKind.EVENT, name="Fair"), who.account_id, Role.MARKETING, now)
    content = FormContent(
        slug="fair", name="Fair", title=Texts({"en": "Taste with us"}), words=Texts({}), thanks=Texts({}),
        consent=Texts({"en": "Call me."}), fields=(Asks.EMAIL,), source_id=source_id, campaign="poster",
        owner_id=who.account_id, is_kiosk=True, is_active=True,
    )  # fmt: skip
    add_form(db, content, who.account_id, Role.MARKETING, now)
    return who


def test_a_form_on_a_screen_keeps_its_source_and_clears_after_the_next_person(client, db, form, now, clock):
    answer = send(client, clock, "/l/fair?kiosk=1")
    assert answer.location == "/l/fair/sent?kiosk=1"
    page = client.get(answer.location)
    assert '<meta http-equiv="refresh" content="20;url=/l/fair?kiosk=1">' in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store"
    again = client.get(answer.location)
    assert (again.status_code, again.location) == (303, "/l/fair?kiosk=1")
    db.rollback()
    row = db.execute(select(LEADS.c.campaign, LEADS.c.message)).one()
    assert tuple(row) == ("poster", "")  # this form asks for no message


def test_staff_move_and_lose_on_the_page_and_are_told_what_is_missing(app, client, db, form, now, clock):
    send(client, clock)
    person_id = db.scalars(select(PLACES.c.person_id)).one()
    staff = browser_of(app, db, form, now, second_factor=True)
    address = f"/admin/pipeline/{person_id}"
    assert staff.get(address).status_code == 200
    token = {"seen": "prospect"}
    assert staff.post(f"{address}/lose", data=token).status_code == 422  # no cause
    wrong = staff.post(f"{address}/move", data={**token, "to": "buyer", "why": "Paid in cash"})
    assert wrong.status_code == 422
    assert "Choose a day to come" in wrong.get_data(as_text=True)
    assert staff.post(f"{address}/lose", data={**token, "because": "price"}).status_code == 303
    db.rollback()
    stands = stage_of_person(db, person_id)
    assert stands is not None
    assert (stands.stage, stands.cause) == (Stage.PROSPECT, "price")


def test_staff_name_the_stages_in_their_languages(app, db, form, now):
    staff = browser_of(app, db, form, now, second_factor=True)
    address = "/admin/pipeline/names"
    seen = html.unescape(hidden(staff.get(address).get_data(as_text=True), "seen"))
    for typed in ({"suspect_en": "Strangers", "loyal_en": "strangers"}, {"suspect_en": "Buyers"}):
        alike = staff.post(address, data={"seen": seen, **typed})
        assert alike.status_code == 422
        assert "Two stages have the same name" in alike.get_data(as_text=True)
    assert staff.post(address, data={"seen": seen, "suspect_en": "Strangers"}).status_code == 303
    assert "Strangers" in staff.get("/admin/pipeline").get_data(as_text=True)
    assert "Suspects" not in staff.get("/admin/pipeline/list").get_data(as_text=True)
    late = staff.post(address, data={"seen": seen, "suspect_en": "Others"})
    assert "Somebody changed this meanwhile" in late.get_data(as_text=True)


def test_the_list_goes_out_of_the_house_only_with_a_note_in_the_log(app, client, db, form, now, clock):
    send(client, clock)
    staff = browser_of(app, db, form, now, second_factor=True)
    assert "Lucía Prats" in staff.get("/admin/leads").get_data(as_text=True)
    answer = staff.post("/admin/leads/export")
    assert "lucia@example.org" in answer.get_data(as_text=True)
    assert "Requests downloaded" in browser_of(
        app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True
    ).get("/admin/audit").get_data(as_text=True)
