"""Benefits and what each tier gets of them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.benefits.rules import Benefit, Cell, Gives, Kind
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.programme.models import remembered
from club.texts import Texts


class BenefitRow(Base):
    """One line of the grid; one that was archived is shown to nobody any more."""

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint("kind IN ('rational', 'emotional')", name="kind_known"),
        CheckConstraint("cost_per_use >= 0", name="cost_positive"),
        Index("ix_benefit_position", "position"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position: Mapped[int]
    name: Mapped[Texts]
    words: Mapped[Texts]
    kind: Mapped[str] = mapped_column(String(10))
    cost_per_use: Mapped[int] = mapped_column(BigId, default=0)
    review_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every change, so that two people do not overwrite each other."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    archived_at: Mapped[datetime | None]


class BenefitCell(Base):
    """What the tier of a key gets of a benefit."""

    __tablename__ = "benefit_cell"
    __table_args__ = (
        CheckConstraint("gives IN ('yes', 'amount', 'times', 'words')", name="gives_known"),
        CheckConstraint("value >= 0", name="value_positive"),
    )

    benefit_id: Mapped[int] = mapped_column(ForeignKey("benefit.id"), primary_key=True)
    rung_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    gives: Mapped[str] = mapped_column(String(8))
    value: Mapped[int] = mapped_column(BigId, default=0)
    """Minor units, or times a year."""
    words: Mapped[Texts]


@dataclass(frozen=True)
class Line:
    """A benefit in its place."""

    id: int
    version: int
    is_archived: bool
    benefit: Benefit


_COLUMNS = BenefitRow.__table__.c
_CELLS = BenefitCell.__table__


def standing_benefits(db: Session) -> tuple[Line, ...]:
    """The benefits of today in their order, remembered in the process until the programme's stamp rises."""
    return remembered(db, "benefits", _load)


def all_benefits(db: Session) -> tuple[Line, ...]:
    """Those of today in their order, then those that were archived."""
    return _read(db)


def the_benefit(db: Session, benefit_id: int) -> Line:
    """One benefit; raises `NotFound`."""
    found = next((line for line in _read(db) if line.id == benefit_id), None)
    if found is None:
        raise NotFound
    return found


def _load(db: Session) -> tuple[Line, ...]:
    return tuple(line for line in _read(db) if not line.is_archived)


def _read(db: Session) -> tuple[Line, ...]:
    cells: dict[int, dict[str, Cell]] = {}
    for row in db.execute(select(_CELLS)):
        cells.setdefault(row.benefit_id, {})[row.rung_key] = Cell(Gives(row.gives), row.value, row.words)
    rows = db.execute(
        select(BenefitRow.__table__).order_by(_COLUMNS.archived_at.is_not(None), _COLUMNS.position, _COLUMNS.id)
    )
    return tuple(
        Line(
            row.id,
            row.version,
            row.archived_at is not None,
            Benefit(row.name, row.words, Kind(row.kind), row.cost_per_use, row.review_on, cells.get(row.id, {})),
        )
        for row in rows
    )
