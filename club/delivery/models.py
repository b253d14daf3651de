"""Ways of delivery with their zones and prices, tax rates, and what holds in a country."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.texts import Texts


class DeliveryZone(Base):
    """Places that cost the same: countries, and in them the beginnings of postcodes, where only some belong to it."""

    __tablename__ = "delivery_zone"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    """For staff."""
    countries: Mapped[list[str]] = mapped_column(JSON)
    postcodes: Mapped[list[str]] = mapped_column(JSON)
    """Beginnings of postcodes that belong to it; empty: all."""
    not_postcodes: Mapped[list[str]] = mapped_column(JSON)
    """Beginnings that do not."""
    version: Mapped[int] = mapped_column(default=1)


class Carton(Base):
    """A size of carton that lies ready: what goes into it."""

    __tablename__ = "carton"
    __table_args__ = (
        CheckConstraint("pieces > 0 AND most_grams > 0 AND own_grams >= 0", name="sizes_positive"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    """For staff, and on packing slips."""
    pieces: Mapped[int]
    most_grams: Mapped[int]
    """Of goods."""
    own_grams: Mapped[int]
    """Empty."""


class DeliveryMethod(Base):
    """One way to get the goods: sent, or picked up."""

    __tablename__ = "delivery_method"
    __table_args__ = (
        CheckConstraint("kind IN ('ship', 'pickup')", name="kind_known"),
        CheckConstraint("tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')", name="tax_class_known"),
        CheckConstraint("free_from IS NULL OR free_from >= 0", name="free_from_positive"),
        CheckConstraint("0 <= days_from AND days_from <= days_to", name="days_in_order"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[Texts]
    words: Mapped[Texts]
    """What to know: who brings it, or where and when it can be picked up."""
    position: Mapped[int]
    is_active: Mapped[bool]
    tax_class: Mapped[str] = mapped_column(String(13))
    free_from: Mapped[int | None] = mapped_column(BigId)
    """Goods of so much, in minor units, are sent for nothing."""
    days_from: Mapped[int]
    days_to: Mapped[int]
    """Working days until the goods are there, or ready."""
    needs_phone: Mapped[bool]
    """The carrier asks for a telephone number."""
    version: Mapped[int] = mapped_column(default=1)


class DeliveryPrice(Base):
    """What a way costs into a zone, up to a weight and a value of the goods. A pick-up has one row without a zone."""

    __tablename__ = "delivery_price"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_positive"),
        CheckConstraint("up_to_grams > 0 AND up_to_value > 0", name="limits_positive"),
        Index("ix_delivery_price_method_id", "method_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    method_id: Mapped[int] = mapped_column(ForeignKey("delivery_method.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_zone.id"))
    up_to_grams: Mapped[int | None]
    """None: however heavy."""
    up_to_value: Mapped[int | None] = mapped_column(BigId)
    """Minor units of goods; none: whatever they are worth."""
    price: Mapped[int] = mapped_column(BigId)


class TaxRate(Base):
    """The tax inside prices: of a class of goods, in a country or a part of it, from a day on."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        CheckConstraint("tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')", name="tax_class_known"),
        CheckConstraint("rate BETWEEN 0 AND 10000", name="rate_in_range"),
        UniqueConstraint("country", "postcodes", "tax_class", "from_on"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    postcodes: Mapped[str] = mapped_column(String(200), default="")
    """Beginnings of postcodes, parted by commas, for which it holds before the country's; empty: the whole country."""
    tax_class: Mapped[str] = mapped_column(String(13))
    rate: Mapped[int]
    """Hundredths of a percent: 2100 is 21 %."""
    from_on: Mapped[date]


class CountryRule(Base):
    """What holds for people and parcels of a country. Without a row the own country may do all, others nothing."""

    __tablename__ = "country_rule"
    __table_args__ = (CheckConstraint("min_age > 0 AND most_value > 0", name="limits_positive"),)

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    may_buy: Mapped[bool]
    may_receive: Mapped[bool]
    may_join: Mapped[bool]
    may_spend_points: Mapped[bool]
    min_age: Mapped[int | None]
    """To be confirmed at the checkout by whoever orders goods with an age."""
    most_value: Mapped[int | None] = mapped_column(BigId)
    """No parcel worth more, in minor units: customs."""
    needs_phone: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)


class SavedAddress(Base):
    """Where a member's goods go unless they say otherwise."""

    __tablename__ = "saved_address"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    full_name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    address: Mapped[str] = mapped_column(String(200))
    address_more: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100))
    company: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(40))
    method_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_method.id"))
    """The way they chose last."""
