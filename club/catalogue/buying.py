"""What a cart or an order needs to know of the variants in it: two questions, however many."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from club.catalogue.cards import IMAGE, IS_COVER, LEVEL, Choice, Image, choice_of, image_of
from club.catalogue.categories import Tree, tree
from club.catalogue.listing import seen_by, visible
from club.catalogue.models import Price, Product, ProductImage, ProductTaken, Stock, Variant
from club.catalogue.pricing import Rows, rows_for
from club.catalogue.reading import abroad_in, choice_names, options_in
from club.catalogue.rules.pricing import Buyer, PriceRow, Shown, price_for
from club.catalogue.rules.products import NoReturn, TaxClass
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
    tax_abroad: Mapping[str, TaxClass]
    category_id: int | None
    purchase_category: str
    """What earning rules call its category."""
    weight_grams: int
    content: int
    sold_in: int
    min_age: int | None
    no_return: NoReturn | None
    """Why it cannot be given back; none: it can."""
    limit_per_member: int | None
    limit_left: int | None
    """How many this buyer may still have of the product, in all its variants."""
    earns_points: bool
    takes_points: bool
    image: Image | None
    choice: Choice
    trouble: Trouble | None
    most: int | None
    """How many can be had at most; None: as many as wanted."""
    prices: tuple[PriceRow, ...]
    buyer: Buyer
    day: date
    mark: tuple[Any, ...] = ()
    """What changes with the variant, its product and the prices of it, as `MARK` asks for it."""

    def tax_class_in(self, country: str) -> TaxClass:
        """Under which of a country's rates it falls."""
        return self.tax_abroad.get(country, self.tax_class)

    def price_at(self, quantity: int) -> Shown | None:
        """Of one unit in another quantity."""
        return price_for(self.prices, self.variant_id, self.buyer, self.day, quantity)


_VARIANT = (
    Variant.id, Variant.product_id, Variant.sku, Variant.choices, Variant.content, Variant.unit, Variant.weight_grams,
    Variant.sold_in, Variant.is_active,
)  # fmt: skip
_PRODUCT = (
    Product.name, Product.slugs, Product.options, Product.tax_class, Product.category_id, Product.min_age,
    Product.no_return, Product.limit_per_member, Product.takes_tier_discount, Product.tax_abroad,
)  # fmt: skip
MARK = (
    Variant.is_active.label("mark_active"),
    Variant.sold_in.label("mark_sold_in"),
    Product.version.label("mark_version"),
    Product.state.label("mark_state"),
    select(func.max(Price.id))
    .where(Price.product_id == Product.id)
    .correlate(Product)
    .scalar_subquery()
    .label("mark_price"),
)
"""Columns that tell whether anything of a variant has changed since it was read; prices are only ever added."""
_HAD = func.coalesce(ProductTaken.quantity, 0).label("had")


def offers_for(
    db: Session, wanted: Mapping[int, int], buyer: Buyer, day: date, counted: Collection[int] | None = None
) -> dict[int, Offer]:
    """What stands behind each variant in the quantity that is wanted of it. Unknown ones are missing.

    A limit for each member counts all variants of the product together, and what was had before. `counted`: the
    variants that are meant to be bought, where others are only asked about beside them; without it all of them.
    """
    if not wanted:
        return {}
    given = {**seen_by(buyer, day), "variant_ids": sorted(wanted), "person_id": buyer.member_id or 0}
    rows = db.execute(_statement(is_for_tiers=bool(buyer.rung_keys)), given).all()
    prices = rows_for(db, {row.product_id for row in rows}, buyer, day)
    together: dict[int, int] = {}
    for row in rows:
        if counted is None or row[0] in counted:
            together[row.product_id] = together.get(row.product_id, 0) + wanted[row[0]]
    known = _Known(prices, together, tree(db), counted)
    return {row[0]: _offer(row, wanted[row[0]], buyer, day, known) for row in rows}


@cache
def _statement(*, is_for_tiers: bool) -> Select[*tuple[Any, ...]]:
    """What a member has had of a product is asked along; nothing for guests, who are person 0."""
    taken = and_(ProductTaken.product_id == Product.id, ProductTaken.person_id == bindparam("person_id"))
    return (
        select(
            *_VARIANT, *LEVEL, *_PRODUCT, visible(is_for_tiers=is_for_tiers).label("is_visible"), _HAD, *MARK, *IMAGE
        )
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Stock, Stock.variant_id == Variant.id)
        .outerjoin(ProductImage, IS_COVER)
        .outerjoin(ProductTaken, taken)
        .where(Variant.id.in_(bindparam("variant_ids", type_=Variant.id.type, expanding=True)))
    )


@dataclass(frozen=True)
class _Known:
    """What was read for all of them at once."""

    prices: Rows
    together: Mapping[int, int]
    categories: Tree
    counted: Collection[int] | None

    def others(self, row: Row[*tuple[Any, ...]], quantity: int) -> int:
        """How many pieces of its product are wanted beside these."""
        own = quantity if self.counted is None or row[0] in self.counted else 0
        return self.together.get(row.product_id, 0) - own


def _offer(row: Row[*tuple[Any, ...]], quantity: int, buyer: Buyer, day: date, known: _Known) -> Offer:
    choice = choice_of(row)
    who = buyer if row.takes_tier_discount else buyer.without_discount()
    rows = tuple(known.prices[choice.product_id])
    price = price_for(rows, choice.id, who, day, quantity)
    limit_left = None if row.limit_per_member is None else max(0, row.limit_per_member - row.had)
    left_of_limit = None
    if limit_left is not None:
        left_of_limit = max(0, limit_left - known.others(row, quantity))
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
        tax_abroad=abroad_in(row.tax_abroad),
        category_id=row.category_id,
        purchase_category=known.categories.purchase_category(row.category_id),
        weight_grams=choice.weight_grams,
        content=choice.content,
        sold_in=choice.sold_in,
        min_age=row.min_age,
        no_return=NoReturn(row.no_return) if row.no_return else None,
        limit_per_member=row.limit_per_member,
        limit_left=limit_left,
        earns_points=known.categories.earns_points(row.category_id),
        takes_points=known.categories.takes_points(row.category_id),
        image=image_of(row[-len(IMAGE) :]),
        choice=choice,
        trouble=trouble,
        most=min(bounds) // choice.sold_in * choice.sold_in if bounds else None,
        prices=rows,
        buyer=who,
        day=day,
        mark=tuple(row._mapping[column.name] for column in MARK),
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
