"""What staff switch on and off, and the days that the club keeps. Every change is written down."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import is_sqlite, transaction
from club.notices.calendars import holidays_in
from club.notices.models import KeptDayRow, NoticeSetting, kept_days, row_of, settings_of
from club.notices.rules import SHIPPED, Keeps, KeptDay, Notice, Setting, checked_leads
from club.permissions import Permission, Role, require
from club.programme.service import touch


def save_settings(
    db: Session, wanted: Mapping[Notice, Setting], by: int | None, role: Role | None, now: datetime
) -> list[Notice]:
    """Keep what differs and say what that was. Raises `NotAllowed`, `BadLeads`."""
    require(role, Permission.EDIT_MESSAGES)
    changed = []
    with transaction(db) as tx:
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
            changed.append(notice)
    return changed


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


def keep_holidays(
    db: Session, country: str, keys: Collection[str], year: int, by: int | None, role: Role | None, now: datetime
) -> None:
    """Of a country's holidays of a year these and no others are kept; names that the club gave stay, and days that this
    year does not have. Raises `NotAllowed`.
    """
    require(role, Permission.EDIT_MESSAGES)
    known = {one.key: one for one in holidays_in(country, year)}
    with transaction(db) as tx:
        touch(tx)  # two who save at once: the second looks when the first is done
        own = {one.kept.holiday: one.id for one in kept_days(tx) if one.kept.country == country}
        for key in sorted((own.keys() & known.keys()) - set(keys)):
            tx.execute(delete(KeptDayRow).where(KeptDayRow.id == own[key]))
            record(tx, "kept_day.removed", "kept_day", own[key], by=by, now=now, words={"name": dict(known[key].name)})
        for key in sorted((set(keys) & known.keys()) - own.keys()):
            kept = KeptDay(keeps=Keeps.HOLIDAY, name=known[key].name, country=country, holiday=key)
            made = tx.execute(insert(KeptDayRow).values(row_of(kept)).returning(KeptDayRow.id)).scalar_one()
            record(tx, "kept_day.added", "kept_day", made, by=by, now=now, words={"name": dict(kept.name)})
