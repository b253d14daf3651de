"""Goods come back: the points that they had earned are taken back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update

from club.database import Transaction
from club.errors import NotFound, PointsOutOfRange
from club.points.models import LOTS, MOVEMENTS
from club.points.rules import Legs, still_to_reverse, take_back
from club.points.service.posting import (
    LOT_EXPIRED,
    MERGED_IN,
    Act,
    Change,
    expire_over,
    lock_holder,
    move_balance,
    post,
    refuse_repeat,
    spendable,
    touch_lots,
)


class _Lot(NamedTuple):
    id: int
    movement_id: int
    member_id: int
    points: int
    pending: int
    active: int
    taken_back: int


def reverse(  # noqa: PLR0917 - what was earned and what takes it back are two causes
    tx: Transaction,
    earned_kind: str,
    earned_cause_id: int,
    points: int,
    kind: str,
    cause_id: int,
    dated_on: date,
    today: date,
    now: datetime,
    why: Mapping[str, object] | None = None,
) -> int | None:
    """Take back `points` of what a cause had earned; returns the movement's id, or None for no points.

    Pending of that lot goes first, then what is active of it, then other active points; the rest becomes a debt. What
    expired unused is not reversed. Points whose member was merged are taken where they are now.

    Raises `AlreadyPosted`, `NotFound`, and `PointsOutOfRange` for more than is left.
    """
    if not points:
        return None
    member_id = lock_holder(tx, _find_lot(tx, earned_kind, earned_cause_id).member_id)
    refuse_repeat(tx, kind, cause_id)
    expire_over(tx, member_id, today, now)
    lot = _find_lot(tx, earned_kind, earned_cause_id)
    taken_back = lot.taken_back + points
    if points < 0 or taken_back > lot.points:
        raise PointsOutOfRange(points)
    expired = _expired_of(tx, lot.id)
    amount = still_to_reverse(taken_back, expired, _reversed_of(tx, lot.movement_id))
    here = _where_now(tx, lot, member_id)
    others = [share for share in spendable(tx, member_id) if share.lot_id != here.id]
    taken = take_back(amount, here.pending, here.active, others)
    legs = Legs(
        pending=-taken.pending,
        active=-taken.active - sum(share.points for share in taken.others),
        debt=-taken.debt,
        reversed=amount,
    )
    explained = {**(why or {}), "asked": points, "expired": expired}
    act = Act(member_id, kind, cause_id, dated_on, now, explained, undoes_id=lot.movement_id)
    movement_id = post(tx, act, legs)
    own = Change(here.id, pending=-taken.pending, active=-taken.active)
    touch_lots(tx, movement_id, [own, *(Change(share.lot_id, active=-share.points) for share in taken.others)])
    tx.execute(update(LOTS).where(LOTS.c.id == lot.id).values(taken_back=taken_back))
    move_balance(tx, member_id, legs)
    return movement_id


def _find_lot(tx: Transaction, earned_kind: str, earned_cause_id: int) -> _Lot:
    """The lot that a cause made. Raises `NotFound`."""
    query = (
        select(*(LOTS.c[name] for name in _Lot._fields))
        .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
        .where(MOVEMENTS.c.kind == earned_kind, MOVEMENTS.c.cause_id == earned_cause_id, LOTS.c.parent_id.is_(None))
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return _Lot(*row)


def _where_now(tx: Transaction, lot: _Lot, member_id: int) -> _Lot:
    """The lot in which its points lie since its member was merged into another; it may have come with nothing."""
    while lot.member_id != member_id:
        came = (
            select(*(LOTS.c[name] for name in _Lot._fields))
            .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
            .where(LOTS.c.parent_id == lot.id, MOVEMENTS.c.kind == MERGED_IN)
            .order_by(LOTS.c.id.desc())
        )
        row = tx.execute(came).first()
        if row is None:
            return lot._replace(pending=0, active=0)
        lot = _Lot(*row)
    return lot


def _expired_of(tx: Transaction, lot_id: int) -> int:
    """Points of a lot and of the lots that came from it that ended unused."""
    family = select(LOTS.c.id).where(LOTS.c.id == lot_id).cte("family", recursive=True)
    family = family.union_all(select(LOTS.c.id).join(family, LOTS.c.parent_id == family.c.id))
    ended = select(func.coalesce(func.sum(MOVEMENTS.c.expired), 0)).where(
        MOVEMENTS.c.kind == LOT_EXPIRED, MOVEMENTS.c.cause_id.in_(select(family.c.id))
    )
    return int(tx.execute(ended).scalar_one())


def _reversed_of(tx: Transaction, movement_id: int) -> int:
    """Points taken back before from what a movement had given."""
    before = select(func.coalesce(func.sum(MOVEMENTS.c.reversed), 0)).where(MOVEMENTS.c.undoes_id == movement_id)
    return int(tx.execute(before).scalar_one())
