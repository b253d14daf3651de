"""A sale of which points pay a part: they are spent and the purchase of the rest is recorded, both or neither."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.accrual.paying import ComesBack, Paid, most_points, pay_with
from club.accrual.rules import Campaign
from club.accrual.service.purchase import OnlyLooking, Preview, Recorded, record_purchase_in, refuse_own
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotEnoughPoints
from club.permissions import Permission, Role, require
from club.points.models import HOLDS, balance_of
from club.points.service import give_back, hold, spend_hold
from club.programme.models import the_club
from club.purchases.rules import NewPurchase
from club.tiers.standing import standing

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


def record_sale(
    db: Session, sale: NewPurchase, points: int, by: int | None, role: Role | None, now: datetime
) -> Recorded:
    """Record a sale, with so many of its member's points; `sale.amount` is its price before them.

    Only points from before the sale pay for it, never those that it earns. Raises `NotEnoughPoints`,
    `MorePointsThanSale`, `PointsOutOfStep` and what `record_purchase` raises.
    """
    require(role, Permission.RECORD_PURCHASES)
    with transaction(db) as tx:
        refuse_own(tx, by, sale.member_id)
        return record_sale_in(tx, sale, points, by, now)[0]


def preview_sale(
    db: Session, sale: NewPurchase, points: int, by: int | None, role: Role | None, now: datetime
) -> SalePreview:
    """What recording it would bring: it is recorded and rolled back, so that preview and result cannot differ."""
    require(role, Permission.RECORD_PURCHASES)
    refuse_own(db, by, sale.member_id)
    with suppress(OnlyLooking), transaction(db) as tx:
        club = the_club(tx)
        today = club_day(now, club.time_zone)
        most = most_points(club, sale.amount, balance_of(tx, sale.member_id, today).active)
        recorded, paid = record_sale_in(tx, sale, points, by, now, silent=True)
        then = standing(tx, sale.member_id, today)
        raise OnlyLooking
    return SalePreview(Preview(replace(recorded, purchase_id=0), then), paid, most)


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
    """The same as a step; whoever calls it has asked who may. `campaigns` count for this sale alone."""
    club = the_club(tx)
    today = club_day(now, club.time_zone)
    paid = pay_with(club, sale, points)
    if points:
        lock_member(tx, sale.member_id)
        have = balance_of(tx, sale.member_id, today).active
        if have < points:
            raise NotEnoughPoints(have=have, need=points)
    recorded = record_purchase_in(tx, paid.purchase, by, now, silent, campaigns=campaigns)
    if points:
        spend_hold(tx, hold(tx, sale.member_id, COUNTER_HOLD, recorded.purchase_id, points, today, now), today, now)
    return recorded, paid
