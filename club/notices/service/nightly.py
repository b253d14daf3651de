"""The night: every notice that is due on the day that begins, written into the outbox by one statement each.

A message is unique by notice, reader and occasion, a greeting by person and month: run twice, by two processes, killed
half way, the end is the same. Everything is reckoned from the day on which it is due, so a night that comes late says
the same, as far as it still says something.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, extract, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, add_months, club_day, day_starts
from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.gifts.rules import APART, born_on
from club.members.models import Person
from club.messages.many import queue_many
from club.notices.calendars import day_of
from club.notices.models import GREETED, KeptView, kept_days, settings_of
from club.notices.readers import (
    Readers,
    at_risk,
    country_of,
    greeted,
    members,
    with_activated,
    with_expiring,
    with_statement,
)
from club.notices.rules import GREETINGS, Keeps, Notice, Setting, is_in_time, is_worth_saying
from club.profile.models import PROFILES
from club.programme.models import the_club
from club.programme.rules import Club

READ_AT = timedelta(hours=9)
"""After midnight, by the club's clock."""

Settings = dict[Notice, Setting]


def night(db: Session, day: date, now: datetime) -> int:
    """Say what is due on the day after the one that is over; how many messages were written."""
    due_day = day + ONE_DAY
    club, settings = the_club(db), settings_of(db)
    today = club_day(now, club.time_zone)
    db.rollback()
    written = sum(_tiers(db, lead, due_day, now) for lead in _leads(Notice.TIER, settings, due_day, today))
    for lead in _leads(Notice.EXPIRING, settings, due_day, today):
        written += _expiring(db, lead, due_day, now)
    if settings[Notice.ACTIVATED].is_on and is_in_time(due_day, today):
        written += _activated(db, due_day, now)
    if settings[Notice.STATEMENT].is_on and due_day.day == 1 and due_day <= today < add_months(due_day, 1):
        written += statements_of_month(db, add_months(due_day, -1), now)
    if is_in_time(due_day, today):
        written += _greetings(db, club, settings, due_day, now)
    return written


def statements_of_month(db: Session, first: date, now: datetime) -> int:
    """A message with the sums of a month to everybody who has a statement of it; how many are new."""
    due_day = add_months(first, 1)
    with transaction(db) as tx:
        readers = with_statement(tx, first, due_day - ONE_DAY)
        data = {"month": f"{first:%Y-%m}", "currency": the_club(tx).currency}
        return _queue(tx, Notice.STATEMENT, readers, data, f"{first:%Y-%m}", due_day, now)


def _leads(notice: Notice, settings: Settings, due_day: date, today: date) -> list[int]:
    """So many days before, where that still says something."""
    own = settings[notice]
    if not own.is_on:
        return []
    return [lead for lead in own.leads if is_worth_saying(lead, own.leads, due_day + lead * ONE_DAY, today)]


def _tiers(db: Session, lead: int, due_day: date, now: datetime) -> int:
    last_day = due_day + lead * ONE_DAY
    with transaction(db) as tx:
        readers = at_risk(tx, last_day)
        if readers is None:
            return 0
        data = {"until": last_day.isoformat()}
        return _queue(tx, Notice.TIER, readers, data, f"{lead}:{last_day}", due_day, now)


def _expiring(db: Session, lead: int, due_day: date, now: datetime) -> int:
    with transaction(db) as tx:
        readers = with_expiring(tx, due_day, lead)
        data = {"until": (due_day + lead * ONE_DAY).isoformat(), "currency": the_club(tx).currency}
        return _queue(tx, Notice.EXPIRING, readers, data, f"{lead}:{due_day}", due_day, now)


def _activated(db: Session, due_day: date, now: datetime) -> int:
    with transaction(db) as tx:
        return _queue(tx, Notice.ACTIVATED, with_activated(tx, due_day), {}, f"{due_day}", due_day, now)


def _queue(
    tx: Transaction,
    notice: Notice,
    readers: Readers,
    data: Mapping[str, object],
    occurrence: str,
    day: date,
    now: datetime,
) -> int:
    due_at = max(now, day_starts(day, the_club(tx).time_zone) + READ_AT)
    return queue_many(tx, notice.value, readers, data, occurrence=occurrence, due_at=due_at, now=now)


# --- greetings


