"""Points whose cause never was: every movement of it gets its mirror, dated as it was, so that no sum of any period
knows of either. Lots that nobody touched go in sets; those whose points were spent or moved, one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, func, select, text, update

from club.database import Transaction, is_sqlite
from club.intake.bulk import chosen, insert_many, reserve_ids
from club.points.models import BALANCES, LOT_ENTRIES, LOTS, MOVEMENTS
from club.points.rules import Legs, Share, take_back
from club.points.service.posting import (
    LOT_EXPIRED,
    Act,
    Change,
    expire_over,
    lock_balance,
    move_balance,
    post,
    spendable,
    touch_lots,
)

PURCHASE_REVERSED = "purchase.reversed"
EARNING_UNDONE, EXPIRY_UNDONE, REVERSAL_UNDONE = "earning.undone", "expiry.undone", "reversal.undone"
_MOVED = (
    "id", "member_id", "kind", "cause_id", "dated_on", "posted_at", "active", "pending", "held", "debt", "issued",
    "redeemed", "expired", "reversed", "adjusted", "undoes_id",
)  # fmt: skip
_ENTERED = ("movement_id", "lot_id", "pending", "active", "held")
_EMPTY_ON_SQLITE = "UPDATE points_lot SET active = 0, pending = 0 WHERE id = ?"
_LESS_ON_SQLITE = "UPDATE points_balance SET active = active - ?, pending = pending - ? WHERE member_id = ?"
_LESS_ON_POSTGRESQL = text(
    "UPDATE points_balance AS b SET active = b.active - less.active, pending = b.pending - less.pending"
    " FROM unnest(CAST(:active AS bigint[]), CAST(:pending AS bigint[]), CAST(:members AS bigint[]))"
    " AS less(active, pending, member_id) WHERE b.member_id = less.member_id"
)


class _End(NamedTuple):
    """A movement by which points left their lot for good: they expired, or their goods came back."""

    movement_id: int
    kind: str
    """Of its mirror."""
    cause_id: int
    lot_id: int
    dated_on: date
    undoes_id: int
    """What the mirror names as undone: the expiry, or what the reversal had taken back."""
    amount: int
    pending: int
    active: int
    """What it took from this lot: above zero."""

    @property
    def legs(self) -> Legs:
        """Of its mirror."""
        if self.kind == EXPIRY_UNDONE:
            return Legs(active=self.active, expired=-self.amount)
        return Legs(pending=self.pending, active=self.active, reversed=-self.amount)


@dataclass
class _Lot:
    """A lot, the movement that made it, and how its points left it."""

    id: int
    member_id: int
    points: int
    pending: int
    active: int
    movement_id: int
    dated_on: date
    ends: list[_End] = field(default_factory=list)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing left it but by its ends, and they took from nowhere else."""
        is_own = all(end.pending + end.active == end.amount for end in self.ends)
        return is_own and self.pending + self.active + sum(end.amount for end in self.ends) == self.points

    @property
    def last_legs(self) -> Legs:
        """Of the mirror of its beginning, once its ends are undone."""
        pending = self.pending + sum(end.pending for end in self.ends)
        active = self.active + sum(end.active for end in self.ends)
        return Legs(pending=-pending, active=-active, issued=self.points)


def undo_earned(tx: Transaction, kind: str, cause_ids: Sequence[int], today: date, now: datetime) -> int:
    """Take back all that these causes earned, as if they had never been; returns how many lots there were.

    Returns of what they were go with them. What was spent meanwhile is taken from other points of the member; the rest
    becomes a debt.
    """
    _lock(tx, {lot.member_id for lot in _lots_of(tx, kind, cause_ids)})
    lots = _lots_of(tx, kind, cause_ids)
    for member_id in sorted({lot.member_id for lot in lots if not lot.is_untouched}):
        expire_over(tx, member_id, today, now)
    lots = _lots_of(tx, kind, cause_ids)
    _undo_untouched(tx, [lot for lot in lots if lot.is_untouched], now)
    for lot in lots:
        if not lot.is_untouched:
            _undo_touched(tx, lot, now)
    return len(lots)


def undo_reversal(tx: Transaction, kind: str, cause_id: int, points: int, now: datetime) -> None:
    """Let a return never have been: what it took goes back where it came from. `points` are what its goods had earned.

    What went to a lot that has ended meanwhile ends with it; a credit pays a debt first, as every credit does.
    """
    undone = MOVEMENTS.alias("undone")
    reversal = tx.execute(
        select(MOVEMENTS)
        .outerjoin(undone, (undone.c.kind == REVERSAL_UNDONE) & (undone.c.cause_id == MOVEMENTS.c.cause_id))
        .where(MOVEMENTS.c.kind == kind, MOVEMENTS.c.cause_id == cause_id, undone.c.id.is_(None))
    ).one_or_none()
    if reversal is None:
        return
    have = lock_balance(tx, reversal.member_id)
    tx.execute(
        update(LOTS).where(LOTS.c.movement_id == reversal.undoes_id).values(taken_back=LOTS.c.taken_back - points)
    )
    changes, ended = _given_again(tx, reversal.id)
    owed = -have.debt
    credited = sum(change.active for change in changes)
    own_debt = min(-reversal.debt, owed)
    spare = -reversal.debt - own_debt
    if spare:
        own = tx.execute(select(LOTS.c.id).where(LOTS.c.movement_id == reversal.undoes_id)).scalar_one()
        changes = [*changes, Change(own, active=spare)]
        credited += spare
    changes, paid = _after_debt(changes, min(credited, owed - own_debt))
    legs = Legs(
        active=credited - paid,
        pending=sum(change.pending for change in changes),
        debt=own_debt + paid,
        expired=ended,
        reversed=-reversal.reversed,
    )
    act = Act(reversal.member_id, REVERSAL_UNDONE, cause_id, reversal.dated_on, now, undoes_id=reversal.undoes_id)
    touch_lots(tx, post(tx, act, legs), _one_each(changes))
    move_balance(tx, reversal.member_id, legs)


