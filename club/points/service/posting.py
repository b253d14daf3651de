"""The inner steps of every act: lock the balance, write the movement, touch the lots, move the balance.

The statements are built once: these are the busiest paths of the club.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import CursorResult, Date, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import BigId, Transaction
from club.errors import AlreadyPosted, NotEnoughPoints, NotFound
from club.members.models import Person
from club.points.models import BALANCES, LOT_ENTRIES, LOTS, MOVEMENTS, STILL_ACTIVE
from club.points.rules import Legs, Share

LOT_EXPIRED = "lot.expired"
MERGED_OUT, MERGED_IN = "merge.out", "merge.in"


@dataclass(frozen=True)
class Act:
    """What makes a movement: whose, what, why, when."""

    member_id: int
    kind: str
    cause_id: int
    dated_on: date
    now: datetime
    why: Mapping[str, object] | None = None
    undoes_id: int | None = None


class Change(NamedTuple):
    """What a movement adds to a lot that exists."""

    lot_id: int
    pending: int = 0
    active: int = 0
    held: int = 0


@dataclass(frozen=True)
class NewLot:
    """A lot as it is born."""

    points: int
    earned_on: date
    activates_on: date | None
    expires_on: date | None
    pending: int = 0
    active: int = 0
    parent_id: int | None = None


class Have(NamedTuple):
    """A member's balance."""

    active: int
    pending: int
    held: int
    debt: int


_LOCK = (
    select(BALANCES.c.active, BALANCES.c.pending, BALANCES.c.held, BALANCES.c.debt)
    .where(BALANCES.c.member_id == bindparam("member_id"))
    .with_for_update()
)
_MERGED_INTO = select(Person.merged_into).where(Person.id == bindparam("person_id"))
_TRIES = 3
_POST = {
    "sqlite": sqlite.insert(MOVEMENTS).on_conflict_do_nothing().returning(MOVEMENTS.c.id),
    "postgresql": postgresql.insert(MOVEMENTS).on_conflict_do_nothing().returning(MOVEMENTS.c.id),
}
_BALANCE = BALANCES.c
_MOVE = (
    update(BALANCES)
    .where(
        _BALANCE.member_id == bindparam("of_member"),
        _BALANCE.active >= bindparam("least_active", type_=BigId),
        _BALANCE.pending >= bindparam("least_pending", type_=BigId),
        _BALANCE.held >= bindparam("least_held", type_=BigId),
    )
    .values(
        active=_BALANCE.active + bindparam("more_active", type_=BigId),
        pending=_BALANCE.pending + bindparam("more_pending", type_=BigId),
        held=_BALANCE.held + bindparam("more_held", type_=BigId),
        debt=_BALANCE.debt + bindparam("more_debt", type_=BigId),
    )
)
_TOUCH = (
    update(LOTS)
    .where(LOTS.c.id == bindparam("lot"))
    .values(
        pending=LOTS.c.pending + bindparam("more_pending", type_=BigId),
        active=LOTS.c.active + bindparam("more_active", type_=BigId),
        held=LOTS.c.held + bindparam("more_held", type_=BigId),
    )
)
_ENTER = LOT_ENTRIES.insert()
_BEAR = LOTS.insert()
_SPENDABLE = (
    select(LOTS.c.id, LOTS.c.active)
    .where(LOTS.c.member_id == bindparam("member_id"), STILL_ACTIVE)
    .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
)
_OVER = (
    select(LOTS.c.id, LOTS.c.active, LOTS.c.expires_on, MOVEMENTS.c.dated_on)
    .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
    .where(
        LOTS.c.member_id == bindparam("member_id"),
        STILL_ACTIVE,
        LOTS.c.expires_on < bindparam("today", type_=Date),
    )
    .order_by(LOTS.c.id)
)


def lock_balance(tx: Transaction, member_id: int) -> Have:
    """The member's balance, held until the end of the transaction. Raises `NotFound` for who has none."""
    row = tx.execute(_LOCK, {"member_id": member_id}).one_or_none()
    if row is None:
        raise NotFound
    return Have(*row)


