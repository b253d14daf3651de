"""What the demonstration club says by itself: some greetings are chosen, and those who sign in have been written to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, add_months, club_day, day_starts
from club.database import Transaction, transaction
from club.members.models import Person
from club.messages.inbox.telling import tell
from club.notices.readers import Readers, at_risk, members, with_expiring, with_statement
from club.notices.rules import SHIPPED, Notice, Setting
from club.notices.service.choosing import Holidays, save
from club.permissions import Role
from club.programme.models import the_club

READERS = ("carmen@example.org", "owen@example.org", "alexandra@example.org")
CHOSEN = (Notice.BIRTHDAY, Notice.ANNIVERSARY)
COUNTRY, HOLIDAYS = "ES", frozenset({"Epiphany", "Christmas Day"})
READ_AT = timedelta(hours=10)
WARNED_NIGHTS = 60


@dataclass(frozen=True)
class _Letter:
    """One notice to one reader."""

    at: datetime
    person_id: int
    notice: Notice
    said: Mapping[str, object]
    occurrence: str


def fill_notices(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Greetings and holidays chosen; an anniversary, the statement of the month and warnings stand in inboxes."""
    by, today = staff[Role.MARKETING], club_day(now, the_club(db).time_zone)
    wanted = {notice: Setting(notice in CHOSEN or one.is_on, one.leads) for notice, one in SHIPPED.items()}
    save(db, wanted, Holidays(COUNTRY, today.year, HOLIDAYS), by, Role.MARKETING, now)
    with transaction(db) as tx:
        letters = [*_anniversaries(tx, today), *_statements(tx, add_months(today.replace(day=1), -1))]
        for nights_ago in range(WARNED_NIGHTS, 0, -1):
            letters += _warnings(tx, today - nights_ago * ONE_DAY)
        for letter in sorted(letters, key=lambda one: one.at):
            reader = members().where(Person.id == letter.person_id)
            tell(tx, letter.notice.value, reader, letter.said, occurrence=letter.occurrence, now=letter.at)


def _theirs(readers: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return readers.where(Person.email.in_(READERS), Person.joined_on.is_not(None)).order_by(Person.id)


def _anniversaries(tx: Transaction, today: date) -> Iterator[_Letter]:
    for person_id, joined_on in tx.execute(_theirs(select(Person.id, Person.joined_on))).all():
        years = today.year - joined_on.year
        if add_months(joined_on, 12 * years) >= today:
            years -= 1
        if years > 0:
            at = _morning(tx, add_months(joined_on, 12 * years))
            yield _Letter(at, person_id, Notice.ANNIVERSARY, {"years": years}, f"{at.year}")


def _statements(tx: Transaction, first: date) -> Iterator[_Letter]:
    after = add_months(first, 1)
    said = {"month": f"{first:%Y-%m}", "currency": the_club(tx).currency}
    readers = with_statement(tx, first, after - ONE_DAY)
    return _to_each(tx, Notice.STATEMENT, readers, said, f"{first:%Y-%m}", after)


def _warnings(tx: Transaction, due_day: date) -> Iterator[_Letter]:
    """A tier about to be lost and points about to end, as that night would have said it."""
    currency = the_club(tx).currency
    for lead in SHIPPED[Notice.TIER].leads:
        last_day = due_day + lead * ONE_DAY
        readers = at_risk(tx, last_day)
        if readers is not None:
            yield from _to_each(tx, Notice.TIER, readers, {"until": f"{last_day}"}, f"{lead}:{last_day}", due_day)
    for lead in SHIPPED[Notice.EXPIRING].leads:
        said = {"until": f"{due_day + lead * ONE_DAY}", "currency": currency}
        yield from _to_each(tx, Notice.EXPIRING, with_expiring(tx, due_day, lead), said, f"{lead}:{due_day}", due_day)


def _to_each(
    tx: Transaction, notice: Notice, readers: Readers, said: Mapping[str, object], occurrence: str, day: date
) -> Iterator[_Letter]:
    for row in tx.execute(_theirs(readers)).all():
        yield _Letter(_morning(tx, day), row.person_id, notice, {**json.loads(row.more), **said}, occurrence)


def _morning(tx: Transaction, day: date) -> datetime:
    return day_starts(day, the_club(tx).time_zone) + READ_AT
