"""Who did what to what, before and after, and why. Append-only; personal values sit in erasable side rows."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, insert
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId, Transaction


class AuditEntry(Base):
    """One act: ids, field names and numbers only."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "subject_id", "id"),
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
