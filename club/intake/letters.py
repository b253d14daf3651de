"""Which letters a file is written in: UTF-8 is proved by reading all of it, old ones are told apart by their words."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from club.errors import BadFile

CHUNK = 1 << 20
_HIGH = re.compile(rb"[\x80-\xff]+")
_WORKBOOKS = {b"PK\x03\x04": "an Excel workbook", b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"%PDF": "a PDF"}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Letters:
    """A codec of Python and the name that people know it by."""

    codec: str
    name: str


UTF_8 = Letters("utf-8-sig", "UTF-8")
WINDOWS_1251 = Letters("cp1251", "Windows-1251")
WINDOWS_1252 = Letters("cp1252", "Windows-1252")
KNOWN = {letters.name.lower(): letters for letters in (UTF_8, WINDOWS_1251, WINDOWS_1252)}


def letters_of(path: Path, named: str | None = None) -> Letters:
    """The encoding of a file, found or as named; raises `BadFile` for what is no text, in words.

    Reads the file once in pieces, so memory stays flat. Whatever is strictly UTF-8 is UTF-8: a text of some length in
    another encoding practically never is. Otherwise Russian words are runs of letters above 127, while in Spanish,
    French or German such a letter mostly stands alone among plain ones.
    """
    _refuse_what_is_no_text(path)
    if named is not None:
        chosen = KNOWN.get(named.lower())
        if chosen is None:
            raise BadFile(f"{named} is not known; it can be {', '.join(one.name for one in KNOWN.values())}")
    elif _reads_as(path, UTF_8):
        return UTF_8
    else:
        chosen = WINDOWS_1251 if _is_mostly_in_runs(path) else WINDOWS_1252
    if not _reads_as(path, chosen):
        raise BadFile(f"it cannot be read as {chosen.name}; save it as CSV in UTF-8")
    return chosen


def _refuse_what_is_no_text(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as unreadable:
        raise BadFile(unreadable.strerror or "it cannot be opened") from unreadable
    for mark, name in _WORKBOOKS.items():
        if start.startswith(mark):
            raise BadFile(f"it is {name}; save it as CSV in UTF-8")
    if start.startswith(_UTF_16):
        raise BadFile("it is written in UTF-16; save it as CSV in UTF-8")
    is_empty = True
    for chunk in _chunks(path):
        if b"\0" in chunk:
            raise BadFile("it is no text (there is a NUL byte in it); save it as CSV in UTF-8")
        is_empty = is_empty and not chunk.removeprefix(codecs.BOM_UTF8).strip()
    if is_empty:
        raise BadFile("it is empty")


def _reads_as(path: Path, letters: Letters) -> bool:
    decoder = codecs.getincrementaldecoder(letters.codec)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_in_runs(path: Path) -> bool:
    in_runs = alone = 0
    for chunk in _chunks(path):
        for found in _HIGH.finditer(chunk):
            length = found.end() - found.start()
            if length > 1:
                in_runs += length
            else:
                alone += 1
    return in_runs > alone


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
