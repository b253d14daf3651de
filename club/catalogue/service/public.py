"""The price that everybody pays, kept beside each product to filter and sort by."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from club.catalogue.models import Price, Product, Variant
from club.catalogue.pricing import public_rows
from club.catalogue.rules.pricing import PriceRow, public_price
from club.clock import ONE_DAY
from club.database import Transaction, transaction
from club.programme.service import touch

AT_ONCE = 500

_PRODUCTS = Product.__table__
_RENEW = (
    update(_PRODUCTS)  # type: ignore[arg-type]  # the table of a mapped class
    .where(_PRODUCTS.c.id == bindparam("product"))
    .values(public_price=bindparam("price"), priced_on=bindparam("day"))
)


def renew_public_prices(tx: Transaction, product_ids: Collection[int], day: date) -> None:
    """Work out anew what everybody pays for the cheapest variant of these products."""
    variants: dict[int, list[int]] = {product_id: [] for product_id in product_ids}
    found = select(Variant.product_id, Variant.id).where(Variant.product_id.in_(variants), Variant.is_active)
    for product_id, variant_id in tx.execute(found):
        variants[product_id].append(variant_id)
    rows = public_rows(tx, variants, day)
    renewed = [
        {"product": product_id, "price": _lowest(rows[product_id], ids, day), "day": day}
        for product_id, ids in variants.items()
    ]
    if renewed:
        tx.connection().execute(_RENEW, renewed)


def turn_prices(db: Session, day: date) -> int:
    """Prices that begin or end with the day after the one that is over; how many products."""
    tomorrow = day + ONE_DAY
    turning = or_(Price.from_on == tomorrow, Price.until_on == day)
    product_ids = list(db.scalars(select(Price.product_id).where(turning).distinct().order_by(Price.product_id)))
    db.rollback()
    for start in range(0, len(product_ids), AT_ONCE):
        with transaction(db) as tx:
            touch(tx)  # lists in the order of prices stand otherwise
            renew_public_prices(tx, product_ids[start : start + AT_ONCE], tomorrow)
    return len(product_ids)


def _lowest(rows: Sequence[PriceRow], variant_ids: Sequence[int], day: date) -> int | None:
    prices = [public_price(rows, variant_id, day) for variant_id in variant_ids]
    return min((price for price in prices if price is not None), default=None)
