"""What a hold took, from whom, and from which lots: read under the locks of all who gave."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select

from club.database import Transaction
from club.errors import NotFound
from club.points.models import HOLDS, LOT_ENTRIES, LOTS, MOVEMENTS
from club.points.pool import lock_balances
from club.points.service.posting import LOT_EXPIRED


class Held(NamedTuple):
    """A hold, or somebody's part of one."""

    id: int
    member_id: int
    kind: str
    cause_id: int
    points: int
    shared: int
    given_back: int
    part_of: int | None

    @property
    def own(self) -> int:
        """Points of the one whose hold it is."""
        return self.points - self.shared


class HeldLot(NamedTuple):
    """What a hold took from a lot, and the lot's own days."""

    lot_id: int
    points: int
    earned_on: date
    activates_on: date | None
    expires_on: date | None
    has_expired: bool
    is_elsewhere: bool
    """It stayed with a record that was merged into this one: what comes back comes as a child lot."""


def lock_hold(tx: Transaction, hold_id: int) -> tuple[Held, list[Held]]:
    """The hold, and with it its parts, itself in front; read again under the locks of their members' balances."""
    columns = [HOLDS.c[name] for name in Held._fields]
    query = select(*columns).where(or_(HOLDS.c.id == hold_id, HOLDS.c.part_of == hold_id)).order_by(HOLDS.c.id)
    members = {row.member_id for row in tx.execute(query)}
    if not members:
        raise NotFound
    if lock_balances(tx, sorted(members)) != members:
        raise NotFound
    parts = [Held(*row) for row in tx.execute(query)]
    return parts[0], parts


def held_lots(tx: Transaction, held: Held) -> list[HeldLot]:
    """What the hold took from its own member, in the order of spending."""
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
    return [HeldLot(*row) for row in tx.execute(query)]


def in_turn(lot: HeldLot) -> tuple[date, date, int]:
    """The order in which lots are spent."""
    return lot.expires_on or date.max, lot.earned_on, lot.lot_id


def spending_of(tx: Transaction, held: Held) -> int:
    """The movement that spent it."""
    spent = select(MOVEMENTS.c.id).where(MOVEMENTS.c.kind == f"{held.kind}.spent", MOVEMENTS.c.cause_id == held.id)
    return int(tx.execute(spent).scalar_one())
