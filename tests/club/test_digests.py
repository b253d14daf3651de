"""Offers of a week or a month in one mail: each is named once, however nights were missed."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, day_starts
from club.contact.choices import Often
from club.contact.preferring import Saying, prefer, wanted_by
from club.contact.rules import REFUSABLE
from club.database import transaction
from club.messages.digests import DIGEST, MOST_NAMED, night
from club.messages.inbox.models import INBOX
from club.messages.models import Message
from club.messages.service import queue, send_due
from club.programme.rules import Club
from tests.club.test_messages import StandIn, at, office
from tests.people import new_signed_up_member

FIRST = date(2026, 6, 1)
"""A Monday, and the first of a month."""
PAGE = Saying("preferences", "en")


def at_ten(day: date) -> datetime:
    return day_starts(day, "Europe/Madrid") + timedelta(hours=10)


def reader(db: Session, often: Often, email: str = "ana@example.org") -> int:
    person_id = new_signed_up_member(db, at_ten(FIRST - ONE_DAY), email=email).person_id
    assert person_id is not None
    choose(db, person_id, often)
    send_due(db, office(StandIn()), at(at_ten(FIRST - ONE_DAY)))
    return person_id


def choose(db: Session, person_id: int, often: Often) -> None:
    wanted = replace(wanted_by(db, person_id), topics=frozenset(REFUSABLE), often=often)
    db.rollback()
    prefer(db, person_id, wanted, PAGE, at_ten(FIRST - ONE_DAY))


def offer(db: Session, person_id: int, name: str, day: date, email: str = "ana@example.org") -> None:
    said = {"name": "Ana", "offer": {"en": name}, "offer_words": {"en": "Two for one"}}
    with transaction(db) as tx:
        queue(
            tx, "offer.new", occurrence=f"offer:{name}", recipient=email, language="en", person_id=person_id,
            data=said, now=at_ten(day),
        )  # fmt: skip
    send_due(db, office(StandIn()), at(at_ten(day)))


def digests(db: Session, person_id: int) -> dict[str, list[str]]:
    asked = select(Message.occurrence, Message.data).where(Message.act == DIGEST, Message.person_id == person_id)
    found = {row.occurrence: row.data["titles"] for row in db.execute(asked.order_by(Message.id))}
    db.rollback()
    return found


@pytest.mark.parametrize(("often", "mails"), [(Often.WEEKLY, 5), (Often.MONTHLY, 2)])
def test_each_offer_of_two_months_is_named_once_though_nights_were_missed(
    db: Session, club: Club, often: Often, mails: int
) -> None:
    ana = reader(db, often)
    written = {day: f"Offer {day}" for day in (FIRST + number * ONE_DAY for number in (0, 2, 6, 7, 9, 20, 40, 41, 55))}
    missed, late = {FIRST + number * ONE_DAY for number in (5, 6, 7, 27, 28, 29)}, list[date]()
    for number in range(70):
        day = FIRST + number * ONE_DAY
        if day in written:
            offer(db, ana, written[day], day)
        late.append(day)
        if day not in missed:
            for one in late:
                for _twice in range(2):
                    night(db, one, day_starts(day + ONE_DAY, "Europe/Madrid"))
            late.clear()
    found = digests(db, ana)
    assert Counter(title for titles in found.values() for title in titles) == Counter(written.values())
    assert len(found) == mails
    assert {date.fromisoformat(one.split()[1]).weekday() for one in found if often is Often.WEEKLY} <= {0}
    assert {date.fromisoformat(one.split()[1]).day for one in found if often is Often.MONTHLY} <= {1}


def test_the_mail_goes_out_and_is_not_collected_itself(db: Session, club: Club) -> None:
    ana, monday = reader(db, Often.WEEKLY), FIRST + 7 * ONE_DAY
    for number in range(MOST_NAMED + 2):
        offer(db, ana, f"Offer {number}", FIRST + ONE_DAY)
    assert night(db, monday - ONE_DAY, day_starts(monday, "Europe/Madrid")) == 1
    server = StandIn()
    assert send_due(db, office(server), at(at_ten(monday))).sent == 1
    (mail,) = server.mails
    text = mail.get_body(("plain",)).get_content()
    assert text.count("– Offer ") == MOST_NAMED
    assert "The others stand among your messages." in text
    assert "/stop/offers" in str(mail["List-Unsubscribe"])
    assert db.scalars(select(INBOX.c.id).where(INBOX.c.is_collected)).all() == []


def test_who_wants_each_by_itself_again_gets_what_waits_and_who_refuses_finds_it_inside(
    db: Session, club: Club
) -> None:
    ana, eva, monday = reader(db, Often.MONTHLY), reader(db, Often.WEEKLY, "eva@example.org"), FIRST + 7 * ONE_DAY
    offer(db, ana, "Rioja", FIRST)
    offer(db, eva, "Cava", FIRST, "eva@example.org")
    choose(db, ana, Often.EACH)
    night(db, monday - ONE_DAY, day_starts(monday, "Europe/Madrid"))
    assert (digests(db, ana), digests(db, eva)) == ({f"week {monday}": ["Rioja"]}, {f"week {monday}": ["Cava"]})
    wanted = wanted_by(db, eva)
    db.rollback()
    prefer(db, eva, replace(wanted, topics=frozenset()), PAGE, at_ten(monday))
    done = send_due(db, office(StandIn()), at(at_ten(monday)))
    assert (done.sent, done.kept) == (1, 1)
