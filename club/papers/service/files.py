"""The file of a paper: made once from its content, kept, and compared with its hash whenever it is taken away."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import is_sqlite, transaction
from club.errors import PaperChanged, Refusal
from club.papers import keeping
from club.papers.models import Paper, PaperDownload, PaperFile
from club.papers.press import press, press_name
from club.papers.reading import FileRow, Issued, files_of, issued

TEMPLATE = "paper.typ"
A_ROUND = 20
LATELY = timedelta(days=2)
"""Files of older papers are made when somebody asks for them."""

log = logging.getLogger("papers")


@dataclass(frozen=True)
class Taken:
    """A file as it is sent."""

    name: str
    data: bytes
    at: datetime


def take_away(db: Session, uploads: Path, paper_id: int, actor: str, by: int | None, now: datetime) -> Taken:
    """The file of a paper; that somebody took it is written down.

    `actor`: buyer, member, staff. Raises `NotFound`, `PaperChanged`, `PressFailed`.
    """
    data = file_of(db, uploads, paper_id, now)
    with transaction(db) as tx:
        number = tx.scalar(select(Paper.number).where(Paper.id == paper_id))
        tx.execute(insert(PaperDownload).values(paper_id=paper_id, at=now, actor=actor, by=by))
    return Taken(f"{number}.pdf", data, now)


def file_of(db: Session, uploads: Path, paper_id: int, now: datetime) -> bytes:
    """The bytes that were made of a paper, from the disk if they are still what they were.

    A file that is gone or was changed is made anew: the same press gives the same bytes, another one (a newer version)
    a file with a row of its own. Raises `NotFound`, `PaperChanged` if that cannot be, `PressFailed`.
    """
    paper = issued(db, paper_id)
    files = files_of(db, paper_id)
    db.rollback()
    if files:
        data = keeping.kept(uploads, files[0].name)
        if data is not None and _hash(data) == files[0].file_hash:
            return data
        if data is not None:
            log.error("the file of paper %s was changed on the disk; it is made anew", paper.number)
            with transaction(db) as tx:
                record(tx, "paper.file_differed", "paper", paper_id, by=None, now=now)
    return _make(db, uploads, paper, files, now)


def make_files(db: Session, uploads: Path, now: datetime) -> int:
    """Make the files of new papers, one after the other, and return how many that were."""
    waiting = db.scalars(
        select(Paper.id)
        .where(Paper.issued_at >= now - LATELY, ~exists().where(PaperFile.paper_id == Paper.id))
        .order_by(Paper.issued_at, Paper.id)
        .limit(A_ROUND)
    ).all()
    count = 0
    for paper_id in waiting:
        try:
            file_of(db, uploads, paper_id, now)
        except Refusal as refusal:
            log.error("paper %s has no file: %s", paper_id, refusal.plain())
        else:
            count += 1
    return count


def _make(db: Session, uploads: Path, paper: Issued, files: list[FileRow], now: datetime) -> bytes:
    said = paper.content["printed"]
    data = press(TEMPLATE, said, paper.issued_at, keeping.logo_as_issued(uploads, said.get("logo", "")))
    made, maker = _hash(data), press_name(TEMPLATE)
    known = {file.press: file.file_hash for file in files}
    if known.get(maker, made) != made:
        raise PaperChanged
    name = f"{paper.number}.pdf"
    keeping.keep(uploads, name, data)
    if maker not in known:
        with transaction(db) as tx:
            new = sqlite.insert(PaperFile) if is_sqlite(tx) else postgresql.insert(PaperFile)
            row = new.values(
                paper_id=paper.paper_id, name=name, file_hash=made, size=len(data), press=maker, made_at=now
            )
            tx.execute(row.on_conflict_do_nothing(index_elements=["paper_id", "file_hash"]))
    return data


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()
