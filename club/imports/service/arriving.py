"""A file arrives: it is kept under the number of its run, looked at, and listed."""

import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import IO

from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.errors import BadFile, FileTooLarge
from club.imports.models import FOLDER, RUNS, file_of
from club.imports.options import COLUMNS
from club.imports.rules import LARGEST_BYTES, Kind, State
from club.intake.looking import look_at
from club.intake.staging import LONGEST_FILE_NAME
from club.permissions import Permission, Role, require

_PIECE = 1 << 20


def upload(
    db: Session,
    folder: Path,
    source: IO[bytes],
    file_name: str,
    kind: Kind,
    *,
    by: int,
    role: Role | None,
    now: datetime,
) -> int:
    """Keep a file and return its run. Raises `NotAllowed`, `FileTooLarge` and `BadFile`; then nothing is kept."""
    require(role, Permission.IMPORT_DATA)
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    arriving = place / f"arriving-{token_hex(8)}"
    try:
        size, digest = _keep(source, arriving)
        look_at(arriving, COLUMNS[kind])
        with transaction(db) as tx:
            run_id: int = tx.execute(
                insert(RUNS)
                .values(
                    kind=kind, file_name=_shown(file_name), started_at=now, by=by, counts={}, state=State.UPLOADED,
                    size=size, digest=digest, options={}, found={},
                )
                .returning(RUNS.c.id)
            ).scalar_one()  # fmt: skip
            record(tx, "import.uploaded", "import_run", run_id, by=by, now=now, size=size)
            arriving.rename(file_of(folder, run_id))
    finally:
        arriving.unlink(missing_ok=True)
    return run_id


def _keep(source: IO[bytes], path: Path) -> tuple[int, bytes]:
    """Size and digest; nothing of the file is held in memory."""
    digest, size = sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in _pieces(source):
                size += len(piece)
                if size > LARGEST_BYTES:
                    raise FileTooLarge(LARGEST_BYTES)
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as full:
        raise BadFile("there is no room to keep it") from full
    return size, digest.digest()


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_PIECE):
        yield piece


def _shown(file_name: str) -> str:
    """The last part of the name, as people may see it; nothing is ever opened by it."""
    name = "".join(char for char in file_name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable())
    return name.strip()[-LONGEST_FILE_NAME:] or "file.csv"
