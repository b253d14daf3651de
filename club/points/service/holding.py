"""Points are set aside for something unfinished, then spent or released; spent points can be given back.

One hold answers for one cause. What it takes from others of the household is held in parts of their own: each part
touches only its giver's lots and balance, and ends together with the hold that it belongs to.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import Transaction
from club.errors import AlreadyPosted, HoldEnded, PointsOutOfRange
from club.intake.bulk import reserve_ids
from club.points.models import HOLDS, PART_BACKS
from club.points.pool import lock_pool, spendable_of
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
from club.points.service.held import Held, HeldLot, held_lots, in_turn, lock_hold, spending_of
from club.points.service.posting import (
    Act,
    Change,
    NewLot,
    bear_lot,
    expire_over,
    lock_balance,
    move_balance,
    post,
    refuse_repeat,
    touch_lots,
)

SHARED = "shared"
"""A part of a hold that another one of the household gave; its cause is itself."""
SHARED_BACK = "shared.given_back"
_OPEN_HOLD = {
    "sqlite": sqlite.insert(HOLDS).on_conflict_do_nothing().returning(HOLDS.c.id),
    "postgresql": postgresql.insert(HOLDS).on_conflict_do_nothing().returning(HOLDS.c.id),
}


def hold(
    tx: Transaction,
    member_id: int,
    kind: str,
    cause_id: int,
    points: int,
    today: date,
    now: datetime,
    *,
    alone: bool = False,
) -> int:
    """Set points aside, those that expire first, the household's among them, and return the hold's id.

    `alone`: of the own points only, for what nobody else answers for. What is over of those who give expires first.
    Raises `NotEnoughPoints`, `AlreadyPosted`, `PointsOutOfRange`.
    """
    if not 0 < points <= MOST_POINTS:
        raise PointsOutOfRange(points)
    if alone:
        lock_balance(tx, member_id)
    members = [member_id, *([] if alone else lock_pool(tx, member_id, today))]
    values = {"member_id": member_id, "kind": kind, "cause_id": cause_id, "points": points, "opened_at": now}
    statement = _OPEN_HOLD[tx.get_bind().dialect.name]
    fresh = {**values, "state": "open", "shared": 0, "given_back": 0}
    hold_id: int | None = tx.execute(statement, fresh).scalar_one_or_none()
    if hold_id is None:
        raise AlreadyPosted
    for one in members:
        expire_over(tx, one, today, now)
    lots = spendable_of(tx, members)
    owner = {lot.share.lot_id: lot.member_id for lot in lots}
    given: dict[int, list[Share]] = {member_id: []}
    for share in soonest_first((lot.share for lot in lots), points):
        given.setdefault(owner[share.lot_id], []).append(share)
    shared = points - _sum(given[member_id])
    if shared:
        tx.execute(update(HOLDS).where(HOLDS.c.id == hold_id).values(shared=shared))
    whole = Held(hold_id, member_id, kind, cause_id, points, shared, 0, None)
    _set_aside(tx, whole, whole, given.pop(member_id), today, now)
    for giver_id, part_id in zip(given, reserve_ids(tx, HOLDS, len(given)) if given else (), strict=True):
        part = Held(part_id, giver_id, SHARED, part_id, _sum(given[giver_id]), 0, 0, hold_id)
        tx.execute(insert(HOLDS).values(**part._asdict(), state="open", opened_at=now))
        _set_aside(tx, whole, part, given[giver_id], today, now)
    return hold_id


def spend_hold(tx: Transaction, hold_id: int, today: date, now: datetime) -> None:
    """Spend what a hold set aside. Raises `HoldEnded` when it was spent or released before."""
    whole, parts = lock_hold(tx, hold_id)
    for held in parts:
        _end(tx, held.id, "spent", now)
        legs = Legs(held=-held.own, redeemed=held.own)
        movement_id = post(tx, Act(held.member_id, f"{held.kind}.spent", held.id, today, now, _why(whole, held)), legs)
        touch_lots(tx, movement_id, [Change(lot.lot_id, held=-lot.points) for lot in held_lots(tx, held)])
        move_balance(tx, held.member_id, legs)


def release(tx: Transaction, hold_id: int, today: date, now: datetime) -> None:
    """Return held points to their lots; they pay the debt of their owner first. Raises `HoldEnded`.

    Where a lot's last day lies behind, its points come back as a child lot with the same last day, which the next
    night ends: a lot expires once.
    """
    whole, parts = lock_hold(tx, hold_id)
    for held in parts:
        _release(tx, whole, held, today, now)


def _release(tx: Transaction, whole: Held, held: Held, today: date, now: datetime) -> None:
    _end(tx, held.id, "released", now)
    lots = {lot.lot_id: lot for lot in held_lots(tx, held)}
    paid_shares = pay_debt((Share(lot.lot_id, lot.points) for lot in lots.values()), _owed(tx, held))
    paid = sum(part for _, part in paid_shares)
    legs = Legs(held=-held.own, active=held.own - paid, debt=paid)
    movement_id = post(tx, Act(held.member_id, f"{held.kind}.released", held.id, today, now, _why(whole, held)), legs)
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
    """Return spent points of a hold to the lots they came from, the last spent first; they pay the owner's debt first.

    Where fewer than 30 days are left, as a child lot with 30 days to live. Returns the movement's id, or None for no
    points. Raises `AlreadyPosted`, and `PointsOutOfRange` for more than was spent.
    """
    if not points:
        return None
    whole, parts = lock_hold(tx, hold_id)
    refuse_repeat(tx, kind, cause_id)
    _count_given_back(tx, hold_id, points)
    lots = {part.id: {lot.lot_id: lot for lot in held_lots(tx, part)} for part in parts}
    spent = sorted((lot for of_part in lots.values() for lot in of_part.values()), key=in_turn)
    coming = last_spent_first([Share(lot.lot_id, lot.points) for lot in spent], whole.given_back, points)
    movement_id = None
    for held in parts:
        shares = [share for share in coming if share.lot_id in lots[held.id]]
        why = {"hold": held.id, **_why(whole, held)}
        if movement_id is None:
            act = Act(held.member_id, kind, cause_id, today, now, why, spending_of(tx, held))
            movement_id = _give_back(tx, act, shares, lots[held.id], _owed(tx, held))
        elif shares:
            _count_given_back(tx, held.id, _sum(shares))
            values = {"hold_id": held.id, "movement_id": movement_id}
            part_back = tx.execute(insert(PART_BACKS).values(**values).returning(PART_BACKS.c.id)).scalar_one()
            act = Act(held.member_id, SHARED_BACK, part_back, today, now, why, spending_of(tx, held))
            _give_back(tx, act, shares, lots[held.id], _owed(tx, held))
    return movement_id


def _give_back(tx: Transaction, act: Act, shares: Sequence[Share], lots: dict[int, HeldLot], owed: int) -> int:
    points, paid_shares = _sum(shares), pay_debt(shares, owed)
    paid = sum(part for _, part in paid_shares)
    legs = Legs(redeemed=-points, active=points - paid, debt=paid)
    movement_id = post(tx, act, legs)
    changes = []
    for share, part in paid_shares:
        lot, left = lots[share.lot_id], share.points - part
        new_last_day = life_after_give_back(lot.expires_on, act.dated_on)
        if left and (new_last_day or lot.has_expired or lot.is_elsewhere):
            bear_lot(tx, movement_id, act.member_id, _child_of(lot, left, new_last_day or lot.expires_on))
        else:
            changes.append(Change(lot.lot_id, active=left))
    touch_lots(tx, movement_id, changes)
    move_balance(tx, act.member_id, legs)
    return movement_id


def give_back_rest(tx: Transaction, hold_id: int, kind: str, cause_id: int, today: date, now: datetime) -> int | None:
    """The same with all spent points that were not given back before."""
    whole, _ = lock_hold(tx, hold_id)
    return give_back(tx, hold_id, whole.points - whole.given_back, kind, cause_id, today, now)


def lock_givers(tx: Transaction, hold_id: int) -> None:
    """Hold the balances of all who gave to a hold, for whoever will hold one of them alone before it ends."""
    lock_hold(tx, hold_id)


def _set_aside(tx: Transaction, whole: Held, held: Held, shares: Sequence[Share], today: date, now: datetime) -> None:
    legs = Legs(active=-held.own, held=held.own)
    movement_id = post(tx, Act(held.member_id, f"{held.kind}.held", held.id, today, now, _why(whole, held)), legs)
    touch_lots(tx, movement_id, [Change(lot_id, active=-part, held=part) for lot_id, part in shares])
    move_balance(tx, held.member_id, legs)


def _why(whole: Held, held: Held) -> dict[str, object]:
    """What the points are for; of a part also who spends them, of a hold with parts how many come from others."""
    why: dict[str, object] = {"cause": whole.cause_id}
    if held.part_of is not None:
        return {**why, "for": whole.kind, "by": whole.member_id}
    return {**why, "shared": whole.shared} if whole.shared else why


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


def _sum(shares: Sequence[Share]) -> int:
    return sum(share.points for share in shares)


def _owed(tx: Transaction, held: Held) -> int:
    return -lock_balance(tx, held.member_id).debt


def _child_of(lot: HeldLot, points: int, expires_on: date | None) -> NewLot:
    return NewLot(points, lot.earned_on, lot.activates_on, expires_on, active=points, parent_id=lot.lot_id)
