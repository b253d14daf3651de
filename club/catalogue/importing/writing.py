"""A table taken in: what was looked at, all of it or nothing."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.importing.comparing import CHANGED, NEW, SAME, Draft, Plan, base_price, look
from club.catalogue.models import Product, Variant
from club.catalogue.pricing import public_rows
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import sku_key
from club.catalogue.service.prices import write_price
from club.catalogue.service.products import taking_skus, write_changed, write_new, write_state
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, RowsNotUsable
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch


def take_in(
    db: Session, path: Path, by: int | None, role: Role | None, now: datetime, *, seen: str = "",
    encoding: str | None = None,
) -> Plan:  # fmt: skip
    """Write everything that `look` says of a table, in one transaction.

    Raises `ChangedMeanwhile` if that is no longer what was seen (`seen`: its fingerprint), `RowsNotUsable` if there is
    any row that cannot be used, `NotAllowed`, `BadFile`.
    """
    require(role, Permission.EDIT_PRODUCTS)
    with taking_skus([]), transaction(db) as tx:
        touch(tx)
        plan = look(tx, path, club_day(now, the_club(tx).time_zone), encoding)
        if seen and plan.fingerprint != seen:
            raise ChangedMeanwhile(())
        if plan.errors:
            raise RowsNotUsable(len({error.row for error in plan.errors}))
        for draft in plan.drafts:
            _write(tx, draft, by, now)
        record(
            tx, "products.imported", "product", 0, by=by, now=now, new=plan.count(NEW), changed=plan.count(CHANGED),
            same=plan.count(SAME),
        )  # fmt: skip
    return plan


def _write(tx: Transaction, draft: Draft, by: int | None, now: datetime) -> None:
    if draft.before is None:
        product_id = write_new(tx, draft.product, by, now)
        before_state, version = None, 1
    else:
        product_id, version, before_state = draft.before.id, draft.before.version, draft.before.state
        if draft.is_changed:
            write_changed(tx, product_id, draft.product, version, by, now)
            version += 1
    _write_prices(tx, product_id, draft, by, now)
    state = before_state or tx.execute(select(Product.state).where(Product.id == product_id)).scalar_one()
    if draft.state != state:
        write_state(tx, product_id, draft.state, version, by, now)


def _write_prices(tx: Transaction, product_id: int, draft: Draft, by: int | None, now: datetime) -> None:
    """A product of one variant has one price; of several, each variant that was named gets its own."""
    today = club_day(now, the_club(tx).time_zone)
    rows = public_rows(tx, [product_id], today)[product_id]
    variants = {
        row.sku_key: row.id
        for row in tx.execute(select(Variant.sku_key, Variant.id).where(Variant.product_id == product_id))
    }
    is_alone = len({sku_key(variant.sku) for variant in draft.product.variants}) == 1
    for key, amount in draft.prices.items():
        if base_price(rows, variants[key], today) == amount:
            continue
        has_own = any(row.kind is Kind.BASE and row.variant_id == variants[key] for row in rows)
        place = None if is_alone and not has_own else variants[key]
        write_price(tx, product_id, PriceRow(Kind.BASE, today, amount=amount, variant_id=place), by, now)
