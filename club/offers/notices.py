"""Telling members of an offer: one time an offer, asked for when it is published, written some minutes later."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import Base


class OfferNotice(Base):
    """Whoever may have the offer and may be written to gets one mail of it. `written`: to so many."""

    __tablename__ = "offer_notice"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'written', 'cancelled')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_at_some_time"),
        Index("ix_offer_notice_due_at", "state", "due_at"),
    )

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    written: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class NoticeView:
    """How telling of an offer stands."""

    state: str
    due_at: datetime
    written: int

    def can_be_cancelled(self, now: datetime) -> bool:
        """Whether it can still be called off."""
        return self.state == "waiting" and now < self.due_at


NOTICES: Table = OfferNotice.__table__  # type: ignore[assignment]  # every mapped class has a table


def notice_of(db: Session, offer_id: int) -> NoticeView | None:
    """How telling of an offer stands; None: nobody asked for it."""
    columns = (NOTICES.c.state, NOTICES.c.due_at, NOTICES.c.written)
    row = db.execute(select(*columns).where(NOTICES.c.offer_id == offer_id)).one_or_none()
    return None if row is None else NoticeView(*row)