def _greetings(db: Session, club: Club, settings: Settings, day: date, now: datetime) -> int:
    """The first kind of greeting goes before the next: who is to have it within the month gets none of the others."""
    chosen = [notice for notice in GREETINGS if settings[notice].is_on]
    if not chosen:
        return 0
    kept, spoken = kept_days(db), _professions(db) if Notice.PROFESSION in chosen else []
    db.rollback()
    written = 0
    for number, notice in enumerate(chosen):
        before = [_is_this_month(one, kept, spoken, day) for one in chosen[:number]]
        for occasion, is_due, data in _occasions(notice, club, kept, spoken, day):
            with transaction(db) as tx:
                _greet(tx, notice, occasion, [is_due, *(~one for one in before)], day, now)
                readers = greeted(tx, day, notice, occasion)
                written += _queue(tx, notice, readers, data, f"{day}", day, now)
    return written


def _occasions(
    notice: Notice, club: Club, kept: list[KeptView], spoken: list[str], day: date
) -> Iterator[tuple[str, ColumnElement[bool], dict[str, object]]]:
    """What a kind of greeting is for on a day: its name, to whom, and what its words need."""
    match notice:
        case Notice.BIRTHDAY:
            yield "", _kept_on(day, Person.birth_month, Person.birth_day), {}
        case Notice.ANNIVERSARY:
            joined = Person.joined_on
            is_due = _kept_on(day, extract("month", joined), extract("day", joined))
            yield "", is_due & (extract("year", joined) < day.year), {}
        case Notice.PROFESSION:
            for one in kept:
                if one.kept.keeps is Keeps.PROFESSION and one.kept.falls_on(day.year) == day:
                    yield f"day {one.id}", _works_as([one], spoken), {"day_name": dict(one.kept.name)}
        case Notice.HOLIDAY:
            for one in kept:
                of = one.kept
                if of.keeps is Keeps.HOLIDAY and day_of(of.country, of.holiday, day.year) == day:
                    yield f"day {one.id}", country_of(club) == of.country, {"day_name": dict(of.name)}


def _is_this_month(notice: Notice, kept: list[KeptView], spoken: list[str], day: date) -> ColumnElement[bool]:
    """Whether somebody has a greeting of this kind in the month of the day, earlier or later."""
    if notice is Notice.BIRTHDAY:
        return func.coalesce(Person.birth_month, 0) == day.month
    if notice is Notice.ANNIVERSARY:
        return (extract("month", Person.joined_on) == day.month) & (extract("year", Person.joined_on) < day.year)
    own = [one for one in kept if one.kept.keeps is Keeps.PROFESSION and one.kept.falls_on(day.year).month == day.month]
    return _works_as(own, spoken)


def _kept_on(day: date, month: Any, number: Any) -> ColumnElement[bool]:
    return or_(*(and_(month == kept_month, number == kept_day) for kept_month, kept_day in born_on(day)))


def _professions(db: Session) -> list[str]:
    """Everything that members wrote as their profession, once each."""
    return list(db.scalars(select(PROFILES.profession).where(PROFILES.profession != "").distinct()))


def _works_as(days: list[KeptView], spoken: list[str]) -> ColumnElement[bool]:
    """Members write as they like; the words of a day are looked for in what they wrote."""
    meant = sorted(words for words in spoken if any(one.kept.is_of(words) for one in days))
    return exists().where(PROFILES.person_id == Person.id, PROFILES.profession.in_(meant))


def _greet(
    tx: Transaction, notice: Notice, occasion: str, who: list[ColumnElement[bool]], day: date, now: datetime
) -> None:
    """A row for everybody to whom it is due and who has none this month. Who moves a birthday gets nothing twice."""
    columns: dict[str, Any] = {
        "month": literal(day.replace(day=1), GREETED.c.month.type),
        "notice": literal(notice.value),
        "occasion": literal(occasion),
        "due_on": literal(day, GREETED.c.due_on.type),
        "made_at": literal(now, UtcDateTime()),
    }
    due = members().where(*who)
    if notice in (Notice.BIRTHDAY, Notice.ANNIVERSARY):
        since = (GREETED.c.due_on > day - APART) & (GREETED.c.due_on < day)
        due = due.where(~exists().where(GREETED.c.person_id == Person.id, GREETED.c.notice == notice.value, since))
    rows = due.with_only_columns(Person.id, *columns.values()).order_by(Person.id)
    dialect = sqlite if is_sqlite(tx) else postgresql
    made = dialect.insert(GREETED).from_select(["person_id", *columns], rows)
    tx.connection().execute(made.on_conflict_do_nothing(index_elements=["person_id", "month"]))
