"""One run through the importer of its kind, as a trial or for real, and what its page shows of it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual.importing import Imported, PurchaseFile, import_purchases
from club.accrual.importing.purchases import TILL
from club.errors import BadFile
from club.imports.models import Run, complaints_of, file_of
from club.imports.options import Options
from club.imports.rules import Kind
from club.imports.service.watch import Watch
from club.intake.complaints import Complaint, Complaints
from club.intake.listed import Listed
from club.intake.models import ImportChange
from club.joining.importing import PeopleImported, import_members
from club.joining.importing.known import Change
from club.leads.importing import import_leads
from club.leads.models import LEADS
from club.permissions import Role
from club.points.models import OPENINGS
from club.points.openings import Opened, import_opening_balances
from club.purchases.models import Correction, Purchase

SHOWN = 20


@dataclass(frozen=True)
class Taken:
    """What came of a trial or an import."""

    found: dict[str, Any]
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class _Job:
    db: Session
    path: Path
    run: Run
    options: Options
    role: Role | None
    now: datetime
    complaints: Complaints
    doubts: Complaints
    watch: Watch
    is_trial: bool


def take_in(
    db: Session, folder: Path, run: Run, role: Role | None, now: datetime, watch: Watch, *, is_trial: bool
) -> Taken:
    """Take in the file of a run, or only try to. Raises `BadFile` and `NotAllowed`, and what `watch` raises."""
    path = file_of(folder, run.id)
    if run.options is None or not path.exists():
        raise BadFile("it is not kept any more; upload it again")
    complaints, doubts = Complaints(), Complaints()
    job = _Job(
        db=db, path=path, run=run, options=run.options, role=role, now=now, complaints=complaints, doubts=doubts,
        watch=watch, is_trial=is_trial,
    )  # fmt: skip
    try:
        taken = _IMPORTERS[run.kind](job)
        shown = [list(one) for one in islice(complaints, SHOWN)]
        in_doubt = [list(one) for one in islice(doubts, SHOWN)]
        _keep(complaints_of(folder, run.id), complaints, doubts)
    finally:
        complaints.close()
        doubts.close()
    return Taken({**taken.found, "shown": shown, "doubts": in_doubt}, taken.counts)


def brought(db: Session, run: Run) -> dict[str, int]:
    """How much is in, of a run that did not come to its end."""
    made = select(func.count()).where(ImportChange.import_id == run.id)
    people = db.scalar(made.where(ImportChange.kind == "made")) or 0
    match run.kind:
        case Kind.PURCHASES:
            bought = db.scalar(select(func.count()).where(Purchase.import_id == run.id)) or 0
            back = db.scalar(select(func.count()).where(Correction.import_id == run.id)) or 0
            return {"new": bought + back, "members_created": people}
        case Kind.MEMBERS:
            changed = db.scalar(made.where(ImportChange.kind == "changed")) or 0
            return {"new": people, "changed": changed}
        case Kind.LEADS:
            return {"new": db.scalar(select(func.count()).where(LEADS.c.import_id == run.id)) or 0}
        case Kind.POINTS:
            return {"new": db.scalar(select(func.count()).where(OPENINGS.c.import_id == run.id)) or 0}


def _purchases(job: _Job) -> Taken:
    options = job.options
    file = PurchaseFile(
        path=job.path, channel=options.channel or TILL, creates_members=options.creates_members,
        is_dry_run=job.is_trial, decimal=options.decimal, chosen=options.chosen, run_id=job.run.id,
    )  # fmt: skip
    imported = import_purchases(job.db, file, job.run.by, job.role, job.now, job.complaints, job.watch)
    found = _of_purchases(imported)
    if job.is_trial and imported.in_file.returns:
        del found["points"]  # what returns take back is known once they are in
    return Taken(found, dict(imported.counts))  # type: ignore[arg-type]  # all of them are int


def _of_purchases(imported: Imported) -> dict[str, Any]:
    return {
        **imported.counts,
        "to_take_in": imported.new,
        "given_back": imported.given_back,
        "points": imported.points,
        "in_file": imported.in_file._asdict(),
        "in_club": imported.in_club._asdict(),
        "written": imported.written,
        "unknown": list(imported.unknown_columns),
    }


def _members(job: _Job) -> Taken:
    options = job.options
    listed = Listed(
        run_id=job.run.id, chosen=options.chosen, consent_source=options.consent_source,
        consent_day=options.consent_day, doubts=None if options.takes_doubtful else job.doubts,
    )  # fmt: skip
    imported = import_members(
        job.db, job.path, job.run.by, job.role, job.now, job.complaints, job.watch,
        is_dry_run=job.is_trial, listed=listed,
    )  # fmt: skip
    return Taken(_of_members(imported), dict(imported.counts))  # type: ignore[arg-type]  # all of them are int


def _of_members(imported: PeopleImported) -> dict[str, Any]:
    return {
        **imported.counts,
        "doubtful": imported.doubtful,
        "to_take_in": imported.new + imported.changed,
        "changes": [_change(one) for one in imported.changed_people],
        "tiers_in_file": imported.tiers_in_file,
        "tiers_in_club": imported.tiers_in_club,
        "members_in_club": imported.members_in_club,
        "written": imported.written,
        "unknown": list(imported.unknown_columns),
    }


def _change(change: Change) -> dict[str, Any]:
    """One known person: fields before and after, and what the row adds."""
    return {
        "row": change.row.row,
        "name": change.row.name,
        "fields": [[name, _text(change.before[name]), _text(value)] for name, value in change.after.items()],
        "identifiers": [list(pair) for pair in change.identifiers],
        "becomes_member": not change.person.is_member,
        "tier": change.row.tier_until.isoformat() if change.gets_tier and change.row.tier_until else "",
        "gets_tier": change.gets_tier,
        "consent": change.row.consent_email if change.gets_consent else None,
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _points(job: _Job) -> Taken:
    opened = import_opening_balances(
        job.db, job.path, job.run.by, job.role, job.now, job.complaints, job.watch,
        is_dry_run=job.is_trial, listed=Listed(run_id=job.run.id, chosen=job.options.chosen),
    )  # fmt: skip
    return Taken(_of_points(opened), dict(opened.counts))  # type: ignore[arg-type]  # all of them are int


def _of_points(opened: Opened) -> dict[str, Any]:
    return {
        **opened.counts,
        "to_take_in": opened.counts["new"],
        "points_in_file": opened.points_in_file,
        "points_there": opened.points_there,
        "members_in_file": opened.members_in_file,
        "written": opened.written,
        "unknown": list(opened.unknown_columns),
    }


def _leads(job: _Job) -> Taken:
    assert job.options.source_id is not None  # `check_options` saw to it
    imported = import_leads(
        job.db, job.path, job.run.by, job.role, job.now, job.complaints, job.watch,
        source_id=job.options.source_id, is_dry_run=job.is_trial,
        listed=Listed(run_id=job.run.id, chosen=job.options.chosen),
    )  # fmt: skip
    counts: dict[str, int] = dict(imported.counts)  # type: ignore[arg-type]  # all of them are int
    more = {"to_take_in": imported.new, "written": imported.written, "unknown": list(imported.unknown_columns)}
    return Taken({**counts, **more}, counts)


_IMPORTERS: Mapping[Kind, Callable[[_Job], Taken]] = {
    Kind.PURCHASES: _purchases,
    Kind.MEMBERS: _members,
    Kind.POINTS: _points,
    Kind.LEADS: _leads,
}


def _keep(path: Path, complaints: Iterable[Complaint], doubts: Iterable[Complaint]) -> None:
    """All of them, to be downloaded; a JSON list a line: row, column, value, what to do, whether it is a doubt."""
    arriving = path.with_suffix(".arriving")
    with arriving.open("w", encoding="utf-8") as file:
        for is_doubt, several in ((False, complaints), (True, doubts)):
            for one in several:
                file.write(json.dumps([*one, is_doubt], ensure_ascii=False) + "\n")
    arriving.replace(path)
