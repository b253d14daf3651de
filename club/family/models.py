"""The family that a member named, a row each. Personal throughout: goes with the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.family.rules import Relation, Relative


class FamilyMember(Base):
    """Somebody of a member's family."""

    __tablename__ = "family_member"
    __table_args__ = (
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_whole"),
        CheckConstraint("birth_year IS NULL OR birth_month IS NOT NULL", name="year_with_day"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    relation: Mapped[str] = mapped_column(String(8))
    birth_year: Mapped[int | None]
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    answered_for_at: Mapped[datetime | None]
    """When the member said that they answer for this minor."""
    noted_at: Mapped[datetime]


@dataclass(frozen=True)
class FamilyView:
    """One of them as pages show it."""

    id: int
    relative: Relative
    is_minor: bool


def family_of(db: Session, person_id: int, today: date) -> Sequence[FamilyView]:
    """In the order in which they were named."""
    columns = FamilyMember
    rows = db.execute(
        select(columns.id, columns.name, columns.relation, columns.birth_year, columns.birth_month, columns.birth_day)
        .where(columns.person_id == person_id)
        .order_by(columns.id)
    )
    found = []
    for row in rows:
        one = Relative(name=row[1], relation=Relation(row[2]), year=row[3], month=row[4], day=row[5])
        found.append(FamilyView(row[0], one, one.is_minor(today)))
    return found
