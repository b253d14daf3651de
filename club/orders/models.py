"""Orders as they were placed, what became of each line, who did what, and the parcels.

All that an order costs stands here as it was worked out at that moment; later acts read it and never reckon again.
Minor units, tax inside. Names and addresses stand in a side row that can be cleared; the order holds ids and numbers.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.members.rules import pieces
from club.texts import Texts

LONGEST_NUMBER = 16
LONGEST_KEY = 40

LONGEST_NAME = 200

_LIVE = "state <> 'cancelled'"
_WAITS = "state = 'pending_payment'"
_CARRIES = "carried > 0"


def name_key(full_name: str) -> str:
    """A name as it is found: its words folded."""
    return " ".join(pieces(full_name))[:LONGEST_NAME]


def _folded_name(context: Any) -> str:
    """SQLAlchemy asks when a contact is written without it."""
    return name_key(context.get_current_parameters()["full_name"])


class Order(Base):
    """An order. `pending_payment` until its money is there or sure, then `placed`, at last `done` or `cancelled`."""

    __tablename__ = "shop_order"
    __table_args__ = (
        CheckConstraint("state IN ('pending_payment', 'placed', 'done', 'cancelled')", name="state_known"),
        CheckConstraint("pay_by IN ('card', 'pickup', 'account', 'nothing')", name="pay_by_known"),
        CheckConstraint("delivery IN ('ship', 'pickup')", name="delivery_known"),
        CheckConstraint("goods >= 0 AND discount >= 0 AND points >= 0 AND points_value >= 0", name="sums_positive"),
        CheckConstraint("delivery_price >= 0 AND delivery_tax >= 0 AND tax >= 0", name="taxes_positive"),
        CheckConstraint("total = goods - discount - points_value + delivery_price", name="total_adds_up"),
        CheckConstraint("total >= 0 AND paid >= 0 AND refunded >= 0 AND refunded <= paid", name="money_in_range"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at_some_time"),
        Index("uq_shop_order_cart_id", "cart_id", unique=True, sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
        Index("ix_shop_order_person_id", "person_id", "id"),
        Index("ix_shop_order_state", "state", "id"),
        Index("ix_shop_order_expires_at", "expires_at", sqlite_where=text(_WAITS), postgresql_where=text(_WAITS)),
        Index("ix_shop_order_placed_at", "placed_at", "id"),
        Index("ix_shop_order_carried", "id", sqlite_where=text(_CARRIES), postgresql_where=text(_CARRIES)),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), unique=True)
    """What people call it, and the purchase's reference: letters and digits, telling nothing of how many there are."""
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    """The unguessable part of the address under which its buyer sees it without signing in."""
    state: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The member who bought; none: a guest."""
    cart_id: Mapped[int] = mapped_column(BigId)
    """Which cart it was. No foreign key: carts are forgotten."""
    language: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    pay_by: Mapped[str] = mapped_column(String(8))
    delivery: Mapped[str] = mapped_column(String(8))
    method_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_method.id"))
    method_name: Mapped[Texts]
    country: Mapped[str] = mapped_column(String(2))
    """Where it goes; what the tax follows."""
    goods: Mapped[int] = mapped_column(BigId)
    """What the lines cost, before discount and points."""
    discount: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)
    points_value: Mapped[int] = mapped_column(BigId)
    delivery_price: Mapped[int] = mapped_column(BigId)
    delivery_tax: Mapped[int] = mapped_column(BigId)
    delivery_tax_rate: Mapped[int]
    """Hundredths of a percent."""
    tax: Mapped[int] = mapped_column(BigId)
    """In all, delivery included."""
    total: Mapped[int] = mapped_column(BigId)
    """The money that is due: what the lines and the delivery come to."""
    paid: Mapped[int] = mapped_column(BigId)
    """Money that has come in."""
    refunded: Mapped[int] = mapped_column(BigId)
    """Money that went back or is on its way back."""
    hold_id: Mapped[int | None] = mapped_column(BigId)
    """The points that are set aside or spent for it."""
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"))
    """The purchase that it became when it was settled; a guest's becomes none until they join."""
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("legal_text.id"))
    """The terms of sale that were accepted."""
    placed_at: Mapped[datetime]
    """When the buyer pressed the button."""
    expires_at: Mapped[datetime | None]
    """Until when its payment is waited for."""
    settled_at: Mapped[datetime | None]
    """When its money was there, or sure: goods sold, points spent, purchase recorded."""
    ready_at: Mapped[datetime | None]
    """Since when it waits at the counter, and the buyer knows."""
    delivered_on: Mapped[date | None]
    cancelled_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(16), default="")
    """Why it was cancelled: buyer, staff, expired, unpaid."""
    pickup_code: Mapped[str | None] = mapped_column(String(8))
    offers: Mapped[int] = mapped_column(server_default="0")
    """How many offers count in it."""
    carried: Mapped[int] = mapped_column(BigId, server_default="0")
    """Money of another order that pays for it: its goods came back and these go out for them. Part of `paid`."""
    exchange_of: Mapped[int | None] = mapped_column(BigId)
    """That other order."""
    version: Mapped[int] = mapped_column(default=1)


