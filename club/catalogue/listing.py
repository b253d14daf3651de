"""The list of the shop: what was asked for, in order, page by page, and only what this visitor may see."""

import json
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Label,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from club.catalogue.cards import Card, cards_of
from club.catalogue.categories import tree
from club.catalogue.models import (
    Attribute,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductName,
    Stock,
    Variant,
)
from club.catalogue.rules.pricing import Buyer
from club.catalogue.rules.products import State
from club.catalogue.rules.words import typed
from club.catalogue.searching import Search, given, numbered, with_slips
from club.programme.models import remembered, the_club
from club.texts import Texts

PER_PAGE = 24
MOST_PER_PAGE = 100
MOST_LISTS = 1000
"""So many pages of lists a process remembers, half a kilobyte each, until the club's stamp rises."""


class Sort(StrEnum):
    """In which order."""

    RELEVANCE = "relevance"
    """How much the words say about it; without words, the newest first."""
    NEW = "new"
    PRICE = "price"
    PRICE_DOWN = "price_down"
    NAME = "name"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Prices in minor units, as everybody pays them."""

    words: str = ""
    category_id: int | None = None
    """With all below it."""
    price_from: int | None = None
    price_to: int | None = None
    in_stock: bool = False
    attributes: Mapping[str, Collection[str]] = field(default_factory=dict, hash=False)
    """Key → folded values, one of which it has."""
    points: int | None = None
    """What can be paid whole with so many points."""
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True)
class Found:
    """One page of what was found. `meant`: the words that were looked for instead of mistyped ones, if any were."""

    cards: list[Card]
    total: int
    page: int
    pages: int
    meant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Values:
    """What a list can be narrowed by: a fact and its values with how many products have them."""

    key: str
    name: Texts
    unit: str
    values: list[tuple[str, Texts, int]]
    """The folded value, the value, the products."""


def is_visible(buyer: Buyer, day: date) -> ColumnElement[bool]:
    """What this visitor may see on a day."""
    return _visible(sorted(buyer.rung_keys) or None, day)


def visible(*, is_for_tiers: bool) -> ColumnElement[bool]:
    """The same for statements that are put together once; `seen_by` gives what it asks for."""
    return _visible(_RUNGS if is_for_tiers else None, _TODAY)


def seen_by(buyer: Buyer, day: date) -> dict[str, Any]:
    """What a prebuilt `visible` asks for."""
    return {"today": day, "rung_keys": sorted(buyer.rung_keys)} if buyer.rung_keys else {"today": day}


def _visible(rung_keys: Any, day: Any) -> ColumnElement[bool]:
    """The same for values, or for parameters that stand for them; no `rung_keys`: for those who have no tier."""
    is_for_them: ColumnElement[bool] = Product.rung_key.is_(None)
    if rung_keys is not None:
        is_for_them = or_(is_for_them, Product.rung_key.in_(rung_keys))
    return and_(
        Product.state == State.LIVE,
        or_(Product.visible_from.is_(None), Product.visible_from <= day),
        or_(Product.visible_until.is_(None), Product.visible_until >= day),
        is_for_them,
    )


def public_products(db: Session, day: date, limit: int) -> list[Texts]:
    """Addresses of what everybody may see, the newest first."""
    asked = select(Product.slugs).where(is_visible(Buyer(), day)).order_by(Product.id.desc()).limit(limit)
    return list(db.scalars(asked))


def search_products(db: Session, wanted: Wanted, buyer: Buyer, language: str, day: date) -> Found:
    """What is on one page of the list: what is left of it is always asked, the rest once (two questions, three more for
    cards that nobody saw yet, two for mistyped words).
    """
    words, narrowing = typed(wanted.words), _narrowing(db, wanted)
    if wanted.words.strip() and not words:
        return Found([], 0, 1, 1)
    said = {**narrowing, **seen_by(buyer, day), **given(words, language), "language": language}
    shape = frozenset(narrowing), wanted.sort, bool(buyer.rung_keys)
    if wanted.attributes or not _KEPT.issuperset(narrowing):
        place = _place(db, wanted, _of_shape(*shape, len(words), wanted.attributes), said)
    else:
        known: dict[Hashable, Place] = remembered(db, "lists", lambda _db: {})
        key = (wanted, buyer.rung_keys, language, day)
        place = known.get(key) or _place(db, wanted, _known_shape(*shape, len(words)), said)
        if len(known) >= MOST_LISTS:
            known.clear()
        known[key] = place
    if place.total or not words:
        return _found(db, place, wanted, buyer, day)
    guessed = with_slips(db, words, language, is_visible(buyer, day))
    if guessed is None:
        return _found(db, place, wanted, buyer, day)
    place = _place(db, wanted, _of_shape(*shape, guessed, wanted.attributes), said)
    return _found(db, place, wanted, buyer, day, guessed.meant if place.total else ())


@dataclass(frozen=True)
class Place:
    """The products of one page, and how many there are on all of them."""

    ids: tuple[int, ...]
    total: int
    page: int


def _place(db: Session, wanted: Wanted, statement: Select[*tuple[Any, ...]], said: Mapping[str, Any]) -> Place:
    per_page = min(max(wanted.per_page, 1), MOST_PER_PAGE)
    page = max(wanted.page, 1)
    rows = db.execute(statement, {**said, "most": per_page, "first": (page - 1) * per_page}).all()
    if not rows and page > 1:
        page = 1
        rows = db.execute(statement, {**said, "most": per_page, "first": 0}).all()
    return Place(tuple(row.id for row in rows), int(rows[0].total) if rows else 0, page)


def _found(db: Session, place: Place, wanted: Wanted, buyer: Buyer, day: date, meant: tuple[str, ...] = ()) -> Found:
    per_page = min(max(wanted.per_page, 1), MOST_PER_PAGE)
    return Found(
        cards_of(db, place.ids, buyer, day), place.total, place.page, max(1, -(-place.total // per_page)), meant
    )


# --- the statement of a list. It is given `most` and `first`, and what narrows it by name.

_TODAY = bindparam("today", type_=Product.visible_from.type)
_RUNGS: BindParameter[str] = bindparam("rung_keys", type_=Product.rung_key.type, expanding=True)


@cache
def _known_shape(narrowing: frozenset[str], sort: Sort, is_for_tiers: bool, words: int) -> Select[*tuple[Any, ...]]:
    """The list as most people see it: there are few of its kind, so each is put together once."""
    return _of_shape(narrowing, sort, is_for_tiers, words, {})


def _of_shape(
    narrowing: frozenset[str],
    sort: Sort,
    is_for_tiers: bool,
    words: int | Search,
    attributes: Mapping[str, Collection[str]],
) -> Select[*tuple[Any, ...]]:
    conditions = [visible(is_for_tiers=is_for_tiers), *_narrowed(narrowing), *_having(attributes)]
    if isinstance(words, int):
        return _listing(conditions, sort, numbered(words) if words else None)
    return _listing(conditions, sort, words)


def _listing(conditions: list[ColumnElement[bool]], sort: Sort, search: Search | None) -> Select[*tuple[Any, ...]]:
    """The products of one page: texts and pictures of the others are never read."""
    chosen: Select[*tuple[Any, ...]] = select(Product.id).select_from(Product).where(*conditions)
    if search is not None:
        chosen = search.narrow(chosen)
    if sort is Sort.NAME:
        named = and_(ProductName.product_id == Product.id, ProductName.language == bindparam("language"))
        chosen = chosen.join(ProductName, named)
    order = _order(sort, search)
    return (
        chosen.add_columns(_total(conditions, is_joined=search is not None or sort is Sort.NAME))
        .order_by(*(key.desc() if is_down else key for key, is_down in order))
        .limit(bindparam("most"))
        .offset(bindparam("first"))
    )


def _total(conditions: list[ColumnElement[bool]], *, is_joined: bool) -> Label[int]:
    """How many there are on all pages. Counting beside the list is cheaper than over it, where nothing is joined."""
    if is_joined:
        return func.count().over().label("total")
    beside = select(func.count()).select_from(Product).where(*conditions).correlate(None)
    return beside.scalar_subquery().label("total")


def _order(sort: Sort, search: Search | None) -> list[tuple[Any, bool]]:
    """By what the list is ordered, and whether the largest comes first."""
    newest = [(func.coalesce(Product.live_since, Product.made_at), True), (_ID, True)]
    match sort:
        case Sort.RELEVANCE if search is not None:
            return [(search.score, True), *newest]
        case Sort.PRICE | Sort.PRICE_DOWN:
            return [
                (Product.public_price.is_(None), False),
                (Product.public_price, sort is Sort.PRICE_DOWN),
                (_ID, False),
            ]
        case Sort.NAME:
            return [(ProductName.__table__.c.sort_key, False), (_ID, False)]
    return newest


_ID = Product.__table__.c.id
IN_STOCK: ColumnElement[bool] = Product.id.in_(
    select(Variant.product_id)
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.is_active, or_(~Stock.is_counted, Stock.on_hand > Stock.reserved))
)
_NARROWED: dict[str, ColumnElement[bool]] = {
    "inside": Product.id.in_(
        select(ProductCategory.product_id).where(
            ProductCategory.category_id.in_(bindparam("inside", type_=ProductCategory.category_id.type, expanding=True))
        )
    ),
    "price_from": Product.public_price >= bindparam("price_from", type_=Product.public_price.type),
    "price_to": Product.public_price <= bindparam("price_to", type_=Product.public_price.type),
    "by_points": Product.public_price <= bindparam("by_points", type_=Product.public_price.type),
    "there": IN_STOCK,
}


_KEPT = {"inside", "price_from", "price_to"}
"""What narrows a list alike for all of a tier all day; stock and somebody's points do not."""


