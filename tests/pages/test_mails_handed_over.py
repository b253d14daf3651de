"""Mails that a mail service hands over: who may, how often, what is too much, and what is in them."""

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from club.messages.models import Message, address_state
from club.messages.reports import LARGEST_MAIL
from club.messages.service import PostOffice, send_due
from club.settings import Settings, UnsafeSettings
from club.support.models import SupportEntry
from club.support.reading import conversation
from club.support.rules import Topic
from club.support.service import Question, ask
from tests.club.test_support import NOWHERE, Server, mail
from tests.people import new_signed_up_member

pytestmark = [pytest.mark.usefixtures("club", "asks_for_form_keys")]

DOOR = "/mails/incoming"
SECRET, NEXT_SECRET = "s" * 32, "n" * 32


@pytest.fixture
def door(app, client):
    """Where mails may be handed over."""
    known = app.extensions["club_settings"]
    app.extensions["club_settings"] = replace(known, mail_webhook_secrets=(SECRET, NEXT_SECRET))
    return client


@pytest.fixture
def asked(db, now):
    """A question, and the Message-ID of the mail that received it."""
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    made = ask(db, NOWHERE, person_id, Question(Topic.OTHER, None, "Where is my order?"), now)
    send_due(db, PostOffice(Server(), "https://club.example", "club@example.org"), lambda: now)
    found = db.scalar(select(Message.message_id).where(Message.act == "support.received"))
    db.rollback()
    return made.case_id, found


def signed(raw, at, secret=SECRET):
    moment = int(at.timestamp())
    mark = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    return {"Club-Signature": f"t={moment},v1={mark}", "Content-Type": "message/rfc822"}


def give(door, raw, now, **changed):
    return door.post(DOOR, data=raw, headers=signed(raw, now, **changed))


def test_an_answer_that_is_handed_over_stands_in_its_conversation_once(db, door, asked, now):
    case_id, our_id = asked
    raw = mail(our_id, "Ana <ana@example.org>")
    for secret in (SECRET, NEXT_SECRET, SECRET):
        taken = give(door, raw, now, secret=secret)
        assert (taken.status_code, taken.text) == (200, "letter\n")
    assert [one.words for one in conversation(db, case_id, with_notes=True)][1:] == ["Thank you"]


def test_what_is_not_signed_now_with_our_secret_changes_nothing(db, door, asked, now):
    _case_id, our_id = asked
    raw = mail(our_id, "ana@example.org")
    good = signed(raw, now)
    late, early = signed(raw, now - timedelta(minutes=6)), signed(raw, now + timedelta(minutes=6))
    other = signed(raw, now, secret="x" * 32)
    for headers in (late, early, other, {**good, "Club-Signature": ""}, {**good, "Club-Signature": "t=1,v1=\x7f"}):
        assert door.post(DOOR, data=raw, headers=headers).status_code == 400
    assert door.post(DOOR, data=raw + b" ", headers=good).status_code == 400
    assert door.post(DOOR, data=raw, headers={**good, "Content-Type": "text/plain"}).status_code == 415
    assert door.get(DOOR).status_code == 405
    assert db.scalar(select(func.count()).select_from(SupportEntry)) == 1


@pytest.mark.proves("A-5.2.1", "A-1.5.2")
def test_a_mail_that_is_too_large_empty_or_made_to_hurt_does_no_harm(db, door, asked, now):
    _case_id, our_id = asked
    large = bytes(LARGEST_MAIL + 1)
    assert door.post(DOOR, data=large, headers=signed(b"", now)).status_code == 413
    head = f"From: a@b.example\nMessage-ID: <1@b>\nIn-Reply-To: {our_id}\nContent-Type: multipart/mixed; boundary="
    deep = b"".join(b"%d\n\n--%d\nContent-Type: multipart/mixed; boundary=" % (level, level) for level in range(2000))
    for raw in (b"", b"\0" * 99, b"\xff" * 999, b"From: x\n" * 9999, head.encode() + deep + b"x"):
        assert give(door, raw, now).status_code == 200
    assert db.scalar(select(func.count()).select_from(SupportEntry)) == 1


def test_a_report_that_is_handed_over_stops_the_address_and_too_many_answers_wait(db, door, asked, now):
    _case_id, our_id = asked
    for number in range(11):
        taken = give(door, mail(our_id, "eva@example.net", own=f"<{number}@there.example>"), now)
        assert taken.status_code == (200 if number < 10 else 503)
    report = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example\n\n"
        "Final-Recipient: rfc822; ana@example.org\nAction: failed\nStatus: 5.1.1\n\n--x\n"
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {our_id}\n\n--x--\n"
    ).encode()
    assert [give(door, report, now).text for _ in range(2)] == ["noted\n", "known\n"]
    assert address_state(db, "ana@example.org", now) is not None


def test_without_a_secret_there_is_no_such_door_and_a_weak_one_does_not_start(client, now):
    assert give(client, b"x", now).status_code == 404
    with pytest.raises(UnsafeSettings, match="CLUB_MAIL_WEBHOOK_SECRET is too weak"):
        Settings.from_environment(
            {"CLUB_MODE": "test", "CLUB_SECRET_KEY": "k" * 40, "CLUB_MAIL_WEBHOOK_SECRET": "short"}, None
        )
