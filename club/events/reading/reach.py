"""Whom a wave of invitations reaches, and why a mail cannot go to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.contact.rules import Topic
from club.events.models import ANSWERS, INVITATIONS
from club.events.rules import Who
from club.members.models import Person
from club.messages.reach import has_mailbox, wants


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
    db: Session,
    event_id: int,
    who: Who,
    day: date,
    *,
    rung_key: str | None = None,
    person_ids: Sequence[int] = (),
    among: Select[int] | None = None,
) -> Estimate:
    """What a wave would do now: one question."""
    picked = select(Person.id).where(Person.id.in_(person_ids)) if among is None else among
    is_done = or_(
        exists().where(INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == Person.id),
        exists().where(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == Person.id),
    )
    each = (
        select(
            Person.language, is_done.label("is_done"), has_mailbox().label("has_mailbox"),
            wants(Topic.EVENTS, day).label("agrees"),
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
