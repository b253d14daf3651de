"""Which records were brought together, and every row that moved, so that it can be undone exactly."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Merge(Base):
    """Two records of one human that became one. `survivor` stays, `loser` is kept and shown nowhere."""

    __tablename__ = "person_merge"
    __table_args__ = (
        CheckConstraint("survivor_id <> loser_id", name="two_records"),
        CheckConstraint("(undone_at IS NULL) OR (undone_at >= merged_at)", name="undone_later"),
        Index(
            "uq_person_merge_loser_id",
            "loser_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_person_merge_survivor_id", "survivor_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    loser_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(Text)
    survivor_before: Mapped[dict[str, object]] = mapped_column(JSON)
    """What the record said before: personal, and cleared by erasure."""
    loser_before: Mapped[dict[str, object]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MergeRow(Base):
    """One row of any table that moved, or was written or ended, by a merge. Undoing reads them backwards."""

    __tablename__ = "person_merge_row"
    __table_args__ = (
        CheckConstraint("act IN ('moved', 'begun', 'ended', 'switched_off')", name="act_known"),
        Index("ix_person_merge_row_merge_id", "merge_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    merge_id: Mapped[int] = mapped_column(ForeignKey("person_merge.id"))
    act: Mapped[str] = mapped_column(String(12))
    table_name: Mapped[str] = mapped_column(String(60))
    column_name: Mapped[str] = mapped_column(String(60))
    row_key: Mapped[list[object]] = mapped_column(JSON)
    """The values of its primary key, in order."""
