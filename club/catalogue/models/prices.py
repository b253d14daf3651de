"""Prices as they were set. All but a member's are append-only: what a product cost on a day stays known."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Price(Base):
    """A usual price, a sale's or a tier's, from a day on. Amount and percent both missing: it ends earlier ones."""

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("kind IN ('base', 'sale', 'tier')", name="kind_known"),
        CheckConstraint("amount >= 0", name="amount_positive"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_range"),
        CheckConstraint("amount IS NULL OR percent IS NULL", name="one_way"),
        CheckConstraint("(kind = 'tier') = (rung_key IS NOT NULL)", name="tier_has_rung"),
        CheckConstraint("kind <> 'sale' OR until_on IS NOT NULL", name="sale_ends"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="days_in_order"),
        CheckConstraint("min_quantity > 0", name="quantity_positive"),
        Index("ix_price_product_id", "product_id", "id"),
        Index("ix_price_from_on", "from_on"),
        Index("ix_price_until_on", "until_on"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    """None: of every variant."""
    kind: Mapped[str] = mapped_column(String(4))
    rung_key: Mapped[str | None] = mapped_column(String(40))
    min_quantity: Mapped[int]
    amount: Mapped[int | None] = mapped_column(BigId)
    """Minor units, tax included."""
    percent: Mapped[int | None]
    """Off the usual price."""
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MemberPrice(Base):
    """What was agreed with one member. Taken back, it has a last day."""

    __tablename__ = "member_price"
    __table_args__ = (
        CheckConstraint("(amount IS NULL) <> (percent IS NULL)", name="one_way"),
        CheckConstraint("amount >= 0", name="amount_positive"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent_range"),
        CheckConstraint("min_quantity > 0", name="quantity_positive"),
        Index("ix_member_price_person_id", "person_id", "product_id"),
        Index("ix_member_price_product_id", "product_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    min_quantity: Mapped[int]
    amount: Mapped[int | None] = mapped_column(BigId)
    percent: Mapped[int | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """A last day before the first: it never held, or was taken back on its first day."""
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
