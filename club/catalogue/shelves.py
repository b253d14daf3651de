"""The catalogue as staff look through it: every product whatever its state, and the stock of every variant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from club.catalogue.cards import IMAGE, IS_COVER, LEVEL, Image, choice_of, image_of
from club.catalogue.categories import tree
from club.catalogue.models import Product, ProductCategory, ProductImage, ProductName, Stock, Variant
from club.catalogue.reading import options_in
from club.catalogue.rules.products import Option, State
from club.catalogue.rules.stock import Level
from club.catalogue.searching import as_typed
from club.texts import LANGUAGES, Texts


class Seen(StrEnum):
    """When a live product is shown."""

    NOW = "now"
    LATER = "later"
    OVER = "over"


class Lacks(StrEnum):
    """What a product does not have yet."""

    PRICE = "price"
    PICTURE = "picture"
    CATEGORY = "category"


class Short(StrEnum):
    """How far the stock is down."""

    LOW = "low"
    """At its mark or below, none left included."""
    OUT = "out"
    """Nothing can be ordered."""
    MISSING = "missing"
    """More is promised than is there."""


class Order(StrEnum):
    """By what the list of products is ordered."""

    NAME = "name"
    CHANGED = "changed"
    PRICE = "price"
    LEFT = "left"


@dataclass(frozen=True)
class Wanted:
    """What narrows the list; what is left out narrows nothing."""

    words: str = ""
    state: State | None = None
    category_id: int | None = None
    """With all below it."""
    seen: Seen | None = None
    for_tiers: bool | None = None
    """Only what is shown from a tier on, or only what everybody sees."""
    lacks: Lacks | None = None
    short: Short | None = None


@dataclass(frozen=True)
class Shelved:
    """A product in the list."""

    id: int
    name: Texts
    short: Texts
    state: State
    category_id: int | None
    rung_key: str | None
    visible_from: date | None
    visible_until: date | None
    public_price: int | None
    """The lowest that everybody pays today."""
    changed_at: datetime
    version: int
    sku: str
    """Of its first variant."""
    variants: int
    free: int | None
    """How many are there and promised to nobody, over all variants that are counted; None: none is counted."""
    is_low: bool
    image: Image | None

    @property
    def gaps(self) -> int:
        """How many texts are missing in some language."""
        texts = [self.name, self.short] if self.short else [self.name]
        return sum(not one.get(language) for one in texts for language in LANGUAGES)


@dataclass(frozen=True)
class Counted:
    """The stock of one variant in the list."""

    variant_id: int
    product_id: int
    name: Texts
    options: tuple[Option, ...]
    choices: dict[str, str]
    sku: str
    level: Level


IS_LOW = and_(Stock.is_counted, Stock.on_hand - Stock.reserved <= Stock.low_mark, Stock.low_mark > 0)
_LEFT = Stock.on_hand - Stock.reserved + Stock.back_order_limit
_SHORT: dict[Short, ColumnElement[bool]] = {
    Short.LOW: or_(IS_LOW, and_(Stock.is_counted, Stock.on_hand <= Stock.reserved)),
    Short.OUT: and_(Stock.is_counted, _LEFT <= 0),
    Short.MISSING: Stock.missing > 0,
}
_HOW_LOW = case((_SHORT[Short.LOW], 0), else_=1)
_BY_NAME = (ProductName.sort_key, Product.id, Variant.position, Variant.id)
_ACTIVE = and_(Variant.product_id == Product.id, Variant.is_active)
_FREE = (
    select(func.sum(Stock.on_hand - Stock.reserved))
    .join(Variant, Variant.id == Stock.variant_id)
    .where(_ACTIVE, Stock.is_counted)
    .correlate(Product)
    .scalar_subquery()
)
_SHELVED = (
    Product.id, Product.name, Product.short, Product.state, Product.category_id, Product.rung_key, Product.visible_from,
    Product.visible_until, Product.public_price, Product.changed_at, Product.version,
)  # fmt: skip


def product_ids(
    db: Session, wanted: Wanted, day: date, language: str, order: Order, *, is_descending: bool, limit: int, offset: int
) -> list[int]:
    """The products of one page of the list."""
    statement = _narrowed(db, select(Product.id), wanted, day, language)
    return list(db.scalars(_in_order(statement, order, language, is_descending).limit(limit).offset(offset)))


def count_products(db: Session, wanted: Wanted, day: date, language: str) -> int:
    """How many there are."""
    inside = _narrowed(db, select(Product.id), wanted, day, language).subquery()
    return db.scalar(select(func.count()).select_from(inside)) or 0


def products_of(db: Session, ids: Sequence[int]) -> list[Shelved]:
    """The rows of the list, in the order of the ids: two questions."""
    if not ids:
        return []
    first, many, low = _variants_of(db, ids)
    rows = db.execute(
        select(*_SHELVED, _FREE.label("free"), *IMAGE)
        .select_from(Product)
        .outerjoin(ProductImage, IS_COVER)
        .where(Product.id.in_(ids))
    )
    found = {row[0]: _shelved(row, first.get(row[0], ""), many.get(row[0], 0), row[0] in low) for row in rows}
    return [found[one] for one in ids if one in found]


def stock_listed(
    db: Session, words: str, short: Short | None, category_id: int | None, language: str, limit: int, offset: int
) -> list[Counted]:
    """Variants that are counted, those that lack most first, then by name."""
    on_sale = and_(Variant.is_active, Stock.is_counted, Product.state != State.ARCHIVED)
    statement = _with_stock(language).where(on_sale)
    if short is not None:
        statement = statement.where(_SHORT[short])
    if category_id is not None:
        statement = statement.where(_stands_in(db, category_id))
    statement = _found(statement, words, language)
    ordered = statement.order_by(Stock.missing.desc(), _HOW_LOW, *_BY_NAME)
    return [_counted(row) for row in db.execute(ordered.limit(limit).offset(offset))]


def stock_of(db: Session, variant_ids: Sequence[int], language: str) -> list[Counted]:
    """The same rows for variants that are named, by name of their product."""
    if not variant_ids:
        return []
    statement = _with_stock(language).where(Variant.id.in_(variant_ids))
    return [_counted(row) for row in db.execute(statement.order_by(*_BY_NAME))]


def how_short(db: Session) -> dict[Short, int]:
    """How many variants are low, out, or promised too often."""
    on_sale = (
        select(*(func.count().filter(condition) for condition in _SHORT.values()))
        .select_from(Stock)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.is_active, Stock.is_counted, Product.state != State.ARCHIVED)
    )
    return dict(zip(_SHORT, db.execute(on_sale).one(), strict=True))


def _narrowed(
    db: Session, statement: Select[*tuple[Any, ...]], wanted: Wanted, day: date, language: str
) -> Select[*tuple[Any, ...]]:
    statement = _found(statement, wanted.words, language)
    if wanted.state is not None:
        statement = statement.where(Product.state == wanted.state)
    if wanted.category_id is not None:
        statement = statement.where(_stands_in(db, wanted.category_id))
    if wanted.seen is not None:
        statement = statement.where(Product.state == State.LIVE, _SEEN[wanted.seen](day))
    if wanted.for_tiers is not None:
        statement = statement.where(Product.rung_key.is_not(None) if wanted.for_tiers else Product.rung_key.is_(None))
    if wanted.lacks is not None:
        statement = statement.where(_LACKS[wanted.lacks])
    if wanted.short is not None:
        there = select(Variant.id).join(Stock, Stock.variant_id == Variant.id).where(_ACTIVE, _SHORT[wanted.short])
        statement = statement.where(there.correlate(Product).exists())
    return statement


_SEEN: dict[Seen, Any] = {
    Seen.NOW: lambda day: and_(
        or_(Product.visible_from.is_(None), Product.visible_from <= day),
        or_(Product.visible_until.is_(None), Product.visible_until >= day),
    ),
    Seen.LATER: lambda day: Product.visible_from > day,
    Seen.OVER: lambda day: Product.visible_until < day,
}
_LACKS: dict[Lacks, ColumnElement[bool]] = {
    Lacks.PRICE: Product.public_price.is_(None),
    Lacks.PICTURE: ~exists().where(ProductImage.product_id == Product.id),
    Lacks.CATEGORY: Product.category_id.is_(None),
}


def _found(statement: Select[*tuple[Any, ...]], words: str, language: str) -> Select[*tuple[Any, ...]]:
    search = as_typed(words, language)
    if search is not None:
        return search.narrow(statement)
    return statement.where(Product.id < 0) if words.strip() else statement


def _with_stock(language: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Variant.id, Variant.product_id, Variant.sku, Variant.choices, Variant.content, Variant.unit,
            Variant.weight_grams, Variant.sold_in, Variant.is_active, *LEVEL, Product.name, Product.options,
        )
        .select_from(Product)
        .join(Variant, Variant.product_id == Product.id)
        .join(Stock, Stock.variant_id == Variant.id)
        .outerjoin(ProductName, _named(language))
    )  # fmt: skip


def _stands_in(db: Session, category_id: int) -> ColumnElement[bool]:
    inside: Collection[int] = sorted(tree(db).subtree(category_id))
    return Product.id.in_(select(ProductCategory.product_id).where(ProductCategory.category_id.in_(inside)))


def _named(language: str) -> ColumnElement[bool]:
    return and_(ProductName.product_id == Product.id, ProductName.language == language)


def _in_order(
    statement: Select[*tuple[Any, ...]], order: Order, language: str, is_descending: bool
) -> Select[*tuple[Any, ...]]:
    column: Any
    match order:
        case Order.NAME:
            statement = statement.outerjoin(ProductName, _named(language))
            column = ProductName.sort_key
        case Order.CHANGED:
            column = Product.changed_at
        case Order.PRICE:
            column = Product.public_price
        case Order.LEFT:
            column = _FREE
    turned = column.desc() if is_descending else column.asc()
    return statement.order_by(column.is_(None), turned, Product.id)


def _variants_of(db: Session, ids: Sequence[int]) -> tuple[dict[int, str], dict[int, int], set[int]]:
    """The first SKU of each product, how many variants it has, and which are low."""
    first: dict[int, str] = {}
    many: dict[int, int] = {}
    low: set[int] = set()
    rows = db.execute(
        select(Variant.product_id, Variant.sku, Variant.is_active, _SHORT[Short.LOW].label("is_low"))
        .join(Stock, Stock.variant_id == Variant.id)
        .where(Variant.product_id.in_(ids))
        .order_by(Variant.product_id, Variant.is_active.desc(), Variant.position, Variant.id)
    )
    for row in rows:
        first.setdefault(row.product_id, row.sku)
        if row.is_active:
            many[row.product_id] = many.get(row.product_id, 0) + 1
            if row.is_low:
                low.add(row.product_id)
    return first, many, low


def _shelved(row: Row[*tuple[Any, ...]], sku: str, variants: int, is_low: bool) -> Shelved:
    product_id, name, short, state, category_id, rung_key, since, until, price, changed_at, version, free = row[:12]
    return Shelved(
        id=product_id,
        name=name,
        short=short,
        state=State(state),
        category_id=category_id,
        rung_key=rung_key,
        visible_from=since,
        visible_until=until,
        public_price=price,
        changed_at=changed_at,
        version=version,
        sku=sku,
        variants=variants,
        free=None if free is None else int(free),
        is_low=is_low,
        image=image_of(row[12:]),
    )


def _counted(row: Row[*tuple[Any, ...]]) -> Counted:
    choice = choice_of(row)
    return Counted(
        variant_id=choice.id,
        product_id=choice.product_id,
        name=row[-2],
        options=options_in(row[-1]),
        choices=dict(choice.choices),
        sku=choice.sku,
        level=choice.level,
    )


def products_in_categories(db: Session) -> dict[int, int]:
    """How many products stand in each category itself, archived ones too."""
    rows = db.execute(select(ProductCategory.category_id, func.count()).group_by(ProductCategory.category_id))
    return {category_id: int(count) for category_id, count in rows}
