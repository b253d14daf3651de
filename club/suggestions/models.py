"""Suggestions: one row each; equal ones name the one that goes on for all of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Suggestion(Base):
    """What somebody would like to be otherwise. What was joined to another one follows that one's state."""

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'looking', 'done', 'declined')", name="state_known"),
        CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name="not_itself"),
        Index("ix_suggestion_state", "state", "id"),
        Index("ix_suggestion_person_id", "person_id", "id"),
        Index("ix_suggestion_same_as_id", "same_as_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(Text)
    """Empty: whoever suggested it was forgotten."""
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(8))
    answer: Mapped[str] = mapped_column(Text, default="")
    """What was done, or why not; everybody who suggested it reads it."""
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("suggestion.id"))
    sent_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every decision; whoever decides says which one they saw."""
    form_key: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Digest of the form that it came by."""
