"""Uses of benefits: who used what, when, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.models import Staff
from club.benefits.rules import Cell, Gives, year_of
from club.database import NEVER_REUSED, Base, BigId


class BenefitUse(Base):
    """One use. What was written down by mistake is marked as undone and counts no more."""

    __tablename__ = "benefit_use"
    __table_args__ = (
        CheckConstraint("cost >= 0", name="use_cost_positive"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        Index("ix_benefit_use_person", "person_id", "used_on"),
        Index("ix_benefit_use_used_on", "used_on"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    benefit_id: Mapped[int] = mapped_column(ForeignKey("benefit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    rung_key: Mapped[str] = mapped_column(String(40))
    """The tier that they held on the day."""
    used_on: Mapped[date]
    cost: Mapped[int] = mapped_column(BigId)
    """Minor units, as the benefit said then."""
    recorded_at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """By which a form that is sent twice is recognised."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


@dataclass(frozen=True)
class Use:
    """A use as the page of a member shows it."""

    id: int
    benefit_id: int
    used_on: date
    cost: int
    by: str | None
    is_undone: bool


@dataclass(frozen=True)
class Used:
    """Uses of one benefit by members of one tier. `cost` in minor units."""

    uses: int = 0
    members: int = 0
    cost: int = 0


_U = BenefitUse


def uses_of(db: Session, person_id: int, limit: int) -> list[Use]:
    """The last uses of a member, undone ones too."""
    rows = db.execute(
        select(_U.id, _U.benefit_id, _U.used_on, _U.cost, Staff.name, _U.undone_at.is_not(None))
        .outerjoin(Staff, Staff.account_id == _U.by)
        .where(_U.person_id == person_id)
        .order_by(_U.used_on.desc(), _U.id.desc())
        .limit(limit)
    )
    return [Use(*row) for row in rows]


def used_in_year(db: Session, person_id: int, day: date) -> dict[int, int]:
    """How often a member used each benefit in the calendar year of a day."""
    first, last = year_of(day)
    rows = db.execute(
        select(_U.benefit_id, func.count())
        .where(_U.person_id == person_id, _U.used_on.between(first, last), _U.undone_at.is_(None))
        .group_by(_U.benefit_id)
    )
    return {benefit_id: int(count) for benefit_id, count in rows}


def days_used_in_year(db: Session, person_id: int, day: date) -> dict[int, list[date]]:
    """On which days of the calendar year a member used each benefit, the last one first."""
    first, last = year_of(day)
    rows = db.execute(
        select(_U.benefit_id, _U.used_on)
        .where(_U.person_id == person_id, _U.used_on.between(first, last), _U.undone_at.is_(None))
        .order_by(_U.used_on.desc(), _U.id.desc())
    )
    found: dict[int, list[date]] = {}
    for benefit_id, used_on in rows:
        found.setdefault(benefit_id, []).append(used_on)
    return found


def used_between(db: Session, first: date, last: date) -> dict[tuple[int, str], Used]:
    """Uses by benefit and tier in these days."""
    rows = db.execute(
        select(_U.benefit_id, _U.rung_key, func.count(), func.count(_U.person_id.distinct()), func.sum(_U.cost))
        .where(_U.used_on.between(first, last), _U.undone_at.is_(None))
        .group_by(_U.benefit_id, _U.rung_key)
    )
    return {(row[0], row[1]): Used(int(row[2]), int(row[3]), int(row[4])) for row in rows}


def cost_by_tier(db: Session, first: date, last: date) -> dict[str, int]:
    """What uses in these days cost, by the tier of the member."""
    rows = db.execute(
        select(_U.rung_key, func.sum(_U.cost))
        .where(_U.used_on.between(first, last), _U.undone_at.is_(None))
        .group_by(_U.rung_key)
    )
    return {key: int(cost) for key, cost in rows}


def left_in_year(cell: Cell | None, used: int) -> int | None:
    """How often somebody may still use it this year; None: as often as they like."""
    if cell is None:
        return 0
    return max(0, cell.value - used) if cell.gives is Gives.TIMES else None


def cost_in_a_year(spent: Mapping[str, int], before: Mapping[str, int], then: Mapping[str, int]) -> int:
    """What benefits would cost if the members of each tier use them as they did in the last 12 months.

    `spent`: cost of those months by tier; `before` and `then`: members of each tier now, and as they would be. A tier
    that nobody holds now has no use to go by, and costs nothing here.
    """
    return sum(cost * then.get(key, 0) // before[key] for key, cost in spent.items() if before.get(key))
