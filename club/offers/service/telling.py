"""Members are told of an offer: asked for with publishing, written minutes later, called off until then."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day, day_starts
from club.contact.rules import Topic
from club.database import Transaction, transaction
from club.errors import NotFound, NoticeIsWritten
from club.members.models import Person
from club.messages.inbox.telling import tell
from club.messages.many import queue_many, withdraw_exactly
from club.messages.reach import may_be_mailed
from club.messages.testing import queue_test
from club.messages.wording import words_in_force
from club.offers.models import OfferView, the_offer
from club.offers.notices import NOTICES
from club.offers.reach import eligible
from club.offers.rules import Phase
from club.permissions import Permission, Role, require
from club.programme.models import the_club

ACT = "offer.new"
WAITS = timedelta(minutes=10)
"""So long it can be called off."""
A_MINUTE = 600
"""So many mails fall due each minute, so that they never stand in the way of anybody's sign-in link."""


def ask_in(tx: Transaction, offer_id: int, starts_on: date, by: int, now: datetime) -> None:
    """With the publishing of an offer: whoever agreed to news is told in ten minutes, or on its first day."""
    due_at = max(now + WAITS, day_starts(starts_on, the_club(tx).time_zone))
    values = {
        "offer_id": offer_id, "state": "waiting", "asked_at": now, "asked_by": by, "due_at": due_at, "written": 0,
    }  # fmt: skip
    tx.execute(insert(NOTICES).values(values))


def cancel_notice(db: Session, offer_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Nobody is told after all. Raises `NotAllowed`, `NotFound`, `NoticeIsWritten` once the ten minutes are over."""
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        if tx.scalar(select(NOTICES.c.offer_id).where(NOTICES.c.offer_id == offer_id)) is None:
            raise NotFound
        waiting = update(NOTICES).where(
            NOTICES.c.offer_id == offer_id, NOTICES.c.state == "waiting", NOTICES.c.due_at > now
        )
        if not tx.connection().execute(waiting.values(state="cancelled", ended_at=now)).rowcount:
            raise NoticeIsWritten
        record(tx, "offer.telling_cancelled", "offer", offer_id, by=by, now=now)


def test_notice(db: Session, offer_id: int, language: str, by: int, role: Role, now: datetime) -> str:
    """The mail as it would be, to the colleague's own address, which is returned.

    Raises `NotAllowed`, `TooManyTries`, `NotFound`.
    """
    known, words = about(the_offer(db, offer_id)), words_in_force(db, ACT, language).words
    return queue_test(db, ACT, language, words, known, by=by, role=role, now=now, needs=Permission.MANAGE_OFFERS)


def about(view: OfferView) -> dict[str, object]:
    """What the mail says of an offer."""
    offer = view.offer
    until = {} if offer.ends_on is None else {"until": offer.ends_on.isoformat()}
    return {"offer": dict(offer.title), "offer_words": dict(offer.words), **until}


def write_notices(db: Session, now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Write what is due, part by part; to how many. Broken off, the next call goes on: nobody is written to twice."""
    due = (NOTICES.c.state == "waiting", NOTICES.c.due_at <= now)
    written = 0
    for offer_id in db.scalars(select(NOTICES.c.offer_id).where(*due).order_by(NOTICES.c.due_at)).all():
        last = 0
        while not is_stopping():
            db.rollback()
            with transaction(db) as tx:
                found = _write_part(tx, offer_id, last, now)
            if found is None:
                break
            last, new = found
            written += new
    return written


def _write_part(tx: Transaction, offer_id: int, last: int, now: datetime) -> tuple[int, int] | None:
    """The next people after one: the last of them and to how many a mail is new; None: there is nothing left to write.

    Who may have the offer and gets no mail of it, as they wish it or have no mailbox, reads of it in the inbox.
    """
    row = tx.execute(select(NOTICES).where(NOTICES.c.offer_id == offer_id).with_for_update()).one()
    if row.state != "waiting":
        return None
    view, day = the_offer(tx, offer_id), club_day(now, the_club(tx).time_zone)
    if view.phase(day) is Phase.PLANNED:  # its first day was moved: it is told of once it has begun
        return None
    if view.phase(day) is not Phase.LIVE:
        _end(tx, offer_id, "cancelled", now)
        return None
    next_ones = (
        select(Person.id)
        .where(*eligible(tx, view, day), Person.id > last)
        .order_by(Person.id)
        .limit(A_MINUTE)
        .subquery()
    )
    until = tx.scalar(select(func.max(next_ones.c.id)))
    if until is None:
        _end(tx, offer_id, "written", now)
        return None
    name = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
    columns: list[Any] = [Person.id.label("person_id"), Person.email, Person.language, name.label("name")]
    readers = select(*columns, name.label("secret")).where(Person.id.in_(select(next_ones.c.id)))
    mailed, said, occurrence = may_be_mailed(Topic.OFFERS, day), about(view), f"offer:{offer_id}"
    due_at = now + timedelta(minutes=row.written // A_MINUTE)
    new = queue_many(tx, ACT, readers.where(mailed), said, occurrence=occurrence, due_at=due_at, now=now)
    inside = readers.where(~mailed, Person.account_id.is_not(None))
    tell(tx, ACT, inside, said, occurrence=occurrence, now=now)
    tx.execute(update(NOTICES).where(NOTICES.c.offer_id == offer_id).values(written=NOTICES.c.written + new))
    return int(until), new


def call_off(tx: Transaction, offer_id: int, now: datetime) -> None:
    """With the end of an offer: nobody is told of it any more, neither by mails that still wait."""
    waiting = update(NOTICES).where(NOTICES.c.offer_id == offer_id, NOTICES.c.state == "waiting")
    tx.execute(waiting.values(state="cancelled", ended_at=now))
    withdraw_exactly(tx, ACT, f"offer:{offer_id}")


def _end(tx: Transaction, offer_id: int, state: str, now: datetime) -> None:
    tx.execute(update(NOTICES).where(NOTICES.c.offer_id == offer_id).values(state=state, ended_at=now))