def _given_again(tx: Transaction, movement_id: int) -> tuple[list[Change], int]:
    """What a reversal took from lots, turned round, and how much of it was in lots that have ended since."""
    expiry, undone = MOVEMENTS.alias("expiry"), MOVEMENTS.alias("undone")
    rows = tx.execute(
        select(
            LOT_ENTRIES.c.lot_id,
            LOT_ENTRIES.c.pending,
            LOT_ENTRIES.c.active,
            (expiry.c.id.is_not(None) & undone.c.id.is_(None)).label("has_ended"),
        )
        .outerjoin(expiry, (expiry.c.kind == LOT_EXPIRED) & (expiry.c.cause_id == LOT_ENTRIES.c.lot_id))
        .outerjoin(undone, (undone.c.kind == EXPIRY_UNDONE) & (undone.c.cause_id == LOT_ENTRIES.c.lot_id))
        .where(LOT_ENTRIES.c.movement_id == movement_id)
        .order_by(LOT_ENTRIES.c.lot_id)
    ).all()
    living = [Change(row.lot_id, -row.pending, -row.active) for row in rows if not row.has_ended]
    return living, sum(-row.active - row.pending for row in rows if row.has_ended)


def _after_debt(changes: Sequence[Change], paid: int) -> tuple[list[Change], int]:
    """The changes with what pays a debt taken off, from the first on."""
    left, after = paid, []
    for change in changes:
        part = min(left, change.active)
        left -= part
        after.append(change._replace(active=change.active - part))
    return after, paid


def _one_each(changes: Iterable[Change]) -> list[Change]:
    """One change a lot."""
    joined: dict[int, Change] = {}
    for change in changes:
        before = joined.get(change.lot_id, Change(change.lot_id))
        joined[change.lot_id] = before._replace(
            pending=before.pending + change.pending, active=before.active + change.active
        )
    return list(joined.values())


def _lots_of(tx: Transaction, kind: str, cause_ids: Sequence[int]) -> list[_Lot]:
    undone = MOVEMENTS.alias("undone")
    rows = tx.execute(
        select(
            LOTS.c.id, LOTS.c.member_id, LOTS.c.points, LOTS.c.pending, LOTS.c.active, MOVEMENTS.c.id,
            MOVEMENTS.c.dated_on,
        )
        .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
        .outerjoin(undone, (undone.c.kind == EARNING_UNDONE) & (undone.c.cause_id == LOTS.c.id))
        .where(
            MOVEMENTS.c.kind == kind,
            MOVEMENTS.c.cause_id.in_(chosen(tx, cause_ids, BigInteger())),
            LOTS.c.parent_id.is_(None),
            undone.c.id.is_(None),
        )
        .order_by(LOTS.c.id)
    )  # fmt: skip
    lots = {row[0]: _Lot(*row) for row in rows}
    for end in (*_expiries(tx, lots), *_reversals(tx, lots)):
        lots[end.lot_id].ends.append(end)
    return list(lots.values())


def _expiries(tx: Transaction, lots: Iterable[int]) -> list[_End]:
    move, undone = MOVEMENTS.c, MOVEMENTS.alias("undone")
    rows = tx.execute(
        select(move.id, move.cause_id, move.dated_on, move.expired)
        .outerjoin(undone, (undone.c.kind == EXPIRY_UNDONE) & (undone.c.cause_id == move.cause_id))
        .where(move.kind == LOT_EXPIRED, move.cause_id.in_(chosen(tx, lots, BigInteger())), undone.c.id.is_(None))
    )
    return [_End(id_, EXPIRY_UNDONE, lot, lot, day, id_, points, 0, points) for id_, lot, day, points in rows]


