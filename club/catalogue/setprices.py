"""Prices as staff set them: what holds, what is to come and what was, and what was agreed with whom."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import MemberPrice, Price, Product, Variant
from club.catalogue.rules.pricing import Kind, PriceRow
from club.members.models import Person
from club.texts import Texts


@dataclass(frozen=True)
class SetPrice:
    """One row as it was set, by whom and when."""

    row: PriceRow
    sku: str | None
    """Of a variant's own price."""
    set_at: datetime
    set_by: int | None


@dataclass(frozen=True)
class Agreed:
    """What was agreed with one member for one product."""

    id: int
    person_id: int
    full_name: str
    product_id: int
    product: Texts
    sku: str | None
    amount: int | None
    percent: int | None
    min_quantity: int
    from_on: date
    until_on: date | None


_ROW = (
    Price.kind, Price.from_on, Price.until_on, Price.amount, Price.percent, Price.variant_id, Price.rung_key,
    Price.min_quantity, Price.id,
)  # fmt: skip


def prices_of(db: Session, product_id: int) -> list[SetPrice]:
    """Every price that a product ever had, the latest start first."""
    rows = db.execute(
        select(*_ROW, Variant.sku, Price.set_at, Price.set_by)
        .outerjoin(Variant, Variant.id == Price.variant_id)
        .where(Price.product_id == product_id)
        .order_by(Price.from_on.desc(), Price.id.desc())
    )
    return [SetPrice(PriceRow(Kind(row[0]), *row[1:9]), row.sku, row.set_at, row.set_by) for row in rows]


def standing_prices(prices: list[SetPrice], day: date) -> list[SetPrice]:
    """Of all prices of a product those that hold on a day or later and that no other replaced or ended, in order."""
    found: list[SetPrice] = []
    for at, price in enumerate(prices):
        row = price.row
        is_over = row.until_on is not None and row.until_on < day
        if not is_over and row.speaks and not any(_covers(other.row, row, day) for other in prices[:at]):
            found.append(price)
    return found


def _covers(later: PriceRow, row: PriceRow, day: date) -> bool:
    """Whether a row that starts later, or was entered later, holds wherever this one would from a day on."""
    is_same_place = (later.kind, later.variant_id, later.rung_key, later.min_quantity) == (
        row.kind, row.variant_id, row.rung_key, row.min_quantity,
    )  # fmt: skip
    ends_later = later.until_on is None or (row.until_on is not None and later.until_on >= row.until_on)
    return is_same_place and ends_later and later.from_on <= max(row.from_on, day)


def agreed_for(db: Session, day: date, *, product_id: int | None = None, person_id: int | None = None) -> list[Agreed]:
    """What holds on a day or later for a product, for a member, or for both."""
    statement = (
        select(
            MemberPrice.id, MemberPrice.person_id, Person.full_name, MemberPrice.product_id, Product.name, Variant.sku,
            MemberPrice.amount, MemberPrice.percent, MemberPrice.min_quantity, MemberPrice.from_on,
            MemberPrice.until_on,
        )
        .join(Person, Person.id == MemberPrice.person_id)
        .join(Product, Product.id == MemberPrice.product_id)
        .outerjoin(Variant, Variant.id == MemberPrice.variant_id)
        .where(MemberPrice.until_on.is_(None) | (MemberPrice.until_on >= day))
        .order_by(MemberPrice.from_on.desc(), MemberPrice.id.desc())
    )  # fmt: skip
    if product_id is not None:
        statement = statement.where(MemberPrice.product_id == product_id)
    if person_id is not None:
        statement = statement.where(MemberPrice.person_id == person_id)
    return [Agreed(*row) for row in db.execute(statement)]
