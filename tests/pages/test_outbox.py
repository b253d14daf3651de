"""The outbox in the staff's door: what is seen, what is hidden, what can be done, how little it asks the database."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.orm import Session

from admin import mail_words
from club.care.service import write_letter
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_person
from club.messages.acts import ACTS
from club.messages.claiming import claim
from club.messages.listing import View, counts, oldest_waiting, outbox
from club.messages.models import MailAddressState, Message, address_state, latest
from club.messages.parts import ALWAYS, FIELD_FROM, KINDS
from club.messages.rules import Bounce, Cause, Happened, Standing
from club.messages.service import PostOffice, queue, send_due
from club.messages.smtp import AddressRefused
from club.permissions import PERMISSIONS, Permission, Role
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
SECRET = "canary-of-the-one-time-link"


class StandIn:
    def __init__(self, *answers):
        self.answers = list(answers)

    def send(self, mail):
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer

    def close(self):
        pass


def send(db: Session, now: datetime, *answers: Exception | None) -> None:
    send_due(db, PostOffice(StandIn(*answers), "http://localhost", "club@example.org", lambda: 1.0), lambda: now)


def write(db: Session, now: datetime, act: str = "join.welcome", person_id: int | None = None) -> int:
    data = {
        "join.welcome": {"name": "Ana", "number": "7F3K-92QD", "points": 200},
        "signin.link": {"name": "Ana", "path": "/sign-in/link/", "minutes": 30},
    }[act]
    with transaction(db) as tx:
        queue(
            tx, act, occurrence=str(now), recipient="ana@example.org", language="es", addressee="person:9",
            person_id=person_id, data=data, secret=SECRET if act == "signin.link" else None, now=now,
        )  # fmt: skip
    return latest(db)[0].id


@pytest.fixture
def manager(app, db, now):
    colleague = new_colleague(db, now, Role.MANAGER)
    send(db, now)
    return browser_of(app, db, colleague, now, second_factor=True)


def test_a_message_is_followed_from_written_to_given_up_to_sent(db, now, manager):
    message = write(db, now)
    send(db, now, AddressRefused(550, "5.1.1 User unknown"))
    listed = manager.get("/admin/outbox?view=failed").text
    assert "Joining: welcome" in listed
    assert "does not take mail for this address" in listed
    one = manager.get(f"/admin/outbox/{message}").text
    assert "550 5.1.1 User unknown" in one
    assert "There is no such mailbox" in one
    answer = manager.post(f"/admin/outbox/{message}/again")
    assert (answer.status_code, answer.location) == (303, f"/admin/outbox/{message}")
    assert "goes out with the next mails" in manager.get(answer.location).text
    send(db, now + timedelta(minutes=5))
    one = manager.get(f"/admin/outbox/{message}").text
    assert "As it was sent." in one
    assert "Put back to be sent" in one
    assert address_state(db, "ana@example.org", now) is None


def test_trying_again_twice_is_told_in_words(db, now, manager):
    message = write(db, now)
    send(db, now, AddressRefused(550, "5.1.1 User unknown"))
    for _ in range(2):
        answer = manager.post(f"/admin/outbox/{message}/again", follow_redirects=True)
    assert "This message is in another state by now." in answer.text


@pytest.mark.proves("F-50")
def test_the_secret_of_a_link_is_never_shown(db, now, manager):
    message = write(db, now, "signin.link")
    pages = [
        manager.get(path).text
        for path in ("/admin/outbox", f"/admin/outbox/{message}", f"/admin/outbox/{message}/look")
    ]
    assert SECRET not in "".join(pages)
    assert "/sign-in/link/(oculto)" in pages[1]
    assert "/sign-in/link/(oculto)" in pages[2]


def test_a_message_with_a_link_is_neither_cancelled_nor_tried_again(db, now, manager):
    message = write(db, now, "signin.link")
    assert "Cancel the message" not in manager.get(f"/admin/outbox/{message}").text
    assert "is not cancelled" in manager.post(f"/admin/outbox/{message}/cancel", follow_redirects=True).text
    send(db, now + timedelta(hours=1))
    one = manager.get(f"/admin/outbox/{message}").text
    assert "Its link had ended before it could be sent." in one
    assert f"/admin/outbox/{message}/again" not in one
    assert "one-time link is gone" in manager.post(f"/admin/outbox/{message}/again", follow_redirects=True).text


def test_the_mail_itself_is_shown_under_a_policy_of_its_own(db, now, manager):
    answer = manager.get(f"/admin/outbox/{write(db, now)}/look")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "frame-ancestors 'none'" in policy
    assert "200&nbsp;puntos" in answer.text


def test_that_a_mail_came_back_is_noted_with_its_cause_and_the_address_is_freed_again(db, now, manager):
    message = write(db, now)
    send(db, now)
    refused = manager.post(f"/admin/outbox/{message}/came-back", data={"cause": "nonsense"})
    assert refused.status_code == 422
    answer = manager.post(f"/admin/outbox/{message}/came-back", data={"cause": Bounce.NO_MAILBOX.value})
    assert answer.status_code == 303
    assert "There is no such mailbox" in manager.get("/admin/outbox/addresses").text
    assert "Came back" in manager.get("/admin/outbox?view=came_back").text
    assert manager.post("/admin/outbox/addresses", data={"email": "ana@example.org"}).status_code == 303
    assert "Every address that the club wrote to" in manager.get("/admin/outbox/addresses").text
    assert manager.post("/admin/outbox/addresses").status_code == 422


def test_every_act_cause_and_end_has_words():
    for words, known in (
        (mail_words.ACTS, set(ACTS)),
        (mail_words.STANDINGS, set(Standing)),
        (mail_words.CAUSES, set(Cause)),
        (mail_words.BOUNCES, set(Bounce)),
        (mail_words.HAPPENED, set(Happened)),
        (mail_words.KINDS, set(KINDS)),
        (mail_words.FIELDS, ALWAYS | set(FIELD_FROM)),
    ):
        assert set(words) == known


def test_an_act_that_is_not_known_any_more_is_listed_all_the_same(db, now, manager):
    message = write(db, now)
    with transaction(db) as tx:
        tx.execute(update(Message).where(Message.id == message).values(act="former.act"))
    assert "former.act" in manager.get("/admin/outbox").text
    assert "It cannot be put into words" in manager.get(f"/admin/outbox/{message}").text
    assert manager.get(f"/admin/outbox/{message}/look").status_code == 404


@pytest.mark.proves("A-8.2.3")
def test_who_may_not_see_contact_data_sees_shortened_addresses(app, db, now, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, Role.READ_ONLY, PERMISSIONS[Role.READ_ONLY] | {Permission.SEE_MESSAGES})
    message = write(db, now)
    with transaction(db) as tx:
        row = {"address_key": "ana@example.org", "is_hard": True, "cause": "no_mailbox", "since": now, "said": ""}
        tx.execute(insert(MailAddressState).values(row))
    reader = browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)
    pages = [
        reader.get(path).text
        for path in (
            "/admin/outbox", "/admin/outbox?to=eva@example.org", f"/admin/outbox/{message}", "/admin/outbox/addresses",
        )
    ]  # fmt: skip
    assert [page.count("ana@example.org") for page in pages] == [0, 0, 0, 0]
    assert ["a…@example.org" in page for page in pages] == [True] * 4
    assert "/came-back" not in pages[2]


@pytest.mark.parametrize("role", list(Role))
def test_every_button_is_there_for_whoever_may_press_it(app, db, now, role):
    message = write(db, now)
    send(db, now, AddressRefused(550, "5.1.1 User unknown"))
    visitor = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    answer = visitor.get(f"/admin/outbox/{message}")
    may = PERMISSIONS[role]
    assert answer.status_code == (200 if Permission.SEE_MESSAGES in may else 403)
    assert (f"/admin/outbox/{message}/again" in answer.text) == (Permission.EDIT_MESSAGES in may)
    visitor.post(f"/admin/outbox/{message}/again")
    db.rollback()
    state = db.scalar(select(Message.state).where(Message.id == message))
    assert state == ("queued" if Permission.EDIT_MESSAGES in may else "given_up")


# --- how much it asks the database


def many(db: Session, now: datetime, count: int) -> None:
    person_id = new_signed_up_member(db, now).person_id
    states = [("sent", None), ("queued", None), ("given_up", None), ("sent", now)]
    with transaction(db) as tx:
        rows = [
            {
                "act": "join.welcome", "addressee": f"person:{number}", "occurrence": str(number), "data": {"name": ""},
                "person_id": person_id, "recipient": f"m{number}@example.org", "language": "en", "next_try_at": now,
                "message_id": "", "created_at": now, "state": states[number % 4][0],
                "came_back_at": states[number % 4][1],
                "sent_at": now,
            }
            for number in range(count)
        ]  # fmt: skip
        tx.execute(insert(Message), rows)
        addresses = [
            {"address_key": f"m{number}@example.org", "is_hard": True, "cause": "no_mailbox", "since": now, "said": ""}
            for number in range(120)
        ]
        tx.execute(insert(MailAddressState), addresses)


@pytest.mark.parametrize(
    "path",
    ["/admin/outbox", "/admin/outbox?view=waiting&page=2", "/admin/outbox?view=failed",
     "/admin/outbox?act=join.welcome", "/admin/outbox/addresses?page=2", "/admin/outbox/1"],
)  # fmt: skip
def test_a_page_asks_at_most_fifteen_questions_however_many_messages_there_are(db, now, manager, count_queries, path):
    many(db, now, 400)
    with count_queries() as queries:
        assert manager.get(path).status_code == 200
    assert len(queries) <= 15


def plans_of(db: Session, ask: Callable[[], object]) -> str:
    """How the database goes about the statements of `ask`, with the values that they were sent with."""
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    if not is_sqlite:
        db.execute(text("SET LOCAL enable_seqscan = off"))
    selects = [(statement, values) for statement, values in sent if statement.startswith("SELECT")]
    plans = [db.connection().exec_driver_sql(explain + statement, values).all() for statement, values in selects]
    return "\n".join(str(row[-1]) for plan in plans for row in plan)


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("wanted", [{}, {"act": "join.welcome"}, {"recipient": "m7@example.org"}])
def test_every_view_reads_along_an_index(db, now, view, wanted):
    many(db, now, 2000)
    plan = plans_of(db, lambda: outbox(db, view, limit=51, **wanted))
    if view is View.ALL and not wanted:
        plan = plan.replace("SCAN message\n", "in the order of ids\n") if "TEMP B-TREE" not in plan else plan
    assert re.search(r"SCAN message(?! USING)|Seq Scan on message", plan) is None, plan


def test_the_sender_finds_what_is_due_along_an_index(db, now):
    many(db, now, 2000)
    plan = plans_of(db, lambda: (oldest_waiting(db), counts(db), claim(db, "example.org", now)))
    assert "ix_message_due" in plan
    assert re.search(r"SCAN message(?! USING)|Seq Scan on message", plan) is None, plan


def test_the_list_says_when_there_is_no_mail_server_and_that_nothing_was_written(manager):
    empty = manager.get("/admin/outbox?view=failed").text
    assert "No mail server is set up, so messages wait." in empty
    assert "No message was given up." in empty
    assert "Nothing matches these filters." in manager.get("/admin/outbox?act=tier.reached").text


@pytest.mark.proves("R20")
def test_a_mail_that_is_held_back_says_until_when_and_why(db, now, manager):
    with transaction(db) as tx:
        person = NewPerson(full_name="Ana", language="en", source="guest", email="ana@example.org")
        ana = new_person(tx, person, None, now)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for reason, words in (("cap", "enough contacts for now"), ("quiet", "quiet hours")):
        write_letter(db, ana, "Hello", "Words", 1, Role.SUPPORT, now, once=reason)
        message = latest(db)[0].id
        with transaction(db) as tx:
            held = {"next_try_at": tomorrow, "waits_for": reason}
            tx.execute(update(Message).where(Message.id == message).values(held))
        for path in ("/admin/outbox?view=waiting", f"/admin/outbox/{message}"):
            page = manager.get(path).text
            assert ("Held back" in page, words in page, "waits until" in page) == (True, True, True)
    assert counts(db)[View.WAITING] == 2
