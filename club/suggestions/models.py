"""Suggestions: one row each; equal ones name the one that goes on for all of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, select, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId, Transaction
from club.errors import NotFound
from club.texts import Texts

_SEEN = text("published_at IS NOT NULL")


class Suggestion(Base):
    """What somebody would like to be otherwise. What was joined to another one follows that one's state."""

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'looking', 'done', 'declined')", name="state_known"),
        CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name="not_itself"),
        Index("ix_suggestion_state", "state", "id"),
        Index("ix_suggestion_person_id", "person_id", "id"),
        Index("ix_suggestion_same_as_id", "same_as_id"),
        Index("ix_suggestion_published_at", "published_at", sqlite_where=_SEEN, postgresql_where=_SEEN),
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
    public_words: Mapped[Texts] = mapped_column(server_default="{}")
    """What members read of it while it is published: words of the club, without the name of who said it."""
    published_at: Mapped[datetime | None]


class SuggestionVote(Base):
    """A member wants it too. Votes are for the one that goes on for all its equals."""

    __tablename__ = "suggestion_vote"
    __table_args__ = (Index("ix_suggestion_vote_person_id", "person_id"),)

    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    voted_at: Mapped[datetime]


def held(tx: Transaction, suggestion_id: int) -> Suggestion:
    """One of them, locked: decisions, votes and joining wait for each other. Raises `NotFound`."""
    found = tx.scalar(select(Suggestion).where(Suggestion.id == suggestion_id).with_for_update())
    if found is None:
        raise NotFound
    return found
