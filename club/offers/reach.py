"""Whom telling of an offer reaches, and why it does not reach others."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.contact.rules import Topic
from club.members.models import Person
from club.messages.reach import has_mailbox, wants
from club.offers.counting import held_back, is_picked
from club.offers.models import OfferView
from club.offers.rules import Who


@dataclass(frozen=True)
class Reach:
    """Of those who may have it: how many get a mail in each language, and why not the others."""

    mailed: dict[str, int]
    no_consent: int
    no_mailbox: int

    @property
    def eligible(self) -> int:
        """All of them."""
        return sum(self.mailed.values()) + self.no_consent + self.no_mailbox


def reach_of(db: Session, view: OfferView, day: date) -> Reach:
    """Over everybody who may have it: one query."""
    each = (
        select(Person.language, has_mailbox().label("has_mailbox"), wants(Topic.OFFERS, day).label("agrees"))
        .where(*eligible(db, view, day))
        .subquery()
    )
    rows = db.execute(select(*each.c, func.count().label("people")).group_by(*each.c)).all()
    mailed = {row.language: int(row.people) for row in rows if row.has_mailbox and row.agrees}
    return Reach(
        mailed,
        no_consent=sum(int(row.people) for row in rows if row.has_mailbox and not row.agrees),
        no_mailbox=sum(int(row.people) for row in rows if not row.has_mailbox),
    )


def eligible(db: Session, view: OfferView, day: date) -> list[ColumnElement[bool]]:
    """Members who may have an offer; those held back from it may not."""
    offer, person_id = view.offer, Person.__table__.c.id
    found: list[ColumnElement[bool]] = [Person.joined_on.is_not(None), literal(not offer.only_given)]
    if offer.who is Who.RUNG:
        found.append(sees_tier(db, offer.rung_key or "", Person.id, day))
    if offer.who is Who.PICKED:
        found.append(is_picked(view.id, person_id))
    if offer.held_back_percent:
        found.append(~held_back(view.id, person_id, offer.held_back_percent))
    return found
