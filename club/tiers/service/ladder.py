"""Setting a ladder: always a new version, never a change of an old one."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import LadderChanged, NotFound, StartNotAhead
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch
from club.tiers.models import LadderVersion, RungRow, versions_mark
from club.tiers.rules import Ladder
from club.tiers.service.everyone import reassess_all


def set_ladder(db: Session, ladder: Ladder, starts_on: date, by: int | None, now: datetime) -> int:
    """Write a ladder that holds from a day on, and return its version's id.

    Nobody's term changes here: the night of the start, or `reassess_all`, looks at everybody.
    """
    with transaction(db) as tx:
        version_id = _write(tx, ladder, starts_on, by, now, is_silent=False)
        touch(tx)
    return version_id


@dataclass(frozen=True)
class Plan:
    """A ladder that somebody decided on, and the versions that they knew of."""

    ladder: Ladder
    starts_on: date
    is_silent: bool
    """Whoever rises by it gets no mail."""
    seen: tuple[int, int]
    """`versions_mark` when its effect was shown."""


def plan_ladder(db: Session, plan: Plan, by: int, role: Role, now: datetime) -> int:
    """Save a ladder that starts today or later, and return its version's id.

    One that starts today lifts everybody at once, by the same function as the night, which does the rest. Raises
    `NotAllowed`, `StartNotAhead`, and `LadderChanged` if somebody saved or withdrew another one since its effect was
    shown.
    """
    require(role, Permission.EDIT_TIERS)
    with transaction(db) as tx:
        touch(tx)  # holds the programme's row: who plans at the same time waits here, then looks
        today = club_day(now, the_club(tx).time_zone)
        if plan.starts_on < today:
            raise StartNotAhead
        if versions_mark(tx) != plan.seen:
            raise LadderChanged
        version_id = _write(tx, plan.ladder, plan.starts_on, by, now, is_silent=plan.is_silent)
    if plan.starts_on == today:
        reassess_all(db, today, now, silent=plan.is_silent, falls=False)
    return version_id


def withdraw_ladder(db: Session, version_id: int, by: int, role: Role, now: datetime) -> None:
    """Take back a ladder before its first day. Raises `NotAllowed`, `NotFound` and `StartNotAhead`."""
    require(role, Permission.EDIT_TIERS)
    with transaction(db) as tx:
        touch(tx)
        today = club_day(now, the_club(tx).time_zone)
        starts_on = tx.scalar(select(LadderVersion.starts_on).where(LadderVersion.id == version_id))
        if starts_on is None:
            raise NotFound
        if starts_on <= today:
            raise StartNotAhead
        withdrawn = tx.connection().execute(
            update(LadderVersion)
            .where(LadderVersion.id == version_id, LadderVersion.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        if withdrawn.rowcount != 1:
            raise NotFound
        record(tx, "tiers.withdrawn", "ladder_version", version_id, by=by, now=now)


def _write(tx: Transaction, ladder: Ladder, starts_on: date, by: int | None, now: datetime, *, is_silent: bool) -> int:
    version_id = tx.execute(
        insert(LadderVersion)
        .values(
            starts_on=starts_on,
            window=ladder.window,
            routes=ladder.routes,
            validity_months=ladder.validity_months,
            grace_days=ladder.grace_days,
            fall=ladder.fall,
            created_at=now,
            created_by=by,
            is_silent=is_silent,
        )
        .returning(LadderVersion.id)
    ).scalar_one()
    tx.execute(
        insert(RungRow),
        [
            {
                "version_id": version_id,
                "position": position,
                "key": rung.key,
                "name": rung.name,
                "spend": rung.spend,
                "purchases": rung.purchases,
                "qualifying_points": rung.qualifying_points,
                "by_invitation": rung.by_invitation,
                "multiplier_percent": rung.multiplier_percent,
                "discount_percent": rung.discount_percent,
            }
            for position, rung in enumerate(ladder.rungs)
        ],
    )
    record(tx, "tiers.set", "ladder_version", version_id, by=by, now=now, rungs=len(ladder.rungs))
    return version_id
