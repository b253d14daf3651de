"""One product with everything that its page says: three questions, whatever it has, and one what is left of it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Select,
    Subquery,
    bindparam,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from club.catalogue.cards import Choice, Image, UnitPrice, choices_of, left_of
from club.catalogue.listing import seen_by, visible
from club.catalogue.models import (
    Attribute,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductImage,
    ProductSlug,
)
from club.catalogue.pricing import rows_for, shown
from club.catalogue.rules.pricing import Buyer, PriceRow, Shown
from club.catalogue.rules.products import NoReturn, Option, State, TaxClass, is_slug
from club.catalogue.rules.stock import Level
from club.errors import NotFound
from club.programme.models import remembered
from club.texts import Texts


@dataclass(frozen=True)
class Fact:
    """One attribute of the product. `number` in thousandths, of a number."""

    key: str
    name: Texts
    value: Texts
    number: int | None
    unit: str


@dataclass(frozen=True)
class PricedVariant:
    """A variant, what this buyer pays for one, and what a whole unit costs."""

    choice: Choice
    price: Shown | None
    unit_price: UnitPrice | None


@dataclass(frozen=True)
class Page:
    """A product. `rows`: the prices behind it, for quantities (`rules.pricing.price_for`)."""

    id: int
    name: Texts
    short: Texts
    description: Texts
    slugs: Texts
    state: State
    live_since: datetime | None
    visible_from: date | None
    visible_until: date | None
    category_id: int | None
    category_ids: tuple[int, ...]
    tax_class: TaxClass
    tax_abroad: Mapping[str, TaxClass]
    rung_key: str | None
    limit_per_member: int | None
    min_age: int | None
    no_return: NoReturn | None
    takes_tier_discount: bool
    options: tuple[Option, ...]
    version: int
    variants: tuple[PricedVariant, ...]
    facts: tuple[Fact, ...]
    images: tuple[Image, ...]
    rows: tuple[PriceRow, ...]

    def variant(self, variant_id: int) -> PricedVariant:
        """One of its variants; raises `NotFound`."""
        found = next((one for one in self.variants if one.choice.id == variant_id), None)
        if found is None:
            raise NotFound
        return found

    def with_stock(self, levels: Mapping[int, Level]) -> "Page":
        """The same with what is left now."""
        return replace(
            self,
            variants=tuple(
                replace(one, choice=replace(one.choice, level=levels[one.choice.id])) for one in self.variants
            ),
        )


MOST_PAGES = 400
"""So many a process remembers, some ten kilobytes each."""
_PRODUCT = (
    Product.id, Product.name, Product.short, Product.description, Product.slugs, Product.state, Product.live_since,
    Product.visible_from, Product.visible_until, Product.category_id, Product.tax_class, Product.rung_key,
    Product.limit_per_member, Product.min_age, Product.no_return, Product.takes_tier_discount, Product.options,
    Product.version, Product.tax_abroad,
)  # fmt: skip


def product_page(db: Session, slug: str, buyer: Buyer, day: date) -> Page:
    """What stands under an address, an old one too (its `slugs` say the right one). Raises `NotFound`, also for what
    this visitor may not see.

    All but the stock is remembered as in lists; a price of the buyer's own is not.
    """
    if not is_slug(slug):
        raise NotFound
    known: dict[Hashable, Page] = remembered(db, "product pages", lambda _db: {})
    key = (slug, buyer.rung_key, buyer.rung_keys, buyer.discount_percent, day)
    page = known.get(key)
    if page is None:
        page = _visible_page(db, slug, replace(buyer, member_id=None), day)
        if len(known) >= MOST_PAGES:
            known.clear()
        known[key] = page
    levels, own = left_of(db, (page.id,), buyer)
    return _visible_page(db, slug, buyer, day) if own else page.with_stock(levels[page.id])


def _visible_page(db: Session, slug: str, buyer: Buyer, day: date) -> Page:
    given = {**seen_by(buyer, day), "slug": slug}
    return _page(db, _by_slug(is_for_tiers=bool(buyer.rung_keys)), given, buyer, day, with_inactive=False)


def product_for_staff(db: Session, product_id: int, day: date, buyer: Buyer | None = None) -> Page:
    """The same whatever its state, inactive variants too, with the prices of a guest or of `buyer`."""
    return _page(db, _by_id(), {"wanted_id": product_id}, buyer or Buyer(), day, with_inactive=True)


def abroad_in(written: Mapping[str, str]) -> dict[str, TaxClass]:
    """The classes of tax by country from how they are kept."""
    return {code: TaxClass(one) for code, one in written.items()}


def options_in(written: list[dict[str, Any]]) -> tuple[Option, ...]:
    """The options of a product from how they are kept."""
    return tuple(
        Option(
            one["key"],
            Texts(one["name"]),
            tuple((value["key"], Texts(value["name"])) for value in one["values"]),
        )
        for one in written
    )


def choice_names(options: tuple[Option, ...], choice: dict[str, str]) -> list[tuple[Texts, Texts]]:
    """What was chosen, option by option, in words."""
    return [(option.name, name) for option in options for key, name in option.values if choice.get(option.key) == key]


@cache
def _by_slug(*, is_for_tiers: bool) -> Select[*tuple[Any, ...]]:
    """The product of an address of today or of before, if this visitor may see it."""
    named = select(ProductSlug.product_id).where(ProductSlug.slug == bindparam("slug")).scalar_subquery()
    return _read(named).where(visible(is_for_tiers=is_for_tiers))


@cache
def _by_id() -> Select[*tuple[Any, ...]]:
    return _read(bindparam("wanted_id", type_=Product.id.type))


def _page(
    db: Session, statement: Select[*tuple[Any, ...]], given: dict[str, Any], buyer: Buyer, day: date, *,
    with_inactive: bool,
) -> Page:  # fmt: skip
    rows = db.execute(statement, given).all()
    if not rows:
        raise NotFound
    return _whole(db, rows, buyer, day, with_inactive)


def _read(wanted: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """A product, once for each of its parts."""
    parts = _parts(wanted)
    return (
        select(*_PRODUCT, *(column.label(f"part_{column.name}") for column in parts.c))
        .outerjoin(parts, parts.c.product_id == Product.id)
        .where(Product.id == wanted)
        .order_by(parts.c.place, parts.c.id)
    )


def _parts(wanted: ColumnElement[int]) -> Subquery:
    """Pictures, facts and categories of a product, one row each, so that they come with it in one question."""
    image, fact, home = ProductImage, ProductAttribute, ProductCategory
    words, size, text, sizes = fact.value.type, image.width.type, Attribute.key.type, JSON()
    columns = ("kind", "place", "product_id", "id", "key", "name", "value", "number", "unit", "width", "height")

    def no(kind: Any) -> ColumnElement[Any]:
        return type_coerce(null(), kind)

    pictures = (
        literal("image"), image.position, image.product_id, image.id, image.file, image.alt, no(words),
        no(image.id.type), image.state, image.width, image.height, image.sizes, image.variant_id,
    )  # fmt: skip
    facts = (
        literal("fact"), Attribute.position, fact.product_id, null(), fact.key, Attribute.name, fact.value, fact.number,
        Attribute.unit, no(size), no(size), no(sizes), null(),
    )  # fmt: skip
    homes = (
        literal("category"), literal(0), home.product_id, home.category_id, no(text), no(words), no(words), null(),
        no(text), no(size), no(size), no(sizes), null(),
    )  # fmt: skip
    names = (*columns, "sizes", "variant_id")
    return union_all(
        select(*(column.label(name) for column, name in zip(pictures, names, strict=True))).where(
            image.product_id == wanted
        ),
        select(*facts).join(Attribute, Attribute.key == fact.key).where(fact.product_id == wanted),
        select(*homes).where(home.product_id == wanted),
    ).subquery("parts")


def _whole(db: Session, parts: Sequence[Row[*tuple[Any, ...]]], buyer: Buyer, day: date, with_inactive: bool) -> Page:
    row = parts[0]
    standing = [part.part_id for part in parts if part.part_kind == "category"]
    choices = choices_of(db, [row.id], with_inactive=with_inactive)[row.id]
    prices = rows_for(db, [row.id], buyer, day)[row.id]
    priced = []
    for choice in choices:
        price = shown(prices, choice.id, buyer, day, takes_tier_discount=row.takes_tier_discount)
        priced.append(PricedVariant(choice, price, choice.unit_price(price)))
    values = row._mapping
    return Page(
        **{name: values[name] for name in _AS_THEY_ARE},
        state=State(row.state),
        tax_class=TaxClass(row.tax_class),
        tax_abroad=abroad_in(row.tax_abroad),
        no_return=NoReturn(row.no_return) if row.no_return else None,
        category_ids=tuple(sorted(standing, key=lambda one: one != row.category_id)),
        options=options_in(row.options),
        variants=tuple(priced),
        facts=tuple(
            Fact(part.part_key, part.part_name, part.part_value, part.part_number, part.part_unit)
            for part in parts
            if part.part_kind == "fact"
        ),
        images=tuple(
            Image(
                part.part_id,
                part.part_key,
                part.part_name,
                part.part_width,
                part.part_height,
                part.part_unit,
                part.part_sizes,
                part.part_variant_id,
            )
            for part in parts
            if part.part_kind == "image"
        ),
        rows=tuple(prices),
    )


_AS_THEY_ARE = (
    "id", "name", "short", "description", "slugs", "live_since", "visible_from", "visible_until", "category_id",
    "rung_key", "limit_per_member", "min_age", "takes_tier_discount", "version",
)  # fmt: skip
