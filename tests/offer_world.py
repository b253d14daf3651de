"""Offers for tests: written, published, and used at the checkout of a small shop."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from club.offers import service
from club.offers.rules import Kind, Offer, Way
from club.permissions import Role
from club.texts import Texts
from tests.people import new_colleague

TODAY = date(2026, 6, 15)
TEN_PERCENT = Offer(kind=Kind.PERCENT, title=Texts({"en": "Ten off"}), percent=10, starts_on=TODAY - timedelta(days=5))

_USUAL: dict[Kind, dict[str, Any]] = {
    Kind.PERCENT: {"percent": 10},
    Kind.AMOUNT: {"amount": 500},
    Kind.MULTIPLIER: {"percent": 200},
}


def an_offer(kind: Kind = Kind.PERCENT, **other: Any) -> Offer:
    """One that runs today, for every member, by itself."""
    values: dict[str, Any] = {"percent": 0}
    values |= _USUAL.get(kind, {})
    return replace(TEN_PERCENT, kind=kind, **{**values, **other})


def for_points(points: int, **other: Any) -> Offer:
    """Five euros off for so many points."""
    return an_offer(Kind.AMOUNT, way=Way.REDEEM, points=points, **other)


def running(db: Session, offer: Offer, now: datetime) -> int:
    """Published by somebody of the club; the first colleague that it makes is account 1 of an empty club."""
    who = new_colleague(db, now, Role.MARKETING).account_id
    offer_id = service.add_offer(db, offer, who, Role.MARKETING, now)
    service.publish(db, offer_id, 1, who, Role.MARKETING, now)
    return offer_id
