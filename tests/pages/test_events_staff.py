"""Events through the staff's pages: written, published, invited to, answered by phone, the door, called off."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from club.audit import AuditEntry
from club.customers.service import save_view
from club.events import service
from club.events.models import ANSWERS, EVENTS, WAVE_PEOPLE, WAVES, the_event
from club.events.rules import Event, Kind, Party
from club.permissions import Role
from club.texts import Texts
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

TYPED = {
    "kind": "social", "title_en": "Autumn dinner", "words_en": "Five courses in the cellar.",
    "starts_on-day": "20", "starts_on-month": "6", "starts_on-year": "2031", "starts_at": "20:00", "ends_at": "00:30",
    "place": "Cellar", "seats": "2", "most_guests": "1", "accept_hours": "24", "who": "all", "version": "0",
    "answer_by_on-day": "18", "answer_by_on-month": "6", "answer_by_on-year": "2031",
    "key": "a" * 32, "do": "save",
}  # fmt: skip


@pytest.fixture
def eve(db, club, now):
    return new_colleague(db, now, Role.EVENTS)


@pytest.fixture
def desk(app, db, now, eve):
    return browser_of(app, db, eve, now, second_factor=True)


@pytest.fixture
def door(app, db, now):
    """Somebody who only lets guests in."""
    return browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def make(db, eve, now):
    """A published event that begins soon by the clock of the pages; its id."""

    def event(title="Dinner", **said):
        soon = now + timedelta(hours=2)
        given = {"starts_at": soon, "ends_at": soon + timedelta(hours=3), "seats": 60, "most_guests": 2, **said}
        new = Event(kind=Kind.SOCIAL, title=Texts({"en": title}), **given)
        event_id = service.add_event(db, new, eve.account_id, Role.EVENTS, now)
        service.publish(db, event_id, 1, eve.account_id, Role.EVENTS, now)
        return event_id

    return event


@pytest.fixture
def comes(db, now):
    """Somebody answers that they come; the code of their ticket."""

    def going(event_id, member, *guests):
        return service.answer(db, event_id, member.person_id, Party(guests=guests), now).code

    return going


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def found(pattern, page):
    match = re.search(pattern, page.text)
    assert match is not None
    return match[1]


def version(page):
    return found(r'name="version"[^>]*value="(\d+)"', page)


def acts(db):
    db.rollback()
    return list(db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "event").order_by(AuditEntry.id)))


def let_in(browser, event_id, **said):
    return browser.post(f"/admin/events/{event_id}/checkin", data=said, follow_redirects=True)


def test_an_event_is_written_looked_at_published_changed_copied_and_called_off(desk, db, ana, comes):
    first = plain(desk.get("/admin/events"))
    assert "Begin with one of these" in first and "Course or tasting class" in first
    assert 'value="11:00"' in desk.get("/admin/events/new?kind=family").text
    looked = desk.post("/admin/events/new", data={**TYPED, "do": "show"})
    assert "Friday, 20 June 2031, 20:00–00:30" in plain(looked) and acts(db) == []
    for _ in range(2):  # sent twice, it is there once
        saved = desk.post("/admin/events/new", data=TYPED)
    event_id = int(saved.location.rsplit("/", 1)[1])
    db.rollback()
    assert db.scalars(select(EVENTS.c.id)).all() == [event_id]
    event = the_event(db, event_id).event
    assert (event.starts_at, event.ends_at) == (
        datetime(2031, 6, 20, 18, tzinfo=UTC), datetime(2031, 6, 20, 22, 30, tzinfo=UTC),
    )  # fmt: skip
    assert event.answer_by == datetime(2031, 6, 18, 22, tzinfo=UTC)  # the day counts to its end, by the club's clock
    assert "Autumn dinner" in plain(desk.get("/admin/events?view=drafts"))

    confirm = desk.get(f"/admin/events/{event_id}/publish")
    assert "Nobody is written to by publishing" in plain(confirm)
    assert desk.post(f"/admin/events/{event_id}/publish", data={"version": "99"}).status_code == 422
    assert desk.post(f"/admin/events/{event_id}/publish", data={"version": version(confirm)}).status_code == 303
    assert "Autumn dinner" in plain(desk.get("/admin/events"))

    comes(event_id, ana, "Luis")
    form = desk.get(f"/admin/events/{event_id}/edit")
    assert 'name="points"' not in form.text  # what a place costs stays
    assert 'name="answer_by_at" type="time" value=""' in form.text and 'name="ends_on-day"' in form.text
    said = {**TYPED, "version": version(form), "ends_at": "23:00", "points": "90"}
    refused = desk.post(f"/admin/events/{event_id}/edit", data={**said, "seats": "1", "most_guests": "0"})
    assert refused.status_code == 422
    assert "More people come than there would be seats" in plain(refused) and ana.email in refused.text
    assert desk.post(f"/admin/events/{event_id}/edit", data=said).status_code == 303
    assert desk.post(f"/admin/events/{event_id}/edit", data=said).status_code == 422  # an older state of it
    db.rollback()
    event = the_event(db, event_id).event
    assert (event.ends_at, event.points) == (datetime(2031, 6, 20, 21, tzinfo=UTC), 0)

    copied = desk.post(f"/admin/events/{event_id}/copy")
    assert "/edit" in copied.location
    confirm = desk.get(f"/admin/events/{event_id}/cancel")
    assert "1 person who comes or waits is told" in plain(confirm)
    assert desk.post(f"/admin/events/{event_id}/cancel", data={"version": version(confirm)}).status_code == 422
    desk.post(f"/admin/events/{event_id}/cancel", data={"version": version(confirm), "why": "Flood"})
    assert "Autumn dinner" in plain(desk.get("/admin/events?view=cancelled"))
    assert acts(db) == ["event.added", "event.published", "event.changed", "event.copied", "event.cancelled"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"title_en": ""}, "Enter the title in English."),
        ({"starts_on-day": "30", "starts_on-month": "3", "starts_at": "02:30"}, "The clocks are put forward"),
        ({"starts_on-year": "9999"}, "Choose a day at most five years ahead."),
        ({"starts_at": "25:00"}, "Enter a time of day, as in 19:30."),
        ({"most_guests": "5"}, "fewer than there are seats"),
        ({"is_public": "y", "points": "50"}, "has no price in points"),
        ({"map_link": "javascript:alert(1)"}, "https://"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field_and_nothing_is_written(desk, db, said, words):
    answer = desk.post("/admin/events/new", data={**TYPED, **said})
    assert answer.status_code == 422 and words in plain(answer) and "Error:" in answer.text
    assert 'value="Cellar"' in answer.text
    db.rollback()
    assert db.scalars(select(EVENTS.c.id)).all() == []


@pytest.mark.proves("F-53")
def test_the_door_says_one_of_five_words_and_takes_back_what_was_wrong(door, db, now, make, comes, ana):
    dinner, concert = (
        make("Dinner"),
        make("Concert", starts_at=now + timedelta(hours=5), ends_at=now + timedelta(hours=6)),
    )
    luis = new_signed_up_member(db, now, name="Luis Pérez", email="luis@example.org")
    code = comes(dinner, ana, "Marta", "Nil")
    assert "0 of 3 in" in plain(door.get(f"/admin/events/{dinner}/checkin"))

    welcome = plain(let_in(door, dinner, said=code))
    assert "Welcome Ana García" in welcome and "2 guests still to come" in welcome and "1 of 3 in" in welcome
    again = plain(let_in(door, dinner, said=code.lower()))
    assert "Already in Ana García" in again and "let in by Support" in again and "1 of 3 in" in again
    assert "This ticket is for another one: Dinner" in plain(let_in(door, concert, said=code))
    assert "Unknown" in plain(let_in(door, dinner, said="7F3K-92QD-0000"))

    answer_id = found(r'name="answer" value="(\d+)"', door.get(f"/admin/events/{dinner}/checkin"))
    more = door.post(f"/admin/events/{dinner}/checkin/guest", data={"answer": answer_id}, follow_redirects=True)
    assert "1 guest still to come" in plain(more) and "2 of 3 in" in plain(more)
    undone = door.post(f"/admin/events/{dinner}/checkin/undo", data={"answer": answer_id}, follow_redirects=True)
    assert "0 of 3 in" in plain(undone)
    assert "Welcome" not in plain(door.get(f"/admin/events/{dinner}/checkin?result=welcome&guest={answer_id}"))

    named = let_in(door, dinner, said="gar")
    assert "Ana García" in plain(named)
    person = found(r'name="person" value="(\d+)"', named)
    assert "Welcome Ana García" in plain(let_in(door, dinner, person=person))

    comes(concert, ana)
    service.decline(db, concert, ana.person_id, now)
    db.rollback()
    given_back = db.scalar(select(ANSWERS.c.code).where(ANSWERS.c.event_id == concert))
    assert "No place is kept for them" in plain(let_in(door, concert, said=given_back))
    walk_in = door.get(f"/admin/events/{dinner}/checkin/walk-in?q=luis")
    assert "Luis Pérez" in plain(walk_in)
    said = {"person": str(luis.person_id), "guests": "1"}
    let = door.post(f"/admin/events/{dinner}/checkin/walk-in?q=luis", data=said, follow_redirects=True)
    assert "Welcome Luis Pérez" in plain(let)


def test_whoever_only_lets_guests_in_sees_the_door_and_nothing_else(door, app, db, now, make, ana):
    event_id = make("Dinner")
    listed = door.get("/admin/check-in")
    assert "Dinner" in listed.text and "Check-in" in listed.text
    assert 'href="/admin/events"' not in listed.text
    for path in ("", f"/{event_id}", f"/{event_id}/edit", f"/{event_id}/invitations", f"/{event_id}/answers",
                 f"/{event_id}/answers/list", f"/{event_id}/after"):  # fmt: skip
        assert door.get(f"/admin/events{path}").status_code == 403
    assert door.post(f"/admin/events/{event_id}/answers/{ana.person_id}", data={"says": "going"}).status_code == 403
    reader = browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)
    assert reader.get("/admin/check-in").status_code == 403
    db.rollback()
    assert db.scalars(select(ANSWERS.c.id)).all() == []


def test_invitations_are_counted_before_they_are_sent_and_can_be_taken_back(desk, db, now, make, ana):
    event_id = make("Dinner", starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=3))
    address = f"/admin/events/{event_id}/invitations"
    shown = desk.post(address, data={"who": "all", "do": "send"})
    assert "1 person would be invited." in plain(shown) and "has not agreed to news by mail" in plain(shown)
    db.rollback()
    assert db.scalars(select(WAVES.c.id)).all() == []
    key = found(r'name="shown"[^>]*value="([0-9a-f]{32})"', shown)
    other = desk.post(address, data={"who": "picked", "people": str(ana.person_id), "shown": key, "do": "send"})
    assert "would be invited" in plain(other)  # another choice is counted anew
    later = now + timedelta(days=2)
    when = {"send_on-day": later.day, "send_on-month": later.month, "send_on-year": later.year, "send_time": "09:00"}
    assert desk.post(address, data={"who": "all", "shown": key, "do": "send", **when}).status_code == 303
    db.rollback()
    wave_id = db.scalars(select(WAVES.c.id)).one()
    assert "All members" in plain(desk.get(address))
    stopped = desk.post(f"{address}/{wave_id}/stop", follow_redirects=True)
    assert "nobody gets these invitations" in plain(stopped)
    assert desk.post(f"/admin/events/999999/invitations/{wave_id}/stop").status_code == 404
    picked = desk.get(f"{address}?people={ana.person_id}&q=ana")
    assert "Ana García" in plain(picked) and f'value="{ana.person_id}"' in picked.text
    look = desk.get(f"{address}/look/es")
    assert look.status_code == 200 and "Dinner" in look.text
    assert "A test mail goes to" in plain(desk.post(f"{address}/test", data={"language": "es"}, follow_redirects=True))


def test_an_answer_by_phone_the_waiting_list_and_a_seat_out_of_turn(desk, app, db, now, make, ana, eve):
    event_id = make("Dinner", seats=2, most_guests=1, asks_diet=True)
    luis, vera = (
        new_signed_up_member(db, now, name=name, email=f"{name[:4].strip().lower()}@example.org")
        for name in ("Luis Pérez", "Vera Sanz")
    )
    address = f"/admin/events/{event_id}/answers"
    assert "Ana García" in plain(desk.get(f"{address}?person=ana"))
    said = {"says": "going", "guests": "1", "names": "Marta", "diet": "Fish"}
    assert desk.post(f"{address}/{ana.person_id}", data=said).status_code == 303
    listed = plain(desk.get(address))
    assert "Ana García" in listed and "1: Marta" in listed and "does not eat: Fish" in listed
    assert "Marta" in plain(desk.get(f"{address}/list"))
    full = desk.post(f"{address}/{luis.person_id}", data={"says": "going"})
    assert full.status_code == 422
    for one in (luis, vera):
        assert desk.post(f"{address}/{one.person_id}", data={"says": "going", "waits": "y"}).status_code == 303
    waiting = plain(desk.get(f"{address}?show=waitlist"))
    assert "place 1" in waiting and "place 2" in waiting
    assert desk.post(f"{address}/{vera.person_id}/offer", data={"why": ""}).status_code == 422
    assert desk.post(f"{address}/{vera.person_id}/offer", data={"why": "Speaker"}).status_code == 422  # no free seat
    assert desk.post(f"{address}/{ana.person_id}", data={"says": "not_going"}).status_code == 303
    db.rollback()
    states = dict(db.execute(select(ANSWERS.c.person_id, ANSWERS.c.state)).all())
    assert states == {ana.person_id: "not_going", luis.person_id: "offered", vera.person_id: "offered"}
    assert desk.post(f"{address}/export").status_code == 403
    manager = browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)
    table = manager.post(f"{address}/export").text
    assert "Vera Sanz" in table and acts(db)[-1] == "event.answers_exported"


def test_pages_of_events_ask_a_bounded_number_of_questions(desk, door, db, now, make, comes, count_queries):
    event_id = make("Dinner")

    def counted():
        with count_queries() as few:
            for path in ("/admin/events", f"/admin/events/{event_id}/answers", f"/admin/events/{event_id}/checkin"):
                assert desk.get(path).status_code == 200
        return len(few)

    comes(event_id, new_signed_up_member(db, now, email="one@example.org"))
    counted()  # what processes remember is remembered
    few = counted()
    for number in range(6):
        member = new_signed_up_member(db, now, name=f"Guest {number}", email=f"g{number}@example.org")
        comes(event_id, member)
        comes(make(f"Event {number}"), member)
    assert counted() == few
    code = comes(event_id, new_signed_up_member(db, now, email="last@example.org"))
    with count_queries() as let:
        door.post(f"/admin/events/{event_id}/checkin", data={"said": code})
    assert len(let) <= 8, let.statements


def test_afterwards_words_and_cost_are_kept_and_what_is_no_picture_is_refused(desk, db, now, make):
    soon = now + timedelta(hours=1)
    event_id = make("Dinner", starts_at=soon, ends_at=soon + timedelta(hours=1))
    address = f"/admin/events/{event_id}/after"
    form = desk.get(address)
    said = {"after_en": "Thank you.", "survey_link": "https://example.org/s", "cost": "120", "version": version(form)}
    assert desk.post(address, data={**said, "survey_link": "ftp://x"}).status_code == 422
    assert desk.post(address, data=said).status_code == 303
    db.rollback()
    event = the_event(db, event_id).event
    assert (event.after["en"], event.cost, event.seats) == ("Thank you.", 12_000, 60)
    sent = {"pictures": (BytesIO(b"no picture"), "dinner.jpg")}
    assert desk.post(f"/admin/events/{event_id}/pictures", data=sent).status_code == 422
    assert desk.post(f"/admin/events/{event_id}/pictures", data={}).status_code == 422
    assert acts(db)[-1] == "event.changed"


def test_whoever_is_in_a_kept_view_of_customers_is_invited(desk, db, now, make, ana, eve):
    event_id = make("Dinner", starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=3))
    new_signed_up_member(db, now, name="Berta Gil", email="berta@example.org")
    view_id = save_view(db, "Anas", "q=ana", for_all=True, by=eve.account_id, role=Role.OWNER, now=now)
    address, chosen = f"/admin/events/{event_id}/invitations", {"who": f"view:{view_id}", "do": "send"}
    shown = desk.post(address, data=chosen)
    assert "1 person would be invited." in plain(shown)
    key = found(r'name="shown"[^>]*value="([0-9a-f]{32})"', shown)
    assert desk.post(address, data={**chosen, "shown": key}).status_code == 303
    db.rollback()
    assert db.scalars(select(WAVE_PEOPLE.c.person_id)).all() == [ana.person_id]
    assert "View «Anas»" in plain(desk.get(address))


def test_the_camera_is_for_the_door_alone(door, now, make):
    event_id = make("Dinner")
    policies = [door.get(path).headers["Permissions-Policy"] for path in
                (f"/admin/events/{event_id}/checkin", "/admin/check-in")]  # fmt: skip
    assert ["camera=(self)" in policy for policy in policies] == [True, False]