def lock_holder(tx: Transaction, member_id: int) -> int:
    """Whoever has a member's account by now, after merges, with the balance held; raises `NotFound`."""
    for _ in range(_TRIES):  # a merge may come between the look and the lock
        holder = _holder_of(tx, member_id)
        try:
            lock_balance(tx, holder)
        except NotFound:
            continue
        return holder
    raise NotFound


def _holder_of(tx: Transaction, member_id: int) -> int:
    into = tx.execute(_MERGED_INTO, {"person_id": member_id}).scalar_one_or_none()
    return member_id if into is None else _holder_of(tx, into)


def post(tx: Transaction, act: Act, legs: Legs) -> int:
    """Write the movement and return its id. Raises `AlreadyPosted` when this cause did this before."""
    values = {
        "member_id": act.member_id,
        "kind": act.kind,
        "cause_id": act.cause_id,
        "dated_on": act.dated_on,
        "posted_at": act.now,
        "undoes_id": act.undoes_id,
        "why": None if act.why is None else dict(act.why),
        **asdict(legs),
    }
    movement_id: int | None = tx.execute(_POST[tx.get_bind().dialect.name], values).scalar_one_or_none()
    if movement_id is None:
        raise AlreadyPosted
    return movement_id


def refuse_repeat(tx: Transaction, kind: str, cause_id: int) -> None:
    """Raise `AlreadyPosted` when this cause did this before."""
    known = select(MOVEMENTS.c.id).where(MOVEMENTS.c.kind == kind, MOVEMENTS.c.cause_id == cause_id)
    if tx.execute(known).first():
        raise AlreadyPosted


def move_balance(tx: Transaction, member_id: int, legs: Legs) -> None:
    """Add the member's legs to the balance, guarded: no account goes below zero. Raises `NotEnoughPoints`."""
    values = {
        "of_member": member_id,
        "least_active": max(0, -legs.active),
        "least_pending": max(0, -legs.pending),
        "least_held": max(0, -legs.held),
        "more_active": legs.active,
        "more_pending": legs.pending,
        "more_held": legs.held,
        "more_debt": legs.debt,
    }
    moved = cast("CursorResult[tuple[()]]", tx.execute(_MOVE, values))
    if moved.rowcount != 1:
        have = lock_balance(tx, member_id)
        raise NotEnoughPoints(have=have.active, need=-legs.active)


def touch_lots(tx: Transaction, movement_id: int, changes: Iterable[Change]) -> None:
    """Write what the movement does to lots that exist, in the order of their ids."""
    real = sorted(change for change in changes if change.pending or change.active or change.held)
    if not real:
        return
    tx.execute(_ENTER, [{"movement_id": movement_id, **change._asdict()} for change in real])
    tx.execute(
        _TOUCH,
        [
            {"lot": lot_id, "more_pending": pending, "more_active": active, "more_held": held}
            for lot_id, pending, active, held in real
        ],
    )


def bear_lot(tx: Transaction, movement_id: int, member_id: int, lot: NewLot) -> None:
    """Make a lot; the movement's legs are its first values."""
    tx.execute(_BEAR, {"movement_id": movement_id, "member_id": member_id, "held": 0, **vars(lot)})


def spendable(tx: Transaction, member_id: int) -> list[Share]:
    """The member's active lots in the order in which they are spent: soonest expiry, earned first, lowest id."""
    return [Share(*row) for row in tx.execute(_SPENDABLE, {"member_id": member_id})]


def expire_over(tx: Transaction, member_id: int, today: date, now: datetime) -> int:
    """End the lots of one member whose last day lies before today; returns the points. The balance must be locked."""
    lots = tx.execute(_OVER, {"member_id": member_id, "today": today}).all()
    for lot_id, active, last_day, made_on in lots:
        act = Act(member_id, LOT_EXPIRED, lot_id, dated_on=max(last_day, made_on), now=now)
        movement_id = post(tx, act, Legs(active=-active, expired=active))
        touch_lots(tx, movement_id, [Change(lot_id, active=-active)])
    ended: int = sum(lot.active for lot in lots)
    if ended:
        move_balance(tx, member_id, Legs(active=-ended, expired=ended))
    return ended
