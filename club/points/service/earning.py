"""Points come: an account is opened, points are earned, their dates become known."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import Transaction
from club.errors import NotFound
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.rules import Earned, Legs, is_over
from club.points.service.posting import Act, NewLot, bear_lot, lock_balance, lock_holder, move_balance, post

_OPEN = {
    "sqlite": sqlite.insert(BALANCES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(BALANCES).on_conflict_do_nothing(),
}


def open_account(tx: Transaction, member_id: int) -> None:
    """Give a member a balance of nothing; who has one keeps it."""
    values = {"member_id": member_id, "active": 0, "pending": 0, "held": 0, "debt": 0}
    tx.execute(_OPEN[tx.get_bind().dialect.name], values)


def earn(tx: Transaction, earned: Earned, today: date, now: datetime) -> int | None:
    """Post earned points and return the movement's id, or None for no points.

    Points whose day has come are active at once and pay the debt first, unless they are over already; others wait.
    Raises `AlreadyPosted`.
    """
    if not earned.points:
        return None
    is_active = earned.is_active_on(today)
    owed = 0
    if is_active:
        balance = lock_balance(tx, earned.member_id)
        owed = 0 if is_over(earned.expires_on, today) else -balance.debt
    paid = min(owed, earned.points)
    legs = (
        Legs(active=earned.points - paid, debt=paid, issued=-earned.points)
        if is_active
        else Legs(pending=earned.points, issued=-earned.points)
    )
    act = Act(earned.member_id, earned.kind, earned.cause_id, earned.dated_on, now, earned.why)
    movement_id = post(tx, act, legs)
    lot = NewLot(
        points=earned.points,
        pending=legs.pending,
        active=legs.active,
        earned_on=earned.dated_on,
        activates_on=earned.activates_on,
        expires_on=earned.expires_on,
    )
    bear_lot(tx, movement_id, earned.member_id, lot)
    move_balance(tx, earned.member_id, legs)
    return movement_id


def set_dates(
    tx: Transaction, earned_kind: str, earned_cause_id: int, activates_on: date, expires_on: date | None
) -> bool:
    """Give a lot its dates once they are known, say at delivery; the night of `activates_on` activates it.

    False, and nothing happens, where they were known already: a lot's dates never move. Raises `NotFound`.
    """
    earning = select(MOVEMENTS.c.id, MOVEMENTS.c.member_id).where(
        MOVEMENTS.c.kind == earned_kind, MOVEMENTS.c.cause_id == earned_cause_id
    )
    found = tx.execute(earning).one_or_none()
    if found is None:
        raise NotFound
    lock_holder(tx, found.member_id)
    family = select(LOTS.c.id).where(LOTS.c.movement_id == found.id).cte("family", recursive=True)
    family = family.union_all(select(LOTS.c.id).join(family, LOTS.c.parent_id == family.c.id))
    lot_ids = tx.scalars(select(family.c.id)).all()
    dated = (
        update(LOTS)
        .where(LOTS.c.id.in_(lot_ids), LOTS.c.activates_on.is_(None))
        .values(activates_on=activates_on, expires_on=expires_on)
    )
    return cast("CursorResult[tuple[()]]", tx.execute(dated)).rowcount > 0
