"""The outbox: one row per (act, step, person, occurrence)."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql import ColumnElement

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
    """When it is due; while it is being sent, when the sender's lease ends."""
    message_id: Mapped[str] = mapped_column(String(120))
    """The mail's Message-ID, one for ever: random letters, completed with the sender's host at the first try."""
    last_error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as it is read, sent and shown."""

    id: int
    act: str
    person_id: int | None
    recipient: str
    language: str
    data: dict[str, object]
    secret: str | None
    state: str
    tries: int
    next_try_at: datetime
    message_id: str
    last_error: str
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def columns(cls) -> list[ColumnElement[object]]:
        """The columns that make this value."""
        return [Message.__table__.c[field.name] for field in fields(cls)]


def is_due(now: datetime) -> ColumnElement[bool]:
    """Waiting and due, or left behind by a sender whose lease has ended."""
    return and_(Message.state.in_(("queued", "sending")), Message.next_try_at <= now)


def latest(db: Session, limit: int = 50) -> list[Letter]:
    """The newest messages first, whatever their state."""
    rows = db.execute(select(*Letter.columns()).order_by(Message.id.desc()).limit(limit))
    return [Letter(**row._mapping) for row in rows]


def find_letter(db: Session, message_id: int) -> Letter | None:
    """One message by its row's id."""
    row = db.execute(select(*Letter.columns()).where(Message.id == message_id)).one_or_none()
    return None if row is None else Letter(**row._mapping)


def count_by_state(db: Session) -> dict[str, int]:
    """How many messages wait, are under way, went out and were given up."""
    rows = db.execute(select(Message.state, func.count().label("messages")).group_by(Message.state))
    return {row.state: row.messages for row in rows}
