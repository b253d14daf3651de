"""What the club knows about a member, from where and since when, for one page."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.audit import AuditEntry, AuditWords
from club.members.models import Person
from club.privacy.held import known_tables, of_people
from club.profile.models import Profile

_MOST_CHANGES = 500


class From(StrEnum):
    """Who said it."""

    BEGINNING = "beginning"
    """When the club came to know them; `source` of the person says how."""
    MEMBER = "member"
    STAFF = "staff"
    IMPORT = "import"


@dataclass(frozen=True)
class Fact:
    """One thing that is known, with its value as it is kept."""

    name: str
    value: Any
    origin: From
    since: datetime


@dataclass(frozen=True)
class Rows:
    """Rows of one sort that are kept: how many, and the first day."""

    table: str
    count: int
    since: date | datetime


@dataclass(frozen=True)
class Known:
    """The whole page."""

    source: str
    created_at: datetime
    facts: tuple[Fact, ...]
    rows: tuple[Rows, ...]


_OF_PERSON = (
    "full_name", "call_name", "email", "phone", "language", "birth_day", "birth_month", "birth_year",
)  # fmt: skip
_OF_PROFILE = ("patronymic", "profession", "interests")
DATED = {
    "purchase": "bought_on", "points_movement": "dated_on", "tier_status": "since", "shop_order": "placed_at",
    "event_answer": "answered_at", "benefit_use": "used_on", "gift": "made_at", "consent": "at",
    "message": "created_at",
    "family_member": "noted_at", "household_member": "joined_at",
    "inbox_message": "at", "preference": "noted_on", "interaction": "at", "task": "made_at", "lead": "at",
    "approval": "asked_at",
}  # fmt: skip
"""What is counted for the page, and the day of each row; the archive holds every table."""


def known_of(db: Session, person_id: int) -> Known:
    """Four questions: the person, who changed what, and how many rows of each sort."""
    person, profile = Person.__table__.c, Profile.__table__.c
    row = (
        db.execute(
            select(
                person.source, person.created_at, person.account_id,
                *(person[name] for name in _OF_PERSON), *(profile[name] for name in _OF_PROFILE),
            )
            .select_from(Person.__table__.outerjoin(Profile.__table__, profile.person_id == person.id))
            .where(person.id == person_id)
        )
        .mappings()
        .one()
    )  # fmt: skip
    last = _last_changes(db, person_id, row["account_id"])
    first = (From.IMPORT if row["source"] == "import" else From.BEGINNING, row["created_at"])
    facts = (Fact(name, row[name], *last.get(name, first)) for name in (*_OF_PERSON, *_OF_PROFILE) if row[name])
    return Known(row["source"], row["created_at"], tuple(facts), _rows(db, person_id))


def _last_changes(db: Session, person_id: int, account_id: int | None) -> dict[str, tuple[From, datetime]]:
    """Field → who changed it last, and when; from the words of the log, which are the member's own."""
    entries = db.execute(
        select(AuditEntry.by, AuditEntry.at, AuditWords.words, Staff.account_id)
        .join(AuditWords, AuditWords.entry_id == AuditEntry.id)
        .outerjoin(Staff, Staff.account_id == AuditEntry.by)
        .where(AuditWords.person_id == person_id, AuditEntry.subject == "person")
        .order_by(AuditEntry.id.desc())
        .limit(_MOST_CHANGES)
    )
    found: dict[str, tuple[From, datetime]] = {}
    for entry in entries:
        after = entry.words.get("after")
        for name in after if isinstance(after, dict) else ():
            found.setdefault(name, (From.MEMBER if entry.by == account_id else From.STAFF, entry.at))
    moved = select(func.max(AuditEntry.at)).where(
        AuditEntry.subject == "account", AuditEntry.subject_id == account_id, AuditEntry.act == "account.email_changed"
    )
    if (at := db.scalar(moved)) is not None:
        found["email"] = (From.MEMBER, at)  # confirmed by a link: nobody else changes the address of an account
    return found


def _rows(db: Session, person_id: int) -> tuple[Rows, ...]:
    people = select(Person.id).where((Person.id == person_id) | (Person.merged_into == person_id))
    asked = []
    for name, column in DATED.items():
        table = known_tables()[name]
        theirs = of_people(table, people)
        asked.append(select(func.count()).select_from(table).where(theirs).scalar_subquery())
        asked.append(select(func.min(table.c[column])).where(theirs).scalar_subquery())
    values = db.execute(select(*asked)).one()
    pairs = zip(DATED, values[::2], values[1::2], strict=True)
    return tuple(Rows(name, count, since) for name, count, since in pairs if count)
