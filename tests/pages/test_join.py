"""Joining through the pages: one form, a mail, one button."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from club.accounts.models import SignedIn
from club.delivery.rules import Rule
from club.delivery.service import save_rule
from club.members.models import Consent, Person
from club.permissions import Role
from tests.people import PASSWORD, link_in, mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

ANA = {"name": "Ana García", "email": "ana@example.org", "password": PASSWORD, "terms": "y"}


def join(client, **changes):
    return client.post("/join", data={**ANA, **changes})


def test_the_form_asks_for_three_things_and_a_tick_with_nothing_ticked(client):
    page = client.get("/join").text
    for autocomplete in ("name", "email", "new-password"):
        assert f'autocomplete="{autocomplete}"' in page
    assert "checked" not in page


def test_a_code_in_the_address_is_filled_in_and_kept(client, db):
    assert 'value="luis25"' in client.get("/j/luis25").text
    join(client, code="luis25")
    client.post(link_in(mails_to(db, ANA["email"])[0]))
    db.rollback()
    assert db.scalar(select(Person.source)) == "code:LUIS25"


def test_whoever_joins_is_asked_where_they_live_as_soon_as_the_club_says_whose_people_may(client, db, now):
    assert 'name="country"' not in client.get("/join").text
    by = new_colleague(db, now, Role.OWNER).account_id
    save_rule(db, Rule(country="PT"), 0, by, Role.OWNER, now)
    save_rule(db, Rule(country="FR", may_join=False), 0, by, Role.OWNER, now)
    page = client.get("/join").text
    assert ('<option selected value="ES">' in page, 'value="PT"' in page, 'value="FR"' in page) == (True, True, False)
    refused = join(client, country="-")
    assert refused.status_code == 422
    assert "lives in one of these countries: Spain and Portugal." in refused.text
    assert mails_to(db, ANA["email"]) == []
    assert join(client, country="FR").status_code == 422
    assert join(client, country="PT").location == join(client, email="eva@example.org").location == "/join/mailed"


def test_a_club_that_takes_nobody_says_so_and_asks_on(client, db, now):
    by = new_colleague(db, now, Role.OWNER).account_id
    save_rule(db, Rule(country="ES", may_join=False), 0, by, Role.OWNER, now)
    assert client.get("/join").status_code == 200
    refused = join(client, country="-")
    assert (refused.status_code, "takes no new members at the moment" in refused.text) == (422, True)


def test_a_member_in_three_steps(client, db):
    assert join(client).location == "/join/mailed"
    assert "Check your mail" in client.get("/join/mailed").text
    link = link_in(mails_to(db, ANA["email"])[0])
    ready = client.get(link)
    assert ready.headers["Cache-Control"] == "no-store"
    assert "password" not in ready.text
    done = client.post(link)
    assert (done.status_code, done.location) == (303, "/me/welcome")
    page = client.get("/me/welcome").text
    db.rollback()
    number = db.scalar(select(Person.member_number))
    assert f"{number[:4]}-{number[4:]}" in page
    assert "<svg" in page
    assert client.get(link).status_code == 410


@pytest.mark.proves("A-7.6.2", "A-3.5.3")
def test_opening_the_link_changes_nothing(client, db):
    join(client)
    link = link_in(mails_to(db, ANA["email"])[0])
    for _ in range(3):
        assert client.get(link).status_code == 200
        client.head(link)
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Person)) == 0
    assert db.scalar(select(func.count()).select_from(SignedIn)) == 0


def test_another_browser_asks_for_the_password_once_more(app, client, db):
    join(client)
    link = link_in(mails_to(db, ANA["email"])[0])
    other = app.test_client()
    assert 'autocomplete="new-password"' in other.get(link).text
    assert other.post(link).status_code == 422
    assert other.post(link, data={"password": PASSWORD}).location == "/me/welcome"


@pytest.mark.proves("F-30")
def test_known_and_unknown_addresses_get_the_same_answers(app, db, now):
    ana = new_signed_up_member(db, now)
    answers = []
    for email in (ana.email, "nobody@example.org"):
        client = app.test_client()
        sent = join(client, email=email)
        page = client.get(sent.location)
        again = client.post("/join/mailed")
        answers.append((sent.status_code, sent.location, sent.text, page.text, again.status_code, again.text))
    assert answers[0] == answers[1]
    assert [mail.act for mail in mails_to(db, ana.email)] == ["join.known", "join.known"]
    assert [mail.act for mail in mails_to(db, "nobody@example.org")] == ["join.confirm", "join.confirm"]


def test_sending_again_too_soon_names_the_wait(client):
    join(client)
    client.post("/join/mailed")
    refused = client.post("/join/mailed")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Wait 1 minute" in refused.text


def test_an_old_link_offers_a_new_one(client, db, now):
    join(client)
    link = link_in(mails_to(db, ANA["email"])[0])
    with time_machine.travel(now + timedelta(days=2), tick=True):
        page = client.get(link)
        assert page.status_code == 410
        assert f'action="{link}/again"' in page.text
        assert client.post(f"{link}/again").location == "/join/mailed"
        fresh = link_in(mails_to(db, ANA["email"])[-1])
        assert client.post(fresh, data={"password": PASSWORD}).location == "/me/welcome"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Enter your name."),
        ({"email": "ana"}, "Enter an e-mail address like"),
        ({"password": "short"}, "Use at least 8 characters."),
        ({"password": "iloveyou"}, "among the first that anybody tries"),
        ({"terms": ""}, "Tick the box"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(client, db, change, words):
    data = {name: value for name, value in {**ANA, **change}.items() if value}
    page = client.post("/join", data=data)
    assert page.status_code == 422
    assert page.text.count(words) == 2
    assert "<title>Error:" in page.text
    if "email" not in change:
        assert 'value="ana@example.org"' in page.text
    assert PASSWORD not in page.text
    assert mails_to(db, ANA["email"]) == []


def test_only_ticked_boxes_are_consents(client, db):
    join(client, news_phone="y")
    client.post(link_in(mails_to(db, ANA["email"])[0]))
    db.rollback()
    rows = db.execute(select(Consent.purpose, Consent.channel).order_by(Consent.id)).all()
    assert [tuple(row) for row in rows] == [("terms", "web"), ("privacy", "web"), ("news", "phone")]


@pytest.mark.parametrize("address", ["/terms", "/privacy"])
def test_what_is_ticked_can_be_read(client, address):
    assert client.get(address).status_code == 200