class OrderContact(Base):
    """Who ordered and where it goes: all that is personal. Erasing clears it, and the sums stay."""

    __tablename__ = "order_contact"
    __table_args__ = (Index("ix_order_contact_email_key", "email_key"), Index("ix_order_contact_name_key", "name_key"))

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    full_name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), default=_folded_name)
    """The name folded, to be found by."""
    phone: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    address: Mapped[str] = mapped_column(String(200))
    address_more: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100))
    company: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(500))
    """What the buyer wrote for whoever packs it."""


class OrderLine(Base):
    """One line as it was ordered. `paid` is what its money part comes to; of its units the first carry what is left."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("paid = amount - discount - points_value", name="paid_adds_up"),
        CheckConstraint("paid >= 0 AND discount >= 0 AND points >= 0 AND points_value >= 0", name="values_positive"),
        CheckConstraint("tax >= 0 AND tax <= paid", name="tax_inside"),
        CheckConstraint("packed BETWEEN 0 AND quantity - taken_out", name="packed_range"),
        CheckConstraint("sent BETWEEN 0 AND packed", name="sent_range"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned_range"),
        CheckConstraint("taken_out BETWEEN 0 AND returned", name="taken_out_range"),
        Index("ix_order_line_variant_id", "variant_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    sku: Mapped[str] = mapped_column(String(80))
    name: Mapped[Texts]
    """As it was called then, with its options."""
    quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigId)
    usual_price: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(8))
    """Why the unit cost this: base, sale, tier, member."""
    amount: Mapped[int] = mapped_column(BigId)
    discount: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)
    points_value: Mapped[int] = mapped_column(BigId)
    paid: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId)
    tax_rate: Mapped[int]
    tax_class: Mapped[str] = mapped_column(String(13))
    category: Mapped[str] = mapped_column(String(80))
    earns_points: Mapped[bool]
    is_limited: Mapped[bool] = mapped_column(default=False)
    """Its pieces count against what one member may have of the product."""
    weight_grams: Mapped[int | None]
    no_return: Mapped[str | None] = mapped_column(String(13))
    """Why it cannot be given back, as its buyer was told; none: it can."""
    packed: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    """Given to the carrier, or handed over."""
    returned: Mapped[int] = mapped_column(default=0)
    """Given back: come from the buyer, or taken out after the money was there."""
    taken_out: Mapped[int] = mapped_column(default=0)
    """Of these, so many that never left the shop: nobody packs them."""


class OrderMove(Base):
    """What happened to an order: append-only, ids and numbers."""

    __tablename__ = "order_move"
    __table_args__ = (Index("ix_order_move_order_id", "order_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(8))
    """buyer, staff, system."""
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    numbers: Mapped[dict[str, Any]] = mapped_column(JSON)


class Parcel(Base):
    """Goods of an order on their way together, or handed over together."""

    __tablename__ = "parcel"
    __table_args__ = (Index("ix_parcel_order_id", "order_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    carrier: Mapped[str] = mapped_column(String(80))
    tracking: Mapped[str] = mapped_column(String(120))
    tracking_url: Mapped[str] = mapped_column(String(300))
    sent_at: Mapped[datetime]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    delivered_on: Mapped[date | None]


class ParcelLine(Base):
    """So many of a line in a parcel."""

    __tablename__ = "parcel_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    quantity: Mapped[int]
