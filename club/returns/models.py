"""Goods that buyers give back: one case, its lines, and the words that belong to it.

What a line costs stands in the order; here stand only how many pieces came, and, once the money is given back, what
they came to then. The earned points that were taken stand in the purchase's correction.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from club.catalogue.rules.products import LONGEST_FILE
from club.database import NEVER_REUSED, Base, BigId

LONGEST_NUMBER = 16

_GIVES_DELIVERY_BACK = "delivery > 0"


class ReturnCase(Base):
    """One parcel's worth of goods that come back. `asked` until somebody says yes, at last `refunded`."""

    __tablename__ = "return_case"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'received', 'refunded', 'closed')", name="state_known"
        ),
        CheckConstraint("asked_by IN ('buyer', 'staff', 'withdrawal')", name="asked_by_known"),
        CheckConstraint("delivery >= 0", name="delivery_positive"),
        CheckConstraint("(state = 'refunded') = (refunded_at IS NOT NULL)", name="refunded_at_some_time"),
        Index(
            "uq_return_case_delivery",
            "order_id",
            unique=True,
            sqlite_where=text(_GIVES_DELIVERY_BACK),
            postgresql_where=text(_GIVES_DELIVERY_BACK),
        ),
        Index("ix_return_case_state", "state", "asked_at", "id"),
        Index("ix_return_case_asked_at", "asked_at", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), unique=True)
    """What people call it and write on the parcel; also the correction's own reference."""
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    state: Mapped[str] = mapped_column(String(8))
    asked_by: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime]
    send_by: Mapped[date]
    """The day by which the goods are to be on their way."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    received_at: Mapped[datetime | None]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    refunded_at: Mapped[datetime | None]
    refunded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    delivery: Mapped[int] = mapped_column(BigId, default=0)
    """What went back of the price of delivery; once an order."""
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("correction.id"), unique=True)
    """What it took from the purchase: amount, earned points."""
    form_key: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Digest of the form it came by: the same form sent again is the same case."""
    exchange_order_id: Mapped[int | None] = mapped_column(BigId)
    """The order that went out for it."""


class ReturnLine(Base):
    """So many of a line. The amounts are nought until they are given back."""

    __tablename__ = "return_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received_range"),
        CheckConstraint("restocked BETWEEN 0 AND received", name="restocked_range"),
        CheckConstraint("money >= 0 AND points >= 0 AND points_value >= 0", name="values_positive"),
        CheckConstraint("tax BETWEEN 0 AND money", name="tax_inside"),
        Index("ix_return_line_line_id", "line_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("return_case.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    quantity: Mapped[int]
    """Announced."""
    received: Mapped[int] = mapped_column(default=0)
    """Arrived."""
    restocked: Mapped[int] = mapped_column(default=0)
    """Of these, put on the shelf again."""
    money: Mapped[int] = mapped_column(BigId, default=0)
    tax: Mapped[int] = mapped_column(BigId, default=0)
    points: Mapped[int] = mapped_column(BigId, default=0)
    """Points that had been spent on them and went back."""
    points_value: Mapped[int] = mapped_column(BigId, default=0)
    instead_id: Mapped[int | None] = mapped_column(BigId)
    """The variant that is to go out for each piece; none: money and points go back."""


class Goodwill(Base):
    """Money of an order that goes back although its goods stay. Why stands in the log."""

    __tablename__ = "goodwill"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_goodwill_order_id", "order_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    amount: Mapped[int] = mapped_column(BigId)
    """What goes back or need not be paid any more."""
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    form_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Digest of the form it came by: the same form sent again gives once."""


class ReturnPhoto(Base):
    """What a buyer shows of faulty goods; gone some time after the case has ended, its file too."""

    __tablename__ = "return_photo"
    __table_args__ = (Index("ix_return_photo_case_id", "case_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("return_case.id"))
    file: Mapped[str] = mapped_column(String(LONGEST_FILE), unique=True)
    """Name below the folder of uploads, unguessable, without a path."""
    added_at: Mapped[datetime]


class ReturnWords(Base):
    """What the buyer wrote and what they were told. Erasing clears it."""

    __tablename__ = "return_words"

    case_id: Mapped[int] = mapped_column(ForeignKey("return_case.id"), primary_key=True)
    comment: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
