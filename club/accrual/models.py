"""Earning rules: dated rows that are never changed, only followed by others."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.texts import Texts


class EarningRule(Base):
    """`base`: so many points per so much money. `campaign`: a multiplier for a time. `bonus`: points for an act."""

    __tablename__ = "earning_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('base', 'campaign', 'bonus', 'cap')", name="kind_known"),
        CheckConstraint("points >= 0 AND per_amount > 0 AND percent >= 0", name="values_positive"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
        CheckConstraint("period IS NULL OR period IN ('day', 'month', 'year', 'ever')", name="period_known"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[Texts]
    points: Mapped[int] = mapped_column(BigId, default=0)
    """base: points per `per_amount`; bonus: points given; cap: the most in a period."""
    per_amount: Mapped[int] = mapped_column(BigId, default=1)
    """Minor units."""
    percent: Mapped[int] = mapped_column(default=100)
    """campaign: 200 doubles."""
    channel: Mapped[str | None] = mapped_column(String(24))
    category: Mapped[str | None] = mapped_column(String(80))
    act: Mapped[str | None] = mapped_column(String(40))
    """bonus: join, …"""
    period: Mapped[str | None] = mapped_column(String(8))
    """cap: per member and day, month, year or ever."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The last day; a base rate lasts until the next one starts."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
