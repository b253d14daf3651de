"""What is known of every member's buying, as of one day; made anew every night."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import Base, BigId


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
    last_bought_on: Mapped[date | None]
    usual_gap_days: Mapped[int | None]
    """From the first buying day to the last, shared by the gaps between; none with fewer than two buying days."""
    late_from: Mapped[date | None]
    """The first day on which they are late on their own rhythm; none without a rhythm."""
    place: Mapped[str] = mapped_column(String(8), default="none")
    """pareto: best fifth by `spend_year`; near: the next below; other: bought in the year; none: did not."""


def figures_of(db: Session, member_id: int) -> MemberFigures | None:
    """A member's figures as of the last night; none before the first one after joining."""
    return db.scalar(select(MemberFigures).where(MemberFigures.member_id == member_id))
