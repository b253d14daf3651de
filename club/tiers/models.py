"""Ladder versions, their rungs, and the terms that members held."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.texts import Texts


class LadderVersion(Base):
    """The rules for tiers from a day on. Of several that start on one day the latest holds."""

    __tablename__ = "ladder_version"
    __table_args__ = (
        CheckConstraint("\"window\" IN ('last_12_months', 'calendar_year', 'membership_year')", name="window_known"),
        CheckConstraint("routes IN ('any', 'all')", name="routes_known"),
        CheckConstraint("fall IN ('one_rung', 'standing', 'never')", name="fall_known"),
        CheckConstraint("validity_months > 0 AND grace_days >= 0", name="periods_positive"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    starts_on: Mapped[date] = mapped_column(index=True)
    window: Mapped[str] = mapped_column(String(16))
    routes: Mapped[str] = mapped_column(String(3))
    validity_months: Mapped[int]
    grace_days: Mapped[int]
    fall: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    """Taken back before its start."""


class RungRow(Base):
    """One step of a ladder version. 0 in a route: that route is not offered."""

    __tablename__ = "rung"
    __table_args__ = (
        UniqueConstraint("version_id", "key"),
        CheckConstraint("spend >= 0 AND purchases >= 0 AND qualifying_points >= 0", name="asks_positive"),
        CheckConstraint("multiplier_percent >= 0", name="multiplier_positive"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_range"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("ladder_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[Texts]
    spend: Mapped[int] = mapped_column(BigId)
    """Minor units."""
    purchases: Mapped[int]
    qualifying_points: Mapped[int] = mapped_column(BigId)
    by_invitation: Mapped[bool]
    multiplier_percent: Mapped[int]
    discount_percent: Mapped[int]


class Status(Base):
    """One term of one member on one rung. The current one has no `ended_on`; none at all means the first rung.

    `since` is the first day, `until` the last (none: no end). A term ends when another begins; nothing is overwritten.
    """

    __tablename__ = "tier_status"
    __table_args__ = (
        CheckConstraint("how IN ('reached', 'renewed', 'fell', 'hand', 'returned', 'import')", name="how_known"),
        Index(
            "uq_tier_status_current",
            "member_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index(
            "ix_tier_status_due",
            "until",
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_tier_status_member", "member_id", "since", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    rung_key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    """The rung's place in the ladder that gave it, for a rung that later disappears."""
    version_id: Mapped[int] = mapped_column(ForeignKey("ladder_version.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    how: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]


class StatusNote(Base):
    """Author and reason of a status given by hand."""

    __tablename__ = "tier_status_note"

    status_id: Mapped[int] = mapped_column(ForeignKey("tier_status.id"), primary_key=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(String(500))
