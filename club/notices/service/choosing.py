"""What staff switch on and off, and the days that the club keeps. Every change is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.notices.calendars import holidays_in
from club.notices.models import KeptDayRow, NoticeSetting, kept_days, row_of, settings_of
from club.notices.rules import SHIPPED, Keeps, KeptDay, Notice, Setting, checked_leads
from club.permissions import Permission, Role, require
from club.programme.service import touch


@dataclass(frozen=True)
class Holidays:
    """Of a country's holidays of a year these and no others, by their keys."""

    country: str
    year: int
    keys: frozenset[str]


def save(
    db: Session,
    wanted: Mapping[Notice, Setting],
    holidays: Holidays | None,
    by: int | None,
    role: Role | None,
    now: datetime,
) -> None:
    """Keep what differs: all of it or nothing. No `holidays`: they stay. Raises `NotAllowed`, `BadLeads`."""
    require(role, Permission.EDIT_MESSAGES)
    with transaction(db) as tx:
        touch(tx)  # two who save at once: the second looks when the first is done
        _keep_settings(tx, wanted, by, now)
        if holidays is not None:
            _keep_holidays(tx, holidays, by, now)


def add_day(db: Session, kept: KeptDay, by: int | None, role: Role | None, now: datetime) -> int:
    """Returns its id. Raises `NotAllowed`, `BadKeptDay`."""
    require(role, Permission.EDIT_MESSAGES)
    kept.check()
    with transaction(db) as tx:
        made = tx.execute(insert(KeptDayRow).values(row_of(kept)).returning(KeptDayRow.id)).scalar_one()
        record(tx, "kept_day.added", "kept_day", made, by=by, now=now, words={"name": dict(kept.name)})
        return made


def remove_day(db: Session, day_id: int, by: int | None, role: Role | None, now: datetime) -> None:
    """It is kept no more; twice is once. Raises `NotAllowed`."""
    require(role, Permission.EDIT_MESSAGES)
    with transaction(db) as tx:
        gone = tx.execute(delete(KeptDayRow).where(KeptDayRow.id == day_id).returning(KeptDayRow.name)).scalar()
        if gone is not None:
            record(tx, "kept_day.removed", "kept_day", day_id, by=by, now=now, words={"name": dict(gone)})


def _keep_settings(tx: Transaction, wanted: Mapping[Notice, Setting], by: int | None, now: datetime) -> None:
    known = settings_of(tx)
    for notice, one in wanted.items():
        leads = checked_leads(one.leads) if SHIPPED[notice].leads else ()
        if Setting(one.is_on, leads) == known[notice]:
            continue
        dialect = sqlite if is_sqlite(tx) else postgresql
        row = {"notice": notice.value, "is_on": one.is_on, "leads": list(leads)}
        kept = dialect.insert(NoticeSetting).values(row)
        tx.execute(kept.on_conflict_do_update(index_elements=["notice"], set_=row))
        said: dict[str, object] = {"notice": notice.value, "leads": ", ".join(map(str, leads))}
        record(tx, "notice.changed", "notice", 0, by=by, now=now, words=said, is_on=one.is_on)


def _keep_holidays(tx: Transaction, wanted: Holidays, by: int | None, now: datetime) -> None:
    """Names that the club gave stay, and days that this year does not have."""
    known = {one.key: one for one in holidays_in(wanted.country, wanted.year)}
    own = {one.kept.holiday: one.id for one in kept_days(tx) if one.kept.country == wanted.country}
    for key in sorted((own.keys() & known.keys()) - wanted.keys):
        tx.execute(delete(KeptDayRow).where(KeptDayRow.id == own[key]))
        record(tx, "kept_day.removed", "kept_day", own[key], by=by, now=now, words={"name": dict(known[key].name)})
    for key in sorted((wanted.keys & known.keys()) - own.keys()):
        kept = KeptDay(keeps=Keeps.HOLIDAY, name=known[key].name, country=wanted.country, holiday=key)
        made = tx.execute(insert(KeptDayRow).values(row_of(kept)).returning(KeptDayRow.id)).scalar_one()
        record(tx, "kept_day.added", "kept_day", made, by=by, now=now, words={"name": dict(kept.name)})
