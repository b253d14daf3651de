"""The files of papers: kept among the uploads, so that every backup has them; written whole or not at all."""

import os
from pathlib import Path
from secrets import token_hex

FOLDER = "papers"


def keep(uploads: Path, name: str, data: bytes) -> None:
    """Write a file in one step; it stands on the disk when this returns."""
    folder = uploads / FOLDER
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


def kept(uploads: Path, name: str) -> bytes | None:
    """The bytes of a file, or None if it is gone."""
    try:
        return (uploads / FOLDER / name).read_bytes()
    except FileNotFoundError:
        return None


def logo_of(uploads: Path, name: str | None) -> bytes | None:
    """The club's logo of today, if it has one."""
    if not name:
        return None
    try:
        return (uploads / Path(name).name).read_bytes()
    except FileNotFoundError:
        return None


def logo_as_issued(uploads: Path, name: str) -> bytes | None:
    """The logo of a paper: laid beside the papers when the first of them is made, so that a later logo changes none."""
    found = kept(uploads, Path(name).name) if name else None
    if name and found is None:
        found = logo_of(uploads, name)
        if found is not None:
            keep(uploads, Path(name).name, found)
    return found
