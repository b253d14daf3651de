"""Points are set aside for something unfinished, then spent or released; spent points can be given back."""

from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import Transaction
from club.errors import AlreadyPosted, HoldEnded, NotFound, PointsOutOfRange
from club.points.models import HOLDS, LOT_ENTRIES, LOTS, MOVEMENTS
from club.points.rules import (
    MOST_POINTS,
    Legs,
    Share,
    is_over,
    last_spent_first,
    life_after_give_back,
    pay_debt,
    soonest_first,
)
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

_OPEN_HOLD = {
    "sqlite": sqlite.insert(HOLDS).on_conflict_do_nothing().returning(HOLDS.c.id),
    "postgresql": postgresql.insert(HOLDS).on_conflict_do_nothing().returning(HOLDS.c.id),
}


class _Hold(NamedTuple):
    id: int
    member_id: int
    kind: str
    cause_id: int
    points: int
    given_back: int


class _HeldLot(NamedTuple):
    """What a hold took from a lot, and the lot's own days."""

    lot_id: int
    points: int
    earned_on: date
    activates_on: date | None
    expires_on: date | None
    has_expired: bool
    is_elsewhere: bool
    """It stayed with a record that was merged into this one: what comes back comes as a child lot."""


def hold(tx: Transaction, member_id: int, kind: str, cause_id: int, points: int, today: date, now: datetime) -> int:
    """Set points aside, those that expire first, and return the hold's id.

    What is over of this member expires first. Raises `NotEnoughPoints`, `AlreadyPosted`, `PointsOutOfRange`.
    """
    if not 0 < points <= MOST_POINTS:
        raise PointsOutOfRange(points)
    lock_balance(tx, member_id)
    values = {"member_id": member_id, "kind": kind, "cause_id": cause_id, "points": points, "opened_at": now}
    statement = _OPEN_HOLD[tx.get_bind().dialect.name]
    hold_id: int | None = tx.execute(statement, {**values, "state": "open", "given_back": 0}).scalar_one_or_none()
    if hold_id is None:
        raise AlreadyPosted
    expire_over(tx, member_id, today, now)
    shares = soonest_first(spendable(tx, member_id), points)
    legs = Legs(active=-points, held=points)
    movement_id = post(tx, Act(member_id, f"{kind}.held", hold_id, today, now, {"cause": cause_id}), legs)
    touch_lots(tx, movement_id, [Change(lot_id, active=-part, held=part) for lot_id, part in shares])
    move_balance(tx, member_id, legs)
    return hold_id


def spend_hold(tx: Transaction, hold_id: int, today: date, now: datetime) -> None:
    """Spend what a hold set aside. Raises `HoldEnded` when it was spent or released before."""
    held = _lock_hold(tx, hold_id)
    _end(tx, hold_id, "spent", now)
    legs = Legs(held=-held.points, redeemed=held.points)
    act = Act(held.member_id, f"{held.kind}.spent", hold_id, today, now, {"cause": held.cause_id})
    movement_id = post(tx, act, legs)
    touch_lots(tx, movement_id, [Change(lot.lot_id, held=-lot.points) for lot in _held_lots(tx, held)])
    move_balance(tx, held.member_id, legs)


def release(tx: Transaction, hold_id: int, today: date, now: datetime) -> None:
    """Return held points to their lots; they pay the debt first. Raises `HoldEnded`.

    Where a lot's last day lies behind, its points come back as a child lot with the same last day, which the next
    night ends: a lot expires once.
    """
    held = _lock_hold(tx, hold_id)
    _end(tx, hold_id, "released", now)
    lots = {lot.lot_id: lot for lot in _held_lots(tx, held)}
    paid_shares = pay_debt((Share(lot.lot_id, lot.points) for lot in lots.values()), _owed(tx, held))
    paid = sum(part for _, part in paid_shares)
    legs = Legs(held=-held.points, active=held.points - paid, debt=paid)
    act = Act(held.member_id, f"{held.kind}.released", hold_id, today, now, {"cause": held.cause_id})
    movement_id = post(tx, act, legs)
    changes = []
    for share, part in paid_shares:
        lot, left = lots[share.lot_id], share.points - part
        needs_child = lot.has_expired or lot.is_elsewhere or is_over(lot.expires_on, today)
        changes.append(Change(lot.lot_id, held=-share.points, active=0 if needs_child else left))
        if needs_child and left:
            bear_lot(tx, movement_id, held.member_id, _child_of(lot, left, lot.expires_on))
    touch_lots(tx, movement_id, changes)
    move_balance(tx, held.member_id, legs)


