"""What is there, what is set aside, how it came and went, and who waits for it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Stock(Base):
    """Of one variant. `on_hand` is the sum of its movements, `reserved` of its open reservations.

    Below zero there are back orders. `missing`: by how much a count, a loss or a lower limit left less than is
    promised; nothing more can be reserved until it is zero.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_positive"),
        CheckConstraint("back_order_limit >= 0 AND low_mark >= 0 AND missing >= 0", name="limits_positive"),
        CheckConstraint(
            "NOT is_counted OR on_hand - reserved + back_order_limit + missing >= 0", name="never_oversold"
        ),
        Index(
            "ix_stock_missing",
            "variant_id",
            sqlite_where=text("missing > 0"),
            postgresql_where=text("missing > 0"),
        ),
    )

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]
    back_order_limit: Mapped[int]
    low_mark: Mapped[int]
    """At so many, or fewer, staff see it as low; 0: never."""
    is_counted: Mapped[bool]
    """Not counted: always there, such as a gift card."""
    missing: Mapped[int]


class StockReservation(Base):
    """So many are set aside for a cause until a moment."""

    __tablename__ = "stock_reservation"
    __table_args__ = (
        UniqueConstraint("cause_kind", "cause_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("how IN ('sold', 'released', 'expired')", name="how_known"),
        CheckConstraint("(how IS NULL) = (ended_at IS NULL)", name="ended_somehow"),
        Index(
            "ix_stock_reservation_expires_at",
            "expires_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_stock_reservation_variant_id",
            "variant_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    cause_kind: Mapped[str] = mapped_column(String(16))
    cause_id: Mapped[int] = mapped_column(BigId)
    expires_at: Mapped[datetime | None]
    """None: until it is sold or released."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    how: Mapped[str | None] = mapped_column(String(8))


class StockMovement(Base):
    """Goods came or went: append-only. Of one cause a variant moves once for one reason."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('arrival', 'count', 'sale', 'return', 'damage', 'correction')", name="reason_known"
        ),
        CheckConstraint("quantity <> 0", name="quantity_moves"),
        CheckConstraint("(cause_kind IS NULL) = (cause_id IS NULL)", name="cause_whole"),
        UniqueConstraint("reason", "cause_kind", "cause_id", "variant_id"),
        Index("ix_stock_movement_variant_id", "variant_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[int]
    on_hand_after: Mapped[int]
    cause_kind: Mapped[str | None] = mapped_column(String(16))
    cause_id: Mapped[int | None] = mapped_column(BigId)
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class StockWish(Base):
    """Somebody wants to hear, once, when a variant is back."""

    __tablename__ = "stock_wish"
    __table_args__ = (
        Index(
            "uq_stock_wish_open",
            "variant_id",
            "email_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_stock_wish_person_id", "person_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was told, or taken back, or given up as too old. Address and key are cleared then."""
    was_told: Mapped[bool]


class ProductTaken(Base):
    """How many a member has had of a product that is limited per member."""

    __tablename__ = "product_taken"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_positive"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    quantity: Mapped[int]
