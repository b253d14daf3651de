"""The list of the shop: what was asked for, in order, page by page, and only what this visitor may see."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from club.catalogue.cards import CARD, IS_COVER, Card, cards_of
from club.catalogue.categories import tree
from club.catalogue.models import (
    Attribute,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductImage,
    ProductName,
    Stock,
    Variant,
)
from club.catalogue.rules.pricing import Buyer
from club.catalogue.rules.products import State
from club.catalogue.rules.words import typed
from club.catalogue.searching import Search, as_typed, with_slips
from club.programme.models import the_club
from club.texts import Texts

PER_PAGE = 24
MOST_PER_PAGE = 100


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
    attributes: Mapping[str, Collection[str]] = field(default_factory=dict)
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
    is_for_them: ColumnElement[bool] = Product.rung_key.is_(None)
    if buyer.rung_keys:
        is_for_them = or_(is_for_them, Product.rung_key.in_(sorted(buyer.rung_keys)))
    return and_(
        Product.state == State.LIVE,
        or_(Product.visible_from.is_(None), Product.visible_from <= day),
        or_(Product.visible_until.is_(None), Product.visible_until >= day),
        is_for_them,
    )


def search_products(db: Session, wanted: Wanted, buyer: Buyer, language: str, day: date) -> Found:
    """What is on one page of the list: three questions, two more where a word had to be guessed."""
    return _search(db, wanted, buyer, language, day, is_visible(buyer, day))


def search_as_staff(
    db: Session, wanted: Wanted, language: str, day: date, states: Collection[State] = tuple(State)
) -> Found:
    """The same over everything there is, drafts too, with everybody's prices."""
    return _search(db, wanted, Buyer(), language, day, Product.state.in_(states))


def _search(db: Session, wanted: Wanted, buyer: Buyer, language: str, day: date, allowed: ColumnElement[bool]) -> Found:
    search = as_typed(wanted.words, language)
    if wanted.words.strip() and search is None:
        return Found([], 0, 1, 1)
    conditions = [allowed, *_narrowed(db, wanted)]
    found = _page(db, wanted, buyer, language, day, conditions, search)
    if found.total or search is None:
        return found
    guessed = with_slips(db, typed(wanted.words), language, allowed)
    if guessed is None:
        return found
    found = _page(db, wanted, buyer, language, day, conditions, guessed)
    return replace(found, meant=guessed.meant) if found.total else found


def _page(
    db: Session, wanted: Wanted, buyer: Buyer, language: str, day: date, conditions: list[ColumnElement[bool]],
    search: Search | None,
) -> Found:  # fmt: skip
    per_page = min(max(wanted.per_page, 1), MOST_PER_PAGE)
    page = max(wanted.page, 1)
    statement: Select[*tuple[Any, ...]] = (
        select(Product.id, func.count().over().label("total")).select_from(Product).where(*conditions)
    )
    if search is not None:
        statement = search.narrow(statement)
    ordered = _in_order(statement, wanted.sort, language, search).limit(per_page)
    rows = db.execute(_with_words(ordered.offset((page - 1) * per_page))).all()
    if not rows and page > 1:
        page = 1
        rows = db.execute(_with_words(ordered)).all()
    total = int(rows[0].total) if rows else 0
    return Found(cards_of(db, rows, buyer, day), total, page, max(1, -(-total // per_page)))


def _with_words(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The products of one page with what their cards say: texts and pictures of the others are never read."""
    found = chosen.subquery("found")
    return (
        select(*CARD, found.c.total)
        .select_from(found)
        .join(Product, Product.id == found.c.id)
        .outerjoin(ProductImage, IS_COVER)
        .order_by(found.c.place)
    )


def _narrowed(db: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.category_id is not None:
        inside = sorted(tree(db).subtree(wanted.category_id))
        standing = select(ProductCategory.product_id).where(ProductCategory.category_id.in_(inside))
        conditions.append(Product.id.in_(standing))
    if wanted.price_from is not None:
        conditions.append(Product.public_price >= wanted.price_from)
    if wanted.price_to is not None:
        conditions.append(Product.public_price <= wanted.price_to)
    if wanted.points is not None:
        club = the_club(db)
        conditions.append(Product.public_price <= wanted.points * club.point_value_minor // club.point_value_points)
    if wanted.in_stock:
        there = select(Variant.product_id).join(Stock, Stock.variant_id == Variant.id)
        is_there = or_(~Stock.is_counted, Stock.on_hand > Stock.reserved)
        conditions.append(Product.id.in_(there.where(Variant.is_active, is_there)))
    for key, values in wanted.attributes.items():
        having = select(ProductAttribute.product_id).where(
            ProductAttribute.key == key, ProductAttribute.value_key.in_(sorted(values))
        )
        conditions.append(Product.id.in_(having))
    return conditions


def _in_order(
    statement: Select[*tuple[Any, ...]], sort: Sort, language: str, search: Search | None
) -> Select[*tuple[Any, ...]]:
    """In that order, each with its place in it."""
    order: tuple[Any, ...] = (func.coalesce(Product.live_since, Product.made_at).desc(), Product.id.desc())
    match sort:
        case Sort.RELEVANCE if search is not None:
            order = (search.score.desc(), *order)
        case Sort.PRICE:
            order = (Product.public_price.is_(None), Product.public_price, Product.id)
        case Sort.PRICE_DOWN:
            order = (Product.public_price.is_(None), Product.public_price.desc(), Product.id)
        case Sort.NAME:
            named = and_(ProductName.product_id == Product.id, ProductName.language == language)
            statement = statement.join(ProductName, named)
            order = (ProductName.sort_key, Product.id)
    return statement.add_columns(func.row_number().over(order_by=order).label("place")).order_by(*order)


def filter_values(db: Session, wanted: Wanted, buyer: Buyer, day: date) -> list[Values]:
    """What a category (with its prices and stock, not words and facts) can be narrowed by: one question."""
    said = func.min(cast(ProductAttribute.value, Text))
    smallest = func.min(ProductAttribute.number)
    rows = db.execute(
        select(Attribute.key, Attribute.name, Attribute.unit, ProductAttribute.value_key, said, func.count())
        .join(ProductAttribute, ProductAttribute.key == Attribute.key)
        .join(Product, Product.id == ProductAttribute.product_id)
        .where(Attribute.is_filter, is_visible(buyer, day), *_narrowed(db, replace(wanted, attributes={})))
        .group_by(Attribute.key, ProductAttribute.value_key)
        .order_by(Attribute.position, Attribute.key, smallest, ProductAttribute.value_key)
    )
    found: dict[str, Values] = {}
    for key, name, unit, value_key, value, count in rows:
        values = found.setdefault(key, Values(key, name, unit, [])).values
        values.append((value_key, Texts(json.loads(value)), int(count)))
    return list(found.values())
