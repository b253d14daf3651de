"""What pages and other papers ask of papers: reads only."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from club.clock import club_day
from club.errors import NotFound, PaperChanged
from club.orders.models import Order
from club.papers.models import Paper, PaperContent, PaperDownload, PaperFile, PaperSeries
from club.papers.rules import Line, lines_in
from club.papers.stored import hash_of


@dataclass(frozen=True)
class Issued:
    """A paper with all that it says; what is kept of it is what was issued."""

    paper_id: int
    number: str
    kind: str
    language: str
    currency: str
    issued_at: datetime
    content: dict[str, Any] = field(repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """Parties, lines and sums as values."""
        found: dict[str, Any] = self.content["data"]
        return found

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its lines."""
        return lines_in(self.data)


def issued(db: Session, paper_id: int) -> Issued:
    """One paper. Raises `NotFound`, and `PaperChanged` if somebody changed what it says."""
    row = db.execute(
        select(
            Paper.id, Paper.number, Paper.kind, Paper.language, Paper.currency, Paper.issued_at, Paper.content_hash,
            PaperContent.content,
        )
        .outerjoin(PaperContent, PaperContent.paper_id == Paper.id)
        .where(Paper.id == paper_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound
    if row.content is None or hash_of(row.content) != row.content_hash:
        raise PaperChanged
    return Issued(*row[:6], content=json.loads(row.content))


def lines_taken_back(db: Session, paper_id: int) -> list[Line]:
    """What other papers took back of this one."""
    texts = db.scalars(
        select(PaperContent.content).join(Paper, Paper.id == PaperContent.paper_id).where(Paper.refers_to == paper_id)
    )
    return [line for text in texts for line in lines_in(json.loads(text)["data"])]


def had_money_alone(db: Session, order_id: int) -> bool:
    """Whether money of an order went back while its goods stayed."""
    alone = Paper.refers_to.is_not(None) & Paper.cause.not_like("return:%")
    return db.scalar(select(Paper.id).where(Paper.order_id == order_id, alone).limit(1)) is not None


def left_of_lines(db: Session, paper_id: int) -> dict[int, int]:
    """What no other paper took back of each line of this one, by the order line's id; 0 stands for the delivery."""
    left = {line.line_id: line.paid for line in issued(db, paper_id).lines}
    for line in lines_taken_back(db, paper_id):
        left[line.line_id] -= line.paid
    return left


@dataclass(frozen=True)
class PaperRow:
    """A paper in a list. Minor units; credit notes count below zero."""

    id: int
    number: str
    kind: str
    issued_at: datetime
    total: int
    currency: str
    refers_to: int | None
    order_id: int
    order_number: str
    order_key: str
    refers_number: str | None
    """The paper that it takes something back of."""


_BEFORE = aliased(Paper)
_COLUMNS = (
    Paper.id, Paper.number, Paper.kind, Paper.issued_at, Paper.total, Paper.currency, Paper.refers_to, Paper.order_id,
    Order.number, Order.key, _BEFORE.number,
)  # fmt: skip


def _rows() -> Select[*tuple[Any, ...]]:
    """Papers with the number of their order and of the paper that they refer to."""
    asked: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    return asked.join(Order, Order.id == Paper.order_id).outerjoin(_BEFORE, _BEFORE.id == Paper.refers_to)


_PAPERS_OF = _rows().where(Paper.order_id == bindparam("order_id")).order_by(Paper.id)


def papers_of(db: Session, order_id: int) -> list[PaperRow]:
    """The papers of an order, the first first."""
    return [PaperRow(*row) for row in db.execute(_PAPERS_OF, {"order_id": order_id})]


def paper_of_order(db: Session, key: str, number: str) -> PaperRow:
    """A paper by its number and the key of its order; raises `NotFound` for one of another order."""
    return _one(_read(db, _rows().where(Order.key == key, Paper.number == number)))


def paper_row(db: Session, paper_id: int) -> PaperRow:
    """A paper by its id; raises `NotFound`."""
    return _one(_read(db, _rows().where(Paper.id == paper_id)))


def _read(db: Session, asked: Select[*tuple[Any, ...]]) -> list[PaperRow]:
    return [PaperRow(*row) for row in db.execute(asked)]


def _one(rows: list[PaperRow]) -> PaperRow:
    if not rows:
        raise NotFound
    return rows[0]


# --- a member's


def years_of(db: Session, person_id: int, zone: str) -> list[int]:
    """The years from a member's last paper back to the first."""
    first, last = db.execute(
        select(func.min(Paper.issued_at), func.max(Paper.issued_at))
        .join(Order, Order.id == Paper.order_id)
        .where(Order.person_id == person_id)
    ).one()
    return [] if first is None else list(range(club_day(last, zone).year, club_day(first, zone).year - 1, -1))


def papers_between(db: Session, person_id: int, since: datetime, until: datetime) -> list[PaperRow]:
    """A member's papers, the newest first."""
    asked = _rows().where(Order.person_id == person_id, Paper.issued_at >= since, Paper.issued_at < until)
    return _read(db, asked.order_by(Paper.id.desc()))


# --- the journal


@dataclass(frozen=True)
class Filters:
    """Which papers the journal shows; what is left out narrows nothing."""

    series_id: int | None = None
    kind: str = ""
    number: str = ""
    """Of the paper, or of its order."""


def journal(db: Session, filters: Filters, limit: int, offset: int) -> list[PaperRow]:
    """The newest papers of the club."""
    asked = _rows()
    if filters.series_id is not None:
        asked = asked.where(Paper.series_id == filters.series_id)
    if filters.kind:
        asked = asked.where(Paper.kind == filters.kind)
    if filters.number:
        wanted = filters.number.upper()
        asked = asked.where(or_(Paper.number == wanted, Order.number == wanted))
    return _read(db, asked.order_by(Paper.id.desc()).limit(limit).offset(offset))


@dataclass(frozen=True)
class SeriesRow:
    """A series: its numbers, and whether one is missing. Minor units."""

    id: int
    prefix: str
    given: int
    there: int
    total: int
    last_at: datetime

    @property
    def missing(self) -> int:
        """Numbers that were given and have no paper."""
        return self.given - self.there


def all_series(db: Session) -> list[SeriesRow]:
    """Every series with its count of papers, the newest first."""
    counted = (
        select(Paper.series_id, func.count().label("there"), func.sum(Paper.total).label("total"))
        .group_by(Paper.series_id)
        .subquery()
    )
    asked = (
        select(
            PaperSeries.id, PaperSeries.prefix, PaperSeries.next_number - 1, func.coalesce(counted.c.there, 0),
            cast(func.coalesce(counted.c.total, 0), BigInteger), PaperSeries.last_at,
        )
        .outerjoin(counted, counted.c.series_id == PaperSeries.id)
        .order_by(PaperSeries.last_at.desc(), PaperSeries.id.desc())
    )  # fmt: skip
    return [SeriesRow(*row) for row in db.execute(asked)]


@dataclass(frozen=True)
class DownloadRow:
    """Who took a paper away, and when."""

    at: datetime
    actor: str
    by: int | None


def downloads_of(db: Session, paper_id: int, limit: int) -> list[DownloadRow]:
    """The newest downloads."""
    asked = (
        select(PaperDownload.at, PaperDownload.actor, PaperDownload.by)
        .where(PaperDownload.paper_id == paper_id)
        .order_by(PaperDownload.id.desc())
        .limit(limit)
    )
    return [DownloadRow(*row) for row in db.execute(asked)]


@dataclass(frozen=True)
class FileRow:
    """A file that was made of a paper."""

    name: str
    file_hash: str
    size: int
    press: str
    made_at: datetime


def files_of(db: Session, paper_id: int) -> list[FileRow]:
    """The files that were made of a paper, the newest first."""
    file = PaperFile
    asked = (
        select(file.name, file.file_hash, file.size, file.press, file.made_at)
        .where(file.paper_id == paper_id)
        .order_by(file.id.desc())
    )
    return [FileRow(*row) for row in db.execute(asked)]
