"""A small shop for tests: a club with tiers, a few products with prices and stock."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Variant
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import NewAttribute, NewCategory, NewProduct, NewVariant, State, Unit
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import add_category
from club.catalogue.service.prices import set_price
from club.catalogue.service.products import add_product, set_state
from club.catalogue.service.stock import move_stock
from club.permissions import Role
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder

TODAY = date(2026, 6, 15)


@dataclass(frozen=True)
class OnSale:
    """A product that can be bought, and its first variant."""

    product_id: int
    variant_id: int


def texts(en: str, es: str = "", ru: str = "") -> Texts:
    return Texts({"en": en, "es": es, "ru": ru})


def set_rungs(db: Session, now: datetime, silver: int = 5, gold: int = 10) -> None:
    """Member, Silver and Gold, with so many percent off."""
    rungs = (
        Rung("member", texts("Member")),
        Rung("silver", texts("Silver"), spend=10_000, discount_percent=silver),
        Rung("gold", texts("Gold"), spend=50_000, discount_percent=gold),
    )
    set_ladder(db, Ladder(rungs), date(2024, 1, 1), None, now)


def category(db: Session, name: Texts, now: datetime, parent_id: int | None = None) -> int:
    return add_category(db, NewCategory(name, parent_id=parent_id), None, Role.SHOP, now)


def product(
    db: Session, name: Texts, sku: str, now: datetime, *, price: int | None = 2400, stock: int = 0,
    is_live: bool = True, attributes: tuple[NewAttribute, ...] = (), **more: object,
) -> OnSale:  # fmt: skip
    """A product with one variant of 0.75 litres, live where it has a price."""
    new = NewProduct(
        name=name, variants=(NewVariant(sku, content=750, unit=Unit.LITRE, weight_grams=1300),), attributes=attributes,
        **more,  # type: ignore[arg-type]  # what the test says of it
    )  # fmt: skip
    product_id = add_product(db, new, None, Role.SHOP, now)
    variant_id = first_variant(db, product_id)
    if price is not None:
        set_price(db, product_id, PriceRow(Kind.BASE, TODAY, amount=price), None, Role.SHOP, now)
    if stock:
        move_stock(db, variant_id, Reason.ARRIVAL, stock, None, Role.SHOP, now)
    if price is not None and is_live:
        go_live(db, product_id, now)
    return OnSale(product_id, variant_id)


def first_variant(db: Session, product_id: int) -> int:
    found = db.scalars(select(Variant.id).where(Variant.product_id == product_id).order_by(Variant.position)).first()
    assert found is not None
    return found


def version_of(db: Session, product_id: int) -> int:
    found = db.scalar(select(Product.version).where(Product.id == product_id))
    assert found is not None
    return found


def go_live(db: Session, product_id: int, now: datetime) -> None:
    set_state(db, product_id, State.LIVE, version_of(db, product_id), None, Role.SHOP, now)
