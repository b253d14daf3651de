"""Who may choose and has not: one mail, when a week of the time to choose has passed and at most a week is left."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, day_starts
from club.database import Transaction, transaction
from club.gifts.models import GIFTS, rules_with
from club.gifts.rules import REMINDED_BEFORE, State
from club.members.models import Person
from club.messages.many import queue_many, withdraw
from club.programme.models import the_club

REMINDER = "gift.reminder"
READ_AT = timedelta(hours=9)
"""After midnight, by the club's clock: nobody is woken."""


def remind_in_the_night(db: Session, day: date, now: datetime) -> int:
    """After the night of a day; how many mails were written. One a gift, however often it is called."""
    due_day = day + ONE_DAY
    ends = (
        select(GIFTS.c.rule_id, GIFTS.c.choose_until)
        .where(
            GIFTS.c.state == State.OPEN.value,
            GIFTS.c.choose_until.between(due_day, due_day + REMINDED_BEFORE),
            GIFTS.c.due_on <= due_day - REMINDED_BEFORE,
        )
        .distinct()
        .order_by(GIFTS.c.rule_id, GIFTS.c.choose_until)
    )
    found = db.execute(ends).all()
    db.rollback()
    written = 0
    for rule_id, until in found:
        with transaction(db) as tx:
            written += _remind(tx, rule_id, until, due_day, now)
    return written


def no_reminder_any_more(tx: Transaction, rule_id: int, person_id: int) -> None:
    """Somebody has chosen before the mail went out."""
    withdraw(tx, (REMINDER,), f"gift:{rule_id}:", person_id)


def _remind(tx: Transaction, rule_id: int, until: date, day: date, now: datetime) -> int:
    rule = rules_with(tx, {rule_id})[rule_id].rule
    data = {"gift": dict(rule.title), "until": until.isoformat()}
    due_at = max(now, day_starts(day, the_club(tx).time_zone) + READ_AT)
    readers = _silent(rule_id, until, day)
    return queue_many(tx, REMINDER, readers, data, occurrence=f"gift:{rule_id}:{until}", due_at=due_at, now=now)


def _silent(rule_id: int, until: date, day: date) -> Select[*tuple[Any, ...]]:
    called = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
    return (
        select(Person.id.label("person_id"), Person.email, Person.language, called.label("name"))
        .join_from(GIFTS, Person, Person.id == GIFTS.c.person_id)
        .where(
            GIFTS.c.rule_id == rule_id,
            GIFTS.c.state == State.OPEN.value,
            GIFTS.c.choose_until == until,
            GIFTS.c.due_on <= day - REMINDED_BEFORE,
            Person.merged_into.is_(None),
        )
    )
