"""Members and staff for tests, and browsers that are signed in as they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.models import login_for
from club.access.service import add_staff
from club.accounts.browsers import start_session
from club.accounts.passwords import hash_password
from club.accounts.service import new_account
from club.database import transaction
from club.members.models import the_member
from club.members.rules import NewPerson, email_key
from club.members.service import make_member, new_person
from club.messages.models import Message
from club.permissions import Role
from club.points.service import open_account

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class SomebodyWithAccount:
    """Who, and how they sign in."""

    account_id: int
    person_id: int | None
    email: str
    member_number: str = ""


@dataclass(frozen=True)
class Mail:
    """A message of the outbox; `secret` is empty where it carries no link."""

    act: str
    recipient: str
    language: str
    data: dict[str, Any]
    secret: str


def new_signed_up_member(
    db: Session, now: datetime, *, name: str = "Ana García", email: str = "ana@example.org", phone: str | None = None
) -> SomebodyWithAccount:
    """A member with an account and the password of this module."""
    with transaction(db) as tx:
        account_id = new_account(tx, email, "en", hash_password(PASSWORD), now)
        person = NewPerson(full_name=name, language="en", source="join", email=email, phone=phone)
        person_id = new_person(tx, person, account_id, now)
        make_member(tx, person_id, now.date())
        open_account(tx, person_id)
        number = the_member(tx, person_id).member_number or ""
    return SomebodyWithAccount(account_id, person_id, email, number)


def new_colleague(db: Session, now: datetime, role: Role, email: str = "") -> SomebodyWithAccount:
    """A member of staff who was invited; no password, no second factor."""
    address = email or f"{role.value}@example.org"
    add_staff(db, address, name=role.value.title(), staff_role=role, by=None, role=None, now=now)
    login = login_for(db, address)
    db.rollback()
    assert login is not None
    return SomebodyWithAccount(login.account_id, None, address)


def browser_of(
    app: Flask, db: Session, who: SomebodyWithAccount, now: datetime, *, second_factor: bool = False
) -> FlaskClient:
    """A client that is signed in; staff need `second_factor` to get anywhere."""
    with transaction(db) as tx:
        token = start_session(tx, who.account_id, now, browser="test", proved=second_factor)
    client = app.test_client()
    client.set_cookie("club", token, domain="localhost")
    return client


def mails_to(db: Session, recipient: str) -> list[Mail]:
    """The messages of an address, the first one first."""
    db.rollback()
    rows = db.execute(
        select(Message.act, Message.recipient, Message.language, Message.data, Message.secret).order_by(Message.id)
    )
    mails = [Mail(row[0], row[1], row[2], dict(row[3]), row[4] or "") for row in rows]
    return [mail for mail in mails if email_key(mail.recipient) == email_key(recipient)]


def link_in(mail: Mail) -> str:
    """The path that the mail's button leads to."""
    return f"{mail.data['path']}{mail.secret}"
