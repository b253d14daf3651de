"""What somebody may have instead of goods that they give back: the other variants, or any article by its number."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Stock, Variant
from club.catalogue.reading import choice_names, options_in
from club.catalogue.rules.products import sku_key
from club.catalogue.rules.stock import Level
from club.orders.service.rows import named
from club.texts import Texts

MOST_VARIANTS = 60
"""Of one product; more are asked for by their number."""


@dataclass(frozen=True)
class Swap:
    """A variant that is there today."""

    variant_id: int
    product_id: int
    name: Texts


def swaps_for(db: Session, product_ids: Collection[int]) -> tuple[Swap, ...]:
    """All variants of these products of which there is one, those that were bought included; one query.

    What they cost is said with the effect, before anything is sent.
    """
    ids = set(product_ids)
    rows = db.execute(
        select(
            Variant.id, Variant.product_id, Variant.choices, Product.name, Product.options,
            Stock.on_hand, Stock.reserved, Stock.back_order_limit, Stock.low_mark, Stock.is_counted, Stock.missing,
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Stock, Stock.variant_id == Variant.id)
        .where(Variant.product_id.in_(ids), Variant.is_active)
        .order_by(Variant.product_id, Variant.position, Variant.id)
        .limit(MOST_VARIANTS * len(ids))
    )  # fmt: skip
    found = []
    for row in rows:
        left = Level(*row[5:]).left
        if left is None or left > 0:
            name = named(row.name, choice_names(options_in(row.options), dict(row.choices)))
            found.append(Swap(row.id, row.product_id, name))
    return tuple(found)


def variant_numbered(db: Session, typed: str) -> int | None:
    """The variant with this article number, whatever the case; None: there is none in the shop."""
    return db.scalar(select(Variant.id).where(Variant.sku_key == sku_key(typed), Variant.is_active))
