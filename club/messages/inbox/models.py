"""The messages of one person, each with the copy that they can read again."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.contact.rules import Topic
from club.database import NEVER_REUSED, Base, BigId

LONGEST_SUBJECT = 300
ONCE = ("person_id", "act", "step", "occurrence")
"""A message stands in somebody's inbox once, however it came there."""


class InboxMessage(Base):
    """One message in one person's inbox.

    What was put into words when it was sent keeps them in `subject` and `words`. What was written for many at once has
    none: it is put into words when it is opened, of its `data` and in the version of the words that held then.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint(*ONCE),
        CheckConstraint("(subject IS NULL) = (words IS NULL)", name="copy_whole"),
        CheckConstraint(f"topic IN ({', '.join(repr(one.value) for one in Topic)})", name="topic_known"),
        Index("ix_inbox_message_person_id", "person_id", "id"),
        Index(
            "ix_inbox_message_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_inbox_message_collected",
            "person_id",
            sqlite_where=text("is_collected"),
            postgresql_where=text("is_collected"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    act: Mapped[str] = mapped_column(String(40))
    step: Mapped[int] = mapped_column(default=1)
    occurrence: Mapped[str] = mapped_column(String(80))
    topic: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(2))
    data: Mapped[dict[str, object]] = mapped_column(JSON)
    text_version: Mapped[int | None]
    """The version of the club's own words; 0: the shipped ones."""
    subject: Mapped[str | None] = mapped_column(String(LONGEST_SUBJECT))
    words: Mapped[str | None] = mapped_column(Text)
    """As HTML, made by our own templates."""
    at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    """When it also went out as a mail."""
    read_at: Mapped[datetime | None]
    is_collected: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """It waits for the one mail of the week or month in which it will be named."""


INBOX: Table = InboxMessage.__table__  # type: ignore[assignment]  # every mapped class has a table
