"""The page that changes what is kept about somebody, and the one of their consents."""

import html
import re
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.editing import consents_of, data_of, identifiers_of
from club.members.rules import NewPerson
from club.members.service import make_member, new_person
from club.permissions import Role
from club.points.service import open_account
from club.programme.rules import Club
from tests.people import browser_of, mails_to, new_colleague, new_signed_up_member


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> int:
    """A member without an account."""
    person = NewPerson(full_name="Ana García", language="es", source="counter", email="ana@example.org")
    with transaction(db) as tx:
        person_id = new_person(tx, person, None, now)
        make_member(tx, person_id, now.date())
        open_account(tx, person_id)
    return person_id


@pytest.fixture
def clerk(app, db, ana, now):
    return browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)


def form_of(page: str) -> dict[str, str]:
    """What the form would send as it is shown."""
    fields = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    fields |= {name: "" for name in re.findall(r'name="(birth_[a-z]+|phone|call_name)"', page) if name not in fields}
    language = re.findall(r'<option selected value="([a-z]{2})"', page)
    return {name: html.unescape(value) for name, value in fields.items() if name != "q"} | {"language": language[0]}


def test_what_is_typed_is_saved_and_shown(clerk, db, ana):
    address = f"/admin/customers/{ana}/edit"
    sent = form_of(clerk.get(address).text) | {"call_name": "Anita", "birth_day": "3", "birth_month": "5"}
    done = clerk.post(address, data=sent)
    assert (done.status_code, done.location) == (303, f"/admin/customers/{ana}")
    kept = data_of(db, ana)
    assert (kept.call_name, kept.birth_day, kept.birth_month, kept.birth_year) == ("Anita", 3, 5, None)


def test_a_form_that_grew_old_shows_both_values_and_saves_when_sent_again(clerk, db, ana):
    address = f"/admin/customers/{ana}/edit"
    old = form_of(clerk.get(address).text)
    clerk.post(address, data=old | {"call_name": "First"})
    stale = clerk.post(address, data=old | {"call_name": "Second"})
    assert stale.status_code == 409
    assert "Somebody changed this at 15 June 2026, " in stale.text
    assert "A colleague wrote meanwhile: First" in stale.text
    assert 'value="Second"' in stale.text
    db.rollback()
    assert data_of(db, ana).call_name == "First"
    db.rollback()
    assert clerk.post(address, data=form_of(stale.text)).status_code == 303
    assert data_of(db, ana).call_name == "Second"


def test_an_address_of_somebody_else_is_refused_with_the_way_there(clerk, db, ana, now):
    other = new_signed_up_member(db, now, name="Ana G.", email="g@example.org")
    address = f"/admin/customers/{ana}/edit"
    refused = clerk.post(address, data=form_of(clerk.get(address).text) | {"email": "G@example.org"})
    assert refused.status_code == 422
    assert f'href="/admin/customers/{other.person_id}"' in refused.text
    assert 'value="G@example.org"' in refused.text
    assert data_of(db, ana).email == "ana@example.org"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"phone": "12"},
        {"email": "no address"},
        {"birth_day": "31", "birth_month": "2"},
        {"birth_day": "x"},
        {"seen": "nonsense", "name": ""},
        {"language": "xx"},
    ],
)
def test_what_cannot_be_is_shown_again_with_its_reason(clerk, db, ana, changes):
    address = f"/admin/customers/{ana}/edit"
    before = data_of(db, ana)
    db.rollback()
    refused = clerk.post(address, data=form_of(clerk.get(address).text) | {"call_name": "Kept"} | changes)
    assert refused.status_code == 422
    assert 'value="Kept"' in refused.text
    assert data_of(db, ana) == before


@pytest.mark.parametrize("seen", ["", "[]", "{}", '{"full_name": 1}', '"x"', "{" * 5000, "null"])
def test_a_form_that_was_tampered_with_breaks_nothing(clerk, ana, seen):
    address = f"/admin/customers/{ana}/edit"
    answer = clerk.post(address, data=form_of(clerk.get(address).text) | {"seen": seen, "call_name": "X"})
    assert answer.status_code in (303, 409, 422)


def test_a_card_is_added_refused_twice_and_taken_away(clerk, db, ana, now):
    address = f"/admin/customers/{ana}/known-by"
    clerk.post(address, data={"kind": "card", "value": "a 1"})
    assert identifiers_of(db, ana) == [("card", "A1")]
    db.rollback()
    other = new_signed_up_member(db, now, name="B", email="b@example.org")
    taken = clerk.post(f"/admin/customers/{other.person_id}/known-by", data={"kind": "card", "value": "A1"})
    assert "is known already" in clerk.get(taken.location.split("#")[0]).text
    clerk.post(address, data={"do": "forget", "known_by": "card:A1"})
    assert identifiers_of(db, ana) == []
    db.rollback()
    assert clerk.post(address, data={"do": "forget", "known_by": "card:A1"}).status_code == 404


def test_who_has_no_account_is_invited(clerk, db, ana, now):
    assert "Invite them" in clerk.get(f"/admin/customers/{ana}/edit").text
    assert clerk.post(f"/admin/customers/{ana}/invite").status_code == 303
    assert [mail.act for mail in mails_to(db, "ana@example.org")] == ["claim.invitation"]
    other = new_signed_up_member(db, now, name="B", email="b@example.org")
    assert "Invite them" not in clerk.get(f"/admin/customers/{other.person_id}/edit").text


def test_an_answer_about_news_is_kept_with_how_it_came(clerk, db, ana):
    address = f"/admin/customers/{ana}/consents"
    assert "Nothing was asked yet" in clerk.get(address).text
    assert clerk.post(address, data={"channel": "email", "answer": "yes"}).status_code == 422
    assert consents_of(db, ana) == []
    db.rollback()
    for answer in ("yes", "no"):
        done = clerk.post(address, data={"channel": "email", "answer": answer, "how": "phone"})
        assert done.status_code == 303
    text = clerk.get(address).text
    assert "They said so on the phone" in text
    assert "in their own words" in text
    assert [one.is_given for one in consents_of(db, ana)] == [False, True]


def test_somebody_whom_nobody_knows_has_no_page(clerk):
    assert clerk.get("/admin/customers/999999/edit").status_code == 404
    assert clerk.get("/admin/customers/999999/consents").status_code == 404
