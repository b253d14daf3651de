"""What somebody wants to hear: said by themselves, kept for ever, and heeded by everything that writes to them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.contact.choices import key_of, whose_key
from club.contact.preferring import WORDS_VERSION, Saying, Wanted, prefer, stop, stop_all, wanted_by
from club.contact.rules import REFUSABLE, Topic
from club.database import transaction
from club.members.editing import consents_of
from club.members.models import Person
from club.members.service import record_consent
from club.messages.inbox.reading import page_of
from club.messages.models import latest
from club.messages.reach import wants
from club.messages.rules import Cause
from club.messages.service import Round, queue, send_due
from club.programme.rules import Club
from tests.club.test_messages import StandIn, at, office
from tests.people import new_signed_up_member

ON_PAGE = Saying("preferences", "es")
ALL = Wanted(frozenset(REFUSABLE), by_phone=True, by_post=True)
WITHOUT_NEWS = frozenset({Topic.POINTS, Topic.STATEMENT, Topic.GREETINGS})
DAY = timedelta(days=1)


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> int:
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    return person_id


def offer(db: Session, person_id: int, now: datetime, once: str = "1") -> None:
    data = {"name": "Ana", "offer": {"en": "Wine"}, "offer_words": {}}
    with transaction(db) as tx:
        queue(
            tx, "offer.new", occurrence=once, recipient="ana@example.org", language="en", person_id=person_id,
            data=data, now=now,
        )  # fmt: skip


def reached(db: Session, topic: Topic, day: date) -> list[int]:
    found = list(db.scalars(select(Person.id).where(wants(topic, day))))
    db.rollback()
    return found


@pytest.mark.proves("G-01")
def test_every_answer_is_kept_with_its_wording_language_and_page(db: Session, ana: int, now: datetime) -> None:
    assert wanted_by(db, ana).topics == WITHOUT_NEWS
    db.rollback()
    assert prefer(db, ana, Wanted(WITHOUT_NEWS | {Topic.EVENTS}, by_phone=False, by_post=True), ON_PAGE, now) == 4
    assert wanted_by(db, ana) == Wanted(WITHOUT_NEWS | {Topic.EVENTS}, by_phone=False, by_post=True)
    db.rollback()
    stop_all(db, ana, Saying("mail", "en"), now + DAY)
    assert wanted_by(db, ana) == Wanted(frozenset(), by_phone=False, by_post=False)
    said = [(one.purpose, one.channel, one.is_given, one.source) for one in reversed(consents_of(db, ana))]
    assert said == [
        ("news", "email", True, "preferences"),
        ("news", "post", True, "preferences"),
        ("topic:offers", "email", False, "preferences"),
        ("topic:news", "email", False, "preferences"),
        ("news", "email", False, "mail"),
        ("news", "post", False, "mail"),
        ("topic:points", "email", False, "mail"),
        ("topic:statement", "email", False, "mail"),
        ("topic:greetings", "email", False, "mail"),
    ]
    assert {one.text_version for one in consents_of(db, ana)} == {WORDS_VERSION}


def test_saying_the_same_again_leaves_no_row(db: Session, ana: int, now: datetime) -> None:
    prefer(db, ana, ALL, ON_PAGE, now)
    assert prefer(db, ana, ALL, ON_PAGE, now) == 0
    stop(db, ana, Topic.OFFERS, ON_PAGE, now)
    rows = len(consents_of(db, ana))
    db.rollback()
    stop(db, ana, Topic.OFFERS, ON_PAGE, now)
    assert len(consents_of(db, ana)) == rows


def test_an_objection_ends_with_a_yes_of_their_own(db: Session, ana: int, now: datetime) -> None:
    with transaction(db) as tx:
        record_consent(
            tx, ana, purpose="contact", channel="any", is_given=False, text_version="said", language="en",
            source="staff:phone", now=now,
        )  # fmt: skip
    assert reached(db, Topic.OFFERS, now.date()) == []
    prefer(db, ana, ALL, ON_PAGE, now)
    assert reached(db, Topic.OFFERS, now.date()) == [ana]


def test_where_an_objection_ends_no_older_yes_comes_alive_again(db: Session, ana: int, now: datetime) -> None:
    prefer(db, ana, ALL, ON_PAGE, now)
    with transaction(db) as tx:
        record_consent(
            tx, ana, purpose="contact", channel="any", is_given=False, text_version="said", language="en",
            source="staff", now=now,
        )  # fmt: skip
    assert Topic.GREETINGS not in wanted_by(db, ana).topics
    db.rollback()
    prefer(db, ana, Wanted(frozenset({Topic.POINTS}), by_phone=False, by_post=True), ON_PAGE, now)
    assert wanted_by(db, ana) == Wanted(frozenset({Topic.POINTS}), by_phone=False, by_post=True)
    db.rollback()
    assert [reached(db, topic, now.date()) for topic in (Topic.OFFERS, Topic.EVENTS)] == [[], []]


def test_what_waits_when_the_last_news_is_refused_or_all_contact_is_stands_in_the_inbox(
    db: Session, ana: int, club: Club, now: datetime
) -> None:
    prefer(db, ana, Wanted(WITHOUT_NEWS | {Topic.OFFERS}, by_phone=False, by_post=False), ON_PAGE, now)
    offer(db, ana, now)
    stop(db, ana, Topic.OFFERS, ON_PAGE, now)
    assert send_due(db, office(StandIn()), at(now)) == Round(kept=1)
    assert len(page_of(db, ana, club)[0]) == 1


def test_a_refused_topic_and_a_pause_hold_for_bulk_and_for_what_waits_already(
    db: Session, ana: int, club: Club, now: datetime
) -> None:
    prefer(db, ana, ALL, ON_PAGE, now)
    offer(db, ana, now)
    stop(db, ana, Topic.OFFERS, ON_PAGE, now)
    assert reached(db, Topic.OFFERS, now.date()) == []
    assert reached(db, Topic.EVENTS, now.date()) == [ana]
    assert send_due(db, office(StandIn()), at(now)) == Round(kept=1)
    assert latest(db)[0].cause == Cause.INBOX
    assert len(page_of(db, ana, club)[0]) == 1
    db.rollback()
    until = now.date() + 3 * DAY
    prefer(db, ana, Wanted(ALL.topics, by_phone=False, by_post=False, paused_until=until), ON_PAGE, now)
    assert reached(db, Topic.EVENTS, until - DAY) == []
    assert reached(db, Topic.EVENTS, until) == [ana]
    offer(db, ana, now, "2")
    assert send_due(db, office(StandIn()), at(now)) == Round(kept=1)
    offer(db, ana, now, "3")
    assert send_due(db, office(StandIn()), at(now + 3 * DAY)) == Round(sent=1)
    assert len(page_of(db, ana, club)[0]) == 3


@pytest.mark.proves("G-03")
def test_only_what_can_be_refused_says_how_and_in_one_line(db: Session, ana: int, now: datetime) -> None:
    prefer(db, ana, ALL, ON_PAGE, now)
    offer(db, ana, now)
    with transaction(db) as tx:
        queue(
            tx, "password.changed", occurrence="1", recipient="ana@example.org", language="en", person_id=ana,
            data={"name": "Ana"}, now=now,
        )  # fmt: skip
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round(sent=2)
    with transaction(db) as tx:
        key = key_of(tx, ana)
    offered, changed = sorted(server.mails, key=lambda mail: "List-Unsubscribe" not in mail)
    address = f"https://club.example/p/{key}/stop/offers"
    assert f"List-Unsubscribe: <{address}>".encode() in offered.as_bytes().replace(b"\r\n ", b" ")
    assert offered["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in offered.get_body(("plain",)).get_content()
    assert "List-Unsubscribe" not in changed
    assert key not in changed.as_string()


def test_a_key_leads_to_its_owner_and_no_other_word_does(db: Session, ana: int) -> None:
    with transaction(db) as tx:
        key = key_of(tx, ana)
        assert key_of(tx, ana) == key
    assert len(key) == 32
    assert whose_key(db, key) == ana
    assert [whose_key(db, wrong) for wrong in ("", key[:-1], key.upper(), "0" * 32, key + "0")] == [None] * 5
