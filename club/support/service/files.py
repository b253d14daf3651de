"""Files that come with a question: told by their content, pictures drawn anew, served by no name of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.catalogue import files
from club.catalogue.drawing import draw
from club.database import Transaction, transaction
from club.errors import BadAttachment, NotFound, Refusal
from club.support.letters import Enclosed
from club.support.models import SupportEntry, SupportFile
from club.support.rules import LONGEST_LEFT_OUT, MOST_FILE_BYTES, MOST_FILES

INSIDE = "support"
"""Their folder inside the folder of uploads."""
WIDTH = 1600
_PDF_BEGINS, _PDF_ENDS = b"%PDF-", b"%%EOF"


@dataclass(frozen=True)
class Sent:
    """A file as it is kept."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True)
class FileView:
    """A file as it is given out."""

    kind: str
    data: bytes


def read_sent(sent: bytes) -> Sent:
    """What somebody sent, as it is kept; its name and what it says about itself count for nothing.

    Raises `BadAttachment`, and `BadPicture` for a picture that cannot be used.
    """
    if sent.startswith(_PDF_BEGINS):
        if len(sent) > MOST_FILE_BYTES or _PDF_ENDS not in sent[-1024:]:
            raise BadAttachment
        return Sent(f"{token_hex(20)}.pdf", "pdf", sent)
    drawn = draw(sent, WIDTH)
    return Sent(drawn.name, "jpg", drawn.data)


def read_enclosed(enclosed: Sequence[Enclosed]) -> tuple[tuple[Sent, ...], str]:
    """What of the files of a mail can be kept, and the names of what cannot: too many, too large, of another kind."""
    sent: list[Sent] = []
    left_out: list[str] = []
    for one in enclosed:
        try:
            if len(sent) == MOST_FILES:
                raise BadAttachment
            sent.append(read_sent(one.data))
        except Refusal:
            left_out.append(one.name)
    return tuple(sent), shortened(", ".join(left_out), LONGEST_LEFT_OUT)


def shortened(text: str, longest: int) -> str:
    """The beginning of it, with a mark where something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@contextmanager
def kept(uploads: Path, sent: Sequence[Sent]) -> Iterator[None]:
    """Files stand on the disk before their rows do, and are gone if the rows do not come to be."""
    try:
        for one in sent:
            files.keep(uploads, one.name, one.data, INSIDE)
        yield
    except BaseException:
        files.remove(uploads, [one.name for one in sent], INSIDE)
        raise


def attach(tx: Transaction, entry_id: int, sent: Sequence[Sent], now: datetime) -> None:
    """Name the files of an entry."""
    rows = [
        {"entry_id": entry_id, "file": one.name, "kind": one.kind, "size": len(one.data), "added_at": now}
        for one in sent[:MOST_FILES]
    ]
    if rows:
        tx.execute(insert(SupportFile), rows)


def file_of(db: Session, uploads: Path, case_id: int, file_id: int) -> FileView:
    """One file of a case; raises `NotFound`. Whoever calls it knows that the case is theirs to see."""
    row = db.execute(
        select(SupportFile.file, SupportFile.kind)
        .join(SupportEntry, SupportEntry.id == SupportFile.entry_id)
        .where(SupportFile.id == file_id, SupportEntry.case_id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    try:
        return FileView(row.kind, files.read(uploads, row.file, INSIDE))
    except FileNotFoundError as gone:
        raise NotFound from gone


def sweep(db: Session, uploads: Path, now: datetime) -> int:
    """Remove files that no row names; how many that were."""
    with transaction(db) as tx:
        wanted = set(tx.scalars(select(SupportFile.file)))
    return files.sweep(uploads, wanted, now, INSIDE)
