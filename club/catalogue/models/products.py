"""Categories, products, their variants, facts and pictures."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from club.catalogue.rules.products import LONGEST_FILE, LONGEST_KEY, LONGEST_SKU, LONGEST_SLUG
from club.database import NEVER_REUSED, Base, BigId
from club.texts import Texts

BYTEWISE = String(100).with_variant(String(100, collation="C"), "postgresql")
"""Folded words, compared byte by byte on both databases."""


class Category(Base):
    """One place of the tree."""

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        Index("ix_category_parent_id", "parent_id", "position"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    position: Mapped[int]
    name: Mapped[Texts]
    words: Mapped[Texts]
    slugs: Mapped[Texts]
    """Part of its address in each language; every one that ever was stands in `category_slug`."""
    is_shown: Mapped[bool]
    earns_points: Mapped[bool]
    """Whether what is bought from it, or from below it, earns points."""
    takes_points: Mapped[bool]
    """Whether points can pay for it."""
    version: Mapped[int] = mapped_column(default=1)


class CategorySlug(Base):
    """Where an address leads: also one of earlier days, and in whatever language."""

    __tablename__ = "category_slug"

    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)


class Product(Base):
    """What stands on one page of the shop. It is never deleted: archived, it is seen by nobody."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'live', 'archived')", name="state_known"),
        CheckConstraint("tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')", name="tax_class_known"),
        CheckConstraint("visible_until IS NULL OR visible_until >= visible_from", name="visible_in_order"),
        CheckConstraint("limit_per_member > 0 AND min_age > 0", name="limits_positive"),
        CheckConstraint("public_price >= 0", name="public_price_positive"),
        Index("ix_product_state_public_price", "state", "public_price", "id"),
        Index("ix_product_state_live_since", "state", "live_since", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[Texts]
    short: Mapped[Texts]
    description: Mapped[Texts]
    """Markdown."""
    slugs: Mapped[Texts]
    state: Mapped[str] = mapped_column(String(8))
    live_since: Mapped[datetime | None]
    """When it was first shown: what is new."""
    visible_from: Mapped[date | None]
    visible_until: Mapped[date | None]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    """Its home; all its categories stand in `product_category`."""
    tax_class: Mapped[str] = mapped_column(String(13))
    tax_abroad: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """Country → the class that it falls under there, where that is another one."""
    rung_key: Mapped[str | None] = mapped_column(String(40))
    """Shown from this tier on; none: to everybody."""
    limit_per_member: Mapped[int | None]
    min_age: Mapped[int | None]
    no_return: Mapped[str | None] = mapped_column(String(13))
    """Why it cannot be given back: made_to_order, perishable, hygiene, dated; none: it can."""
    takes_tier_discount: Mapped[bool]
    options: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    """`[{"key": "size", "name": {…}, "values": [{"key": "m", "name": {…}}]}]`"""
    public_price: Mapped[int | None] = mapped_column(BigId)
    """The lowest price that everybody pays for one of its variants, on `priced_on`: to filter and sort by. Shown prices
    are always worked out from the prices themselves."""
    priced_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every change of what staff write here."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]


class ProductSlug(Base):
    """Where an address leads: also one of earlier days, and in whatever language."""

    __tablename__ = "product_slug"

    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)


class ProductCategory(Base):
    """A product stands in a category."""

    __tablename__ = "product_category"
    __table_args__ = (Index("ix_product_category_category_id", "category_id", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), primary_key=True)


class Attribute(Base):
    """A kind of fact: vintage, grape, allergens. Its key is stable."""

    __tablename__ = "attribute"
    __table_args__ = (CheckConstraint("kind IN ('text', 'number')", name="kind_known"),)

    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    position: Mapped[int]
    name: Mapped[Texts]
    kind: Mapped[str] = mapped_column(String(6))
    unit: Mapped[str] = mapped_column(String(16))
    """Behind a number: %, kcal; empty: none."""
    is_filter: Mapped[bool]
    """Whether the list of the shop can be narrowed by it."""


class ProductAttribute(Base):
    """One fact of a product."""

    __tablename__ = "product_attribute"
    __table_args__ = (Index("ix_product_attribute_key", "key", "value_key", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("attribute.key"), primary_key=True)
    value: Mapped[Texts]
    value_key: Mapped[str] = mapped_column(BYTEWISE)
    """The folded value in the club's main language: what a filter asks for."""
    number: Mapped[int | None] = mapped_column(BigId)
    """Thousandths, of a number."""


class Variant(Base):
    """What has a SKU, a stock and possibly a price of its own. A product without options has one, without choices."""

    __tablename__ = "variant"
    __table_args__ = (
        UniqueConstraint("sku_key"),
        UniqueConstraint("product_id", "choice_key"),
        CheckConstraint("content >= 0 AND weight_grams >= 0 AND sold_in > 0", name="sizes_positive"),
        CheckConstraint("(content = 0) = (unit IS NULL)", name="content_has_unit"),
        CheckConstraint("unit IN ('l', 'kg', 'm', 'm2', 'piece')", name="unit_known"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(String(LONGEST_SKU))
    sku_key: Mapped[str] = mapped_column(String(LONGEST_SKU))
    """As it is compared: capitals, without signs."""
    choices: Mapped[dict[str, str]] = mapped_column(JSON)
    """Option key → value key."""
    choice_key: Mapped[str] = mapped_column(String(250))
    content: Mapped[int]
    """Thousandths of `unit`; 0: no unit price."""
    unit: Mapped[str | None] = mapped_column(String(5))
    weight_grams: Mapped[int]
    sold_in: Mapped[int]
    is_active: Mapped[bool]


class ProductImage(Base):
    """A picture. The file as it came is re-encoded once; the worker makes the smaller sizes."""

    __tablename__ = "product_image"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state_known"),
        CheckConstraint("width > 0 AND height > 0", name="sizes_positive"),
        Index("ix_product_image_product_id", "product_id", "position", "id"),
        Index("ix_product_image_state", "state", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    """Shows this variant; none: the product."""
    position: Mapped[int]
    file: Mapped[str] = mapped_column(String(LONGEST_FILE))
    """Name below the folder of uploads, unguessable, without a path."""
    alt: Mapped[Texts]
    width: Mapped[int]
    height: Mapped[int]
    state: Mapped[str] = mapped_column(String(7))
    sizes: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    """What the worker made: `[{"width": 480, "height": 640, "format": "avif", "file": "…"}]`"""
    added_at: Mapped[datetime]
