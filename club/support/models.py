"""Conversations with customers: the case, what was said in it, the files that came with it, answers kept for reuse.

Words stand here and in the mails that carried them, never in append-only rows; `EMPTY_CASE` and
`EMPTY_ENTRY` say what is left once they are forgotten.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.support.rules import LONGEST_LEFT_OUT, LONGEST_SUBJECT, LONGEST_TITLE, State
from club.texts import Texts

LONGEST_NUMBER = 12
EMPTY_CASE = {
    "subject": "", "sender": "", "is_forgotten": True, "state": State.SOLVED.value, "answer_by": None,
    "waits_since": None,
}  # fmt: skip
"""What a case says once whoever asked is forgotten: nobody waits for an answer any more."""
EMPTY_ENTRY = {"words": "", "mail_id": None, "form_key": None, "left_out": ""}


class SupportCase(Base):
    """One question, until it is solved. `answer_by` stands while the club owes an answer."""

    __tablename__ = "support_case"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'waiting', 'solved')", name="state_known"),
        CheckConstraint("topic IN ('order', 'points', 'event', 'other')", name="topic_known"),
        CheckConstraint("(state = 'open') = (answer_by IS NOT NULL)", name="promise_while_open"),
        CheckConstraint("person_id IS NOT NULL OR sender <> '' OR is_forgotten", name="somebody_asks"),
        CheckConstraint("rating IN ('', 'yes', 'partly', 'no')", name="rating_known"),
        Index("ix_support_case_state", "state", "answer_by", "id"),
        Index("ix_support_case_owner_id", "owner_id", "state", "answer_by"),
        Index("ix_support_case_person_id", "person_id", "id"),
        Index("ix_support_case_opened_at", "opened_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), unique=True)
    """What people call it."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: a mail of somebody who could not be told to be one of the club's people."""
    sender: Mapped[str] = mapped_column(String(254), default="")
    """The address that such a mail came from; it gets the answer."""
    is_forgotten: Mapped[bool] = mapped_column(default=False)
    """Whether its words were erased."""
    topic: Mapped[str] = mapped_column(String(8))
    thing_id: Mapped[int | None] = mapped_column(BigId)
    """The order, movement or event that it is about."""
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    language: Mapped[str] = mapped_column(String(2))
    call_back: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(8))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime]
    promised_by: Mapped[datetime]
    """The first promise; what first answers are measured against."""
    answer_by: Mapped[datetime | None]
    waits_since: Mapped[datetime | None]
    """When the customer wrote what is not answered yet."""
    first_answer_at: Mapped[datetime | None]
    first_answer_minutes: Mapped[int | None]
    solved_at: Mapped[datetime | None]
    was_asked: Mapped[bool] = mapped_column(default=False)
    """Whether a mail asked the customer if it is solved; that happens once."""
    reopened: Mapped[int] = mapped_column(default=0)
    rating: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every word between customer and club; whoever answers says which one they saw."""


class SupportEntry(Base):
    """What somebody wrote in a case."""

    __tablename__ = "support_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('customer', 'staff', 'note')", name="kind_known"),
        Index("ix_support_entry_case_id", "case_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    kind: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who of the staff; none for customers."""
    words: Mapped[str] = mapped_column(Text)
    mail_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    """The Message-ID of the mail that it came by: the same mail again is the same entry."""
    form_key: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Digest of the form that it came by."""
    left_out: Mapped[str] = mapped_column(String(LONGEST_LEFT_OUT), default="", server_default="")
    """Names of files that came with a mail and could not be kept."""


class SupportFile(Base):
    """A picture or a PDF that a customer sent along."""

    __tablename__ = "support_file"
    __table_args__ = (
        CheckConstraint("kind IN ('jpg', 'pdf')", name="kind_known"),
        Index("ix_support_file_entry_id", "entry_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("support_entry.id"))
    file: Mapped[str] = mapped_column(String(80), unique=True)
    """Name below the folder of uploads, unguessable, without a path. What the sender called it is not kept."""
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    added_at: Mapped[datetime]


class Writing(Base):
    """A colleague is about to answer. It ends by itself: whoever goes away stands in nobody's way."""

    __tablename__ = "support_writing"

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]


class SavedAnswer(Base):
    """Words that staff use again, in each language that somebody wrote them in."""

    __tablename__ = "saved_answer"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE), unique=True)
    words: Mapped[Texts]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
