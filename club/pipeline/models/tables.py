"""Where everybody stands, and every move between stages."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.pipeline.rules import Stage
from club.texts import Texts

LONGEST_NAME = 30

_STAGES = ", ".join(f"'{stage.value}'" for stage in Stage)
_AT_WORK = text("lost_on IS NULL")


class Place(Base):
    """One person's stage. With `set_until` it was set by hand and holds to the end of that day.

    Lost: nobody works on it, until they buy or ask again, or are taken up by hand.
    """

    __tablename__ = "stage"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_STAGES})", name="stage_known"),
        CheckConstraint(f"by_rule IN ({_STAGES})", name="by_rule_known"),
        CheckConstraint("(lost_on IS NULL) = (cause IS NULL)", name="lost_has_cause"),
        CheckConstraint("(set_until IS NULL) = (set_by IS NULL)", name="hand_has_end"),
        Index(
            "ix_stage_stage",
            "stage",
            "since",
            "person_id",
            "worth",
            sqlite_where=_AT_WORK,
            postgresql_where=_AT_WORK,
        ),
        Index("ix_stage_lost_on", "lost_on", "person_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(12))
    by_rule: Mapped[str] = mapped_column(String(12))
    """What the rules say, whatever was set by hand."""
    since: Mapped[date]
    worth: Mapped[int] = mapped_column(BigId, default=0)
    """What they bought in the 365 days of the last figures, in minor units."""
    set_until: Mapped[date | None]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(Text, default="")
    """Why it was set by hand, or what is known of why they are lost."""
    lost_on: Mapped[date | None]
    cause: Mapped[str | None] = mapped_column(String(12))


class StageMove(Base):
    """One move: from where to where, on which day, after how many days. Append-only."""

    __tablename__ = "stage_move"
    __table_args__ = (
        CheckConstraint("days >= 0", name="days_positive"),
        Index("ix_stage_move_person_id", "person_id", "id"),
        Index("ix_stage_move_on", "on", "before"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    before: Mapped[str] = mapped_column(String(12))
    after: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    days: Mapped[int]
    how: Mapped[str] = mapped_column(String(8))
    cause: Mapped[str | None] = mapped_column(String(12))
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class StageName(Base):
    """What the club itself calls a stage, in one language or more; a language that is missing has the usual name."""

    __tablename__ = "stage_name"
    __table_args__ = (CheckConstraint(f"stage IN ({_STAGES})", name="stage_known"),)

    stage: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[Texts]


PLACES = Base.metadata.tables[Place.__tablename__]
MOVES = Base.metadata.tables[StageMove.__tablename__]
