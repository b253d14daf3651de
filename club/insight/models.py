"""What is known of every member's buying and of the whole club, as of one day; made anew every night."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.insight.rules import Rhythm


class MemberFigures(Base):
    """One member's buying as of a day. Returns lower the purchase they belong to; one given back whole counts no more.

    A buying day is a day with at least one purchase that counts. Amounts are minor units.
    """

    __tablename__ = "member_figures"
    __table_args__ = (
        CheckConstraint("place IN ('pareto', 'near', 'other', 'none')", name="place_known"),
        Index("ix_member_figures_place", "place", "late_from"),
        Index("ix_member_figures_late_from", "late_from"),
        Index("ix_member_figures_last_bought_on", "last_bought_on"),
        Index("ix_member_figures_spend_year", "spend_year"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    as_of: Mapped[date]
    purchases: Mapped[int] = mapped_column(default=0)
    spend: Mapped[int] = mapped_column(BigId, default=0)
    spend_year: Mapped[int] = mapped_column(BigId, default=0)
    """Of the 365 days that end with `as_of`."""
    worth: Mapped[int] = mapped_column(BigId, default=0)
    """Of the 365 days that end with the last buying day: what is lost in a year when they stay away."""
    buying_days: Mapped[int] = mapped_column(default=0)
    first_bought_on: Mapped[date | None]
    second_bought_on: Mapped[date | None]
    third_bought_on: Mapped[date | None]
    last_bought_on: Mapped[date | None]
    usual_gap_days: Mapped[int | None]
    """From the first buying day to the last, shared by the gaps between; none with fewer than two buying days."""
    late_from: Mapped[date | None]
    """The first day on which they are late on their own rhythm; none without a rhythm."""
    place: Mapped[str] = mapped_column(String(8), default="none")
    """pareto: best fifth by `spend_year`; near: the next below; other: bought in the year; none: did not."""


class RhythmRule(Base):
    """When somebody counts as late on their own rhythm. Rows are only added: the newest holds."""

    __tablename__ = "rhythm_rule"
    __table_args__ = (
        CheckConstraint("times_percent BETWEEN 100 AND 1000", name="times_range"),
        CheckConstraint("least_days BETWEEN 1 AND 3650", name="least_days_range"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    times_percent: Mapped[int]
    least_days: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class FigureDay(Base):
    """What one club day adds to the sums of the club. Minor units and points."""

    __tablename__ = "figure_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    sold: Mapped[int] = mapped_column(BigId, default=0)
    """By the day of purchase."""
    given_back: Mapped[int] = mapped_column(BigId, default=0)
    """By the day of the return."""
    issued: Mapped[int] = mapped_column(BigId, default=0)
    used: Mapped[int] = mapped_column(BigId, default=0)
    expired: Mapped[int] = mapped_column(BigId, default=0)
    taken_back: Mapped[int] = mapped_column(BigId, default=0)
    adjusted: Mapped[int] = mapped_column(BigId, default=0)


class Sheet(Base):
    """One finished table of figures, kept as it was worked out. Numbers, days and ids only."""

    __tablename__ = "figure_sheet"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class FigureRun(Base):
    """The last time that figures were made: one row. `leased_until` keeps ten clicks from starting ten."""

    __tablename__ = "figure_run"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    as_of: Mapped[date | None]
    made_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]


@dataclass(frozen=True)
class Made:
    """As of which day the figures are, and when they were made."""

    as_of: date
    made_at: datetime


def figures_of(db: Session, member_id: int) -> MemberFigures | None:
    """A member's figures as of the last night; none before the first one after joining."""
    return db.scalar(select(MemberFigures).where(MemberFigures.member_id == member_id))


def last_made(db: Session) -> Made | None:
    """When figures were made last; none in a club that never had a night."""
    row = db.execute(select(FigureRun.as_of, FigureRun.made_at)).one_or_none()
    return None if row is None or row.as_of is None or row.made_at is None else Made(row.as_of, row.made_at)


def the_rhythm(db: Session) -> Rhythm:
    """The rule that holds: the newest, or the one that a club begins with."""
    newest = select(RhythmRule.times_percent, RhythmRule.least_days).order_by(RhythmRule.id.desc()).limit(1)
    row = db.execute(newest).one_or_none()
    return Rhythm() if row is None else Rhythm(row.times_percent, row.least_days)


def rhythm_version(db: Session) -> int:
    """How many times the rule was set."""
    return int(db.scalar(select(func.count()).select_from(RhythmRule)) or 0)


def sheets(db: Session, *keys: str) -> dict[str, dict[str, Any]]:
    """The tables of these names that were made."""
    return {row.key: row.content for row in db.execute(select(Sheet.key, Sheet.content).where(Sheet.key.in_(keys)))}
