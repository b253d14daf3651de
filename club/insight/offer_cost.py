"""What an offer could cost: how many may use it, what they buy, and the sum if a part of them do."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.insight.models import MemberFigures
from club.members.models import Person
from club.money import share_of
from club.offers.models import PICKED
from club.offers.rules import WHOLE, Kind, Offer, Who
from club.orders.models import Order

SHARES = (10, 30, 100)
"""Percent of those who may use it."""


@dataclass(frozen=True)
class Basis:
    """Who may use an offer, and what one purchase of theirs comes to: minor units, 0 while nobody has bought."""

    eligible: int
    mean: int


@dataclass(frozen=True)
class Prices:
    """What things cost that an offer gives away: minor units, None where that is not known."""

    gift: int | None = None
    delivery: int | None = None
    points_each: tuple[int, int] = (0, 1)
    """So many points for so many minor units."""


@dataclass(frozen=True)
class Estimate:
    """If `share` percent use it once: so many uses, and what they cost in minor units, or in points."""

    share: int
    uses: int
    cost: int
    stops: bool
    """Whether a limit or the budget ends it before."""


def basis_of(db: Session, offer: Offer, offer_id: int | None, day: date) -> Basis:
    """Over everybody who may use it: one query."""
    statement = select(
        func.count(),
        func.coalesce(func.sum(MemberFigures.spend), 0),
        func.coalesce(func.sum(MemberFigures.purchases), 0),
    ).select_from(Person.__table__.outerjoin(MemberFigures.__table__, MemberFigures.member_id == Person.id))
    statement = statement.where(Person.joined_on.is_not(None))
    if offer.who is Who.RUNG:
        statement = statement.where(sees_tier(db, offer.rung_key or "", Person.id, day))
    if offer.who is Who.PICKED:
        picked = and_(PICKED.c.person_id == Person.id, PICKED.c.offer_id == (offer_id or 0))
        statement = statement.where(select(PICKED.c.offer_id).where(picked).exists())
    eligible, spend, purchases = (int(value) for value in db.execute(statement).one())
    return Basis(eligible, spend // purchases if purchases else 0)


def mean_delivery(db: Session) -> int | None:
    """What delivery cost on average where it cost something; None before the first order."""
    found = db.scalar(select(func.avg(Order.delivery_price)).where(Order.delivery_price > 0))
    return None if found is None else int(found)


def cost_of_one(offer: Offer, mean: int, prices: Prices) -> int | None:
    """What one use costs the club; points of a multiplier. None where nobody knows."""
    basket = max(mean, offer.least_goods)
    match offer.kind:
        case Kind.PERCENT:
            return share_of(basket, offer.percent, WHOLE)
        case Kind.AMOUNT:
            return min(offer.amount, basket) if basket else offer.amount
        case Kind.GIFT:
            return None if prices.gift is None else prices.gift * offer.gift_quantity
        case Kind.FREE_DELIVERY:
            return prices.delivery
        case Kind.MULTIPLIER:
            points, amount = prices.points_each
            return basket * points * (offer.percent - WHOLE) // (amount * WHOLE)
        case Kind.PARTNER:
            return 0


def estimates(offer: Offer, basis: Basis, each: int) -> list[Estimate]:
    """For each share of those who may use it, once each, up to the limit and the budget."""
    found = []
    for share in SHARES:
        wanted = -(-basis.eligible * share // 100)
        uses = wanted if offer.limit_all is None else min(wanted, offer.limit_all)
        cost = uses * each
        if offer.budget is not None and cost > offer.budget:
            uses, cost = offer.budget // each, offer.budget // each * each
        found.append(Estimate(share, uses, cost, stops=uses < wanted))
    return found
