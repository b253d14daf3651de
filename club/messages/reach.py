"""Who can be written to with news by mail, for many at once. The gate looks again when a mail is due."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, or_, select

from club.contact.choices import CHOICES
from club.contact.rules import ANY, CONTACT, Channel, Purpose, Topic, said_as
from club.members.models import Consent, Person
from club.messages.models import MailAddressState


def may_be_mailed(topic: Topic, day: date) -> ColumnElement[bool]:
    """Whether somebody has a mailbox and wants mails of this topic, on this day too."""
    return has_mailbox() & wants(topic, day)


def has_mailbox() -> ColumnElement[bool]:
    """Whether somebody has an address that takes mail."""
    is_dead = exists().where(MailAddressState.address_key == Person.email_key, MailAddressState.is_hard)
    return Person.email.is_not(None) & ~is_dead


def wants(topic: Topic, day: date) -> ColumnElement[bool]:
    """Whether somebody agreed to news by mail, did not refuse this topic, is not in a pause and is not leaving.

    Whoever gets one mail a week or a month counts as any other.
    """
    return agrees_to_news() & ~refuses(topic) & ~is_paused(day) & Person.leaves_on.is_(None)


def refuses(topic: Topic) -> ColumnElement[bool]:
    """As `contact.rules.refuses` says of one."""
    return ~func.coalesce(_last_word(said_as(topic), Channel.EMAIL), ~false())


def is_paused(day: date) -> ColumnElement[bool]:
    """Whether somebody wants no mail that can be refused on this day."""
    return exists().where(CHOICES.c.person_id == Person.id, CHOICES.c.paused_until > day)


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
