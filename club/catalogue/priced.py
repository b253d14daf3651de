"""Every price row of one product, those to come and those that are over too, as staff see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.catalogue.models import MemberPrice, Price
from club.catalogue.rules.pricing import Kind, PriceRow
from club.members.models import Person

MOST_AGREED = 100
"""So many agreements with members are listed, by name."""


class When(StrEnum):
    """How a row stands on a day."""

    HOLDS = "holds"
    LATER = "later"
    OVER = "over"
    REPLACED = "replaced"
    """A later row of the same kind, variant, tier and quantity took its place."""


@dataclass(frozen=True)
class Entry:
    """A price as it was set."""

    row: PriceRow
    set_at: datetime
    set_by: str | None
    person_id: int | None = None
    person_name: str | None = None
    member_number: str | None = None

    @property
    def is_end(self) -> bool:
        """Whether it only ends earlier ones."""
        return self.row.amount is None and self.row.percent is None


def entries_of(db: Session, product_id: int) -> list[Entry]:
    """Everything that was set for a product and not for one member, the latest first."""
    rows = db.execute(
        select(
            Price.kind, Price.from_on, Price.until_on, Price.amount, Price.percent, Price.variant_id, Price.rung_key,
            Price.min_quantity, Price.id, Price.set_at, Staff.name,
        )
        .outerjoin(Staff, Staff.account_id == Price.set_by)
        .where(Price.product_id == product_id)
        .order_by(Price.from_on.desc(), Price.id.desc())
    )  # fmt: skip
    return [Entry(PriceRow(Kind(row[0]), *row[1:9]), row[9], row[10]) for row in rows]


def agreed_with_members(db: Session, product_id: int, day: date) -> list[Entry]:
    """What was agreed with single members and is not over, by name; of very many the first."""
    return _agreed(db, _agreements(product_id, day).limit(MOST_AGREED))


def agreed_with(db: Session, product_id: int, person_id: int, day: date) -> list[Entry]:
    """What was agreed with one member and is not over."""
    return _agreed(db, _agreements(product_id, day).where(MemberPrice.person_id == person_id))


def is_agreed(db: Session, product_id: int, price_id: int, day: date) -> bool:
    """Whether a price was agreed with a member for this product and is not over."""
    return bool(_agreed(db, _agreements(product_id, day).where(MemberPrice.id == price_id)))


def _agreements(product_id: int, day: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MemberPrice.from_on, MemberPrice.until_on, MemberPrice.amount, MemberPrice.percent, MemberPrice.variant_id,
            MemberPrice.min_quantity, MemberPrice.id, MemberPrice.set_at, Staff.name, Person.id, Person.full_name,
            Person.member_number,
        )
        .join(Person, Person.id == MemberPrice.person_id)
        .outerjoin(Staff, Staff.account_id == MemberPrice.set_by)
        .where(
            MemberPrice.product_id == product_id, or_(MemberPrice.until_on.is_(None), MemberPrice.until_on >= day)
        )
        .order_by(Person.full_name, MemberPrice.id)
    )  # fmt: skip


def _agreed(db: Session, statement: Select[*tuple[Any, ...]]) -> list[Entry]:
    return [
        Entry(
            PriceRow(Kind.MEMBER, row[0], row[1], row[2], row[3], row[4], None, row[5], row[6]), row[7], row[8],
            row[9], row[10], row[11],
        )
        for row in db.execute(statement)
    ]  # fmt: skip


def when(entry: Entry, entries: Iterable[Entry], day: date) -> When:
    """How a row stands on a day among all of its product."""
    row = entry.row
    if row.from_on > day:
        return When.LATER
    if row.until_on is not None and row.until_on < day:
        return When.OVER
    rivals = (one.row for one in entries if _place(one.row) == _place(row) and one.row.holds_on(day))
    latest = max(rivals, key=lambda one: (one.from_on, one.id), default=row)
    return When.HOLDS if latest == row else When.REPLACED


def _place(row: PriceRow) -> tuple[Kind, int | None, str | None, int]:
    return row.kind, row.variant_id, row.rung_key, row.min_quantity
