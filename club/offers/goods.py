"""Goods that offers name: found by what staff type, and named for whoever reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Variant
from club.catalogue.rules.products import sku_key
from club.offers.rules import Offer
from club.texts import Texts


@dataclass(frozen=True)
class Found:
    """A variant that was typed by its SKU."""

    variant_id: int
    product_id: int


def with_skus(db: Session, skus: Sequence[str]) -> dict[str, Found]:
    """What was typed → what it is; what nobody sells is left out."""
    keys = {sku: sku_key(sku) for sku in skus}
    if not keys:
        return {}
    asked = select(Variant.sku_key, Variant.id, Variant.product_id).where(Variant.sku_key.in_(set(keys.values())))
    found = {row.sku_key: Found(row.id, row.product_id) for row in db.execute(asked)}
    return {sku: found[key] for sku, key in keys.items() if key in found}


def sku_of(db: Session, variant_id: int | None) -> str:
    """The SKU of a gift; empty for none."""
    if variant_id is None:
        return ""
    return db.scalar(select(Variant.sku).where(Variant.id == variant_id)) or ""


def skus_of(db: Session, product_ids: Collection[int]) -> list[str]:
    """One SKU for each product, as they would be typed."""
    if not product_ids:
        return []
    first = (
        select(func.min(Variant.id)).where(Variant.product_id.in_(product_ids)).group_by(Variant.product_id).subquery()
    )
    return list(db.scalars(select(Variant.sku).where(Variant.id.in_(select(first))).order_by(Variant.sku)))


def gifts_named(db: Session, variant_ids: Collection[int]) -> dict[int, Texts]:
    """What gifts are called, by their variants: one query, none for none."""
    if not variant_ids:
        return {}
    rows = db.execute(
        select(Variant.id, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {row.id: row.name for row in rows}


def gifts_of(db: Session, offers: Iterable[Offer]) -> dict[int, Texts]:
    """What these offers give along is called, by its variants."""
    return gifts_named(db, {offer.gift_variant_id for offer in offers if offer.gift_variant_id is not None})
