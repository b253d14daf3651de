"""A sale of which points pay a part: they are spent and the purchase of the rest is recorded, both or neither."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.accrual.paying import ComesBack, Paid, pay_with
from club.accrual.rules import Campaign
from club.accrual.service.purchase import Preview, Recorded, record_purchase_in
from club.clock import club_day
from club.database import Transaction
from club.errors import NotEnoughPoints
from club.points.models import HOLDS
from club.points.pool import lock_shared, may_spend
from club.points.service import give_back, hold, spend_hold
from club.programme.models import the_club
from club.purchases.rules import NewPurchase

COUNTER_HOLD = "counter"
"""What the points of a sale are set aside for; the cause is its purchase."""
COUNTER_GIVEN_BACK = "counter.given_back"


@dataclass(frozen=True)
class SalePreview:
    """What a sale would bring, what points would pay of it, and the most that they could."""

    preview: Preview
    paid: Paid
    most: int


@dataclass(frozen=True)
class UsedPoints:
    """The points of a recorded sale; `given_back` of them came back since."""

    hold_id: int
    points: int
    given_back: int

    @property
    def left(self) -> int:
        """How many did not come back."""
        return self.points - self.given_back


def used_points_of(db: Session, purchase_id: int) -> UsedPoints | None:
    """The points that paid a part of a purchase at the counter."""
    row = db.execute(
        select(HOLDS.c.id, HOLDS.c.points, HOLDS.c.given_back).where(
            HOLDS.c.kind == COUNTER_HOLD, HOLDS.c.cause_id == purchase_id
        )
    ).one_or_none()
    return None if row is None else UsedPoints(*row)


def give_points_back_in(tx: Transaction, purchase_id: int, correction_id: int, goods: ComesBack, now: datetime) -> int:
    """Points that paid for goods that come back are the member's again; how many."""
    used = used_points_of(tx, purchase_id)
    if used is None:
        return 0
    points = goods.points(used.points, used.given_back)
    give_back(tx, used.hold_id, points, COUNTER_GIVEN_BACK, correction_id, club_day(now, the_club(tx).time_zone), now)
    return points


def record_sale_in(
    tx: Transaction,
    sale: NewPurchase,
    points: int,
    by: int | None,
    now: datetime,
    *,
    silent: bool = False,
    campaigns: tuple[Campaign, ...] = (),
) -> tuple[Recorded, Paid]:
    """A step; whoever calls it has asked who may. `sale.amount` is its price before points, `campaigns` are its own.

    Only points from before the sale pay for it, never those that it earns. Raises `NotEnoughPoints`,
    `MorePointsThanSale`, `PointsOutOfStep` and what `record_purchase` raises.
    """
    club = the_club(tx)
    today = club_day(now, club.time_zone)
    paid = pay_with(club, sale, points)
    if points:
        lock_shared(tx, sale.member_id, today)
        lock_member(tx, sale.member_id)
        have = may_spend(tx, sale.member_id, today)
        if have < points:
            raise NotEnoughPoints(have=have, need=points)
    recorded = record_purchase_in(tx, paid.purchase, by, now, silent, campaigns=campaigns)
    if points:
        spend_hold(tx, hold(tx, sale.member_id, COUNTER_HOLD, recorded.purchase_id, points, today, now), today, now)
    return recorded, paid
