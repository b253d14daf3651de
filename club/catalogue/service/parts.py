"""What belongs to a product and is written with it: variants, categories, facts."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from club.catalogue.models import Attribute, Category, ProductAttribute, ProductCategory, Stock, Variant
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import AttributeKind, NewAttribute, NewVariant, sku_key
from club.database import Transaction
from club.errors import BadProduct, SkuTaken
from club.members.rules import LONGEST_WORD, fold
from club.programme.models import the_club


def write_variants(tx: Transaction, product_id: int, variants: Sequence[NewVariant]) -> None:
    """Those that are there are changed, new ones added with an empty stock, left-out ones made inactive."""
    keys = [sku_key(variant.sku) for variant in variants]
    known = {
        row.id: row for row in tx.execute(select(Variant.id, Variant.sku_key).where(Variant.product_id == product_id))
    }
    others = select(Variant.sku).where(Variant.sku_key.in_(keys), Variant.product_id != product_id).limit(1)
    taken = tx.scalar(others)
    if taken is not None:
        raise SkuTaken(taken)
    by_key = {row.sku_key: row.id for row in known.values()}
    kept: set[int] = set()
    for position, variant in enumerate(variants, start=1):
        variant_id = variant.id if variant.id in known else by_key.get(sku_key(variant.sku))
        values = _columns(variant) | {"position": position}
        if variant_id is not None and variant_id not in kept:
            kept.add(variant_id)
            tx.execute(update(Variant).where(Variant.id == variant_id).values(**values))
        else:
            kept.add(_add(tx, product_id, values))
    gone = set(known) - kept
    if gone:
        tx.execute(update(Variant).where(Variant.id.in_(gone)).values(is_active=False))


def write_categories(tx: Transaction, product_id: int, category_ids: Sequence[int]) -> None:
    """Where it stands."""
    tx.execute(delete(ProductCategory).where(ProductCategory.product_id == product_id))
    if category_ids:
        rows = [{"product_id": product_id, "category_id": category_id} for category_id in category_ids]
        tx.execute(insert(ProductCategory), rows)


def check_categories(tx: Transaction, category_ids: Sequence[int]) -> None:
    """Raise `BadProduct` for a category that is not there."""
    there = set(tx.scalars(select(Category.id).where(Category.id.in_(category_ids))))
    unknown = [category_id for category_id in category_ids if category_id not in there]
    if unknown:
        raise BadProduct(Place.CATEGORIES, Fault.UNKNOWN, str(unknown[0]))


def write_attributes(tx: Transaction, product_id: int, attributes: Sequence[NewAttribute]) -> None:
    """Its facts. Raises `BadProduct` for one that the club does not have, or a number that is none."""
    main = the_club(tx).main_language
    kinds = {row.key: row.kind for row in tx.execute(select(Attribute.key, Attribute.kind))}
    rows = []
    for one in attributes:
        if one.key not in kinds:
            raise BadProduct(Place.ATTRIBUTES, Fault.UNKNOWN, one.key)
        if kinds[one.key] == AttributeKind.NUMBER and one.number is None:
            raise BadProduct(Place.ATTRIBUTES, Fault.NOT_A_NUMBER, one.key)
        value = one.value.into(main, main)
        if value:
            rows.append({
                "product_id": product_id, "key": one.key, "value": one.value, "value_key": fold(value)[:LONGEST_WORD],
                "number": one.number if kinds[one.key] == AttributeKind.NUMBER else None,
            })  # fmt: skip
    tx.execute(delete(ProductAttribute).where(ProductAttribute.product_id == product_id))
    if rows:
        tx.execute(insert(ProductAttribute), rows)


def _add(tx: Transaction, product_id: int, values: dict[str, object]) -> int:
    variant_id = tx.execute(insert(Variant).values(product_id=product_id, **values).returning(Variant.id)).scalar_one()
    tx.execute(
        insert(Stock).values(
            variant_id=variant_id, on_hand=0, reserved=0, back_order_limit=0, low_mark=0, is_counted=True, missing=0
        )
    )
    return variant_id


def _columns(variant: NewVariant) -> dict[str, object]:
    return {
        "sku": variant.sku,
        "sku_key": sku_key(variant.sku),
        "choices": dict(variant.choices),
        "choice_key": variant.choice_key,
        "content": variant.content,
        "unit": None if variant.unit is None else variant.unit.value,
        "weight_grams": variant.weight_grams,
        "sold_in": variant.sold_in,
        "is_active": variant.is_active,
    }
