"""The outbox: one row per (act, step, person, occurrence)."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Message(Base):
    """One message to one person. Written in the transaction of its cause, sent by the worker."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("act", "step", "addressee", "occurrence"),
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'given_up')", name="state_known"),
        Index(
            "ix_message_due",
            "next_try_at",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_message_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    act: Mapped[str] = mapped_column(String(40))
    """What it is about: join.confirm, tier.reached, … names the template too."""
    step: Mapped[int] = mapped_column(default=1)
    addressee: Mapped[str] = mapped_column(String(80))
    """Who, in one word that stays: person:17, account:3, link:<digest>."""
    occurrence: Mapped[str] = mapped_column(String(80))
    """Which time: a purchase, a status, a year; unique with act, step and addressee."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    data: Mapped[dict[str, object]] = mapped_column(JSON)
    """What the template needs: ids, numbers, names."""
    secret: Mapped[str | None] = mapped_column(Text)
    """The one-time token of a link; cleared when the message is sent or given up."""
    state: Mapped[str] = mapped_column(String(10), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(String(120))
    """The mail's Message-ID, one for ever."""
    last_error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
