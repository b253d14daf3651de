"""Events as everybody, members and strangers meet them: lists, answers, mailed links, tickets."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from club.events.models import ANSWERS, INVITATIONS, the_event
from club.events.rules import ALONE, Audience, Party, Who
from club.events.service import add_wave, answer, cancel_event, check_in, write_waves
from club.family.rules import Relation, Relative
from club.family.service import name_relative
from club.leads.models import Lead
from club.members.models import Consent, Person
from club.messages.service import PostOffice, send_due
from club.permissions import Role
from club.points.models import balance_of
from club.texts import Texts
from tests import event_world
from tests.event_world import BY, an_event, change, give_points, seats_taken
from tests.people import browser_of, link_in, mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club", "colleague")


@pytest.fixture
def colleague(db, club, now):
    """Whoever writes the events: account 1."""
    assert new_colleague(db, now, Role.EVENTS).account_id == BY


def published(db, now, **other):
    """A tasting in ten days with room for guests; its id."""
    usual = {"title": Texts({"en": "Summer tasting"}), "most_guests": 3}
    return event_world.published(db, an_event(now, **{**usual, **other}), now)


@pytest.fixture
def ana(db, now, colleague):
    return new_signed_up_member(db, now)


@pytest.fixture
def luis(db, now, colleague):
    return new_signed_up_member(db, now, name="Luis Soto", email="luis@example.org")


@pytest.fixture
def phone(app, db, now, ana):
    return browser_of(app, db, ana, now)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def states(db):
    db.rollback()
    rows = db.execute(select(Person.full_name, ANSWERS.c.state).join(Person, Person.id == ANSWERS.c.person_id))
    return {row[0]: row[1] for row in rows}


def key_of(db, person_id):
    db.rollback()
    return db.scalars(select(ANSWERS.c.key).where(ANSWERS.c.person_id == person_id)).one()


def invited(db, event_id, person_id, now):
    """Invited by name, the mail written; the end of the link in it."""
    add_wave(db, event_id, Who.PICKED, now, BY, Role.EVENTS, now, person_ids=(person_id,))
    write_waves(db, now, lambda: False)
    return db.scalars(select(INVITATIONS.c.key).where(INVITATIONS.c.person_id == person_id)).one()


def test_everybody_sees_what_comes_but_nothing_by_invitation(client, phone, db, now, ana, count_queries):
    published(db, now, title=Texts({"en": "Open evening"}), is_public=True)
    for_members = published(db, now, title=Texts({"en": "Members' evening"}), starts_at=now + timedelta(days=60),
                            ends_at=now + timedelta(days=60, hours=2))  # fmt: skip
    secret = published(db, now, title=Texts({"en": "Board dinner"}), who=Audience.INVITED)
    with count_queries() as queries:
        listed = plain(client.get("/events"))
    assert "Open evening" in listed and "evening" in listed and "Board dinner" not in listed
    assert len(queries) <= 8
    assert "Open evening" not in plain(client.get("/events?month=2026-08"))
    assert "Sign in to answer" in plain(client.get(f"/events/{for_members}"))
    assert client.get(f"/events/{secret}").status_code == phone.get(f"/events/{secret}").status_code == 404
    assert "Open evening" in plain(client.get("/")) and "Board dinner" not in plain(client.get("/"))
    invited(db, secret, ana.person_id, now)
    assert "Board dinner" in plain(phone.get("/me/events")) and phone.get(f"/events/{secret}").status_code == 200


def test_guests_whom_nobody_named_stay_when_the_member_adds_a_note(phone, db, now, ana):
    event_id = published(db, now)
    answer(db, event_id, ana.person_id, Party(("Eva", "", "")), now, by=BY, role=Role.EVENTS)
    sent = {"guest_1": "Eva", "guest_2": "Leo", "guest_3": "", "note": "We come late", "answer": "going"}
    assert phone.post(f"/events/{event_id}/answer", data=sent).status_code == 303
    assert seats_taken(db, event_id) == 4


def test_a_member_comes_with_a_guest_changes_that_and_gives_the_place_back(phone, db, now, ana):
    event_id = published(db, now)
    page = f"/events/{event_id}/answer"
    more = phone.post(page, data={"guest_1": "Eva", "do": "add_guest"})
    assert 'name="guest_2"' in more.text and 'value="Eva"' in more.text and states(db) == {}
    assert phone.post(page, data={"guest_1": "Eva", "answer": "going"}).location == f"/events/{event_id}"
    assert "With you: Eva" in plain(phone.get(f"/events/{event_id}"))
    phone.post(page, data={"guest_1": "", "answer": "going"})
    assert seats_taken(db, event_id) == 1
    assert "Summer tasting" in plain(phone.get("/me/events")) and "Your next event" in plain(phone.get("/me"))
    back = f"/t/{key_of(db, ana.person_id)}/give-back"
    assert "1 place is given back" in plain(phone.get(back)) and states(db) == {"Ana García": "going"}
    assert phone.post(back).status_code == 303
    assert states(db) == {"Ana García": "not_going"} and seats_taken(db, event_id) == 0


@pytest.mark.proves("R49")
def test_somebody_of_the_family_is_a_guest_with_one_button(phone, db, now, ana):
    event_id = published(db, now)
    for name in ("Rosa", "Leo"):
        name_relative(db, ana.person_id, Relative(name=name, relation=Relation.PARTNER), False, by=BY, now=now)
    assert "Bring Rosa Bring Leo Add guest" in plain(phone.get(f"/events/{event_id}")).replace("(optional) ", "")
    page = f"/events/{event_id}/answer"
    first = phone.post(page, data={"guest_1": "Eva", "note": "Late", "with": "Rosa"})
    assert 'value="Eva"' in first.text and 'name="guest_2"' in first.text and "Late" in first.text
    assert "Bring Leo" in plain(first) and "Bring Rosa" not in plain(first) and states(db) == {}
    phone.post(page, data={"guest_1": "Eva", "guest_2": "Rosa", "answer": "going"})
    assert "With you: Eva and Rosa" in plain(phone.get(f"/events/{event_id}"))


def test_points_are_shown_before_and_after_and_taken_once_they_are_agreed(phone, db, now, ana):
    event_id = published(db, now, points=200, answer_by=now + timedelta(days=5))
    give_points(db, ana.person_id, 500, now)
    page = f"/events/{event_id}/answer"
    asked = phone.post(page, data={"answer": "going", "guest_1": "Eva"})
    said = plain(asked)
    assert "500 points" in said and "−400 points" in said and "100 points" in said and states(db) == {}
    wrong = phone.post(page, data={"answer": "going", "guest_1": "Eva", "agreed": "200"})
    assert "Come for 400 points" in plain(wrong) and states(db) == {}
    phone.post(page, data={"answer": "going", "guest_1": "Eva", "agreed": "400"})
    db.rollback()
    assert balance_of(db, ana.person_id, now.date()).active == 100
    phone.post(page, data={"answer": "not_going"})
    db.rollback()
    assert balance_of(db, ana.person_id, now.date()).active == 500
    too_dear = phone.post(page, data={"answer": "going", "guest_1": "Eva", "guest_2": "Leo"})
    assert "100 points are missing." in plain(too_dear)


def test_a_full_event_offers_its_line_and_a_freed_place_is_taken(app, phone, db, now, ana, luis):
    event_id = published(db, now, seats=1, most_guests=0)
    answer(db, event_id, luis.person_id, ALONE, now)
    refused = phone.post(f"/events/{event_id}/answer", data={"answer": "going"})
    assert refused.status_code == 422 and "you would be number 1" in plain(refused)
    phone.post(f"/events/{event_id}/answer", data={"answer": "going", "waitlist": "yes"})
    assert "Your place in line: 1" in plain(phone.get(f"/events/{event_id}"))
    luis_phone = browser_of(app, db, luis, now)
    luis_phone.post(f"/events/{event_id}/answer", data={"answer": "not_going"})
    assert states(db) == {"Ana García": "offered", "Luis Soto": "not_going"}
    assert "It is held for you until" in plain(phone.get(f"/events/{event_id}"))
    mailed = next(mail for mail in mails_to(db, ana.email) if mail.act == "event.offered")
    assert app.test_client().post(link_in(mailed), data={"answer": "going"}).status_code == 303
    assert states(db)["Ana García"] == "going"


@pytest.mark.proves("T5", "F-09")
def test_a_mailed_link_answers_for_its_person_and_its_event_alone(client, app, db, now, ana, luis):
    event_id = published(db, now, who=Audience.INVITED)
    other_id = published(db, now, title=Texts({"en": "Other"}))
    key = invited(db, event_id, ana.person_id, now)
    for choice in ("going", "not_going", "nonsense"):
        looked = client.get(f"/events/answer/{key}?answer={choice}")
        assert looked.status_code == 200 and looked.headers["Cache-Control"] == "no-store"
    assert states(db) == {}
    for guessed in (f"{key[:-1]}x", "0" * 32, str(event_id), "x"):
        assert client.get(f"/events/answer/{guessed}").status_code == 404
        assert client.post(f"/events/answer/{guessed}", data={"answer": "going"}).status_code == 404
    answered = client.post(f"/events/answer/{key}", data={"answer": "going"})
    assert answered.location == f"/t/{key}" and "QR code" in client.get(answered.location).text
    assert states(db) == {"Ana García": "going"} and seats_taken(db, other_id) == 0
    assert client.get("/me").status_code == 303, "the link signs nobody in"
    assert "You are coming" in plain(client.get(f"/events/answer/{key}?answer=going"))
    client.post(f"/events/answer/{key}", data={"answer": "not_going"})
    assert states(db) == {"Ana García": "not_going"}


def test_a_stranger_signs_up_and_is_a_lead_with_a_ticket_once_the_mail_is_answered(client, db, now, ana):
    event_id = published(db, now, is_public=True)
    form = {"name": "Nora Vidal", "guest_1": "Leo", "news": "y", "website": "", "do": "sign_up"}
    known = client.post(f"/events/{event_id}/sign-up", data={**form, "email": ana.email})
    unknown = client.post(f"/events/{event_id}/sign-up", data={**form, "email": "nora@example.org"})
    trapped = client.post(f"/events/{event_id}/sign-up", data={**form, "email": "bot@example.org", "website": "x"})
    assert {one.location for one in (known, unknown, trapped)} == {f"/events/{event_id}/check-your-mail"}
    assert mails_to(db, "bot@example.org") == [] and states(db) == {}
    people = db.scalar(select(func.count()).select_from(Person))
    link = link_in(mails_to(db, "nora@example.org")[-1])
    assert "Summer tasting" in plain(client.get(link))
    assert db.scalar(select(func.count()).select_from(Person)) == people and states(db) == {}
    done = client.post(link)
    assert done.location.startswith("/t/") and states(db) == {"Nora Vidal": "going"}
    assert seats_taken(db, event_id) == 2
    nora = db.scalars(select(Lead.person_id)).one()
    assert db.scalars(select(Consent.person_id).where(Consent.purpose == "news")).all() == [nora]
    assert client.post(link).status_code == client.get(link).status_code == 410
    assert "Nora Vidal" in plain(client.get(done.location))
    client.post(link_in(mails_to(db, ana.email)[-1]))
    assert states(db)["Ana García"] == "going" and len(db.scalars(select(Person.id)).all()) == people + 1
    for _ in range(5):
        last = client.post(f"/events/{event_id}/sign-up", data={**form, "email": "nora@example.org"})
    assert last.status_code == 429


def test_strangers_cannot_sign_up_for_what_is_for_members(client, db, now):
    event_id = published(db, now)
    refused = client.post(f"/events/{event_id}/sign-up", data={"name": "Nora", "email": "nora@example.org"})
    assert refused.status_code == 422 and mails_to(db, "nora@example.org") == []


def test_whoever_wants_to_hear_of_the_next_programme_agrees_twice(client, db, now):
    assert "The next programme is being prepared" in plain(client.get("/events"))
    typed = {"name": "Nora Vidal", "email": "nora@example.org", "website": ""}
    assert client.post("/events/tell-me", data=typed).status_code == 422, "the box is not ticked"
    assert client.post("/events/tell-me", data={**typed, "agrees": "y"}).location == "/events/noted"
    assert db.scalars(select(Consent.id)).all() == []
    assert client.post(link_in(mails_to(db, "nora@example.org")[-1])).location == "/events/hears"
    db.rollback()
    said = db.execute(select(Consent.purpose, Consent.channel, Consent.is_given)).all()
    assert [tuple(one) for one in said] == [("news", "email", True)]


@pytest.mark.proves("F-53")
def test_a_ticket_has_its_code_its_calendar_and_its_paper_until_it_is_none(app, client, db, now, ana, luis):
    event_id = published(db, now, online_link="https://meet.example.org/x")
    answer(db, event_id, ana.person_id, ALONE, now)
    key = key_of(db, ana.person_id)
    shown = client.get(f"/t/{key}")
    assert "Ana García" in shown.text and "meet.example.org" in shown.text and len(shown.data) < 30_000
    assert "stale-if-error" in shown.headers["Cache-Control"] and "noindex" in shown.headers["X-Robots-Tag"]
    assert "meet.example.org" not in client.get(f"/events/{event_id}").text
    assert client.get(f"/t/{key}/ticket.pdf").data.startswith(b"%PDF")

    entry = entry_of(client, key)
    view = the_event(db, event_id)
    change(db, event_id, now, starts_at=view.event.starts_at + timedelta(hours=1))
    changed = entry_of(client, key)
    assert changed["UID"] == entry["UID"] and changed["SEQUENCE"] > entry["SEQUENCE"]
    assert changed["DTSTART"].dt - entry["DTSTART"].dt == timedelta(hours=1)
    assert "have changed" in plain(client.get(f"/t/{key}"))

    assert browser_of(app, db, luis, now).post(f"/t/{key}/give-back").status_code == 404
    assert states(db) == {"Ana García": "going"}
    code = db.scalars(select(ANSWERS.c.code)).one()
    check_in(db, event_id, code, BY, Role.EVENTS, now)
    assert "Used already" in plain(client.get(f"/t/{key}"))
    for guessed in (code, f"{key[:-1]}x", "1"):
        assert client.get(f"/t/{guessed}").status_code == 404


def test_a_ticket_of_an_event_that_was_called_off_says_so(client, db, now, ana):
    event_id = published(db, now)
    answer(db, event_id, ana.person_id, ALONE, now)
    key = key_of(db, ana.person_id)
    cancel_event(db, event_id, "Storm", BY, Role.EVENTS, now)
    page = client.get(f"/t/{key}")
    assert "was called off" in plain(page) and "QR code" not in page.text
    assert client.get(f"/t/{key}/ticket.pdf").status_code == 404
    assert entry_of(client, key)["STATUS"] == "CANCELLED"
    assert "was called off" in plain(client.get(f"/events/{event_id}"))


def test_home_asks_for_the_answer_to_an_invitation(phone, db, now, ana):
    event_id = published(db, now)
    invited(db, event_id, ana.person_id, now)
    assert "You are invited: Summer tasting" in plain(phone.get("/me"))
    phone.post(f"/events/{event_id}/answer", data={"answer": "not_going"})
    assert "You are invited" not in plain(phone.get("/me"))


def entry_of(client, key):
    answered = client.get(f"/t/{key}/event.ics")
    assert answered.mimetype == "text/calendar"
    return Calendar.from_ical(answered.data).walk("VEVENT")[0]


def test_after_a_change_ticket_and_mailed_page_say_what_it_was(app, client, db, now, ana, luis):
    event_id = published(db, now, place="Cellar", address="")
    answer(db, event_id, ana.person_id, ALONE, now)
    key, asked = key_of(db, ana.person_id), invited(db, event_id, luis.person_id, now)
    assert "have changed" not in plain(client.get(f"/t/{key}"))
    event = the_event(db, event_id).event
    later = event.starts_at + timedelta(days=1)
    moved = {"starts_at": later, "ends_at": later + timedelta(hours=2), "place": "Garden"}
    change(db, event_id, now + timedelta(hours=1), **moved)
    for page in (client.get(f"/t/{key}"), client.get(f"/events/answer/{asked}")):
        said = plain(page)
        assert "Where now Garden" in said and "Where before Cellar" in said and "Before" in said
    answer(db, event_id, luis.person_id, ALONE, now + timedelta(hours=2))
    assert "have changed" not in plain(client.get(f"/events/answer/{asked}"))


def test_a_mailed_page_warns_of_a_clash_and_names_the_other_event_to_its_reader_alone(app, client, db, now, ana, phone):
    answer(db, published(db, now, title=Texts({"en": "Board dinner"})), ana.person_id, ALONE, now)
    asked = invited(db, published(db, now), ana.person_id, now)
    anybody = plain(client.get(f"/events/answer/{asked}"))
    assert "you go to another event of the club" in anybody and "Board dinner" not in anybody
    assert "Board dinner" in plain(phone.get(f"/events/answer/{asked}"))


def test_the_confirming_mail_carries_the_entry_of_the_ticket(app, client, db, now, ana):
    event_id = published(db, now, online_link="https://meet.example/1")
    answer(db, event_id, ana.person_id, ALONE, now)
    page = client.get(f"/t/{key_of(db, ana.person_id)}/event.ics").data
    sent: list[EmailMessage] = []
    office = PostOffice(Office(sent), app.config["OWN_ORIGIN"], "club@example.org", lambda: 1.0)
    send_due(db, office, lambda: now)
    (entry,) = (part for part in sent[-1].walk() if part.get_content_type() == "text/calendar")
    assert (entry.get_param("method"), entry.get_filename()) == ("PUBLISH", "event.ics")
    (mailed,), (shown,) = (Calendar.from_ical(data).events for data in (bytes(entry.get_content(), "utf-8"), page))
    for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "URL", "STATUS"):
        assert mailed[name] == shown[name], name
    assert (mailed.start, mailed.end) == (shown.start, shown.end)
    assert {part.get_content_type() for part in sent[-1].walk()} >= {"text/plain", "text/html"}


class Office:
    """Keeps what is sent."""

    def __init__(self, sent):
        self.send = sent.append

    def close(self):
        pass
