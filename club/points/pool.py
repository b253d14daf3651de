"""What a household's members may spend of each other; lots stay their member's (docs/decisions/0034-household.md)."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from club.database import Transaction
from club.errors import NotFound
from club.household.models import SHARERS, lock_household_of, sharers
from club.points.models import BALANCES, LOTS, STILL_ACTIVE, balance_of
from club.points.rules import Share
from club.programme.models import find_club


class Lent(NamedTuple):
    """Points of another one of the household that a member may spend."""

    member_id: int
    points: int


class OwnedLot(NamedTuple):
    """Active points of one lot, and whose they are."""

    share: Share
    member_id: int


def lent_to(db: Session, member_id: int, today: date) -> list[Lent]:
    """What each of the others lends to a member today; nothing, and no question, where the club has no households."""
    if not _has_households(db):
        return []
    lives = or_(LOTS.c.expires_on.is_(None), LOTS.c.expires_on >= today)
    rows = db.execute(
        select(LOTS.c.member_id, func.sum(LOTS.c.active))
        .where(LOTS.c.member_id.in_(SHARERS.order_by(None)), STILL_ACTIVE, lives)
        .group_by(LOTS.c.member_id)
        .order_by(LOTS.c.member_id),
        {"spender": member_id, "shared_on": today},
    )
    return [Lent(one, int(points)) for one, points in rows]


def may_spend(db: Session, member_id: int, today: date) -> int:
    """Points that a member may spend today: the own and those of the household. Raises `NotFound` without account."""
    return balance_of(db, member_id, today).active + sum(lent.points for lent in lent_to(db, member_id, today))


def lock_pool(tx: Transaction, member_id: int, today: date) -> list[int]:
    """Hold the household, then the balances of all whose points a member may spend; the others, by id.

    The household comes before balances, and balances follow their ids, so that two of a household who spend at once
    wait for each other and never in a circle. Whoever holds a balance before asks for this first. Raises `NotFound`
    for who has no account.
    """
    others = []
    if _has_households(tx) and lock_household_of(tx, member_id) is not None:
        others = sharers(tx, member_id, today)
    held = lock_balances(tx, [member_id, *others])
    if member_id not in held:
        raise NotFound
    return [one for one in others if one in held]


def lock_shared(tx: Transaction, member_id: int, today: date) -> None:
    """`lock_pool` for whoever will hold this member's balance alone before spending; no question without households."""
    if _has_households(tx):
        lock_pool(tx, member_id, today)


def lock_balances(tx: Transaction, member_ids: list[int]) -> set[int]:
    """Hold those that there are, in the order of their ids: an account may just have become part of another."""
    balances = select(BALANCES.c.member_id).where(BALANCES.c.member_id.in_(member_ids))
    return set(tx.scalars(balances.order_by(BALANCES.c.member_id).with_for_update()))


def spendable_of(tx: Transaction, member_ids: list[int]) -> list[OwnedLot]:
    """Active lots of several members as one row of lots: soonest expiry, earned first, lowest id."""
    rows = tx.execute(
        select(LOTS.c.id, LOTS.c.active, LOTS.c.member_id)
        .where(LOTS.c.member_id.in_(member_ids), STILL_ACTIVE)
        .order_by(LOTS.c.expires_on.asc().nulls_last(), LOTS.c.earned_on, LOTS.c.id)
    )
    return [OwnedLot(Share(lot_id, active), member_id) for lot_id, active, member_id in rows]


def _has_households(db: Session) -> bool:
    club = find_club(db)
    return club is not None and club.households_allowed
