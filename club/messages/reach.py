"""Who can be written to with news by mail, for many at once. The gate looks again when a mail is due."""

from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, or_, select

from club.contact.rules import ANY, CONTACT, Channel, Purpose
from club.members.models import Consent, Person
from club.messages.models import MailAddressState


def may_be_mailed() -> ColumnElement[bool]:
    """Whether somebody has a mailbox and agreed to news by mail."""
    return has_mailbox() & agrees_to_news()


def has_mailbox() -> ColumnElement[bool]:
    """Whether somebody has an address that takes mail."""
    is_dead = exists().where(MailAddressState.address_key == Person.email_key, MailAddressState.is_hard)
    return Person.email.is_not(None) & ~is_dead


def agrees_to_news() -> ColumnElement[bool]:
    """As `contact.rules.blocked` says of news by mail."""
    agreed = func.coalesce(_last_word(Purpose.NEWS, Channel.EMAIL), false())
    objected = or_(*(~func.coalesce(_last_word(CONTACT, channel), ~false()) for channel in (ANY, Channel.EMAIL)))
    return agreed & ~objected


def _last_word(purpose: str, channel: str) -> ColumnElement[Any]:
    return (
        select(Consent.is_given)
        .where(Consent.person_id == Person.id, Consent.purpose == str(purpose), Consent.channel == str(channel))
        .order_by(Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
