"""What the demonstration club says by itself: some greetings are chosen, and those who sign in have been written to."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, add_months, club_day, day_starts
from club.database import Transaction, transaction
from club.members.models import Person
from club.messages.inbox.telling import tell
from club.notices.readers import members, with_statement
from club.notices.rules import SHIPPED, Notice, Setting
from club.notices.service.choosing import Holidays, save
from club.permissions import Role
from club.programme.models import the_club

READERS = ("carmen@example.org", "owen@example.org", "alexandra@example.org")
CHOSEN = (Notice.BIRTHDAY, Notice.ANNIVERSARY)
COUNTRY, HOLIDAYS = "ES", frozenset({"Epiphany", "Christmas Day"})
READ_AT = timedelta(hours=10)


def fill_notices(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Greetings and holidays chosen; an anniversary and the statement of the month stand in inboxes."""
    by, today = staff[Role.MARKETING], club_day(now, the_club(db).time_zone)
    wanted = {notice: Setting(notice in CHOSEN or one.is_on, one.leads) for notice, one in SHIPPED.items()}
    save(db, wanted, Holidays(COUNTRY, today.year, HOLIDAYS), by, Role.MARKETING, now)
    with transaction(db) as tx:
        for person_id, joined_on in tx.execute(_theirs(select(Person.id, Person.joined_on))).all():
            _greet(tx, person_id, joined_on, today)
        _state(tx, add_months(today.replace(day=1), -1))


def _theirs(readers: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return readers.where(Person.email.in_(READERS), Person.joined_on.is_not(None)).order_by(Person.id)


def _greet(tx: Transaction, person_id: int, joined_on: date, today: date) -> None:
    years = today.year - joined_on.year
    if add_months(joined_on, 12 * years) >= today:
        years -= 1
    if years > 0:
        at = day_starts(add_months(joined_on, 12 * years), the_club(tx).time_zone) + READ_AT
        reader = members().where(Person.id == person_id)
        tell(tx, Notice.ANNIVERSARY.value, reader, {"years": years}, occurrence=f"{at.year}", now=at)


def _state(tx: Transaction, first: date) -> None:
    club, after = the_club(tx), add_months(first, 1)
    at = day_starts(after, club.time_zone) + READ_AT
    for row in tx.execute(_theirs(with_statement(tx, first, after - ONE_DAY))).all():
        said = {**json.loads(row.more), "month": f"{first:%Y-%m}", "currency": club.currency}
        reader = members().where(Person.id == row.person_id)
        tell(tx, Notice.STATEMENT.value, reader, said, occurrence=f"{first:%Y-%m}", now=at)
