"""The inbox of a member: only their own, and nothing is marked by looking."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.models import Person
from club.messages.inbox.models import INBOX
from club.messages.inbox.telling import tell
from tests.people import browser_of, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


def test_messages_are_read_marked_and_nobody_elses(app: Flask, db: Session, now: datetime) -> None:
    ana, luis = new_signed_up_member(db, now), new_signed_up_member(db, now, name="Luis", email="luis@example.org")
    reader = select(Person.id.label("person_id"), Person.language, Person.full_name.label("name"))
    offer = {"offer": {"en": "Wine & <b>"}, "offer_words": {"en": "<script>alert(1)</script>"}}
    with transaction(db) as tx:
        for number in range(22):
            tell(tx, "offer.new", reader.where(Person.id == ana.person_id), offer, occurrence=f"{number}", now=now)
        message_id = tx.scalars(select(INBOX.c.id).order_by(INBOX.c.id)).first()
    mine, other = browser_of(app, db, ana, now), browser_of(app, db, luis, now)
    page = mine.get("/me/messages").text
    assert "22 unread messages" in page
    assert "Older messages" in page
    one = mine.get(f"/me/messages/{message_id}").text
    assert "Wine &amp; &lt;b&gt;" in one
    assert "<script>alert" not in one
    assert "22 unread messages" in mine.get("/me/messages").text
    for path in (f"/me/messages/{message_id}/read", "/me/messages/read"):
        assert other.post(path).status_code == 303
    assert other.get(f"/me/messages/{message_id}").status_code == 404
    assert "22 unread messages" in mine.get("/me/messages").text
    for _ in range(2):
        assert mine.post(f"/me/messages/{message_id}/read").status_code == 303
    assert "21 unread messages" in mine.get("/me/messages").text
    assert mine.post("/me/messages/read").status_code == 303
    assert "unread message" not in mine.get("/me/messages").text
    assert mine.post(f"/me/messages/{message_id}/unread").status_code == 303
    assert "1 unread message" in mine.get("/me/messages?topic=unread").text
