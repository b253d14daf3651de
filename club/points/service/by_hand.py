"""Points are changed by hand: with a reason, by somebody who may."""

from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from club import audit
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import PointsOutOfRange, ReasonMissing, SecondApproverNeeded
from club.permissions import MANY_POINTS, Permission, Role, may, require
from club.points.models import NOTES
from club.points.rules import MOST_POINTS, Legs, expires_on, soonest_first
from club.points.service.posting import (
    Act,
    Change,
    NewLot,
    bear_lot,
    expire_over,
    lock_balance,
    move_balance,
    post,
    spendable,
    touch_lots,
)
from club.programme.models import the_club


def adjust_by_hand(
    db: Session, member_id: int, points: int, why: str, by: int | None, role: Role | None, now: datetime
) -> int:
    """Give (+) or take (-) points and return the movement's id.

    What is given is a lot that is active today, and pays the debt first; what is taken leaves the lots as spending
    does, and never leaves less than nothing. Raises `NotAllowed`, `SecondApproverNeeded`, `ReasonMissing`,
    `PointsOutOfRange`, `NotEnoughPoints`.
    """
    require(role, Permission.ADJUST_POINTS)
    if abs(points) >= MANY_POINTS and not may(role, Permission.ADJUST_MANY_POINTS):
        raise SecondApproverNeeded(limit=MANY_POINTS)
    with transaction(db) as tx:
        return adjust_in(tx, member_id, points, why, by, now)


def adjust_in(
    tx: Transaction,
    member_id: int,
    points: int,
    why: str,
    by: int | None,
    now: datetime,
    approval_id: int | None = None,
) -> int:
    """The same as a step; whoever calls it has asked who may. `approval_id`: the second person's yes."""
    if not points or abs(points) > MOST_POINTS:
        raise PointsOutOfRange(points)
    reason = why.strip()
    if not reason:
        raise ReasonMissing
    club = the_club(tx)
    today = club_day(now, club.time_zone)
    have = lock_balance(tx, member_id)
    entry_id = audit.record(
        tx, "points.adjusted", "member", member_id, by=by, now=now, why=reason, person_id=member_id, points=points,
        approval_id=approval_id,
    )  # fmt: skip
    act = Act(member_id, "points.adjusted", entry_id, today, now)
    if points > 0:
        movement_id = _give(tx, act, points, owed=-have.debt, last_day=expires_on(today, club.expiry_months))
    else:
        movement_id = _take(tx, act, -points)
    tx.execute(insert(NOTES), {"movement_id": movement_id, "by": by, "words": reason})
    return movement_id


def _give(tx: Transaction, act: Act, points: int, *, owed: int, last_day: date | None) -> int:
    paid = min(owed, points)
    legs = Legs(active=points - paid, debt=paid, adjusted=-points)
    movement_id = post(tx, act, legs)
    lot = NewLot(points, act.dated_on, act.dated_on, last_day, active=points - paid)
    bear_lot(tx, movement_id, act.member_id, lot)
    move_balance(tx, act.member_id, legs)
    return movement_id


def _take(tx: Transaction, act: Act, points: int) -> int:
    expire_over(tx, act.member_id, act.dated_on, act.now)
    shares = soonest_first(spendable(tx, act.member_id), points)
    legs = Legs(active=-points, adjusted=points)
    movement_id = post(tx, act, legs)
    touch_lots(tx, movement_id, [Change(share.lot_id, active=-share.points) for share in shares])
    move_balance(tx, act.member_id, legs)
    return movement_id
