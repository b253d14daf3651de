"""A member's points over a period: what there was, what came and went, what is left. Of the ledger alone."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from club.points.models import MOVEMENTS

ACTS = {
    "earned": ("earned", "activated"),
    "used": ("spent", "held", "released", "given_back"),
    "expired": ("expired",),
    "corrected": ("reversed", "adjusted"),
    "passed": ("sent", "received", "taken", "returned"),
}
"""How a movement's kind ends, by what it is called on a statement; any other kind is a correction too."""
NAMED = ("earned", "used", "expired", "passed")
"""The parts that a statement counts by themselves."""


@dataclass(frozen=True)
class Turnover:
    """Points that can be spent. What came is positive, what went is not; the middle adds up to the difference."""

    opening: int
    earned: int
    used: int
    expired: int
    passed: int
    corrected: int

    @property
    def closing(self) -> int:
        """What was there at the end of the last day."""
        return self.opening + self.earned + self.used + self.expired + self.passed + self.corrected


def part_of(name: str) -> ColumnElement[bool]:
    """Whether a movement belongs to a part of the statement."""
    return or_(*(MOVEMENTS.c.kind.like(f"%.{act}") for act in ACTS[name]))


def turnover(db: Session, member_id: int, first: date | None, last: date | None) -> Turnover:
    """One member's, from one day to another, both included; None: from the beginning, until now. One question."""
    c = MOVEMENTS.c
    is_before = c.dated_on < (first or date.min)
    parts = [(is_before, "opening"), *((part_of(name), name) for name in NAMED)]
    part = case(*parts, else_="corrected")
    query = select(part.label("part"), func.sum(c.active).label("points")).where(c.member_id == member_id)
    if last is not None:
        query = query.where(c.dated_on <= last)
    sums = {row.part: int(row.points) for row in db.execute(query.group_by(part))}
    return Turnover(**{name: sums.get(name, 0) for name in ("opening", *NAMED, "corrected")})
