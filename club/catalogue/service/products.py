"""Products: made, changed, shown and archived. The words to find them by change with them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.models import Product, Variant
from club.catalogue.pricing import public_rows
from club.catalogue.rules.pricing import public_price
from club.catalogue.rules.products import NewProduct, NewVariant, State, check_product
from club.catalogue.rules.slugs import slugs_for
from club.catalogue.service.images import has_undescribed
from club.catalogue.service.pages import claim_product_slugs
from club.catalogue.service.parts import check_categories, write_attributes, write_categories, write_variants
from club.catalogue.service.public import renew_public_prices
from club.catalogue.service.wording import write_words
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, NotFound, PicturesNotDescribed, ProductNotReady, SkuTaken, SlugTaken
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch
from club.tiers.models import ladder_on


def add_product(db: Session, product: NewProduct, by: int | None, role: Role, now: datetime) -> int:
    """Make a draft and return its id. Raises `NotAllowed`, `BadProduct`, `SkuTaken`, `SlugTaken`."""
    require(role, Permission.EDIT_PRODUCTS)
    check_product(product)
    with taking_skus(product.variants), transaction(db) as tx:
        touch(tx)
        return write_new(tx, product, by, now)


def write_new(tx: Transaction, product: NewProduct, by: int | None, now: datetime) -> int:
    """A step: a draft with its variants; the product was checked."""
    _check_places(tx, product, now)
    product_id = tx.execute(
        insert(Product)
        .values(
            **_columns(product), slugs=product.slugs, state=State.DRAFT.value, version=1,
            made_at=now, made_by=by, changed_at=now,
        )
        .returning(Product.id)
    ).scalar_one()  # fmt: skip
    _write_parts(tx, product_id, product, now)
    record(tx, "product.added", "product", product_id, by=by, now=now, variants=len(product.variants))
    return product_id


def change_product(
    db: Session, product_id: int, product: NewProduct, seen_version: int, by: int | None, role: Role, now: datetime
) -> None:
    """Replace what staff say of a product. A variant that is left out is kept, inactive: orders name it.

    Raises `ChangedMeanwhile` if somebody changed it since `seen_version`, and what `add_product` raises.
    """
    require(role, Permission.EDIT_PRODUCTS)
    check_product(product)
    with taking_skus(product.variants), transaction(db) as tx:
        touch(tx)
        write_changed(tx, product_id, product, seen_version, by, now)


def write_changed(
    tx: Transaction, product_id: int, product: NewProduct, seen_version: int, by: int | None, now: datetime
) -> None:
    """A step: replace a product that was checked."""
    before = tx.execute(
        select(Product.name, Product.version, Product.rung_key).where(Product.id == product_id)
    ).one_or_none()
    if before is None:
        raise NotFound
    _check_places(tx, product, now, before.rung_key)
    changed = tx.connection().execute(
        update(Product)
        .where(Product.id == product_id, Product.version == seen_version)
        .values(**_columns(product), version=seen_version + 1, changed_at=now)
    )
    if changed.rowcount != 1:
        raise ChangedMeanwhile(())
    _write_parts(tx, product_id, product, now)
    record(
        tx, "product.changed", "product", product_id, by=by, now=now, variants=len(product.variants),
        words={"name": [dict(before.name), dict(product.name)]},
    )  # fmt: skip


def set_state(
    db: Session, product_id: int, state: State, seen_version: int, by: int | None, role: Role, now: datetime
) -> None:
    """Show a product, make it a draft again, or archive it.

    Raises `ProductNotReady`, `PicturesNotDescribed`, `ChangedMeanwhile`.
    """
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        write_state(tx, product_id, state, seen_version, by, now)


def write_state(
    tx: Transaction, product_id: int, state: State, seen_version: int, by: int | None, now: datetime
) -> None:
    """A step: the same inside a transaction."""
    row = tx.execute(
        select(Product.state, Product.live_since).where(Product.id == product_id, Product.version == seen_version)
    ).one_or_none()
    if row is None:
        raise ChangedMeanwhile(())
    if state is State.LIVE and not _is_priced(tx, product_id, now):
        raise ProductNotReady
    if state is State.LIVE and has_undescribed(tx, product_id):
        raise PicturesNotDescribed
    values = {"state": state.value, "version": seen_version + 1, "changed_at": now}
    if state is State.LIVE and row.live_since is None:
        values["live_since"] = now
    tx.execute(update(Product).where(Product.id == product_id).values(**values))
    record(tx, f"product.{state}", "product", product_id, by=by, now=now)


@contextmanager
def taking_skus(variants: Sequence[NewVariant]) -> Iterator[None]:
    """Two who take one SKU or one address at the same moment: the database refuses the second, and so does the club."""
    try:
        yield
    except IntegrityError as refused:
        said = str(refused.orig)
        if "sku_key" in said:
            raise SkuTaken(", ".join(variant.sku for variant in variants)) from refused
        if "slug" in said:
            raise SlugTaken("") from refused
        raise


def _write_parts(tx: Transaction, product_id: int, product: NewProduct, now: datetime) -> None:
    slugs = claim_product_slugs(tx, product_id, slugs_for(product.name, product.slugs), set(product.slugs))
    tx.execute(update(Product).where(Product.id == product_id).values(slugs=slugs))
    write_variants(tx, product_id, product.variants)
    write_categories(tx, product_id, product.category_ids)
    write_attributes(tx, product_id, product.attributes)
    write_words(tx, [product_id])
    renew_public_prices(tx, [product_id], club_day(now, the_club(tx).time_zone))


def _columns(product: NewProduct) -> dict[str, object]:
    return {
        "name": product.name,
        "short": product.short,
        "description": product.description,
        "visible_from": product.visible_from,
        "visible_until": product.visible_until,
        "category_id": product.category_ids[0] if product.category_ids else None,
        "tax_class": product.tax_class.value,
        "tax_abroad": {code: one.value for code, one in sorted(product.tax_abroad.items())},
        "rung_key": product.rung_key,
        "limit_per_member": product.limit_per_member,
        "min_age": product.min_age,
        "no_return": product.no_return.value if product.no_return else None,
        "takes_tier_discount": product.takes_tier_discount,
        "options": [
            {
                "key": option.key,
                "name": dict(option.name),
                "values": [{"key": key, "name": dict(name)} for key, name in option.values],
            }
            for option in product.options
        ],
    }


def _check_places(tx: Transaction, product: NewProduct, now: datetime, rung_before: str | None = None) -> None:
    """Its categories and tier have to be there; a tier that left the ladder may stay where it was."""
    check_categories(tx, product.category_ids)
    if product.rung_key is not None and product.rung_key != rung_before:
        ladder_on(tx, club_day(now, the_club(tx).time_zone)).ladder.rung(product.rung_key)


def _is_priced(tx: Transaction, product_id: int, now: datetime) -> bool:
    """Whether each active variant has a price today, and there is one."""
    day = club_day(now, the_club(tx).time_zone)
    rows = public_rows(tx, [product_id], day)[product_id]
    variants = list(tx.scalars(select(Variant.id).where(Variant.product_id == product_id, Variant.is_active)))
    return bool(variants) and all(public_price(rows, variant_id, day) is not None for variant_id in variants)
