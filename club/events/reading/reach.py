"""Whom a wave of invitations reaches, and why a mail cannot go to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.contact.rules import ANY, CONTACT, Channel, Purpose
from club.events.models import ANSWERS, INVITATIONS
from club.events.rules import Who
from club.members.models import Consent, Person
from club.messages.models import MailAddressState


@dataclass(frozen=True)
class Estimate:
    """Who would be invited, how many of them by mail in each language, and why not the others.

    Whoever gets no mail finds the invitation on their own page. `already`: invited or answered before.
    """

    invited: int
    mailed: dict[str, int]
    no_consent: int
    no_mailbox: int
    already: int


def would_get(
    db: Session, event_id: int, who: Who, day: date, *, rung_key: str | None = None, person_ids: Sequence[int] = ()
) -> Estimate:
    """What a wave would do now: one question."""
    picked = select(Person.id).where(Person.id.in_(person_ids))
    is_done = or_(
        exists().where(INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == Person.id),
        exists().where(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == Person.id),
    )
    each = (
        select(
            Person.language, is_done.label("is_done"), _has_mailbox().label("has_mailbox"),
            _agrees().label("agrees"),
        )
        .where(*people_for(db, who, rung_key, picked, day))
        .subquery()
    )  # fmt: skip
    rows = db.execute(
        select(each.c.language, each.c.is_done, each.c.has_mailbox, each.c.agrees, func.count().label("people"))
        .group_by(each.c.language, each.c.is_done, each.c.has_mailbox, each.c.agrees)
    ).all()  # fmt: skip
    new = [row for row in rows if not row.is_done]
    mailed: dict[str, int] = {}
    for row in new:
        if row.has_mailbox and row.agrees:
            mailed[row.language] = mailed.get(row.language, 0) + row.people
    return Estimate(
        invited=sum(row.people for row in new),
        mailed=mailed,
        no_consent=sum(row.people for row in new if row.has_mailbox and not row.agrees),
        no_mailbox=sum(row.people for row in new if not row.has_mailbox),
        already=sum(row.people for row in rows if row.is_done),
    )


def people_for(
    db: Session, who: Who, rung_key: str | None, picked: Select[Any], day: date
) -> tuple[ColumnElement[bool], ...]:
    """The people of a wave, whether they were invited before or not."""
    if who is Who.PICKED:
        return Person.id.in_(picked), Person.merged_into.is_(None)
    members = (Person.joined_on.is_not(None), Person.merged_into.is_(None))
    return (*members, sees_tier(db, rung_key, Person.id, day)) if who is Who.RUNG and rung_key else members


def may_be_mailed() -> ColumnElement[bool]:
    """Whether somebody has a mailbox and agreed to news by mail. The gate looks again when the mail is due."""
    return _has_mailbox() & _agrees()


def _has_mailbox() -> ColumnElement[bool]:
    is_dead = exists().where(MailAddressState.address_key == Person.email_key, MailAddressState.is_hard)
    return Person.email.is_not(None) & ~is_dead


def _agrees() -> ColumnElement[bool]:
    """As `contact.rules.blocked` says of news by mail, for many at once."""
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
