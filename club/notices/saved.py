"""What members saved in money: lower prices, offers and vouchers, points that paid for goods. Each counted once."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from club.clock import day_ends, day_starts
from club.offers.models import USES
from club.offers.rules import UseState
from club.orders.models import Order, OrderLine
from club.points.models import MOVEMENTS
from club.programme.models import the_club
from club.programme.rules import Club

PRICES, OFFERS, POINTS = "prices", "offers", "points"
_FOR_A_REWARD = "voucher.%"
"""Points that bought a voucher save nothing yet: the voucher does, when it is used."""


@dataclass(frozen=True)
class Saved:
    """Minor units."""

    prices: int = 0
    """Orders below the usual price: for a tier, for members, in a sale."""
    offers: int = 0
    """Offers and vouchers, in orders and at the counter."""
    points: int = 0
    """Goods paid with points, at what a point is worth."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.prices + self.offers + self.points


def saved_in(db: Session, member_id: int, first: date, last: date) -> Saved:
    """What one member saved from one day to another, both included."""
    club = the_club(db)
    found = db.execute(union_all(*(query.where(whose == member_id) for query, whose in _parts(club, first, last))))
    sums = {row.what: int(row.amount) for row in found}
    return Saved(sums.get(PRICES, 0), sums.get(OFFERS, 0), club.worth(max(0, sums.get(POINTS, 0))))


def saved_by_all(db: Session, first: date, last: date) -> Select[Any]:
    """The same for everybody who saved something: `person_id`, and a column a source; points are not yet money."""
    found = union_all(*(query for query, _whose in _parts(the_club(db), first, last))).subquery("found")
    sums = [
        func.sum(case((found.c.what == what, found.c.amount), else_=0)).label(what) for what in (PRICES, OFFERS, POINTS)
    ]
    return select(found.c.person_id, *sums).group_by(found.c.person_id)


def _parts(club: Club, first: date, last: date) -> list[tuple[Select[Any], Any]]:
    """One question a source, grouped by member: `person_id`, `what`, `amount`; points are not yet money."""
    begins, ends = day_starts(first, club.time_zone), day_ends(last, club.time_zone)
    line, use, move = OrderLine.__table__.c, USES.c, MOVEMENTS.c
    less = func.sum((line.usual_price - line.unit_price) * (line.quantity - line.returned))
    prices = (
        select(Order.person_id, literal(PRICES).label("what"), less.label("amount"))
        .join(OrderLine, line.order_id == Order.id)
        .where(Order.settled_at >= begins, Order.settled_at < ends, line.usual_price > line.unit_price)
        .group_by(Order.person_id)
    )
    offers = (
        select(use.person_id, literal(OFFERS).label("what"), func.sum(use.saves).label("amount"))
        .where(use.state == UseState.USED.value, use.used_at >= begins, use.used_at < ends)
        .group_by(use.person_id)
    )
    points = (
        select(
            move.member_id.label("person_id"), literal(POINTS).label("what"), func.sum(move.redeemed).label("amount")
        )
        .where(move.dated_on.between(first, last), move.redeemed != 0, move.kind.not_like(_FOR_A_REWARD))
        .group_by(move.member_id)
    )
    return [(prices, Order.person_id), (offers, use.person_id), (points, move.member_id)]
