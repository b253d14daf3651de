"""Every message to a member also stands in the inbox, as it was sent and once."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from club.contact.rules import Topic
from club.database import transaction
from club.errors import NotFound
from club.members.models import Person
from club.messages.acts import ACTS
from club.messages.inbox.models import INBOX
from club.messages.inbox.reading import Line, mark_read, mark_unread, open_one, page_of, topics_of
from club.messages.inbox.telling import tell
from club.messages.samples import sample_data
from club.messages.service import Round, queue, send_due
from club.messages.smtp import AddressRefused
from club.programme.rules import Club
from tests.club.test_messages import StandIn, at, office
from tests.people import new_signed_up_member

OFFER = {"offer": {"en": "Wine & <cheese>", "es": "Vino"}, "offer_words": {"en": "Two for one"}}


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> int:
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    send_due(db, office(StandIn()), at(now))
    mark_read(db, person_id, None, now)
    return person_id


def put(
    db: Session, person_id: int, act: str, data: dict[str, object], now: datetime, secret: str | None = None
) -> None:
    with transaction(db) as tx:
        queue(
            tx, act, occurrence="1", recipient="ana@example.org", language="en", person_id=person_id,
            data={"name": "Ana", **data}, secret=secret, now=now,
        )  # fmt: skip


def unread(db: Session, person_id: int, club: Club) -> list[Line]:
    return page_of(db, person_id, club, unread=True)[0]


def one_reader(*person_ids: int) -> Select[*tuple[Any, ...]]:
    reader = select(Person.id.label("person_id"), Person.language, Person.full_name.label("name"))
    return reader.where(Person.id.in_(person_ids))


def test_a_mail_stands_in_the_inbox_with_the_words_that_were_sent(
    db: Session, ana: int, club: Club, now: datetime
) -> None:
    put(db, ana, "tier.reached", {"tier": {"en": "Gold & <b>"}}, now)
    assert unread(db, ana, club) == []
    assert send_due(db, office(StandIn()), at(now)) == Round(sent=1)
    (line,) = unread(db, ana, club)
    assert (line.topic, line.at) == (Topic.POINTS, now)
    opened = open_one(db, ana, line.id, club)
    assert opened.mailed_at == now
    assert "Gold &amp; &lt;b&gt;" in opened.words
    assert 'href="/me/tier"' in opened.words
    with pytest.raises(NotFound):
        open_one(db, ana + 1, line.id, club)
    db.rollback()
    mark_read(db, ana, [line.id], now)
    mark_read(db, ana, [line.id], now)
    assert unread(db, ana, club) == []
    db.rollback()
    mark_unread(db, ana, line.id)
    assert [one.id for one in unread(db, ana, club)] == [line.id]


def test_what_opens_a_door_does_not_stand_there(db: Session, ana: int, club: Club, now: datetime) -> None:
    for act in ("signin.link", "password.reset", "email.change"):
        put(db, ana, act, {"path": "/x/", "minutes": 30, "hours": 1}, now, secret="one-time-secret")
    invitation = {
        "path": "/e/", "event": {"en": "Tasting"}, "starts": "2026-07-01T19:00", "where": "", "minutes": 90,
    }  # fmt: skip
    put(db, ana, "event.offered", invitation, now, secret="one-time-secret")
    assert send_due(db, office(StandIn()), at(now)) == Round(sent=4)
    (line,) = unread(db, ana, club)
    opened = open_one(db, ana, line.id, club)
    assert "one-time-secret" not in opened.words
    assert 'href="/me/events"' in opened.words
    stored = db.execute(select(INBOX)).all()
    assert "one-time-secret" not in str(stored)


def test_whom_no_mail_reaches_finds_the_message_in_the_inbox(db: Session, ana: int, club: Club, now: datetime) -> None:
    put(db, ana, "tier.reached", {"tier": {"en": "Gold"}}, now)
    assert send_due(db, office(StandIn(AddressRefused(550, "5.1.1 unknown"))), at(now)) == Round(given_up=1)
    (line,) = unread(db, ana, club)
    assert open_one(db, ana, line.id, club).mailed_at is None


def test_one_statement_tells_many_and_nobody_twice(db: Session, ana: int, club: Club, now: datetime) -> None:
    other = new_signed_up_member(db, now, name='Luis "x" Gil', email="luis@example.org").person_id
    assert other is not None
    for expected in (2, 0):
        with transaction(db) as tx:
            assert tell(tx, "offer.new", one_reader(ana, other), OFFER, occurrence="offer:1", now=now) == expected
    (line,) = unread(db, ana, club)
    assert line.subject.endswith("Wine & <cheese>")
    opened = open_one(db, ana, line.id, club)
    assert "Wine &amp; &lt;cheese&gt;" in opened.words
    assert opened.mailed_at is None
    assert topics_of(db, other) == [Topic.OFFERS]


def test_a_mail_of_what_was_told_is_the_same_message(db: Session, ana: int, club: Club, now: datetime) -> None:
    with transaction(db) as tx:
        tell(tx, "tier.reached", one_reader(ana), {"tier": {"en": "Gold"}}, occurrence="1", now=now)
    put(db, ana, "tier.reached", {"tier": {"en": "Gold"}}, now)
    assert send_due(db, office(StandIn()), at(now)).sent == 1
    (line,) = unread(db, ana, club)
    assert open_one(db, ana, line.id, club).mailed_at == now


def test_every_message_can_be_read_there(db: Session, ana: int, club: Club, now: datetime) -> None:
    inside = [act for act in ACTS if ACTS[act].topic is not None]
    for act in inside:
        with transaction(db) as tx:
            tell(tx, act, one_reader(ana), sample_data(act, "en", now, {}), occurrence="1", now=now)
    lines = page_of(db, ana, club, unread=True)[0] + page_of(db, ana, club, unread=True, before=21)[0]
    assert all(line.subject for line in lines)
    for act, (message_id,) in zip(inside, db.execute(select(INBOX.c.id).order_by(INBOX.c.id)), strict=False):
        assert "(hidden)" not in open_one(db, ana, message_id, club).words, act
