"""The tables of care. What was written belongs to the person it is about, whoever wrote it and works here still.

`cause` says what made a row, once for ever: `form:…` for a form that was sent, or what an automation reacts to, as in
`birthday:17:2026`. A second row with the same cause is never written.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from club.care.rules import (
    LONGEST_CAUSE,
    LONGEST_TIMES,
    LONGEST_WHAT,
    Direction,
    Kind,
    Liking,
    Outcome,
    PromiseState,
    Source,
    TaskState,
)
from club.contact.rules import Channel
from club.database import NEVER_REUSED, Base, BigId


def _one_of(column: str, values: Iterable[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


_OPEN = text("state = 'open'")
_STANDS = text("ended_at IS NULL")


class Interaction(Base):
    """A note, or one dealing with a customer: a call, a visit, a letter, a mail, a chat."""

    __tablename__ = "interaction"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Kind), name="kind_known"),
        CheckConstraint(_one_of("direction", Direction), name="direction_known"),
        CheckConstraint("(kind = 'note') = (direction IS NULL)", name="has_direction"),
        CheckConstraint(_one_of("outcome", Outcome), name="outcome_known"),
        Index("ix_interaction_person_id", "person_id", "at", "id"),
        Index("ix_interaction_by", "by", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8))
    direction: Mapped[str | None] = mapped_column(String(3))
    outcome: Mapped[str | None] = mapped_column(String(16))
    summary: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    is_pinned: Mapped[bool] = mapped_column(default=False)
    edited_at: Mapped[datetime | None]
    cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE), unique=True)


class Task(Base):
    """Something to do by a day, for a customer or for nobody in particular."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint(_one_of("state", TaskState), name="state_known"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_moment"),
        Index("ix_task_due", "owner_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_task_closed", "owner_id", "closed_at"),
        Index("ix_task_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(String(LONGEST_WHAT))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(8), default="open")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE), unique=True)


class Commitment(Base):
    """What was promised to a customer. Open past its day it is late; kept or broken it keeps who said so and when."""

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint(_one_of("state", PromiseState), name="state_known"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_moment"),
        Index("ix_commitment_due", "owner_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_commitment_due_on", "due_on"),
        Index("ix_commitment_closed", "owner_id", "closed_at"),
        Index("ix_commitment_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(String(LONGEST_WHAT))
    due_on: Mapped[date]
    was_told: Mapped[bool]
    """Whether the customer knows of it."""
    state: Mapped[str] = mapped_column(String(8), default="open")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE), unique=True)


class Carer(Base):
    """Who looks after a customer, and from when to when; the row without an end is the one that holds."""

    __tablename__ = "carer"
    __table_args__ = (
        Index("uq_carer_now", "person_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("ix_carer_of", "account_id", "person_id", sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("ix_carer_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who decided it."""


class Absence(Base):
    """Somebody is away from a first to a last day, and somebody else sees their tasks meanwhile."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("cover_id <> account_id", name="cover_is_another"),
        Index("ix_absence_account_id", "account_id", "last_on"),
        Index("ix_absence_cover_id", "cover_id", "last_on"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    cover_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]
    """Taken back before its last day was over."""


class Preference(Base):
    """One line of the preferences card: what, how it affects them, who said so and when."""

    __tablename__ = "preference"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Liking), name="kind_known"),
        CheckConstraint(_one_of("source", Source), name="source_known"),
        Index("ix_preference_person_id", "person_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8))
    what: Mapped[str] = mapped_column(String(LONGEST_WHAT))
    effect: Mapped[str] = mapped_column(String(LONGEST_WHAT), default="")
    """How it affects them: the guest list, the evening, the order."""
    is_own: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The member wrote it themselves; else one of the staff did."""
    source: Mapped[str] = mapped_column(String(8))
    noted_on: Mapped[date]
    made_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]
    """No longer true; the row stays."""
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE), unique=True)


class ContactWish(Base):
    """How and when somebody prefers to be reached."""

    __tablename__ = "contact_wish"
    __table_args__ = (CheckConstraint(_one_of("channel", Channel), name="channel_known"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    channel: Mapped[str | None] = mapped_column(String(8))
    times: Mapped[str] = mapped_column(String(LONGEST_TIMES), default="")
    set_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


INTERACTIONS = Base.metadata.tables[Interaction.__tablename__]
TASKS = Base.metadata.tables[Task.__tablename__]
COMMITMENTS = Base.metadata.tables[Commitment.__tablename__]
CARERS = Base.metadata.tables[Carer.__tablename__]
ABSENCES = Base.metadata.tables[Absence.__tablename__]
PREFERENCES = Base.metadata.tables[Preference.__tablename__]
WISHES = Base.metadata.tables[ContactWish.__tablename__]
