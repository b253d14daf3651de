"""The person: one row from first contact on; a member is a person with a member number."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Select, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.models import Account
from club.database import NEVER_REUSED, Base, BigId
from club.errors import BadPhone, UnknownMember
from club.members.rules import (
    LONGEST_IDENTIFIER,
    LONGEST_WORD,
    email_key,
    former_email,
    identifier_key,
    looks_like_email,
    looks_like_phone,
    number_typed,
    phone_typed,
)
from club.programme.models import the_club

IDENTIFIER_KINDS = ("external", "card")
FORMER_NUMBER = "number"
"""Kind of identifier: the member number of a record that became part of this one."""
FORMER_EMAIL, FORMER_PHONE = "email", "phone"
"""Of a record that became part of this one: they lead here, and open nothing by themselves."""
BINARY_WORD = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")
"""Compared byte by byte on both databases, so that a beginning is one stretch of the index."""


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
        Index(
            "ix_person_birthday",
            "birth_month",
            "birth_day",
            sqlite_where=text("birth_month IS NOT NULL"),
            postgresql_where=text("birth_month IS NOT NULL"),
        ),
        Index(
            "ix_person_merged_into",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index(
            "ix_person_leaves_on",
            "leaves_on",
            sqlite_where=text("leaves_on IS NOT NULL"),
            postgresql_where=text("leaves_on IS NOT NULL"),
        ),
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
    """Case folded, accents dropped, ё as е; lists by name are in its order."""
    created_at: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(BigId)
    """The record that this one became part of: it is no member any more, and its numbers lead there."""
    merged_at: Mapped[datetime | None]
    leaves_on: Mapped[date | None]
    """The member asked to leave: from this day on the night forgets them; until then they can change their mind."""
    left_on: Mapped[date | None]
    """They left and were forgotten: what stands here says nothing of them any more."""


class PersonWord(Base):
    """A word from whose beginning somebody is found, kept by whoever writes the person; see `rules.words_known`."""

    __tablename__ = "person_word"
    __table_args__ = (Index("ix_person_word_person_id", "person_id", "word"), {"sqlite_with_rowid": False})

    word: Mapped[str] = mapped_column(BINARY_WORD, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


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


_PERSON = Person.__table__.c
KNOWN = (
    _PERSON.id,
    _PERSON.member_number,
    _PERSON.full_name,
    _PERSON.call_name,
    _PERSON.email,
    _PERSON.phone,
    _PERSON.language,
    _PERSON.joined_on,
    _PERSON.account_id,
)


_BY_ID = select(*KNOWN).where(_PERSON.id == bindparam("person_id"))


def the_person(db: Session, person_id: int) -> Known:
    """A person by id; raises `UnknownMember`."""
    row = db.execute(_BY_ID, {"person_id": person_id}).one_or_none()
    if row is None:
        raise UnknownMember
    return Known(*row)


def the_member(db: Session, person_id: int) -> Known:
    """A member by id; raises `UnknownMember` for whoever is none."""
    person = the_person(db, person_id)
    if person.member_number is None:
        raise UnknownMember
    return person


def is_own(db: Session, account_id: int | None, person_id: int) -> bool:
    """Whether this account and this person are one human: the account's own person, or one address for both."""
    if account_id is None:
        return False
    person, account = Person.__table__.c, Account.__table__.c
    same = (person.account_id == account.id) | (person.email_key == account.email_key)
    return db.scalar(select(person.id).where(person.id == person_id, account.id == account_id, same)) is not None


def people_of(db: Session, account_id: int) -> set[int]:
    """Everybody who is one human with this account, as `is_own` tells it."""
    person, account = Person.__table__.c, Account.__table__.c
    same = (person.account_id == account.id) | (person.email_key == account.email_key)
    return set(db.scalars(select(person.id).where(account.id == account_id, same)))


def find_member(db: Session, text: str) -> int:
    """The one member known by a number, e-mail address, phone, external id or old card.

    Raises `UnknownMember`, also where a phone belongs to several.
    """
    for condition in ways_to_name(db, text):
        found = db.scalars(
            select(Person.id).where(condition, Person.member_number.is_not(None)).order_by(Person.id).limit(2)
        ).all()
        if len(found) == 1:
            return found[0]
    raise UnknownMember


def person_with_email(db: Session, email: str) -> Known | None:
    """Whoever has this address, member or not."""
    row = db.execute(select(*KNOWN).where(Person.email_key == email_key(email))).one_or_none()
    return None if row is None else Known(*row)


def person_once_with_email(db: Session, email: str) -> Known | None:
    """Whose record an address of a merged record leads to; such an address is a name, and no proof of who writes."""
    row = db.execute(select(*KNOWN).where(_led_to(FORMER_EMAIL, former_email(email)))).one_or_none()
    return None if row is None else Known(*row)


def person_named_by_email(db: Session, email: str) -> Known | None:
    """Whoever has this address now, else whoever's merged record had it."""
    return person_with_email(db, email) or person_once_with_email(db, email)


def people_with_phone(db: Session, phone: str) -> list[Known]:
    """Everybody with this E.164 number; families share one."""
    return [Known(*row) for row in db.execute(select(*KNOWN).where(Person.phone == phone).order_by(Person.id))]


def person_of(db: Session, account_id: int) -> Known | None:
    """The person who signs in with this account."""
    row = db.execute(select(*KNOWN).where(Person.account_id == account_id)).one_or_none()
    return None if row is None else Known(*row)


def ways_to_name(db: Session, text: str, *, by_contact: bool = True) -> list[ColumnElement[bool]]:
    """What a text could be, the surest first."""
    ways: list[ColumnElement[bool]] = []
    number = number_typed(text)
    if number is not None:
        ways.append(Person.member_number == number)
        ways.append(_led_to(FORMER_NUMBER, number))
    if by_contact and looks_like_email(text):
        ways += [Person.email_key == email_key(text), _led_to(FORMER_EMAIL, former_email(text))]
    elif by_contact and looks_like_phone(text):
        with suppress(BadPhone):
            phone = phone_typed(text, the_club(db).country)
            ways += [Person.phone == phone, _led_to(FORMER_PHONE, phone)]
    key = identifier_key(text)[:LONGEST_IDENTIFIER]
    if key:
        known_by = select(PersonIdentifier.person_id).where(
            PersonIdentifier.kind.in_(IDENTIFIER_KINDS), PersonIdentifier.value == key
        )
        ways.append(Person.id.in_(known_by))
    return ways


def account_led_to(kind: str, value: str) -> Select[int | None]:
    """The account of whoever a former number, address or phone leads to; one at most."""
    return select(Person.account_id).where(_led_to(kind, value))


def _led_to(kind: str, value: str) -> ColumnElement[bool]:
    """Whoever a number, an address or a phone of a merged record leads to."""
    return Person.id.in_(
        select(PersonIdentifier.person_id).where(PersonIdentifier.kind == kind, PersonIdentifier.value == value)
    )


def names_of(db: Session, person_ids: Sequence[int]) -> dict[int, str]:
    """Person → full name."""
    return {row[0]: row[1] for row in db.execute(select(Person.id, Person.full_name).where(Person.id.in_(person_ids)))}
