"""A record becomes part of another: its points move lot by lot, each with its own days, and a debt with them.

One movement takes everything out, one brings it in, under the id of the merge; both are undone by a pair of their own.
What moves in is a child of the lot that it came from, so that what is known of a lot (its expiry, its goods that came
back) is still known of its points. Whoever gave their account away has no balance: nobody can earn or spend there.
"""

from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select, update

from club.database import Transaction
from club.errors import NotFound, PointsMovedSince, PointsSetAside
from club.members.models import Person
from club.points.models import BALANCES, LOT_ENTRIES, LOTS, MOVEMENTS
from club.points.rules import Legs, Share, pay_debt, soonest_first
from club.points.service.earning import open_account
from club.points.service.posting import (
    LOT_EXPIRED,
    MERGED_IN,
    MERGED_OUT,
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
from club.points.service.reversing import reverse

PARTED_OUT, PARTED_IN = "unmerge.out", "unmerge.in"
BONUS, BONUS_REVERSED, BONUS_RESTORED = "join.earned", "join.reversed", "join.restored"
_BY_TIME = ("lot.activated", LOT_EXPIRED)


class Accounts(NamedTuple):
    """Whose points move, and to whom, under which merge."""

    from_id: int
    to_id: int
    merge_id: int


class _Lot(NamedTuple):
    id: int
    pending: int
    active: int
    earned_on: date
    activates_on: date | None
    expires_on: date | None


class _Came(NamedTuple):
    """A lot that came with a merge: what it holds now, and what it should hold if only time had passed."""

    id: int
    parent_id: int
    pending: int
    active: int
    untouched: int


class _Moved(NamedTuple):
    id: int
    debt: int


def lock_both(tx: Transaction, one_id: int, other_id: int) -> None:
    """Hold both balances, in the order that everybody keeps. Raises `NotFound` for who has none."""
    for member_id in sorted((one_id, other_id)):
        lock_balance(tx, member_id)


def lock_those_with_one(tx: Transaction, one_id: int, other_id: int) -> set[int]:
    """Hold the balances of those of the two who have one, in the order that everybody keeps; whose they are."""
    have = set()
    for member_id in sorted((one_id, other_id)):
        with suppress(NotFound):
            lock_balance(tx, member_id)
            have.add(member_id)
    return have


def take_back_second_bonus(tx: Transaction, who: Accounts, today: date, now: datetime) -> int:
    """Of two bonuses for joining one stays: take the one of `from_id` back; how many points that was."""
    if not _bonus_left(tx, who.to_id):
        return 0
    points = _bonus_left(tx, who.from_id)
    why = {"merge": who.merge_id}
    reverse(tx, BONUS, who.from_id, points, BONUS_REVERSED, who.merge_id, today, today, now, why)
    return points


def move_account(tx: Transaction, who: Accounts, today: date, now: datetime) -> None:
    """Move everything and close the account of `from_id`; both balances are locked. Raises `PointsSetAside`.

    What arrives pays a debt of `to_id` first, and a debt that arrives is paid from what `to_id` has.
    """
    for member_id in who[:2]:
        expire_over(tx, member_id, today, now)
    have, receiver = lock_balance(tx, who.from_id), lock_balance(tx, who.to_id)
    if have.held or receiver.held:
        raise PointsSetAside
    if have.active or have.pending or have.debt:
        _move(tx, who, _lots_of(tx, who.from_id), -have.debt, -receiver.debt, today, now)
    tx.execute(delete(BALANCES).where(BALANCES.c.member_id == who.from_id))


def move_back(tx: Transaction, who: Accounts, today: date, now: datetime) -> None:
    """Open the account of `from_id` again and give it what came from there, as time has left it.

    `to_id` keeps what it got since. Raises `PointsMovedSince` when points that came were spent, taken or paid a debt.
    """
    open_account(tx, who.from_id)
    lock_both(tx, who.from_id, who.to_id)
    _refuse_taken_back_since(tx, who)
    out, came_in = _movement(tx, MERGED_OUT, who.merge_id), _movement(tx, MERGED_IN, who.merge_id)
    if out is not None and came_in is not None:
        if (out.debt or came_in.debt) and _anything_since(tx, who.to_id, came_in.id):
            raise PointsMovedSince
        expire_over(tx, who.to_id, today, now)
        _move_back(tx, who, out, came_in, today, now)
    _restore_bonus(tx, who, today, now)
    expire_over(tx, who.from_id, today, now)


def _move(
    tx: Transaction, who: Accounts, lots: list[_Lot], owed: int, receiver_owes: int, today: date, now: datetime
) -> None:
    pending, active = sum(lot.pending for lot in lots), sum(lot.active for lot in lots)
    worth = pending + active - owed
    out = Legs(active=-active, pending=-pending, debt=owed, adjusted=worth)
    out_id = post(tx, Act(who.from_id, MERGED_OUT, who.merge_id, today, now, {"into": who.to_id}), out)
    touch_lots(tx, out_id, [Change(lot.id, pending=-lot.pending, active=-lot.active) for lot in lots])
    move_balance(tx, who.from_id, out)

    paid = {share.lot_id: part for share, part in pay_debt((Share(lot.id, lot.active) for lot in lots), receiver_owes)}
    own = spendable(tx, who.to_id)
    taken = soonest_first(own, min(owed, sum(share.points for share in own)))
    settled = sum(paid.values()) + sum(share.points for share in taken)
    came = Legs(active=active - settled, pending=pending, debt=settled - owed, adjusted=-worth)
    in_id = post(tx, Act(who.to_id, MERGED_IN, who.merge_id, today, now, {"from": who.from_id}), came)
    for lot in lots:
        left = lot.active - paid[lot.id]
        if lot.pending or left:
            child = NewLot(
                points=lot.pending + left,
                pending=lot.pending,
                active=left,
                earned_on=lot.earned_on,
                activates_on=lot.activates_on,
                expires_on=lot.expires_on,
                parent_id=lot.id,
            )
            bear_lot(tx, in_id, who.to_id, child)
    touch_lots(tx, in_id, [Change(share.lot_id, active=-share.points) for share in taken])
    move_balance(tx, who.to_id, came)


def _move_back(tx: Transaction, who: Accounts, out: _Moved, came_in: _Moved, today: date, now: datetime) -> None:
    """The lots that came give what they hold to the lots that they came from; what was settled is unsettled."""
    came = _came(tx, came_in.id)
    if any(lot.pending + lot.active != lot.untouched for lot in came) or _paid_a_debt(tx, [lot.id for lot in came]):
        raise PointsMovedSince
    given = {lot.parent_id: Change(lot.parent_id, pending=lot.pending, active=lot.active) for lot in came}
    if came_in.debt or out.debt:  # nothing has happened since, so every lot gets what it gave
        given = {lot_id: Change(lot_id, pending, active) for lot_id, pending, active in _gave(tx, out.id)}
    own = _taken_from_own(tx, came_in.id)
    pending, active = sum(change.pending for change in given.values()), sum(change.active for change in given.values())
    worth = pending + active - out.debt
    legs = Legs(
        active=sum(own.values()) - sum(lot.active for lot in came),
        pending=-pending,
        debt=-came_in.debt,
        adjusted=worth,
    )
    out_id = post(tx, Act(who.to_id, PARTED_OUT, who.merge_id, today, now, {"into": who.from_id}), legs)
    emptied = [Change(lot.id, pending=-lot.pending, active=-lot.active) for lot in came]
    touch_lots(tx, out_id, [*emptied, *(Change(lot_id, active=points) for lot_id, points in own.items())])
    move_balance(tx, who.to_id, legs)

    back = Legs(active=active, pending=pending, debt=-out.debt, adjusted=-worth)
    in_id = post(tx, Act(who.from_id, PARTED_IN, who.merge_id, today, now, {"from": who.to_id}), back)
    touch_lots(tx, in_id, given.values())
    move_balance(tx, who.from_id, back)


def _restore_bonus(tx: Transaction, who: Accounts, today: date, now: datetime) -> None:
    """Give the second bonus for joining back: the movement that took it, turned round."""
    legs = ("active", "pending", "debt", "reversed")
    row = tx.execute(
        select(MOVEMENTS.c.id, MOVEMENTS.c.undoes_id, MOVEMENTS.c.why, *(MOVEMENTS.c[name] for name in legs)).where(
            MOVEMENTS.c.kind == BONUS_REVERSED, MOVEMENTS.c.cause_id == who.merge_id
        )
    ).one_or_none()
    if row is None:
        return
    turned = Legs(**{name: -row._mapping[name] for name in legs})
    act = Act(who.from_id, BONUS_RESTORED, who.merge_id, today, now, {"merge": who.merge_id}, undoes_id=row.undoes_id)
    movement_id = post(tx, act, turned)
    touch_lots(tx, movement_id, [Change(lot_id, -pending, -active) for lot_id, pending, active in _did(tx, row.id)])
    asked = int(row.why["asked"])
    tx.execute(
        update(LOTS)
        .where(LOTS.c.movement_id == row.undoes_id, LOTS.c.parent_id.is_(None))
        .values(taken_back=LOTS.c.taken_back - asked)
    )
    move_balance(tx, who.from_id, turned)


# --- what is asked


def _bonus_left(tx: Transaction, member_id: int) -> int:
    """Points of a member's bonus for joining that were not taken back."""
    left = (
        select(LOTS.c.points - LOTS.c.taken_back)
        .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
        .where(MOVEMENTS.c.kind == BONUS, MOVEMENTS.c.cause_id == member_id, LOTS.c.parent_id.is_(None))
    )
    return tx.execute(left).scalar_one_or_none() or 0


def _lots_of(tx: Transaction, member_id: int) -> list[_Lot]:
    """Lots in which something lives, in the order in which they are spent."""
    lives = or_(LOTS.c.active > 0, LOTS.c.pending > 0)
    rows = tx.execute(
        select(*(LOTS.c[name] for name in _Lot._fields))
        .where(LOTS.c.member_id == member_id, lives)
        .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
    )
    return [_Lot(*row) for row in rows]


def _movement(tx: Transaction, kind: str, merge_id: int) -> _Moved | None:
    found = select(MOVEMENTS.c.id, MOVEMENTS.c.debt).where(MOVEMENTS.c.kind == kind, MOVEMENTS.c.cause_id == merge_id)
    row = tx.execute(found).one_or_none()
    return None if row is None else _Moved(*row)


def _refuse_taken_back_since(tx: Transaction, who: Accounts) -> None:
    """Goods that `from_id` bought and that came back while `to_id` had the points cannot be told apart any more."""
    merged = select(Person.id).where(Person.id == who.from_id).cte("merged", recursive=True)
    merged = merged.union_all(select(Person.id).join(merged, Person.merged_into == merged.c.id))
    earlier = MOVEMENTS.alias("earlier")
    since = (
        select(MOVEMENTS.c.id)
        .join(earlier, earlier.c.id == MOVEMENTS.c.undoes_id)
        .where(MOVEMENTS.c.member_id == who.to_id, earlier.c.member_id.in_(select(merged.c.id)))
    )
    if tx.execute(since.limit(1)).first():
        raise PointsMovedSince


def _anything_since(tx: Transaction, member_id: int, movement_id: int) -> bool:
    later = select(MOVEMENTS.c.id).where(MOVEMENTS.c.member_id == member_id, MOVEMENTS.c.id > movement_id)
    return tx.execute(later.limit(1)).first() is not None


def _came(tx: Transaction, in_id: int) -> list[_Came]:
    """The lots that a merge made, beside what time alone would have left of them."""
    expired = select(func.coalesce(func.sum(MOVEMENTS.c.expired), 0)).where(
        MOVEMENTS.c.kind == LOT_EXPIRED, MOVEMENTS.c.cause_id == LOTS.c.id
    )
    untouched = LOTS.c.points - expired.scalar_subquery()
    rows = tx.execute(
        select(LOTS.c.id, LOTS.c.parent_id, LOTS.c.pending, LOTS.c.active, untouched)
        .where(LOTS.c.movement_id == in_id)
        .order_by(LOTS.c.id)
    )
    return [_Came(*row) for row in rows]


def _paid_a_debt(tx: Transaction, lot_ids: list[int]) -> bool:
    paid = select(MOVEMENTS.c.id).where(
        MOVEMENTS.c.kind.in_(_BY_TIME), MOVEMENTS.c.cause_id.in_(lot_ids), MOVEMENTS.c.debt != 0
    )
    return tx.execute(paid.limit(1)).first() is not None


def _did(tx: Transaction, movement_id: int) -> list[tuple[int, int, int]]:
    """What a movement did to lots that were there: lot, pending, active."""
    rows = tx.execute(
        select(LOT_ENTRIES.c.lot_id, LOT_ENTRIES.c.pending, LOT_ENTRIES.c.active)
        .where(LOT_ENTRIES.c.movement_id == movement_id)
        .order_by(LOT_ENTRIES.c.lot_id)
    )
    return [(row.lot_id, row.pending, row.active) for row in rows]


def _gave(tx: Transaction, out_id: int) -> list[tuple[int, int, int]]:
    return [(lot_id, -pending, -active) for lot_id, pending, active in _did(tx, out_id)]


def _taken_from_own(tx: Transaction, in_id: int) -> dict[int, int]:
    return {lot_id: -active for lot_id, _, active in _did(tx, in_id)}
