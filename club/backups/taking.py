"""Making one archive of database and uploads, and looking through it afterwards."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from club.backups import archive
from club.backups.dumps import Dumps
from club.errors import BadFile


@dataclass(frozen=True)
class Sources:
    """What belongs into a backup."""

    dumps: Dumps
    uploads: Path


def take(sources: Sources, file: Path, now: datetime) -> archive.Manifest:
    """Write the archive while the club runs. It appears whole or not at all; raises `BadFile`, `BadBackup`."""
    if file.exists():
        raise BadFile(f"{file} exists already; a backup never overwrites a file")
    file.parent.mkdir(parents=True, exist_ok=True)
    uploads = sources.uploads
    with TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        dump = Path(folder) / "dump"
        schema, rows = sources.dumps.take(dump)
        files = {archive.DATABASE: archive.digest_of(dump)}
        for upload in sorted(path for path in uploads.rglob("*") if path.is_file()):
            if upload.name.startswith("."):
                continue  # still arriving: it gets its name when it is whole
            with suppress(FileNotFoundError):  # taken away meanwhile
                files[archive.UPLOADS + upload.relative_to(uploads).as_posix()] = archive.digest_of(upload)
        manifest = archive.Manifest(
            database=sources.dumps.kind,
            schema=schema,
            made_at=now.isoformat(timespec="seconds"),
            rows=rows,
            files=files,
        )
        archive.write(file, manifest, dump, uploads)
    return manifest


def look_through(sources: Sources, file: Path) -> archive.Manifest:
    """Read an archive back: every checksum, the database's own check, every table's rows. Raises `BadBackup`."""
    manifest = archive.read_manifest(file)
    with TemporaryDirectory(dir=file.parent, prefix=".looked-") as folder:
        archive.unpack(file, Path(folder))
        sources.dumps.look_through(Path(folder) / archive.DATABASE, manifest.rows)
    return manifest