def _reversals(tx: Transaction, lots: Iterable[int]) -> list[_End]:
    """What returns took back of the points of these lots; how much of it from the lot itself."""
    move, undone = MOVEMENTS.c, MOVEMENTS.alias("undone")
    entry = LOT_ENTRIES.c
    rows = tx.execute(
        select(
            move.id, move.cause_id, LOTS.c.id, move.dated_on, move.undoes_id, move.reversed,
            func.coalesce(-entry.pending, 0), func.coalesce(-entry.active, 0),
        )
        .select_from(LOTS)
        .join(MOVEMENTS, move.undoes_id == LOTS.c.movement_id)
        .outerjoin(LOT_ENTRIES, (entry.movement_id == move.id) & (entry.lot_id == LOTS.c.id))
        .outerjoin(undone, (undone.c.kind == REVERSAL_UNDONE) & (undone.c.cause_id == move.cause_id))
        .where(LOTS.c.id.in_(chosen(tx, lots, BigInteger())), move.reversed > 0, undone.c.id.is_(None))
    )  # fmt: skip
    return [_End(row[0], REVERSAL_UNDONE, *row[1:]) for row in rows]


def _lock(tx: Transaction, member_ids: set[int]) -> None:
    tx.execute(
        select(BALANCES.c.member_id)
        .where(BALANCES.c.member_id.in_(chosen(tx, sorted(member_ids), BigInteger())))
        .order_by(BALANCES.c.member_id)
        .with_for_update()
    ).all()


def _undo_untouched(tx: Transaction, lots: Sequence[_Lot], now: datetime) -> None:
    """For each lot: its ends are taken back first, then its beginning."""
    mirrors: list[tuple[_Lot, str, int, date, int, Legs]] = []
    for lot in lots:
        mirrors += [(lot, end.kind, end.cause_id, end.dated_on, end.undoes_id, end.legs) for end in lot.ends]
        mirrors.append((lot, EARNING_UNDONE, lot.id, lot.dated_on, lot.movement_id, lot.last_legs))
    if not mirrors:
        return
    ids = reserve_ids(tx, MOVEMENTS, len(mirrors))
    insert_many(
        tx,
        MOVEMENTS,
        _MOVED,
        [
            (
                number, lot.member_id, kind, cause_id, day, now, legs.active, legs.pending, 0, 0, legs.issued, 0,
                legs.expired, legs.reversed, 0, undoes_id,
            )
            for number, (lot, kind, cause_id, day, undoes_id, legs) in zip(ids, mirrors, strict=True)
        ],
    )  # fmt: skip
    entries = [(number, mirror[0].id, mirror[5].pending, mirror[5].active, 0)
               for number, mirror in zip(ids, mirrors, strict=True)]  # fmt: skip
    insert_many(tx, LOT_ENTRIES, _ENTERED, entries)
    _empty(tx, [lot.id for lot in lots])
    _lower(tx, lots)


def _empty(tx: Transaction, lot_ids: Sequence[int]) -> None:
    if is_sqlite(tx):
        tx.connection().exec_driver_sql(_EMPTY_ON_SQLITE, [(lot_id,) for lot_id in lot_ids])
    else:
        tx.execute(update(LOTS).where(LOTS.c.id.in_(chosen(tx, lot_ids, BigInteger()))).values(active=0, pending=0))


def _lower(tx: Transaction, lots: Iterable[_Lot]) -> None:
    less: dict[int, tuple[int, int]] = {}
    for lot in lots:
        active, pending = less.get(lot.member_id, (0, 0))
        less[lot.member_id] = (active + lot.active, pending + lot.pending)
    if is_sqlite(tx):
        rows = [(active, pending, member_id) for member_id, (active, pending) in less.items()]
        tx.connection().exec_driver_sql(_LESS_ON_SQLITE, rows)
        return
    tx.execute(
        _LESS_ON_POSTGRESQL,
        {
            "active": [active for active, _ in less.values()],
            "pending": [pending for _, pending in less.values()],
            "members": list(less),
        },
    )


def _undo_touched(tx: Transaction, lot: _Lot, now: datetime) -> None:
    """A lot of which something was spent, held, or paid a debt: other points stand in for it, then a debt."""
    for end in lot.ends:
        if end.kind == EXPIRY_UNDONE:
            act = Act(lot.member_id, end.kind, end.cause_id, end.dated_on, now, undoes_id=end.undoes_id)
            touch_lots(tx, post(tx, act, end.legs), [Change(lot.id, active=end.active)])
            move_balance(tx, lot.member_id, end.legs)
    for end in lot.ends:
        if end.kind == REVERSAL_UNDONE:
            undo_reversal(tx, PURCHASE_REVERSED, end.cause_id, 0, now)
    own = tx.execute(select(LOTS.c.pending, LOTS.c.active).where(LOTS.c.id == lot.id)).one()
    others: list[Share] = [share for share in spendable(tx, lot.member_id) if share.lot_id != lot.id]
    taken = take_back(lot.points, own.pending, own.active, others)
    legs = Legs(
        pending=-taken.pending,
        active=-taken.active - sum(share.points for share in taken.others),
        debt=-taken.debt,
        issued=lot.points,
    )
    act = Act(lot.member_id, EARNING_UNDONE, lot.id, lot.dated_on, now, undoes_id=lot.movement_id)
    changes = [Change(lot.id, pending=-taken.pending, active=-taken.active)]
    changes += [Change(share.lot_id, active=-share.points) for share in taken.others]
    touch_lots(tx, post(tx, act, legs), changes)
    move_balance(tx, lot.member_id, legs)
