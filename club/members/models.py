"""The person: one row from first contact on; a member is a person with a member number."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.errors import BadPhone, UnknownMember
from club.members.rules import (
    LONGEST_IDENTIFIER,
    email_key,
    identifier_key,
    looks_like_email,
    looks_like_phone,
    number_typed,
    phone_typed,
    search_words,
)
from club.programme.models import the_club

IDENTIFIER_KINDS = ("external", "card")


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


# --- queries


@dataclass(frozen=True)
class Known:
    """A person as a list or a head of a page shows them."""

    person_id: int
    member_number: str | None
    full_name: str
    call_name: str
    email: str | None
    phone: str | None
    language: str
    joined_on: date | None
    account_id: int | None

    @property
    def addressed_as(self) -> str:
        """How to address this person."""
        return self.call_name or self.full_name


_KNOWN = (
    Person.id,
    Person.member_number,
    Person.full_name,
    Person.call_name,
    Person.email,
    Person.phone,
    Person.language,
    Person.joined_on,
    Person.account_id,
)


def the_person(db: Session, person_id: int) -> Known:
    """A person by id; raises `UnknownMember`."""
    row = db.execute(select(*_KNOWN).where(Person.id == person_id)).one_or_none()
    if row is None:
        raise UnknownMember
    return Known(*row)


def the_member(db: Session, person_id: int) -> Known:
    """A member by id; raises `UnknownMember` for whoever is none."""
    person = the_person(db, person_id)
    if person.member_number is None:
        raise UnknownMember
    return person


def find_member(db: Session, text: str) -> int:
    """The one member known by a number, e-mail address, phone, external id or old card.

    Raises `UnknownMember`, also where a phone belongs to several.
    """
    for condition in _ways_to_name(db, text):
        found = db.scalars(
            select(Person.id).where(condition, Person.member_number.is_not(None)).order_by(Person.id).limit(2)
        ).all()
        if len(found) == 1:
            return found[0]
    raise UnknownMember


def person_with_email(db: Session, email: str) -> Known | None:
    """Whoever has this address, member or not."""
    row = db.execute(select(*_KNOWN).where(Person.email_key == email_key(email))).one_or_none()
    return None if row is None else Known(*row)


def people_with_phone(db: Session, phone: str) -> list[Known]:
    """Everybody with this E.164 number; families share one."""
    return [Known(*row) for row in db.execute(select(*_KNOWN).where(Person.phone == phone).order_by(Person.id))]


def person_of(db: Session, account_id: int) -> Known | None:
    """The person who signs in with this account."""
    row = db.execute(select(*_KNOWN).where(Person.account_id == account_id)).one_or_none()
    return None if row is None else Known(*row)


def search(db: Session, text: str, limit: int) -> list[Known]:
    """Members for what was typed: whoever it names exactly, else all in whom every word occurs, by name."""
    for condition in _ways_to_name(db, text):
        rows = db.execute(
            select(*_KNOWN).where(condition, Person.member_number.is_not(None)).order_by(Person.id).limit(limit)
        ).all()
        if rows:
            return [Known(*row) for row in rows]
    words = search_words(text)
    if not words:
        return []
    found = select(*_KNOWN).where(Person.member_number.is_not(None))
    for word in words:
        found = found.where(Person.search_text.contains(word, autoescape=True))
    return [Known(*row) for row in db.execute(found.order_by(Person.search_text, Person.id).limit(limit))]


def _ways_to_name(db: Session, text: str) -> list[ColumnElement[bool]]:
    """What a text could be, the surest first."""
    ways: list[ColumnElement[bool]] = []
    number = number_typed(text)
    if number is not None:
        ways.append(Person.member_number == number)
    if looks_like_email(text):
        ways.append(Person.email_key == email_key(text))
    elif looks_like_phone(text):
        with suppress(BadPhone):
            ways.append(Person.phone == phone_typed(text, the_club(db).country))
    key = identifier_key(text)[:LONGEST_IDENTIFIER]
    if key:
        known_by = select(PersonIdentifier.person_id).where(
            PersonIdentifier.kind.in_(IDENTIFIER_KINDS), PersonIdentifier.value == key
        )
        ways.append(Person.id.in_(known_by))
    return ways
