"""The worker's backups: asked for or due, taken, looked through, noted, and the old ones removed."""

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.backups.models import BackupRun, last_good
from club.backups.rules import LEASE, Keep, Kept, Trouble, file_name, is_due, to_remove
from club.backups.taking import Sources, look_through, take
from club.database import Transaction, transaction
from club.errors import BadBackup, BadFile
from club.permissions import Permission, Role, require
from club.programme.models import Programme, the_club

log = logging.getLogger(__name__)

LONGEST_DETAIL = 300
LEFTOVERS = (".backup-*", ".looked-*", ".club-*.backup.*.part")
"""What `taking` and `archive` write beside the archives while they are at work."""


@dataclass(frozen=True)
class Place:
    """What is backed up, and where the archives go."""

    sources: Sources
    folder: Path
    keep: Keep


@dataclass(frozen=True)
class Done:
    """A backup that ended; `trouble` None: it was looked through and is good."""

    file: str
    trouble: Trouble | None


@dataclass(frozen=True)
class _Outcome:
    size_bytes: int | None = None
    rows: int | None = None
    trouble: Trouble | None = None
    detail: str | None = None


def ask_for_backup(db: Session, by: int, role: Role | None, now: datetime) -> bool:
    """Ask the worker for one; False when one waits or is under way. Raises `NotAllowed`."""
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        _lock(tx)
        _give_up_dead(tx, now)
        if tx.scalar(select(BackupRun.id).where(BackupRun.finished_at.is_(None)).limit(1)) is not None:
            return False
        run_id = tx.execute(insert(BackupRun).values(asked_at=now, asked_by=by).returning(BackupRun.id)).scalar_one()
        record(tx, "backup.asked", "backup", run_id, by=by, now=now)
    return True


def back_up(db: Session, place: Place, now: datetime, *, at_night: bool, clock: Callable[[], datetime]) -> Done | None:
    """Make the backup that was asked for or, `at_night`, that is due; None if there is nothing to do.

    Of several workers one makes it. Nothing is raised for a backup that fails: its row says why.
    """
    claimed = _claim(db, now, at_night=at_night)
    if claimed is None:
        return None
    run_id, name = claimed
    _clear_leftovers(place.folder, now)
    outcome = _made(place, place.folder / name, now)
    with transaction(db) as tx:
        values = {
            "finished_at": clock(),
            "is_good": outcome.trouble is None,
            "size_bytes": outcome.size_bytes,
            "rows": outcome.rows,
            "trouble": outcome.trouble,
            "detail": outcome.detail,
        }
        tx.execute(update(BackupRun).where(BackupRun.id == run_id).values(values))
    if outcome.trouble is None:
        remove_old(db, place, clock())
    return Done(name, outcome.trouble)


def remove_old(db: Session, place: Place, now: datetime) -> int:
    """Take away the archives that are kept for no day, week or month; how many."""
    with transaction(db) as tx:
        rows = tx.execute(
            select(BackupRun.id, BackupRun.started_at, BackupRun.file).where(
                BackupRun.is_good.is_(True), BackupRun.removed_at.is_(None)
            )
        ).all()
        files = {row.id: row.file for row in rows}
        there = [Kept(row.id, row.started_at) for row in rows]
        old = [one.run_id for one in to_remove(there, place.keep, the_club(tx).time_zone)]
        tx.execute(update(BackupRun).where(BackupRun.id.in_(old)).values(removed_at=now))
    for run_id in old:
        (place.folder / files[run_id]).unlink(missing_ok=True)
    return len(old)


def _claim(db: Session, now: datetime, *, at_night: bool) -> tuple[int, str] | None:
    """The run to make now, marked as begun, and the name of its file."""
    with transaction(db) as tx:
        _lock(tx)
        _give_up_dead(tx, now)
        open_runs = tx.execute(
            select(BackupRun.id, BackupRun.started_at).where(BackupRun.finished_at.is_(None)).order_by(BackupRun.id)
        ).all()
        if any(run.started_at is not None for run in open_runs):
            return None
        if open_runs:
            run_id: int = open_runs[0].id
        elif at_night and _is_due(tx, now):
            run_id = tx.execute(insert(BackupRun).values(asked_at=now).returning(BackupRun.id)).scalar_one()
        else:
            return None
        name = file_name(now)
        tx.execute(update(BackupRun).where(BackupRun.id == run_id).values(started_at=now, file=name))
    return run_id, name


def _is_due(tx: Transaction, now: datetime) -> bool:
    good = last_good(tx)
    last_start = tx.scalar(select(func.max(BackupRun.started_at)))
    return is_due(last_start, None if good is None else good.finished_at, now, the_club(tx).time_zone)


def _give_up_dead(tx: Transaction, now: datetime) -> None:
    """A run whose worker was killed would stand in the way for good."""
    dead = update(BackupRun).where(BackupRun.finished_at.is_(None), BackupRun.started_at < now - LEASE)
    tx.execute(dead.values(finished_at=now, is_good=False, trouble=Trouble.INTERRUPTED))


def _lock(tx: Transaction) -> None:
    """Two workers decide one after the other."""
    tx.execute(select(Programme.id).with_for_update())


def _clear_leftovers(folder: Path, now: datetime) -> None:
    """Remove what a worker that was killed left of a backup: everybody's data, whole or half."""
    for left in (one for pattern in LEFTOVERS for one in folder.glob(pattern)):
        with suppress(OSError):
            if left.stat().st_mtime < (now - LEASE).timestamp():
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _made(place: Place, file: Path, now: datetime) -> _Outcome:
    if file.exists():
        return _Outcome(trouble=Trouble.OTHER, detail=f"{file.name} exists already; a backup never overwrites a file")
    try:
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        take(place.sources, file, now)
        manifest = look_through(place.sources, file)
    except BadFile as refusal:
        return _failed(file, Trouble.PROGRAM if refusal.why.startswith(("pg_", "psql")) else Trouble.OTHER, refusal.why)
    except BadBackup as refusal:
        return _failed(file, Trouble.DAMAGED, refusal.why)
    except OSError as unwritable:
        return _failed(file, Trouble.DISK, unwritable.strerror or "")
    except Exception as unexpected:
        log.exception("the backup %s failed", file.name)
        return _failed(file, Trouble.OTHER, type(unexpected).__name__)
    return _Outcome(size_bytes=file.stat().st_size, rows=sum(manifest.rows.values()))


def _failed(file: Path, trouble: Trouble, why: str) -> _Outcome:
    """The row of a failure; what it says names no folder of the machine."""
    with suppress(OSError):
        file.unlink()
    detail = why.replace(str(file.parent), "").replace(str(Path.cwd()), "")
    log.error("the backup %s failed: %s", file.name, why)
    return _Outcome(trouble=trouble, detail=" ".join(detail.split())[:LONGEST_DETAIL])
