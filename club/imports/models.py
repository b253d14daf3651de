"""What pages ask about imports. Tuples of columns, few queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.errors import NotFound
from club.imports.options import Options, options_of
from club.imports.rules import IN_WORK, WORK, Kind, Pace, State, pace
from club.intake.models import ImportRun

RUNS: Table = ImportRun.__table__  # type: ignore[assignment]  # a mapped class has a Table
FOLDER = "imports"


@dataclass(frozen=True)
class Run:
    """An import as its pages show it."""

    id: int
    kind: Kind
    file_name: str
    state: State
    started_at: datetime
    finished_at: datetime | None
    by: int | None
    by_name: str | None
    """None: the command line."""
    counts: Mapping[str, int]
    size: int
    options: Options | None
    found: Mapping[str, Any]
    pace: Pace
    seen_at: datetime | None
    is_stop_asked: bool
    undo_until: datetime | None
    digest: bytes | None
    writing_since: datetime | None

    @property
    def is_waiting_or_in_work(self) -> bool:
        """Whether the worker has something to do with it."""
        return self.state in IN_WORK or self.state in WORK


@dataclass(frozen=True)
class RunRow:
    """An import in the list."""

    id: int
    kind: Kind
    file_name: str
    state: State
    started_at: datetime
    by_name: str | None
    counts: Mapping[str, int]
    undo_until: datetime | None
    pace: Pace


_C = RUNS.c
_PACE = (_C.step, _C.step_done, _C.step_of, _C.step_began_at, _C.seen_at)
_LISTED = (_C.id, _C.kind, _C.file_name, _C.state, _C.started_at, Staff.name, _C.counts, _C.undo_until)


def runs(db: Session, *, limit: int, offset: int, kind: str = "", state: str = "") -> list[RunRow]:
    """All imports, the newest first."""
    query = select(*_LISTED, *_PACE).select_from(RUNS.outerjoin(Staff, Staff.account_id == _C.by))
    if kind:
        query = query.where(_C.kind == kind)
    if state:
        query = query.where(_C.state == state)
    rows = db.execute(query.order_by(_C.id.desc()).limit(limit).offset(offset))
    return [
        RunRow(row[0], Kind(row[1]), row[2], State(row[3]), row[4], row[5], row[6], row[7], pace(*row[8:]))
        for row in rows
    ]


def the_run(db: Session, run_id: int) -> Run:
    """One import; raises `NotFound`."""
    row = db.execute(
        select(RUNS, Staff.name.label("by_name"))
        .select_from(RUNS.outerjoin(Staff, Staff.account_id == _C.by))
        .where(_C.id == run_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Run(
        id=row.id,
        kind=Kind(row.kind),
        file_name=row.file_name,
        state=State(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        by=row.by,
        by_name=row.by_name,
        counts=row.counts,
        size=row.size,
        options=options_of(row.options),
        found=row.found,
        pace=pace(row.step, row.step_done, row.step_of, row.step_began_at, row.seen_at),
        seen_at=row.seen_at,
        is_stop_asked=row.is_stop_asked,
        undo_until=row.undo_until,
        digest=row.digest,
        writing_since=row.writing_since,
    )


def came_before(db: Session, run: Run) -> datetime | None:
    """When this very file was taken in before, if it was and still counts."""
    if run.digest is None:
        return None
    before: datetime | None = db.scalar(
        select(func.max(_C.finished_at)).where(
            _C.digest == run.digest, _C.kind == run.kind, _C.id != run.id, _C.state == State.DONE
        )
    )
    return before


def is_waiting(db: Session) -> bool:
    """Whether some run waits for the worker, or was left behind by one."""
    return db.scalar(select(_C.id).where(_C.state.in_([*WORK, *IN_WORK])).limit(1)) is not None


def file_of(folder: Path, run_id: int) -> Path:
    """Where the file of a run lies: named by the run, never by whoever brought it."""
    return folder / FOLDER / f"{run_id}.csv"


def complaints_of(folder: Path, run_id: int) -> Path:
    """What is wrong with which rows of it: one JSON list a line."""
    return folder / FOLDER / f"{run_id}.wrong"
