"""Goods on the shelves of a test's shop, put there as staff would."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from club.catalogue.cards import choices_of
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import NewProduct, NewVariant, Option, State, Unit
from club.catalogue.rules.stock import Reason
from club.catalogue.service.prices import set_price
from club.catalogue.service.products import add_product, set_state
from club.catalogue.service.stock import move_stock
from club.permissions import Role
from club.texts import Texts

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 6, 15, 10, 0, tzinfo=UTC)
SIZES = Option(
    "size",
    Texts({"en": "Size"}),
    (("bottle", Texts({"en": "Bottle"})), ("case", Texts({"en": "Case of six"}))),
)


@dataclass(frozen=True)
class Good:
    """A product and its variants in order."""

    product_id: int
    variants: tuple[int, ...]


def put_out(
    db: Session, name: str = "Reserva", *, cents: int = 2400, stock: int = 10, in_cases: int = 0, live: bool = True,
    sku: str = "", **values: Any,
) -> Good:  # fmt: skip
    """A bottle of 0.75 l at a price, so many of it in stock; `in_cases`: cents of a case that there is too."""
    number = sku or name.upper().replace(" ", "-")
    kinds = [("bottle", number, 750)] + [("case", f"{number}-CASE", 4500)] * bool(in_cases)
    product = NewProduct(
        **{
            "name": Texts({"en": name, "es": f"{name} es", "ru": f"{name} ru"}),
            "slugs": Texts({language: f"{number.lower()}-{language}" for language in ("en", "es", "ru")}),
            "options": (SIZES,) if in_cases else (),
            "variants": tuple(
                NewVariant(sku=one, choices={"size": key} if in_cases else {}, content=content, unit=Unit.LITRE)
                for key, one, content in kinds
            ),
            **values,
        }
    )
    product_id = add_product(db, product, None, Role.OWNER, LONG_AGO)
    variants = tuple(choice.id for choice in choices_of(db, [product_id])[product_id])
    db.rollback()
    for variant_id, amount in zip(variants, (cents, in_cases), strict=False):
        price(db, product_id, Kind.BASE, LONG_AGO, amount=amount, variant_id=variant_id)
        if stock:
            move_stock(db, variant_id, Reason.ARRIVAL, stock, None, Role.OWNER, LONG_AGO)
    if live:
        set_state(db, product_id, State.LIVE, 1, None, Role.OWNER, LONG_AGO)
    return Good(product_id, variants)


def price(db: Session, product_id: int, kind: Kind, at: datetime, until: date | None = None, **values: Any) -> None:
    """One more price, from the day on which it is set."""
    set_price(db, product_id, PriceRow(kind, at.date(), until, **values), None, Role.OWNER, at)
