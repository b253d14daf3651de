"""Setting a ladder: always a new version, never a change of an old one."""

from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.programme.service import touch
from club.tiers.models import LadderVersion, RungRow
from club.tiers.rules import Ladder


def set_ladder(db: Session, ladder: Ladder, starts_on: date, by: int | None, now: datetime) -> int:
    """Write a ladder that holds from a day on, and return its version's id.

    Nobody's term changes here: the night of the start, or `reassess_all`, looks at everybody.
    """
    with transaction(db) as tx:
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
        touch(tx)
    return version_id
