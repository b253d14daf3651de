"""The backup's file: a tar with a manifest first, then the database, then the uploads; every part has its checksum."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from club.errors import BadBackup

WHAT = "Clientela backup"
FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
UPLOADS = "uploads/"

_CHUNK = 1024 * 1024
_LARGEST_MANIFEST = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive says about itself."""

    database: str
    """sqlite or postgresql: a backup goes back into the kind of database that it came from."""
    schema: str
    """The revision of the tables."""
    made_at: str
    rows: dict[str, int]
    """How many rows every table had."""
    files: dict[str, str]
    """The SHA-256 of every part."""
    what: str = WHAT
    format: int = FORMAT


def write(target: Path, manifest: Manifest, dump: Path, uploads: Path) -> None:
    """Write an archive, for its owner's eyes. It appears whole or not at all; raises FileExistsError."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
                _add_text(archive, MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True))
                archive.add(dump, DATABASE, filter=_nobodys)
                for name in manifest.files:
                    if name.startswith(UPLOADS):
                        archive.add(uploads / name.removeprefix(UPLOADS), name, filter=_nobodys)
            out.flush()
            os.fsync(out.fileno())
        os.link(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def read_manifest(file: Path) -> Manifest:
    """What the archive says about itself, after every part was compared with its checksum. Raises `BadBackup`."""
    with _opened(file) as archive:
        manifest = _manifest_of(archive)
        found = {member.name: _digest_of(archive, member) for member in archive if member.name != MANIFEST}
    missing = sorted(manifest.files.keys() - found.keys())
    if missing:
        raise BadBackup(f"it is cut short: {missing[0]} is missing")
    for name, digest in found.items():
        if manifest.files.get(name) != digest:
            raise BadBackup(f"{name} is damaged: its checksum does not agree")
    return manifest


def unpack(file: Path, folder: Path) -> None:
    """Write every part into a folder. Call it after `read_manifest` has agreed with the file."""
    with _opened(file) as archive:
        for member in archive:
            part = archive.extractfile(member)
            if part is None or member.name == MANIFEST:
                continue
            to = folder / _safe(member.name)
            to.parent.mkdir(parents=True, exist_ok=True)
            with to.open("wb") as out:
                for chunk in _chunks(part):
                    out.write(chunk)


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as content:
        return _digest(content)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with file.open("rb") as content:
            start = content.read(16)
        if start.startswith(b"SQLite format 3"):
            raise BadBackup(
                "it is a database file, not a backup: a copied file lacks what was written last. Use `db backup`"
            )
        with tarfile.open(file, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as broken:
        raise BadBackup(f"it is cut short or no backup at all ({broken})") from broken
    except OSError as unreadable:
        raise BadBackup(f"it cannot be read ({unreadable.strerror or unreadable})") from unreadable


def _manifest_of(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    part = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if first is None or part is None or first.size > _LARGEST_MANIFEST:
        raise BadBackup("it was not written by `db backup`")
    try:
        said: dict[str, Any] = json.loads(part.read())
        manifest = Manifest(**said)
    except (ValueError, TypeError) as odd:
        raise BadBackup("it was not written by `db backup`, or it is cut short") from odd
    if manifest.what != WHAT or manifest.format != FORMAT:
        raise BadBackup("it was written by another program, or by a newer version of this one")
    return manifest


def _digest_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    _safe(member.name)
    part = archive.extractfile(member) if member.isreg() else None
    if part is None:
        raise BadBackup(f"{member.name} is no plain file")
    return _digest(part)


def _safe(name: str) -> PurePosixPath:
    """A part's place inside the folder; raises `BadBackup` for one that would lie outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (name != DATABASE and not name.startswith(UPLOADS)):
        raise BadBackup(f"{name} does not belong into a backup")
    return path


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(content):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: content.read(_CHUNK), b"")
