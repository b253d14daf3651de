"""Products as staff wrote them, to be changed: four questions for any number."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, ProductAttribute, ProductCategory, Variant
from club.catalogue.reading import abroad_in, options_in
from club.catalogue.rules.products import NewAttribute, NewProduct, NewVariant, NoReturn, State, TaxClass, Unit


@dataclass(frozen=True)
class Written:
    """A product, its state and its version."""

    id: int
    version: int
    state: State
    product: NewProduct


def products_as_written(db: Session, product_ids: Collection[int]) -> dict[int, Written]:
    """What staff said of these products; what is not there is missing."""
    ids = sorted(product_ids)
    variants = _variants(db, ids)
    facts: dict[int, list[NewAttribute]] = {}
    values = select(ProductAttribute).where(ProductAttribute.product_id.in_(ids)).order_by(ProductAttribute.key)
    for one in db.scalars(values):
        facts.setdefault(one.product_id, []).append(NewAttribute(one.key, one.value, one.number))
    places: dict[int, list[int]] = {}
    standing = select(ProductCategory.product_id, ProductCategory.category_id).where(
        ProductCategory.product_id.in_(ids)
    )
    for product_id, category_id in db.execute(standing):
        places.setdefault(product_id, []).append(category_id)
    found = {}
    for row in db.scalars(select(Product).where(Product.id.in_(ids)).execution_options(populate_existing=True)):
        others = sorted(one for one in places.get(row.id, []) if one != row.category_id)
        home_first = others if row.category_id is None else [row.category_id, *others]
        product = NewProduct(
            name=row.name, short=row.short, description=row.description, slugs=row.slugs,
            category_ids=tuple(home_first), tax_class=TaxClass(row.tax_class),
            tax_abroad=abroad_in(row.tax_abroad), visible_from=row.visible_from, visible_until=row.visible_until,
            rung_key=row.rung_key, limit_per_member=row.limit_per_member,
            min_age=row.min_age,
            no_return=NoReturn(row.no_return) if row.no_return else None,
            takes_tier_discount=row.takes_tier_discount, options=options_in(row.options),
            variants=tuple(variants.get(row.id, [])), attributes=tuple(facts.get(row.id, [])),
        )  # fmt: skip
        found[row.id] = Written(row.id, row.version, State(row.state), product)
    return found


def _variants(db: Session, ids: list[int]) -> dict[int, list[NewVariant]]:
    found: dict[int, list[NewVariant]] = {}
    for row in db.execute(
        select(
            Variant.product_id, Variant.sku, Variant.choices, Variant.content, Variant.unit, Variant.weight_grams,
            Variant.sold_in, Variant.is_active, Variant.id,
        )
        .where(Variant.product_id.in_(ids))
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):  # fmt: skip
        unit = None if row.unit is None else Unit(row.unit)
        found.setdefault(row.product_id, []).append(NewVariant(row.sku, row.choices, row.content, unit, *row[5:]))
    return found
