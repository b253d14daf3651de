"""The whole of taking back. Every step looks for what is still there, so it can be stopped anywhere and begun again."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import transaction
from club.imports.models import Run
from club.imports.rules import Kind
from club.imports.service.undoing.people import undo_changes, undo_people
from club.imports.service.undoing.purchases import CHANGES, undo_balances, undo_purchases, undo_returns
from club.imports.service.undoing.requests import undo_requests
from club.imports.service.watch import Watch
from club.intake.bulk import patient_transaction
from club.programme.models import the_club
from club.tiers.service import reassess_all, reassess_returned
from club.tiers.service.taking_back import forget_terms

MEMBERS_AT_ONCE = 5_000
MOST_NAMED = 50


def take_back(db: Session, run: Run, watch: Watch, now: datetime) -> dict[str, Any]:
    """Take back what came with a run; what was done and who stayed, for its page. Raises what `watch` raises."""
    today = club_day(now, the_club(db).time_zone)
    watch("undoing", 0, run.counts.get("new", 0))
    done = {"purchases": 0, "returns": 0, "balances": 0, "people": 0, "changes": 0, "requests": 0}
    kept: list[int] = []
    match run.kind:
        case Kind.PURCHASES:
            returns = undo_returns(db, run, watch, now)
            done["purchases"], done["returns"], kept = undo_purchases(db, run, watch, today, now)
            done["returns"] += returns
            _look_at_tiers(db, run, watch, now)
        case Kind.POINTS:
            done["balances"] = undo_balances(db, run, watch, today, now)
        case Kind.MEMBERS:
            done["changes"], kept = undo_changes(db, run, watch, now)
        case Kind.LEADS:
            done["requests"], kept = undo_requests(db, run, watch)
    done["people"], stayed = undo_people(db, run, watch, now)
    watch("tiers", 0, 1)
    if run.kind in {Kind.MEMBERS, Kind.PURCHASES}:
        reassess_returned(db, today, now)
        reassess_all(db, today, now)
    with transaction(db) as tx:
        tx.execute(delete(CHANGES).where(CHANGES.c.import_id == run.id))
        record(
            tx, "import.undone", "import_run", run.id, by=run.by, now=now, kept=len(kept) + len(stayed),
            purchases=done["purchases"], returns=done["returns"], balances=done["balances"], people=done["people"],
            changes=done["changes"], requests=done["requests"],
        )  # fmt: skip
    return {**done, "kept": len(kept) + len(stayed), "kept_people": sorted({*kept, *stayed})[:MOST_NAMED]}


def _look_at_tiers(db: Session, run: Run, watch: Watch, now: datetime) -> None:
    """Forget the terms that the rule began because of what is gone now."""
    if run.writing_since is None:
        return
    after = 0
    touched = select(CHANGES.c.id, CHANGES.c.person_id).where(
        CHANGES.c.import_id == run.id, CHANGES.c.kind.in_(("touched", "made"))
    )
    while batch := db.execute(touched.where(CHANGES.c.id > after).order_by(CHANGES.c.id).limit(MEMBERS_AT_ONCE)).all():
        after = batch[-1].id
        with patient_transaction(db) as tx:
            forget_terms(tx, [row.person_id for row in batch], run.writing_since)
        watch("tiers", 0, 1)
