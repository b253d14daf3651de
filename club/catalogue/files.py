"""The files of pictures: written whole or not at all, so that whoever is killed half way leaves nothing broken."""

import math
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from club.catalogue.pictures import Kind, Taken

FOLDER = "products"
"""Inside the folder of uploads, so that every backup has them."""
LEFT_BEHIND = timedelta(days=1)
"""A file that no row names is removed when it is as old as this: until then its row may still be on its way."""

_MASTER = ".master"


def new_name(taken: Taken) -> str:
    """The name of a picture's file: nobody guesses it, and two rows never share one, even of the same picture."""
    return f"{token_hex(8)}{taken.digest}{_MASTER}"


def size_name(file: str, width: int, kind: Kind) -> str:
    """The file of one size: it names the content, so a browser may keep it for a year."""
    return f"{file.removesuffix(_MASTER)}-{width}.{kind}"


def keep(uploads: Path, name: str, data: bytes, inside: str = FOLDER) -> None:
    """Write a file in one step; it stands on the disk when this returns."""
    folder = uploads / inside
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f".arriving-{token_hex(8)}"
    try:
        with arriving.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        arriving.replace(folder / name)
    finally:
        arriving.unlink(missing_ok=True)


def read(uploads: Path, name: str, inside: str = FOLDER) -> bytes:
    """The bytes of a file; raises `FileNotFoundError`."""
    return (uploads / inside / name).read_bytes()


def is_there(uploads: Path, name: str) -> bool:
    """Whether the file exists."""
    return (uploads / FOLDER / name).is_file()


def remove(uploads: Path, names: Iterable[str], inside: str = FOLDER) -> None:
    """Take files away; those that are gone already are fine."""
    for name in names:
        with suppress(OSError):
            (uploads / inside / name).unlink()


def sweep(uploads: Path, wanted: Collection[str], now: datetime, inside: str = FOLDER) -> int:
    """Remove what no row names any more and return how many files that were."""
    folder = uploads / inside
    if not folder.is_dir():
        return 0
    oldest = (now - LEFT_BEHIND).timestamp()
    left = [path for path in folder.iterdir() if path.name not in wanted and _written_at(path) < oldest]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _written_at(path: Path) -> float:
    """Seconds since 1970; what another process has just removed is younger than anything."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf
