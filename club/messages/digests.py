"""One mail a week or a month instead of many: what was collected in somebody's inbox, named once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, day_starts
from club.contact.choices import CHOICES, Often
from club.database import Transaction, is_sqlite, transaction
from club.members.models import Person
from club.messages.inbox.models import INBOX
from club.messages.models import Message
from club.programme.models import the_club
from club.programme.rules import Club
from club.texts import Texts

DIGEST = "news.digest"
READ_AT = timedelta(hours=9)
"""After midnight, by the club's clock: nobody is woken."""
AT_ONCE = 500
"""People in one transaction."""
MOST_NAMED = 20
"""Titles in one mail; the others are counted."""
MONDAY = 0


def night(db: Session, day: date, now: datetime) -> int:
    """Write the mails of the next day: on Mondays those of the week, on the first those of the month; how many.

    A message is named once: it is marked in the transaction that writes its mail. Whoever has the mail of a day gets
    no second one on it: what comes later waits for the next. Who no longer wants one mail gets what waits on Monday.
    """
    due_day, written = day + ONE_DAY, 0
    monthly = func.coalesce(CHOICES.c.often, Often.EACH.value) == Often.MONTHLY.value
    if due_day.weekday() == MONDAY:
        written += _written(db, f"week {due_day}", ~monthly, due_day, now)
    if due_day.day == 1:
        written += _written(db, f"month {due_day}", monthly, due_day, now)
    return written


def _written(db: Session, occurrence: str, is_theirs: ColumnElement[bool], day: date, now: datetime) -> int:
    whole = 0
    while True:
        with transaction(db) as tx:
            written = _write_some(tx, occurrence, is_theirs, day, now)
        if not written:
            return whole
        whole += written


def _write_some(
    tx: Transaction, occurrence: str, is_theirs: ColumnElement[bool], day: date, now: datetime
) -> int:  # fmt: skip
    club = the_club(tx)
    readers = {row.id: row for row in tx.execute(_readers(occurrence, is_theirs)).all()}
    titles = _named_now(tx, list(readers), {row.id: row.language for row in readers.values()}, club)
    due_at = max(now, day_starts(day, club.time_zone) + READ_AT)
    rows = [_row(readers[person_id], occurrence, named, due_at, now) for person_id, named in titles.items()]
    if rows:
        tx.execute((sqlite_insert if is_sqlite(tx) else postgresql_insert)(Message), rows)
    return len(rows)


def _readers(occurrence: str, is_theirs: ColumnElement[bool]) -> Any:
    """Held until the end: whoever else writes these mails comes after, and finds nothing left to name."""
    waits = exists().where(INBOX.c.person_id == Person.id, INBOX.c.is_collected)
    has_it = exists().where(
        Message.act == DIGEST,
        Message.step == 1,
        Message.addressee == literal("person:") + cast(Person.id, String),
        Message.occurrence == occurrence,
    )
    called = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
    return (
        select(Person.id, Person.email, Person.language, called.label("name"))
        .outerjoin(CHOICES, CHOICES.c.person_id == Person.id)
        .where(waits, ~has_it, is_theirs, Person.email.is_not(None), Person.merged_into.is_(None))
        .where(Person.leaves_on.is_(None), Person.left_on.is_(None))
        .order_by(Person.id)
        .limit(AT_ONCE)
        .with_for_update(of=Person, key_share=True)
    )


def _named_now(
    tx: Transaction, person_ids: Sequence[int], languages: dict[int, str], club: Club
) -> dict[int, list[str]]:  # fmt: skip
    """What waited for these people, by their title; from now on it is named."""
    named = (
        update(INBOX)
        .where(INBOX.c.person_id.in_(person_ids), INBOX.c.is_collected)
        .values(is_collected=False)
        .returning(INBOX.c.id, INBOX.c.person_id, INBOX.c.subject, INBOX.c.data)
    )
    titles: dict[int, list[str]] = defaultdict(list)
    for row in sorted(tx.execute(named).all(), key=lambda one: one.id):
        titles[row.person_id].append(_title(row, languages[row.person_id], club))
    return titles


def _title(row: Row[Any], language: str, club: Club) -> str:
    """An offer by its own name; the rest as its mail would have begun."""
    offer = row.data.get("offer")
    return Texts(offer).into(language, club.main_language) if offer else str(row.subject or "")


def _row(reader: Row[Any], occurrence: str, titles: Sequence[str], due_at: datetime, now: datetime) -> dict[str, Any]:
    data = {"name": reader.name, "titles": titles[:MOST_NAMED], "more": len(titles[MOST_NAMED:])}
    return {
        "act": DIGEST, "step": 1, "addressee": f"person:{reader.id}", "occurrence": occurrence,
        "person_id": reader.id, "recipient": reader.email, "language": reader.language, "data": data, "secret": None,
        "state": "queued", "tries": 0, "next_try_at": due_at, "waits_for": "", "message_id": token_hex(16),
        "last_error": "", "created_at": now,
    }  # fmt: skip
