"""Who did what to what, before and after, and why. Append-only; personal values sit in erasable side rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, Text, insert, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId, Transaction, transaction
from club.permissions import Permission, Role, require


class AuditEntry(Base):
    """One act: ids, field names and numbers only."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "subject_id", "at", "id"),
        Index("ix_audit_entry_subject_at", "subject", "at", "id"),
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_by_at", "by", "at", "id"),
        Index("ix_audit_entry_act_at", "act", "at", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """The account that acted; none: the operator's command line or the program itself."""
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[int]
    numbers: Mapped[dict[str, object]] = mapped_column(JSON)


class AuditWords(Base):
    """The words that belong to an entry: reasons, names before and after. Erasure clears these rows."""

    __tablename__ = "audit_words"

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[dict[str, object]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text, default="")


def record(
    tx: Transaction,
    act: str,
    subject: str,
    subject_id: int,
    *,
    by: int | None,
    now: datetime,
    why: str = "",
    person_id: int | None = None,
    words: dict[str, object] | None = None,
    **numbers: int | bool | None,
) -> int:
    """Leave a row for an act and return its id. Pass free text only as `why` and `words`."""
    entry_id = tx.execute(
        insert(AuditEntry)
        .values(at=now, by=by, act=act, subject=subject, subject_id=subject_id, numbers=numbers)
        .returning(AuditEntry.id)
    ).scalar_one()
    if why or words:
        tx.execute(insert(AuditWords).values(entry_id=entry_id, person_id=person_id, words=words or {}, why=why))
    return entry_id


# --- reading


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; what is left out narrows nothing."""

    by: int | None = None
    without_person: bool = False
    """Only what nobody signed in did: the operator at the command line, the night."""
    acts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One act as it is shown."""

    entry_id: int
    at: datetime
    by: int | None
    act: str
    subject: str
    subject_id: int
    numbers: dict[str, object]
    words: dict[str, object]
    why: str


def entries(db: Session, wanted: Wanted, limit: int, before: int | None = None) -> list[Entry]:
    """The newest entries that are wanted, or those that stand behind entry `before`: along an index, page by page."""
    asked = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.by,
            AuditEntry.act,
            AuditEntry.subject,
            AuditEntry.subject_id,
            AuditEntry.numbers,
            AuditWords.words,
            AuditWords.why,
        )
        .outerjoin(AuditWords, AuditWords.entry_id == AuditEntry.id)
        .where(*_conditions(wanted))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        last = db.scalar(select(AuditEntry.at).where(AuditEntry.id == before))
        if last is None:
            return []
        asked = asked.where(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(last, before))
    return [
        Entry(*row[:6], numbers=dict(row.numbers), words=dict(row.words or {}), why=row.why or "")
        for row in db.execute(asked)
    ]


def note_export(db: Session, by: int, role: Role | None, now: datetime, filters: dict[str, str]) -> None:
    """Somebody takes the log along; raises `NotAllowed`."""
    require(role, Permission.SEE_AUDIT)
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "audit.exported", "audit", 0, by=by, now=now, words=dict(filters))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.by is not None:
        found.append(AuditEntry.by == wanted.by)
    if wanted.without_person:
        found.append(AuditEntry.by.is_(None))
    if wanted.acts:
        found.append(AuditEntry.act.in_(wanted.acts))
    if wanted.subjects:
        found.append(AuditEntry.subject.in_(wanted.subjects))
    if wanted.subject_id is not None:
        found.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.at < wanted.until)
    return found
