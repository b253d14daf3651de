"""What staff do with an import: match its columns, start it, stop it, let it go on, take it back."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadFile, ImportMovedOn, MergedSince, NotFound, TooLateToUndo, TooManyErrors
from club.imports.models import RUNS, file_of
from club.imports.options import COLUMNS, Options, check_options
from club.imports.rules import Kind, State, has_too_many_errors, may_become, may_undo
from club.imports.service.undoing.merged import is_anybody_merged
from club.intake.table import open_chosen
from club.permissions import Permission, Role, require


def choose(db: Session, folder: Path, run_id: int, options: Options, by: int, role: Role | None, now: datetime) -> None:
    """Say which column is which; the trial waits for the worker then.

    Raises `NotAllowed`, `NotFound`, `ImportMovedOn` and `BadFile`.
    """
    require(role, Permission.IMPORT_DATA)
    with transaction(db) as tx:
        run = _locked(tx, run_id)
        kind = Kind(run.kind)
        check_options(kind, options)
        if not file_of(folder, run_id).exists():
            raise BadFile("it is not kept any more; upload it again")
        open_chosen(file_of(folder, run_id), COLUMNS[kind], options.chosen)
        if run.writing_since is not None:
            raise ImportMovedOn
        _move(tx, run, State.TRIAL_WAITING, options=options.stored, found={}, counts={})
        record(tx, "import.tried", "import_run", run_id, by=by, now=now)


def start(
    db: Session, run_id: int, rows: int, *, accepts_errors: bool, by: int, role: Role | None, now: datetime
) -> None:
    """Let the worker take in what the trial found. `rows` is the number on the button that was pressed.

    Raises `NotAllowed`, `NotFound`, `ImportMovedOn` where the trial found another number meanwhile, and
    `TooManyErrors` unless they are accepted.
    """
    require(role, Permission.IMPORT_DATA)
    with transaction(db) as tx:
        run = _locked(tx, run_id)
        if State(run.state) is not State.TRIED or run.found.get("to_take_in") != rows:
            raise ImportMovedOn
        errors = run.found.get("errors", 0)
        if has_too_many_errors(run.found.get("rows", 0), errors) and not accepts_errors:
            raise TooManyErrors(errors)
        _move(tx, run, State.WAITING)
        record(tx, "import.started", "import_run", run_id, by=by, now=now, rows=rows)


def stop(db: Session, run_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Give up what has not begun, or stop what runs at its next batch; what is in stays until it is undone.

    Raises `NotAllowed`, `NotFound` and `ImportMovedOn`.
    """
    require(role, Permission.IMPORT_DATA)
    with transaction(db) as tx:
        run = _locked(tx, run_id)
        state = State(run.state)
        if state in {State.RUNNING, State.TRIAL_RUNNING}:
            tx.execute(update(RUNS).where(RUNS.c.id == run_id).values(is_stop_asked=True))
        elif run.writing_since is not None:
            _move(tx, run, State.STOPPED)
        else:
            _move(tx, run, State.CANCELLED)
        record(tx, "import.stopped", "import_run", run_id, by=by, now=now)


def go_on(db: Session, run_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Let a stopped or failed import go on: rows that are in are recognised. Raises `NotAllowed`, `ImportMovedOn`."""
    require(role, Permission.IMPORT_DATA)
    with transaction(db) as tx:
        run = _locked(tx, run_id)
        if run.writing_since is None or not may_undo(State(run.state), run.undo_until, now):
            raise ImportMovedOn
        _move(tx, run, State.WAITING, undo_until=None)
        record(tx, "import.started", "import_run", run_id, by=by, now=now)


def undo(db: Session, run_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Let the worker take back all that came with an import.

    Raises `NotAllowed`, `NotFound`, `TooLateToUndo`, and `MergedSince` while a record that the file made, changed or
    gave points to is part of another one: its points lie there among others. Parted again, it can be taken back.
    """
    require(role, Permission.IMPORT_DATA)
    with transaction(db) as tx:
        run = _locked(tx, run_id)
        if not may_undo(State(run.state), run.undo_until, now):
            raise TooLateToUndo
        if is_anybody_merged(tx, run_id, run.writing_since):
            raise MergedSince
        _move(tx, run, State.UNDO_WAITING)
        record(tx, "import.undo_asked", "import_run", run_id, by=by, now=now)


def _locked(tx: Transaction, run_id: int) -> Any:
    columns = RUNS.c
    wanted = (
        columns.id, columns.kind, columns.state, columns.options, columns.found, columns.undo_until,
        columns.writing_since,
    )  # fmt: skip
    run = tx.execute(select(*wanted).where(columns.id == run_id).with_for_update()).one_or_none()
    if run is None:
        raise NotFound
    return run


def _move(tx: Transaction, run: Any, after: State, **values: object) -> None:
    """The one way from state to state by hand; raises `ImportMovedOn` where the table of moves has none."""
    if not may_become(State(run.state), after):
        raise ImportMovedOn
    fresh = {"step": "", "step_done": 0, "step_of": 0, "claims": 0, "is_stop_asked": False, "leased_until": None}
    tx.execute(update(RUNS).where(RUNS.c.id == run.id).values(state=after, **fresh, **values))
