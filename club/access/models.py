"""Whom an identifier or a cookie stands for."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from club.accounts.browsers import BROWSER, Browser, browser_in, digest_of
from club.accounts.models import Account, Login, login_among, login_with_email, the_login
from club.errors import BadPhone
from club.members.models import (
    FORMER_EMAIL,
    FORMER_NUMBER,
    FORMER_PHONE,
    Person,
    account_led_to,
    people_with_phone,
)
from club.members.rules import former_email, looks_like_email, looks_like_phone, number_typed, phone_typed
from club.messages.inbox.reading import unread_of
from club.programme.models import STAMP, stamp_seen, the_club

LONGEST_IDENTIFIER = 254

_PERSON = Person.__table__.c
_UNREAD = unread_of(_PERSON.id).label("unread")
_IS_MEMBER = and_(_PERSON.account_id == Account.__table__.c.id, _PERSON.member_number.is_not(None))
_VISITOR = BROWSER.add_columns(
    _PERSON.id.label("person_id"),
    _PERSON.call_name,
    _PERSON.full_name,
    _PERSON.leaves_on,
    _UNREAD,
    STAMP.label("stamp"),
).outerjoin(Person.__table__, _IS_MEMBER)


@dataclass(frozen=True)
class SignedInPerson:
    """A browser and the person who signed in with it."""

    browser: Browser
    person_id: int | None
    name: str
    """How to address them."""
    leaves_on: date | None = None
    """They asked to leave: from this day on they are forgotten."""
    unread: int = 0
    """Messages that they have not read."""


def login_for(db: Session, identifier: str) -> Login | None:
    """The account for an e-mail address, a member number or a phone number; None where it is not exactly one.

    What named a merged record names the one that stayed: the password and the mailbox asked for are that one's.
    """
    text = identifier.strip()[:LONGEST_IDENTIFIER]
    if looks_like_email(text):
        own, led_to = login_with_email(db, text), _led_to(db, FORMER_EMAIL, former_email(text))
        return own if own is not None and own.is_enabled else led_to or own
    number = number_typed(text)
    if number is not None:
        account_id = db.scalar(select(Person.account_id).where(Person.member_number == number))
        return _led_to(db, FORMER_NUMBER, number) if account_id is None else the_login(db, account_id)
    return _login_with_phone(db, text) if looks_like_phone(text) else None


def visitor_of(db: Session, cookie: str, now: datetime) -> SignedInPerson | None:
    """Who is signed in with this cookie: one query, which spares the one for the club's stamp."""
    row = db.execute(_VISITOR, {"digest": digest_of(cookie)}).one_or_none()
    if row is not None:
        stamp_seen(db, row.stamp)
    browser = None if row is None else browser_in(row, now)
    if row is None or browser is None:
        return None
    if row.person_id is None:
        return SignedInPerson(browser, None, browser.staff_name or "")
    return SignedInPerson(browser, row.person_id, row.call_name or row.full_name, row.leaves_on, row.unread)


def _login_with_phone(db: Session, text: str) -> Login | None:
    with suppress(BadPhone):
        phone = phone_typed(text, the_club(db).country)
        people = people_with_phone(db, phone)
        account_ids = [person.account_id for person in people if person.account_id is not None]
        if not people:
            return _led_to(db, FORMER_PHONE, phone)
        return the_login(db, account_ids[0]) if len(account_ids) == 1 else None
    return None


def _led_to(db: Session, kind: str, value: str) -> Login | None:
    return login_among(db, account_led_to(kind, value))
