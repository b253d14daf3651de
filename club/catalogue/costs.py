"""What a variant costs the club to buy. Staff alone see it: no page of the shop reads it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Table, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.audit import record
from club.catalogue.models import Product, Variant
from club.database import Base, BigId, is_sqlite, transaction
from club.permissions import Permission, Role, require


class VariantCost(Base):
    """The cost of one piece as it is known, in minor units, tax included as in prices."""

    __tablename__ = "variant_cost"
    __table_args__ = (CheckConstraint("cost >= 0", name="cost_positive"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    cost: Mapped[int] = mapped_column(BigId)
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


COSTS: Table = VariantCost.__table__  # type: ignore[assignment]  # every mapped class has a table


def costs_of(db: Session, product_id: int) -> dict[int, int]:
    """What each variant of a product costs, where that is known."""
    asked = select(COSTS.c.variant_id, COSTS.c.cost).join(Variant, Variant.id == COSTS.c.variant_id)
    return {row.variant_id: int(row.cost) for row in db.execute(asked.where(Variant.product_id == product_id))}


def costs_in(db: Session, product_ids: Collection[int], category_ids: Collection[int], limit: int) -> dict[int, int]:
    """Of the variants on sale of these products and categories, or of all where neither is named."""
    asked = select(COSTS.c.variant_id, COSTS.c.cost).join(Variant, Variant.id == COSTS.c.variant_id)
    asked = asked.join(Product, Product.id == Variant.product_id).where(Variant.is_active)
    if product_ids or category_ids:
        asked = asked.where(or_(Product.id.in_(product_ids), Product.category_id.in_(category_ids)))
    rows = db.execute(asked.order_by(COSTS.c.variant_id).limit(limit))
    return {row.variant_id: int(row.cost) for row in rows}


def set_costs(
    db: Session, product_id: int, costs: Mapping[int, int | None], by: int, role: Role | None, now: datetime
) -> int:
    """Note what variants of a product cost; None: that is not known any more. How many changed. Raises `NotAllowed`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        own = set(tx.scalars(select(Variant.id).where(Variant.product_id == product_id)))
        known = costs_of(tx, product_id)
        changed = {one: cost for one, cost in costs.items() if one in own and cost != known.get(one)}
        insert = sqlite.insert if is_sqlite(tx) else postgresql.insert
        for variant_id, cost in changed.items():
            if cost is None:
                tx.execute(delete(COSTS).where(COSTS.c.variant_id == variant_id))
                continue
            row = {"variant_id": variant_id, "cost": cost, "set_at": now, "set_by": by}
            there = {"cost": cost, "set_at": now, "set_by": by}
            tx.execute(insert(COSTS).values(row).on_conflict_do_update(index_elements=["variant_id"], set_=there))
        if changed:
            record(tx, "product.costs_set", "product", product_id, by=by, now=now, variants=len(changed))
    return len(changed)