def _narrowed(narrowing: Iterable[str]) -> list[ColumnElement[bool]]:
    """What narrows a list, by name; the values are given with the statement."""
    return [condition for name, condition in _NARROWED.items() if name in narrowing]


def _narrowing(db: Session, wanted: Wanted) -> dict[str, Any]:
    """The names of what narrows this list, with their values."""
    found: dict[str, Any] = {}
    if wanted.category_id is not None:
        found["inside"] = sorted(tree(db).subtree(wanted.category_id))
    if wanted.price_from is not None:
        found["price_from"] = wanted.price_from
    if wanted.price_to is not None:
        found["price_to"] = wanted.price_to
    if wanted.points is not None:
        club = the_club(db)
        found["by_points"] = wanted.points * club.point_value_minor // club.point_value_points
    if wanted.in_stock:
        found["there"] = True
    return found


def _having(attributes: Mapping[str, Collection[str]]) -> list[ColumnElement[bool]]:
    """Products with one of these values of each attribute."""
    return [
        Product.id.in_(
            select(ProductAttribute.product_id).where(
                ProductAttribute.key == key, ProductAttribute.value_key.in_(sorted(values))
            )
        )
        for key, values in attributes.items()
    ]


def filter_values(db: Session, wanted: Wanted, buyer: Buyer, day: date) -> list[Values]:
    """What a category (with its prices and stock, not words and facts) can be narrowed by: one question."""
    said = func.min(cast(ProductAttribute.value, Text))
    smallest = func.min(ProductAttribute.number)
    narrowing = _narrowing(db, wanted)
    rows = db.execute(
        select(Attribute.key, Attribute.name, Attribute.unit, ProductAttribute.value_key, said, func.count())
        .join(ProductAttribute, ProductAttribute.key == Attribute.key)
        .join(Product, Product.id == ProductAttribute.product_id)
        .where(Attribute.is_filter, is_visible(buyer, day), *_narrowed(narrowing))
        .group_by(Attribute.key, ProductAttribute.value_key)
        .order_by(Attribute.position, Attribute.key, smallest, ProductAttribute.value_key),
        narrowing,
    )
    found: dict[str, Values] = {}
    for key, name, unit, value_key, value, count in rows:
        values = found.setdefault(key, Values(key, name, unit, [])).values
        values.append((value_key, Texts(json.loads(value)), int(count)))
    return list(found.values())
