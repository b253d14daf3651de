"""Products as a list shows them: text, one price, what is left, one picture.

What a card says besides the stock is remembered until the club's stamp rises: whoever writes products, variants, prices
or pictures raises it. What is left is asked each time.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from club.catalogue.models import MemberPrice, Product, ProductImage, Stock, Variant
from club.catalogue.pricing import Rows, rows_for, shown
from club.catalogue.rules.pricing import Buyer, Shown, unit_price
from club.catalogue.rules.products import State, Unit
from club.catalogue.rules.stock import Availability, Level
from club.programme.models import remembered
from club.texts import Texts


@dataclass(frozen=True)
class Image:
    """A picture. `sizes`: what the worker made, `[{"width", "height", "format", "file"}]`."""

    id: int
    file: str
    alt: Texts
    width: int
    height: int
    state: str
    sizes: list[dict[str, Any]] = field(hash=False)
    variant_id: int | None = None

    @property
    def is_ready(self) -> bool:
        """Whether its sizes are made."""
        return self.state == "ready"


@dataclass(frozen=True)
class UnitPrice:
    """What one whole unit costs."""

    amount: int
    unit: Unit


@dataclass(frozen=True)
class Card:
    """A product in a list, with the variant that costs this buyer least."""

    id: int
    name: Texts
    short: Texts
    slugs: Texts
    state: State
    category_id: int | None
    rung_key: str | None
    limit_per_member: int | None
    min_age: int | None
    live_since: datetime | None
    variant_id: int
    sku: str
    variants: int
    """How many can be chosen from."""
    price: Shown | None
    has_more_prices: bool
    """Whether another variant costs something else: "from …"."""
    unit_price: UnitPrice | None
    availability: Availability
    """Of the variant of which there is most."""
    left: int | None
    """How many of that one can be ordered, where they are few."""
    image: Image | None


@dataclass(frozen=True)
class Choice:
    """A variant with its stock, as cards and pages begin with it."""

    id: int
    product_id: int
    sku: str
    choices: Mapping[str, str]
    content: int
    unit: Unit | None
    weight_grams: int
    sold_in: int
    is_active: bool
    level: Level

    def unit_price(self, price: Shown | None) -> UnitPrice | None:
        """What a whole unit costs, where it has contents."""
        if price is None or self.unit is None or not self.content:
            return None
        return UnitPrice(unit_price(price.amount, self.content), self.unit)


LEVEL = (Stock.on_hand, Stock.reserved, Stock.back_order_limit, Stock.low_mark, Stock.is_counted, Stock.missing)
_FIRST_IMAGE = aliased(ProductImage)
_COVER = (
    select(_FIRST_IMAGE.id)
    .where(_FIRST_IMAGE.product_id == Product.id)
    .order_by(_FIRST_IMAGE.position, _FIRST_IMAGE.id)
    .limit(1)
    .correlate(Product)
    .scalar_subquery()
)
IS_COVER = ProductImage.id == _COVER
"""To join the first picture of a product."""
IMAGE = (
    ProductImage.id,
    ProductImage.file,
    ProductImage.alt,
    ProductImage.width,
    ProductImage.height,
    ProductImage.state,
    ProductImage.sizes,
    ProductImage.variant_id,
)
_CARD = (
    Product.id,
    Product.name,
    Product.short,
    Product.slugs,
    Product.state,
    Product.category_id,
    Product.rung_key,
    Product.limit_per_member,
    Product.min_age,
    Product.live_since,
    Product.takes_tier_discount,
    *IMAGE,
)
_HEAD = len(_CARD) - len(IMAGE)
_IDS = bindparam("ids", type_=Product.id.type, expanding=True)
_OWN = exists().where(MemberPrice.person_id == bindparam("person_id"), MemberPrice.product_id == Variant.product_id)
_EVERY_CHOICE = (
    select(
        Variant.id, Variant.product_id, Variant.sku, Variant.choices, Variant.content, Variant.unit,
        Variant.weight_grams, Variant.sold_in, Variant.is_active, *LEVEL,
    )
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id.in_(_IDS))
    .order_by(Variant.product_id, Variant.position, Variant.id)
)  # fmt: skip
_CHOICES = _EVERY_CHOICE.where(Variant.is_active)
_LEFT = (
    select(Variant.product_id, Variant.id, _OWN.label("has_own"), *LEVEL)
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id.in_(_IDS), Variant.is_active)
    .order_by(Variant.position, Variant.id)
)
"""What is left of each variant, and whether the buyer has a price of their own for its product."""
_CARDS = select(*_CARD).select_from(Product).outerjoin(ProductImage, IS_COVER).where(Product.id.in_(_IDS))
MOST_CARDS = 3000
"""So many a process remembers, two kilobytes each."""


def cards_of(db: Session, product_ids: Sequence[int], buyer: Buyer, day: date) -> list[Card]:
    """Cards of products in their order: one question about what is left, three for those that nobody asked for yet."""
    if not product_ids:
        return []
    levels, own = left_of(db, product_ids, buyer)
    shelves: dict[Hashable, dict[int, Card]] = remembered(db, "cards", lambda _db: {})
    seen_by = (buyer.rung_key, buyer.rung_keys, buyer.discount_percent, day)
    shelf = shelves.setdefault(seen_by, {})
    new = [product_id for product_id in product_ids if product_id in own or product_id not in shelf]
    found = {card.id: card for card in _read(db, new, buyer, day)} if new else {}
    if sum(map(len, shelves.values())) + len(found) > MOST_CARDS:
        shelves.clear()
        shelf = shelves[seen_by] = {}
    cards = []
    for product_id, of_variants in levels.items():
        card = found.get(product_id) or shelf.get(product_id)
        if card is None or not of_variants:
            continue  # nothing of it can be chosen
        card = _with_stock(card, tuple(of_variants.values()))
        if product_id not in own:
            shelf[product_id] = card
        cards.append(card)
    return cards


def left_of(db: Session, product_ids: Sequence[int], buyer: Buyer) -> tuple[dict[int, dict[int, Level]], set[int]]:
    """The stock of products by variant, and those for which this buyer has a price of their own: one question."""
    levels: dict[int, dict[int, Level]] = {product_id: {} for product_id in product_ids}
    own = set()
    for row in db.execute(_LEFT, {"ids": product_ids, "person_id": buyer.member_id or 0}):
        levels[row.product_id][row.id] = Level(*row[3:])
        if row.has_own:
            own.add(row.product_id)
    return levels, own


def _read(db: Session, ids: Sequence[int], buyer: Buyer, day: date) -> list[Card]:
    """Three questions."""
    choices = choices_of(db, ids)
    prices = rows_for(db, ids, buyer, day)
    return [
        _card(row, choices[row.id], prices, buyer, day) for row in db.execute(_CARDS, {"ids": ids}) if choices[row.id]
    ]


def _with_stock(card: Card, levels: Sequence[Level]) -> Card:
    """The card with what is left of the variant of which there is most."""
    fullest = levels[0] if len(levels) == 1 else max(levels, key=lambda one: (not one.is_counted, one.left or 0))
    availability = fullest.availability
    left = fullest.left if availability is Availability.LOW else None
    if card.availability is availability and card.left == left:
        return card
    return replace(card, availability=availability, left=left)


def choices_of(db: Session, product_ids: Sequence[int], *, with_inactive: bool = False) -> dict[int, list[Choice]]:
    """The variants of products with their stock, in order, one question."""
    found: dict[int, list[Choice]] = {product_id: [] for product_id in product_ids}
    if not found:
        return found
    for row in db.execute(_EVERY_CHOICE if with_inactive else _CHOICES, {"ids": list(found)}):
        found[row.product_id].append(choice_of(row))
    return found


def choice_of(row: Row[*tuple[Any, ...]]) -> Choice:
    """A variant from a row of its columns and `LEVEL` behind them."""
    variant_id, product_id, sku, choices, content, unit, weight, sold_in, is_active, *level = row[:15]
    kind = None if unit is None else Unit(unit)
    return Choice(variant_id, product_id, sku, choices, content, kind, weight, sold_in, is_active, Level(*level))


def image_of(values: Sequence[Any]) -> Image | None:
    """A picture from the columns of `IMAGE`; none where nothing was joined."""
    return None if values[0] is None else Image(*values)


def _card(row: Row[*tuple[Any, ...]], choices: list[Choice], prices: Rows, buyer: Buyer, day: date) -> Card:
    (
        product_id, name, short, slugs, state, category_id, rung_key, limit, min_age, live_since, takes_discount,
    ) = row[:_HEAD]  # fmt: skip
    priced = [
        (choice, shown(prices[product_id], choice.id, buyer, day, takes_tier_discount=takes_discount))
        for choice in choices
    ]
    best, price = min(priced, key=lambda one: (one[1] is None, one[1].amount if one[1] else 0))
    return Card(
        id=product_id,
        name=name,
        short=short,
        slugs=slugs,
        state=State(state),
        category_id=category_id,
        rung_key=rung_key,
        limit_per_member=limit,
        min_age=min_age,
        live_since=live_since,
        variant_id=best.id,
        sku=best.sku,
        variants=len(choices),
        price=price,
        has_more_prices=len({one.amount for _, one in priced if one is not None}) > 1,
        unit_price=best.unit_price(price),
        availability=Availability.OUT,
        left=None,
        image=image_of(row[_HEAD : _HEAD + len(IMAGE)]),
    )
