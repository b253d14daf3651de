"""A member passes points on to another: the same lots with the same days, one movement on each side under one cause.

What arrives is a child of the lot that it came from, so that its last day, and what is known of its goods, stay known.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import Session

from club.database import Transaction
from club.errors import NotFound
from club.points.models import LOT_ENTRIES, LOTS, MOVEMENTS, STILL_ACTIVE
from club.points.rules import Legs, Share, is_over, pay_debt, soonest_first, take_back
from club.points.service.moving import BONUS, lock_both
from club.points.service.posting import (
    LOT_EXPIRED,
    Act,
    Change,
    NewLot,
    bear_lot,
    expire_over,
    lock_balance,
    move_balance,
    post,
    refuse_repeat,
    spendable,
    touch_lots,
)

SENT, RECEIVED = "transfer.sent", "transfer.received"
TAKEN, RETURNED = "transfer.taken", "transfer.returned"
_DAYS = (LOTS.c.earned_on, LOTS.c.activates_on, LOTS.c.expires_on, LOTS.c.member_id)
STAYS = (BONUS, "profile.earned", "friend.earned", "referral.earned", "gift.earned", RECEIVED)
"""Points that came so are spent by whoever has them: else accounts are made to collect what joining or birthdays
bring, and caps are walked around from hand to hand."""


class Passing(NamedTuple):
    """Whose points go to whom, under which transfer."""

    from_id: int
    to_id: int
    transfer_id: int


class _Lot(NamedTuple):
    """A lot of the one who passes on, with what may leave it or what left it."""

    id: int
    points: int
    earned_on: date
    activates_on: date | None
    expires_on: date | None
    member_id: int


def passable(db: Session, member_id: int, today: date) -> list[Share]:
    """The lots of which a member may pass points on, those that end first in front."""
    return [Share(lot.id, lot.points) for lot in _lots_to_pass(db, member_id, today)]


def pass_on(tx: Transaction, who: Passing, points: int, today: date, now: datetime) -> None:
    """Move points from one member to another; a debt of the receiver is paid first.

    Raises `NotEnoughPoints`, `AlreadyPosted`, and `NotFound` for who has no account.
    """
    lock_both(tx, who.from_id, who.to_id)
    for member_id in who[:2]:
        expire_over(tx, member_id, today, now)
    lots = {lot.id: lot for lot in _lots_to_pass(tx, who.from_id, today)}
    shares = soonest_first((Share(lot.id, lot.points) for lot in lots.values()), points)

    gone = Legs(active=-points, adjusted=points)
    out_id = post(tx, Act(who.from_id, SENT, who.transfer_id, today, now), gone)
    touch_lots(tx, out_id, [Change(share.lot_id, active=-share.points) for share in shares])
    move_balance(tx, who.from_id, gone)

    paid_shares = pay_debt(shares, -lock_balance(tx, who.to_id).debt)
    paid = sum(part for _, part in paid_shares)
    came = Legs(active=points - paid, debt=paid, adjusted=-points)
    in_id = post(tx, Act(who.to_id, RECEIVED, who.transfer_id, today, now), came)
    for share, part in paid_shares:
        if share.points > part:
            bear_lot(tx, in_id, who.to_id, _child_of(lots[share.lot_id], share.points - part))
    move_balance(tx, who.to_id, came)


def pass_back(tx: Transaction, who: Passing, today: date, now: datetime) -> int:
    """Undo it, and say how many points came back: all but those that ended unused with the receiver.

    Taken from what came, then from other active points; the rest becomes a debt. They return to the lots they left,
    and pay a debt first. Raises `AlreadyPosted`, and `NotFound` for who has no account.
    """
    lock_both(tx, who.from_id, who.to_id)
    refuse_repeat(tx, TAKEN, who.transfer_id)
    for member_id in who[:2]:
        expire_over(tx, member_id, today, now)
    sent, received = _movement(tx, SENT, who), _movement(tx, RECEIVED, who)
    came = _came_of(received)
    ended = _ended_of(tx, came)
    lots = [lot._replace(points=lot.points - ended.get(lot.id, 0)) for lot in _left(tx, sent)]
    points = sum(lot.points for lot in lots)
    if points:
        _take(tx, who, received, came, points, today, now)
        _return(tx, who, sent, lots, today, now)
    return points


def _take(tx: Transaction, who: Passing, received: int, came: CTE, points: int, today: date, now: datetime) -> None:
    first = set(tx.scalars(select(came.c.id)))
    active = spendable(tx, who.to_id)
    in_turn = [*(one for one in active if one.lot_id in first), *(one for one in active if one.lot_id not in first)]
    taken = take_back(points, 0, 0, in_turn)
    legs = Legs(active=taken.debt - points, debt=-taken.debt, adjusted=points)
    act = Act(who.to_id, TAKEN, who.transfer_id, today, now, undoes_id=received)
    movement_id = post(tx, act, legs)
    touch_lots(tx, movement_id, [Change(share.lot_id, active=-share.points) for share in taken.others])
    move_balance(tx, who.to_id, legs)


def _return(tx: Transaction, who: Passing, sent: int, lots: list[_Lot], today: date, now: datetime) -> None:
    points = sum(lot.points for lot in lots)
    ended = _those_that_ended(tx, [lot.id for lot in lots])
    paid_shares = pay_debt((Share(lot.id, lot.points) for lot in lots), -lock_balance(tx, who.from_id).debt)
    paid = sum(part for _, part in paid_shares)
    legs = Legs(active=points - paid, debt=paid, adjusted=-points)
    movement_id = post(tx, Act(who.from_id, RETURNED, who.transfer_id, today, now, undoes_id=sent), legs)
    changes = []
    for lot, (share, part) in zip(lots, paid_shares, strict=True):
        left = share.points - part
        if lot.id in ended or is_over(lot.expires_on, today) or lot.member_id != who.from_id:
            if left:
                bear_lot(tx, movement_id, who.from_id, _child_of(lot, left))
        else:
            changes.append(Change(lot.id, active=left))
    touch_lots(tx, movement_id, changes)
    move_balance(tx, who.from_id, legs)


# --- what is asked


def _lots_to_pass(db: Session, member_id: int, today: date) -> list[_Lot]:
    """Active lots, without those that came, themselves or by their forebears, in a way that stays."""
    own = (LOTS.c.member_id == member_id) & STILL_ACTIVE
    line = (
        select(LOTS.c.id.label("lot_id"), LOTS.c.movement_id, LOTS.c.parent_id).where(own).cte("line", recursive=True)
    )
    above = LOTS.alias("above")
    line = line.union_all(
        select(line.c.lot_id, above.c.movement_id, above.c.parent_id).join(above, above.c.id == line.c.parent_id)
    )
    stays = (
        select(line.c.lot_id).join(MOVEMENTS, MOVEMENTS.c.id == line.c.movement_id).where(MOVEMENTS.c.kind.in_(STAYS))
    )
    query = (
        select(LOTS.c.id, LOTS.c.active, *_DAYS)
        .where(own, LOTS.c.id.not_in(stays), LOTS.c.expires_on.is_(None) | (LOTS.c.expires_on >= today))
        .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
    )
    return [_Lot(*row) for row in db.execute(query)]


def _movement(tx: Transaction, kind: str, who: Passing) -> int:
    wanted = select(MOVEMENTS.c.id).where(MOVEMENTS.c.kind == kind, MOVEMENTS.c.cause_id == who.transfer_id)
    movement_id: int | None = tx.execute(wanted).scalar_one_or_none()
    if movement_id is None:
        raise NotFound
    return movement_id


def _left(tx: Transaction, sent: int) -> list[_Lot]:
    """What was taken from each lot of the one who passed on, in the order in which it was."""
    query = (
        select(LOTS.c.id, -LOT_ENTRIES.c.active, *_DAYS)
        .join(LOT_ENTRIES, LOT_ENTRIES.c.lot_id == LOTS.c.id)
        .where(LOT_ENTRIES.c.movement_id == sent)
        .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
    )
    return [_Lot(*row) for row in tx.execute(query)]


def _came_of(received: int) -> CTE:
    """The lots that a transfer made and all that came from them, each with the lot of the sender behind it."""
    came = (
        select(LOTS.c.id, LOTS.c.parent_id.label("from_lot"))
        .where(LOTS.c.movement_id == received)
        .cte("came", recursive=True)
    )
    child = LOTS.alias("child")
    return came.union_all(select(child.c.id, came.c.from_lot).join(came, child.c.parent_id == came.c.id))


def _ended_of(tx: Transaction, came: CTE) -> dict[int, int]:
    """Lot of the sender → points of it that ended unused with the receiver."""
    rows = tx.execute(
        select(came.c.from_lot, func.sum(MOVEMENTS.c.expired))
        .join(MOVEMENTS, (MOVEMENTS.c.cause_id == came.c.id) & (MOVEMENTS.c.kind == LOT_EXPIRED))
        .group_by(came.c.from_lot)
    )
    return {lot_id: int(points) for lot_id, points in rows}


def _those_that_ended(tx: Transaction, lot_ids: Iterable[int]) -> set[int]:
    """A lot expires once: what comes back to one of these comes as a child."""
    query = select(MOVEMENTS.c.cause_id).where(MOVEMENTS.c.kind == LOT_EXPIRED, MOVEMENTS.c.cause_id.in_(list(lot_ids)))
    return set(tx.scalars(query))


def _child_of(lot: _Lot, points: int) -> NewLot:
    return NewLot(points, lot.earned_on, lot.activates_on, lot.expires_on, active=points, parent_id=lot.id)