def give_back(
    tx: Transaction, hold_id: int, points: int, kind: str, cause_id: int, today: date, now: datetime
) -> int | None:
    """Return spent points of a hold to the lots they came from, the last spent first; they pay the debt first.

    Where fewer than 30 days are left, as a child lot with 30 days to live. Returns the movement's id, or None for no
    points. Raises `AlreadyPosted`, and `PointsOutOfRange` for more than was spent.
    """
    if not points:
        return None
    held = _lock_hold(tx, hold_id)
    refuse_repeat(tx, kind, cause_id)
    _count_given_back(tx, hold_id, points)
    lots = {lot.lot_id: lot for lot in _held_lots(tx, held)}
    spent = [Share(lot.lot_id, lot.points) for lot in lots.values()]
    paid_shares = pay_debt(last_spent_first(spent, held.given_back, points), _owed(tx, held))
    paid = sum(part for _, part in paid_shares)
    legs = Legs(redeemed=-points, active=points - paid, debt=paid)
    act = Act(
        held.member_id, kind, cause_id, today, now, {"hold": hold_id, "cause": held.cause_id}, _spending(tx, held)
    )
    movement_id = post(tx, act, legs)
    changes = []
    for share, part in paid_shares:
        lot, left = lots[share.lot_id], share.points - part
        new_last_day = life_after_give_back(lot.expires_on, today)
        if left and (new_last_day or lot.has_expired or lot.is_elsewhere):
            bear_lot(tx, movement_id, held.member_id, _child_of(lot, left, new_last_day or lot.expires_on))
        else:
            changes.append(Change(lot.lot_id, active=left))
    touch_lots(tx, movement_id, changes)
    move_balance(tx, held.member_id, legs)
    return movement_id


def give_back_rest(tx: Transaction, hold_id: int, kind: str, cause_id: int, today: date, now: datetime) -> int | None:
    """The same with all spent points that were not given back before."""
    held = _lock_hold(tx, hold_id)
    return give_back(tx, hold_id, held.points - held.given_back, kind, cause_id, today, now)


def _lock_hold(tx: Transaction, hold_id: int) -> _Hold:
    """The hold, read again under the lock of its member's balance."""
    columns = [HOLDS.c[name] for name in _Hold._fields]
    query = select(*columns).where(HOLDS.c.id == hold_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound
    lock_balance(tx, row.member_id)
    return _Hold(*tx.execute(query).one())


def _end(tx: Transaction, hold_id: int, state: str, now: datetime) -> None:
    ended = update(HOLDS).where(HOLDS.c.id == hold_id, HOLDS.c.state == "open").values(state=state, ended_at=now)
    if cast("CursorResult[tuple[()]]", tx.execute(ended)).rowcount != 1:
        raise HoldEnded


def _count_given_back(tx: Transaction, hold_id: int, points: int) -> None:
    counted = (
        update(HOLDS)
        .where(HOLDS.c.id == hold_id, HOLDS.c.state == "spent", HOLDS.c.given_back + points <= HOLDS.c.points)
        .values(given_back=HOLDS.c.given_back + points)
    )
    if points < 0 or cast("CursorResult[tuple[()]]", tx.execute(counted)).rowcount != 1:
        raise PointsOutOfRange(points)


def _held_lots(tx: Transaction, held: _Hold) -> list[_HeldLot]:
    """What the hold took, in the order of spending."""
    taking, expiry = MOVEMENTS.alias("taking"), MOVEMENTS.alias("expiry")
    query = (
        select(
            LOTS.c.id,
            LOT_ENTRIES.c.held,
            LOTS.c.earned_on,
            LOTS.c.activates_on,
            LOTS.c.expires_on,
            expiry.c.id.is_not(None),
            LOTS.c.member_id != held.member_id,
        )
        .select_from(taking)
        .join(LOT_ENTRIES, LOT_ENTRIES.c.movement_id == taking.c.id)
        .join(LOTS, LOTS.c.id == LOT_ENTRIES.c.lot_id)
        .outerjoin(expiry, (expiry.c.kind == LOT_EXPIRED) & (expiry.c.cause_id == LOTS.c.id))
        .where(taking.c.kind == f"{held.kind}.held", taking.c.cause_id == held.id)
        .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
    )
    return [_HeldLot(*row) for row in tx.execute(query)]


def _spending(tx: Transaction, held: _Hold) -> int:
    spent = select(MOVEMENTS.c.id).where(MOVEMENTS.c.kind == f"{held.kind}.spent", MOVEMENTS.c.cause_id == held.id)
    return int(tx.execute(spent).scalar_one())


def _owed(tx: Transaction, held: _Hold) -> int:
    return -lock_balance(tx, held.member_id).debt


def _child_of(lot: _HeldLot, points: int, expires_on: date | None) -> NewLot:
    return NewLot(points, lot.earned_on, lot.activates_on, expires_on, active=points, parent_id=lot.lot_id)
