"""The outbox: one row per (act, step, person, occurrence); the club's own words; addresses that take no mail."""

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
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql import ColumnElement

from club.accounts.rules import email_key
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
        Index("ix_message_act", "act", "id"),
        Index("ix_message_recipient", "recipient", "id"),
        Index("ix_message_message_id", "message_id"),
        Index(
            "ix_message_given_up",
            "id",
            sqlite_where=text("state = 'given_up'"),
            postgresql_where=text("state = 'given_up'"),
        ),
        Index(
            "ix_message_came_back",
            "id",
            sqlite_where=text("came_back_at IS NOT NULL"),
            postgresql_where=text("came_back_at IS NOT NULL"),
        ),
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
    cause: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Why it was given up, in one word of `rules.Cause`; empty while it was not."""
    waits_for: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """What the gate made it wait for, in one word of `contact.rules.Waits`; empty: nothing."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    came_back_at: Mapped[datetime | None]
    """When it was known that it did not arrive although the server had taken it."""
    text_version: Mapped[int | None]
    """The version of the club's own words that it was sent in; 0: the shipped words."""
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """SHA-256 of subject and text as they were sent, the secret of a link left out."""


class MessageEvent(Base):
    """What happened to a message besides being queued and sent."""

    __tablename__ = "message_event"
    __table_args__ = (Index("ix_message_event_message_id", "message_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    """One of `rules.Happened`."""
    said: Mapped[str] = mapped_column(String(500), default="")
    """The mail server's own words, or the word for a cause."""
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MessageText(Base):
    """The club's own words for one act in one language. Versions are kept; the highest one is in force."""

    __tablename__ = "message_text"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    act: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[dict[str, str]] = mapped_column(JSON)
    """Shipped English sentence → the club's text with its {fields}. Empty: from this version on the shipped words."""
    created_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MailAddressState(Base):
    """An address that does not take mail. Forgotten when it ends, when a mail gets through or by hand."""

    __tablename__ = "mail_address_state"
    __table_args__ = (
        Index("ix_mail_address_state_since", "since"),
        CheckConstraint("is_hard OR expires_at IS NOT NULL", name="soft_expires"),
    )

    address_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    is_hard: Mapped[bool]
    """Hard: nothing is sent there until somebody says so. Soft: it is tried on, and forgotten after a time."""
    cause: Mapped[str] = mapped_column(String(16))
    """One of `rules.Bounce`."""
    since: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    times: Mapped[int] = mapped_column(default=1)
    said: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who marked it; none: the answer of the mail server."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as it is read, sent and shown."""

    id: int
    act: str
    step: int = 1
    occurrence: str = ""
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
    cause: str = ""
    came_back_at: datetime | None = None
    text_version: int | None = None
    digest: str = ""
    waits_for: str = ""

    @classmethod
    def columns(cls) -> list[ColumnElement[object]]:
        """The columns that make this value."""
        return [Message.__table__.c[field.name] for field in fields(cls)]


@dataclass(frozen=True)
class Wording:
    """The club's own words for one act in one language: shipped English sentence → text with {fields}."""

    version: int
    words: dict[str, str]


SHIPPED = Wording(0, {})


@dataclass(frozen=True)
class AddressState:
    """What is known against an address."""

    is_hard: bool
    cause: str
    since: datetime
    expires_at: datetime | None
    times: int
    said: str
    by: int | None


def address_state(db: Session, email: str | None, now: datetime) -> AddressState | None:
    """Whether mail to this address does not arrive; None: nothing is known against it."""
    if not email:
        return None
    table = MailAddressState.__table__.c
    columns = [table[field.name] for field in fields(AddressState)]
    is_over = table.expires_at.is_not(None) & (table.expires_at <= now)
    row = db.execute(select(*columns).where(table.address_key == email_key(email), ~is_over)).one_or_none()
    return None if row is None else AddressState(**row._mapping)


def is_waiting() -> ColumnElement[bool]:
    """Not at its end. The states are written into the statement: SQLite takes no partial index for bound values."""
    return Message.state.in_(bindparam("waiting", ["queued", "sending"], expanding=True, literal_execute=True))


def is_due(now: datetime) -> ColumnElement[bool]:
    """Waiting and due, or left behind by a sender whose lease has ended."""
    return and_(is_waiting(), Message.next_try_at <= now)


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
