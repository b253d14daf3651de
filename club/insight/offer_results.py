"""What an offer brought: what its users bought before and after, and members with it beside those held back from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt

from sqlalchemy import ColumnElement, Date, and_, case, func, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.database import BigId
from club.insight.days import days_after
from club.members.models import Person
from club.offers.counting import held_back
from club.offers.models import PICKED, USES, OfferView
from club.offers.rules import UseState, Who
from club.offers.service.counter import PURCHASE, VOUCHER
from club.orders.models import Order
from club.orders.service.steps import ORDER
from club.purchases.models import Purchase

WINDOW_DAYS = 60
LEAST_MEMBERS = 30
"""Of each group: below that nothing is told of the difference."""
Z_95 = 1.96
"""Half-width of a 95% interval in standard errors, of a normal distribution."""


@dataclass(frozen=True)
class Brought:
    """Orders and sales at the counter in which an offer was used, and what they come to without what came back."""

    orders: int = 0
    sales: int = 0


@dataclass(frozen=True)
class BeforeAfter:
    """Of members whose first use is 60 days ago or longer: what they bought in the 60 days before and after. Minor
    units; the day of the first use counts after."""

    members: int
    before: int
    after: int


@dataclass(frozen=True)
class GroupSums:
    """Members of a group and what one of them bought: mean and variance, in minor units."""

    members: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Lift:
    """What a member with the offer bought more than one who was held back, and the margin of that: minor units."""

    given: GroupSums
    held_back: GroupSums

    @property
    def difference(self) -> int:
        """On average."""
        return round(self.given.mean - self.held_back.mean)

    @property
    def margin(self) -> int:
        """Half the 95% interval of the difference of two means (Welch)."""
        parts = (self.given, self.held_back)
        return round(Z_95 * sqrt(sum(one.variance / one.members for one in parts if one.members)))

    @property
    def can_be_told(self) -> bool:
        """Whether both groups are large enough and the difference is larger than its margin."""
        return self.is_large_enough and abs(self.difference) > self.margin

    @property
    def is_large_enough(self) -> bool:
        """Whether both groups have enough members."""
        return min(self.given.members, self.held_back.members) >= LEAST_MEMBERS


def brought(db: Session, offer_ids: Sequence[int]) -> dict[int, Brought]:
    """What some offers were used in, by offer: one query, none for none.

    An order counts for every offer that counted in it, so they must not be added up over offers.
    """
    if not offer_ids:
        return {}
    used = (
        select(USES.c.offer_id, USES.c.cause_kind, USES.c.cause_id)
        .where(USES.c.offer_id.in_(offer_ids), USES.c.state == UseState.USED.value, USES.c.cause_kind != VOUCHER)
        .distinct()
        .subquery("used")
    )
    as_order = and_(used.c.cause_kind == ORDER, Order.id == used.c.cause_id)
    purchase_id = case((used.c.cause_kind == PURCHASE, used.c.cause_id), else_=Order.purchase_id)
    rows = db.execute(
        select(used.c.offer_id, func.count(), func.coalesce(func.sum(Purchase.net_amount), 0).cast(BigId))
        .select_from(
            used.outerjoin(Order.__table__, as_order).outerjoin(Purchase.__table__, Purchase.id == purchase_id)
        )
        .group_by(used.c.offer_id)
    )
    return {row[0]: Brought(int(row[1]), int(row[2])) for row in rows}


def before_and_after(db: Session, offer_id: int, now: datetime) -> BeforeAfter:
    """One query over the uses of one offer."""
    window = timedelta(days=WINDOW_DAYS)
    first_use = func.min(USES.c.used_at)
    first = (
        select(USES.c.person_id, func.date(first_use, type_=Date).label("day"))
        .where(USES.c.offer_id == offer_id, USES.c.state == UseState.USED.value)
        .group_by(USES.c.person_id)
        .having(first_use <= now - window)
        .subquery("first")
    )
    day, bought_on = first.c.day, Purchase.bought_on
    is_near = bought_on.between(days_after(day, -WINDOW_DAYS), days_after(day, WINDOW_DAYS - 1))
    row = db.execute(
        select(
            func.count(first.c.person_id.distinct()),
            func.coalesce(func.sum(case((bought_on < day, Purchase.net_amount), else_=0)), 0).cast(BigId),
            func.coalesce(func.sum(case((bought_on >= day, Purchase.net_amount), else_=0)), 0).cast(BigId),
        ).select_from(first.outerjoin(Purchase.__table__, and_(Purchase.member_id == first.c.person_id, is_near)))
    ).one()
    return BeforeAfter(int(row[0]), int(row[1]), int(row[2]))


def lift_of(db: Session, view: OfferView, today: date) -> Lift | None:
    """Purchases per member since its first day, of those who may have it and those held back; None: nobody is."""
    offer = view.offer
    if not offer.held_back_percent or offer.starts_on > today:
        return None
    last = min(today, offer.ends_on or today)
    bought = (
        select(func.coalesce(func.sum(Purchase.net_amount), 0))
        .where(Purchase.member_id == Person.id, Purchase.bought_on.between(offer.starts_on, last))
        .scalar_subquery()
    )
    is_back = case((held_back(view.id, Person.__table__.c.id, offer.held_back_percent), 1), else_=0)
    people = select(is_back.label("is_back"), bought.label("amount")).where(
        Person.joined_on.is_not(None), Person.joined_on <= offer.starts_on, *_who(db, view, today)
    )
    per_member = people.subquery("per_member")
    square = per_member.c.amount * per_member.c.amount * 1.0
    rows = db.execute(
        select(
            per_member.c.is_back, func.count(), func.sum(per_member.c.amount).cast(BigId), func.sum(square)
        ).group_by(per_member.c.is_back)
    )
    found = {int(row[0]): _sums(int(row[1]), int(row[2]), float(row[3])) for row in rows}
    nobody = GroupSums(0, 0.0, 0.0)
    return Lift(found.get(0, nobody), found.get(1, nobody))


def _sums(members: int, total: int, squares: float) -> GroupSums:
    mean = total / members
    variance = max(0.0, squares / members - mean * mean) * members / max(1, members - 1)
    return GroupSums(members, mean, variance)


def _who(db: Session, view: OfferView, day: date) -> list[ColumnElement[bool]]:
    offer = view.offer
    if offer.who is Who.RUNG:
        return [sees_tier(db, offer.rung_key or "", Person.id, day)]
    if offer.who is Who.PICKED:
        picked = and_(PICKED.c.person_id == Person.id, PICKED.c.offer_id == view.id)
        return [select(PICKED.c.offer_id).where(picked).exists()]
    return []
