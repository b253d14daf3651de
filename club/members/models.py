"""The person: one row from first contact on; a member is a person with a member number."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Person(Base):
    """Somebody the club knows. `joined_on` and `member_number` are set together, when the person becomes a member."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("(member_number IS NULL) = (joined_on IS NULL)", name="member_has_number"),
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_whole"),
        CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month_range"),
        CheckConstraint("birth_day BETWEEN 1 AND 31", name="birth_day_range"),
        CheckConstraint("length(full_name) > 0", name="has_name"),
        Index("ix_person_search_text", "search_text"),
        Index("ix_person_joined_on", "joined_on", "id"),
        Index(
            "uq_person_email_key",
            "email_key",
            unique=True,
            sqlite_where=text("email_key IS NOT NULL"),
            postgresql_where=text("email_key IS NOT NULL"),
        ),
        Index("ix_person_phone", "phone"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), unique=True)
    member_number: Mapped[str | None] = mapped_column(String(12), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    call_name: Mapped[str] = mapped_column(String(100), default="")
    """How to address; empty: the full name."""
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    """E.164."""
    language: Mapped[str] = mapped_column(String(2))
    birth_year: Mapped[int | None]
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    joined_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(40))
    """How the club came to know this person: join, counter, import, guest, …"""
    search_text: Mapped[str] = mapped_column(String(700))
    """Case folded, accents dropped, ё as е: SQLite's LIKE knows no Cyrillic."""
    created_at: Mapped[datetime]


class PersonIdentifier(Base):
    """A number by which others know this person: an external id, an old card."""

    __tablename__ = "person_identifier"
    __table_args__ = (Index("ix_person_identifier_person_id", "person_id"),)

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Consent(Base):
    """One yes or no, for one purpose and channel, with the words shown. Append-only."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id", "person_id", "purpose", "channel", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(16))
    is_given: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(100))
    """The form or file that it came by."""
    at: Mapped[datetime]
