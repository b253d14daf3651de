"""What is known of every member's buying and of the whole club, as of one day; made anew every night."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.insight.rules import Rhythm
from club.insight.rules.term import Term
from club.insight.watch import Trend, Watch


class MemberFigures(Base):
    """One member's buying as of a day. Returns lower the purchase they belong to; one given back whole counts no more.

    A buying day is a day with at least one purchase that counts. Amounts are minor units.
    """

    __tablename__ = "member_figures"
    __table_args__ = (
        CheckConstraint("place IN ('pareto', 'near', 'other', 'none')", name="place_known"),
        Index("ix_member_figures_trend", "trend", "place"),
        Index("ix_member_figures_place", "place", "late_from"),
        Index("ix_member_figures_late_from", "late_from"),
        Index("ix_member_figures_last_bought_on", "last_bought_on"),
        Index("ix_member_figures_spend_year", "spend_year", "member_id", "late_from"),
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
    recent_spend: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    """In the window of `Watch`, the last days up to `as_of`."""
    recent_days: Mapped[int] = mapped_column(default=0, server_default="0")
    """Buying days in it."""
    before_spend: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    """In the year before the window."""
    before_days: Mapped[int] = mapped_column(default=0, server_default="0")
    before_span: Mapped[int] = mapped_column(default=0, server_default="0")
    """For how many days of that year they were a customer."""
    overdue_from: Mapped[date | None]
    """The first day on which they are over their own gap, before they are late."""
    signs: Mapped[int] = mapped_column(default=0, server_default="0")
    """`Sign`s of the watch that speak for their slipping away."""
    trend: Mapped[str] = mapped_column(String(10), default=Trend.NONE.value, server_default="none")
    """`Trend` as of the day."""


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
    looked_back_days: Mapped[int] = mapped_column(default=90, server_default="90")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class WatchRule(Base):
    """When somebody counts as slipping away. Rows are only added: the newest holds."""

    __tablename__ = "watch_rule"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    window_days: Mapped[int]
    decline_percent: Mapped[int]
    basket_percent: Mapped[int]
    overdue_percent: Mapped[int]
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
    """When figures were made last, and whether somebody waits for new ones: one row."""

    __tablename__ = "figure_run"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    as_of: Mapped[date | None]
    made_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """Somebody asked for new ones, and they are not made yet."""
    begun_at: Mapped[datetime | None]
    """Since when a worker makes them."""
    leased_until: Mapped[datetime | None]
    """Until when they are that worker's to make."""


@dataclass(frozen=True)
class Made:
    """As of which day the figures are, and when they were made."""

    as_of: date
    made_at: datetime


@dataclass(frozen=True)
class Standing:
    """What there is of figures: the last ones, and whether new ones are asked for and being made."""

    made: Made | None = None
    asked_at: datetime | None = None
    begun_at: datetime | None = None


def figures_of(db: Session, member_id: int) -> MemberFigures | None:
    """A member's figures as of the last night; none before the first one after joining."""
    return db.scalar(select(MemberFigures).where(MemberFigures.member_id == member_id))


def last_made(db: Session) -> Made | None:
    """When figures were made last; none in a club that never had a night."""
    return standing_figures(db).made


_R = FigureRun.__table__.c
_RUN = select(_R.as_of, _R.made_at, _R.asked_at, _R.begun_at)


def standing_figures(db: Session) -> Standing:
    """The same, and whether somebody waits for new ones."""
    row = db.execute(_RUN).one_or_none()
    if row is None:
        return Standing()
    made = None if row.as_of is None or row.made_at is None else Made(row.as_of, row.made_at)
    return Standing(made, row.asked_at, row.begun_at)


_RULE, _WATCHED = RhythmRule.__table__.c, WatchRule.__table__.c
_RHYTHM = select(_RULE.times_percent, _RULE.least_days, _RULE.looked_back_days).order_by(_RULE.id.desc()).limit(1)
_WATCH = (
    select(_WATCHED.window_days, _WATCHED.decline_percent, _WATCHED.basket_percent, _WATCHED.overdue_percent)
    .order_by(_WATCHED.id.desc())
    .limit(1)
)


def the_rhythm(db: Session) -> Rhythm:
    """The rule that holds: the newest, or the one that a club begins with."""
    row = db.execute(_RHYTHM).one_or_none()
    return Rhythm() if row is None else Rhythm(*row)


def the_watch(db: Session) -> Watch:
    """The rule for who slips away that holds: the newest, or the one that a club begins with."""
    row = db.execute(_WATCH).one_or_none()
    return Watch() if row is None else Watch(*row)


def rhythm_version(db: Session) -> int:
    """How many times the rule was set."""
    return int(db.scalar(select(func.count()).select_from(RhythmRule)) or 0)


_S = Sheet.__table__.c
_SHEETS = select(_S.key, _S.content).where(_S.key.in_(bindparam("keys", expanding=True)))


def sheets(db: Session, *keys: str) -> dict[str, dict[str, Any]]:
    """The tables of these names that were made."""
    return {row.key: row.content for row in db.execute(_SHEETS, {"keys": keys})}


def the_term(db: Session) -> Term | None:
    """The term that the last figures advise; none where they are not made, or nobody ever came back."""
    content = sheets(db, "term").get("term")
    return None if content is None else Term.read(content)
