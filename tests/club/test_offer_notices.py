"""Telling members of an offer: whom consent and the offer let, ten minutes later, once, called off until then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import NotAllowed, NoticeIsWritten
from club.members.models import Consent, Person
from club.messages.inbox.models import INBOX
from club.messages.models import Message
from club.offers import service
from club.offers.models import the_offer
from club.offers.notices import notice_of
from club.offers.reach import reach_of
from club.offers.rules import is_held_back
from club.permissions import Role
from tests.gift_world import member
from tests.offer_world import TODAY, an_offer
from tests.people import new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


def people(db: Session, now: datetime, count: int = 12) -> list[int]:
    """Every third has no address, every third said no afterwards, the others agreed to news."""
    ids = [member(db) for _ in range(count)]
    with transaction(db) as tx:
        for number, person_id in enumerate(ids):
            if number % 3:
                address = f"m{number}@example.org"
                tx.execute(update(Person).where(Person.id == person_id).values(email=address, email_key=address))
            for is_given in (True, False) if number % 3 == 1 else (True,):
                tx.add(
                    Consent(
                        person_id=person_id, purpose="news", channel="email", is_given=is_given, text_version="1",
                        language="es", source="test", at=now,
                    )
                )  # fmt: skip
                tx.flush()
    return ids


def told(db: Session) -> list[int]:
    db.rollback()
    return list(db.scalars(select(Message.person_id).where(Message.act == "offer.new").order_by(Message.person_id)))


def published(db: Session, now: datetime, **other: Any) -> tuple[int, int]:
    who = new_colleague(db, now, Role.MARKETING).account_id
    offer_id = service.add_offer(db, an_offer(**other), who, Role.MARKETING, now)
    service.publish(db, offer_id, 1, who, Role.MARKETING, now, tell=True)
    return offer_id, who


def test_who_agreed_and_may_have_it_is_told_once_after_ten_minutes(db: Session, now: datetime) -> None:
    ids = people(db, now)
    offer_id, _who = published(db, now, held_back_percent=25)
    wanted = [one for number, one in enumerate(ids) if number % 3 == 2 and not is_held_back(offer_id, one, 25)]
    reach = reach_of(db, the_offer(db, offer_id), TODAY)
    assert reach.mailed == {"es": len(wanted)}
    assert reach.eligible == sum(not is_held_back(offer_id, one, 25) for one in ids)
    assert service.write_notices(db, now + timedelta(minutes=9)) == 0
    assert told(db) == []
    later = now + timedelta(minutes=10)
    assert service.write_notices(db, later) == len(wanted)
    assert service.write_notices(db, later) == 0
    assert told(db) == wanted
    notice = notice_of(db, offer_id)
    assert notice is not None
    assert (notice.state, notice.written) == ("written", len(wanted))


def test_who_gets_no_mail_of_it_and_signs_in_reads_of_it_in_the_inbox(db: Session, now: datetime) -> None:
    said_no = new_signed_up_member(db, now)
    people(db, now, 3)
    offer_id, _who = published(db, now)
    for _ in range(2):
        service.write_notices(db, now + timedelta(minutes=10))
    told_inside = db.execute(select(INBOX.c.person_id, INBOX.c.act, INBOX.c.occurrence, INBOX.c.mailed_at)).all()
    assert told_inside == [(said_no.person_id, "offer.new", f"offer:{offer_id}", None)]
    assert said_no.person_id not in told(db)


def test_it_is_called_off_within_ten_minutes_and_not_later(db: Session, now: datetime) -> None:
    people(db, now, 3)
    offer_id, who = published(db, now)
    with pytest.raises(NotAllowed):
        service.cancel_notice(db, offer_id, who, Role.SUPPORT, now)
    with pytest.raises(NoticeIsWritten):
        service.cancel_notice(db, offer_id, who, Role.MARKETING, now + timedelta(minutes=10))
    service.cancel_notice(db, offer_id, who, Role.MARKETING, now + timedelta(minutes=9))
    service.write_notices(db, now + timedelta(hours=1))
    assert told(db) == []


def test_an_offer_that_was_ended_meanwhile_is_told_to_nobody(db: Session, now: datetime) -> None:
    people(db, now, 3)
    offer_id, who = published(db, now)
    service.end_offer(db, offer_id, who, Role.MARKETING, now)
    service.write_notices(db, now + timedelta(hours=1))
    assert told(db) == []


def test_nobody_is_told_before_an_offer_begins_and_its_end_calls_off_its_own_mails_alone(
    db: Session, now: datetime
) -> None:
    people(db, now, 3)
    ahead, who = published(db, now, starts_on=TODAY + timedelta(days=2))
    assert service.write_notices(db, now + timedelta(hours=1)) == 0
    begun = now + timedelta(days=2)
    assert service.write_notices(db, begun) == 1
    with transaction(db) as tx:
        likely = {"act": "offer.new", "step": 1, "addressee": "person:0", "occurrence": f"offer:{ahead}2"}
        tx.execute(
            insert(Message).from_select(
                [*likely, "recipient", "language", "data", "state", "tries", "next_try_at", "message_id", "created_at"],
                select(
                    *map(literal, likely.values()), Message.recipient, Message.language, Message.data, Message.state,
                    Message.tries, Message.next_try_at, literal("other"), Message.created_at,
                ).where(Message.act == "offer.new"),
            )
        )  # fmt: skip
    service.end_offer(db, ahead, who, Role.MARKETING, begun)
    states = select(Message.occurrence, Message.state).where(Message.act == "offer.new").order_by(Message.id)
    assert db.execute(states).all() == [(f"offer:{ahead}", "given_up"), (f"offer:{ahead}2", "queued")]
