"""What a cart or an order needs to know of the variants in it: three questions, however many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from club.catalogue.cards import IMAGE, IS_COVER, LEVEL, Choice, Image, choice_of, image_of
from club.catalogue.categories import Tree, tree
from club.catalogue.listing import is_visible
from club.catalogue.models import Product, ProductImage, ProductTaken, Stock, Variant
from club.catalogue.pricing import Rows, rows_for
from club.catalogue.reading import choice_names, options_in
from club.catalogue.rules.pricing import Buyer, Shown, price_for
from club.catalogue.rules.products import TaxClass
from club.texts import Texts


class Trouble(StrEnum):
    """Why a line cannot be bought as it stands; the gravest one is said."""

    GONE = "gone"
    """Taken out of the shop, or not for this visitor."""
    NO_PRICE = "no_price"
    MEMBERS_ONLY = "members_only"
    """It is limited for each member, and this is a guest."""
    OUT_OF_STOCK = "out_of_stock"
    TOO_FEW_LEFT = "too_few_left"
    """`most` says how many can be had."""
    LIMIT = "limit"
    """`most` says how many this member can still have."""
    MULTIPLES = "multiples"
    """It is sold in multiples of `sold_in`."""


@dataclass(frozen=True)
class Offer:
    """A variant in a quantity, for one buyer, on one day."""

    variant_id: int
    product_id: int
    sku: str
    name: Texts
    choices: list[tuple[Texts, Texts]]
    """What was chosen: option and value."""
    slugs: Texts
    quantity: int
    price: Shown | None
    """Of one unit in this quantity."""
    tax_class: TaxClass
    category_id: int | None
    weight_grams: int
    content: int
    sold_in: int
    min_age: int | None
    limit_per_member: int | None
    earns_points: bool
    takes_points: bool
    image: Image | None
    choice: Choice
    trouble: Trouble | None
    most: int | None
    """How many can be had at most; None: as many as wanted."""


_VARIANT = (
    Variant.id, Variant.product_id, Variant.sku, Variant.choices, Variant.content, Variant.unit, Variant.weight_grams,
    Variant.sold_in, Variant.is_active,
)  # fmt: skip
_PRODUCT = (
    Product.name, Product.slugs, Product.options, Product.tax_class, Product.category_id, Product.min_age,
    Product.limit_per_member, Product.takes_tier_discount,
)  # fmt: skip


def offers_for(db: Session, wanted: Mapping[int, int], buyer: Buyer, day: date) -> dict[int, Offer]:
    """What stands behind each variant in the quantity that is wanted of it. Unknown ones are missing.

    A limit for each member counts all variants of the product together, and what was had before.
    """
    if not wanted:
        return {}
    rows = db.execute(
        select(*_VARIANT, *LEVEL, *_PRODUCT, is_visible(buyer, day).label("is_visible"), *IMAGE)
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Stock, Stock.variant_id == Variant.id)
        .outerjoin(ProductImage, IS_COVER)
        .where(Variant.id.in_(sorted(wanted)))
    ).all()
    prices = rows_for(db, {row.product_id for row in rows}, buyer, day)
    had = taken_by(db, buyer, [row.product_id for row in rows if row.limit_per_member is not None])
    together: dict[int, int] = {}
    for row in rows:
        together[row.product_id] = together.get(row.product_id, 0) + wanted[row[0]]
    known = _Known(prices, had, together, tree(db))
    return {row[0]: _offer(row, wanted[row[0]], buyer, day, known) for row in rows}


def taken_by(db: Session, buyer: Buyer, product_ids: list[int]) -> dict[int, int]:
    """How many this member has had of products that are limited; nothing for guests."""
    if not buyer.member_id or not product_ids:
        return {}
    rows = db.execute(
        select(ProductTaken.product_id, ProductTaken.quantity).where(
            ProductTaken.person_id == buyer.member_id, ProductTaken.product_id.in_(product_ids)
        )
    )
    return {row.product_id: row.quantity for row in rows}


@dataclass(frozen=True)
class _Known:
    """What was read for all of them at once."""

    prices: Rows
    had: Mapping[int, int]
    together: Mapping[int, int]
    categories: Tree


def _offer(row: Row[*tuple[Any, ...]], quantity: int, buyer: Buyer, day: date, known: _Known) -> Offer:
    choice = choice_of(row)
    who = buyer if row.takes_tier_discount else buyer.without_discount()
    price = price_for(known.prices[choice.product_id], choice.id, who, day, quantity)
    left_of_limit = None
    if row.limit_per_member is not None:
        others = known.together[choice.product_id] - quantity
        left_of_limit = max(0, row.limit_per_member - known.had.get(choice.product_id, 0) - others)
    trouble = _trouble(row, choice, quantity, price, buyer, left_of_limit)
    bounds = [bound for bound in (choice.level.left, left_of_limit) if bound is not None]
    return Offer(
        variant_id=choice.id,
        product_id=choice.product_id,
        sku=choice.sku,
        name=row.name,
        choices=choice_names(options_in(row.options), dict(choice.choices)),
        slugs=row.slugs,
        quantity=quantity,
        price=price,
        tax_class=TaxClass(row.tax_class),
        category_id=row.category_id,
        weight_grams=choice.weight_grams,
        content=choice.content,
        sold_in=choice.sold_in,
        min_age=row.min_age,
        limit_per_member=row.limit_per_member,
        earns_points=known.categories.earns_points(row.category_id),
        takes_points=known.categories.takes_points(row.category_id),
        image=image_of(row[-len(IMAGE) :]),
        choice=choice,
        trouble=trouble,
        most=min(bounds) // choice.sold_in * choice.sold_in if bounds else None,
    )


def _trouble(
    row: Row[*tuple[Any, ...]], choice: Choice, quantity: int, price: Shown | None, buyer: Buyer,
    left_of_limit: int | None,
) -> Trouble | None:  # fmt: skip
    left = choice.level.left
    if not row.is_visible or not choice.is_active:
        return Trouble.GONE
    if price is None:
        return Trouble.NO_PRICE
    if left_of_limit is not None and not buyer.is_member:
        return Trouble.MEMBERS_ONLY
    if left is not None and left < choice.sold_in:
        return Trouble.OUT_OF_STOCK
    if left is not None and quantity > left:
        return Trouble.TOO_FEW_LEFT
    if left_of_limit is not None and quantity > left_of_limit:
        return Trouble.LIMIT
    return Trouble.MULTIPLES if quantity % choice.sold_in else None
