"""The tree of categories and the kinds of facts: made, changed, moved, removed."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.categories import tree
from club.catalogue.models import Attribute, Category, CategorySlug, Product, ProductAttribute, ProductCategory
from club.catalogue.rules.faults import Place
from club.catalogue.rules.products import (
    LONGEST_NAME,
    AttributeKind,
    NewCategory,
    check_category,
    check_key,
    check_texts,
)
from club.catalogue.rules.slugs import slugs_for
from club.catalogue.service.pages import claim_category_slugs
from club.catalogue.service.wording import write_words
from club.database import Transaction, is_sqlite, transaction
from club.errors import CategoryInItself, CategoryInUse, ChangedMeanwhile, NotFound
from club.permissions import Permission, Role, require
from club.programme.service import touch
from club.texts import Texts


def add_category(db: Session, category: NewCategory, by: int | None, role: Role, now: datetime) -> int:
    """Put a category behind the others of its parent and return its id. Raises `BadProduct`, `SlugTaken`."""
    require(role, Permission.EDIT_PRODUCTS)
    check_category(category)
    with transaction(db) as tx:
        touch(tx)
        _check_parent(tx, category.parent_id)
        category_id = tx.execute(
            insert(Category)
            .values(**_columns(category), slugs=category.slugs, position=_last(tx, category.parent_id) + 1, version=1)
            .returning(Category.id)
        ).scalar_one()
        _write_slugs(tx, category_id, category)
        record(tx, "category.added", "category", category_id, by=by, now=now, parent=category.parent_id)
    return category_id


def change_category(
    db: Session, category_id: int, category: NewCategory, seen_version: int, by: int | None, role: Role, now: datetime
) -> None:
    """Replace what is said of a category, its place included. Raises `ChangedMeanwhile`, `CategoryInItself`."""
    require(role, Permission.EDIT_PRODUCTS)
    check_category(category)
    with transaction(db) as tx:
        touch(tx)
        before = tree(tx).node(category_id)
        _check_parent(tx, category.parent_id)
        if category.parent_id is not None and category.parent_id in tree(tx).subtree(category_id):
            raise CategoryInItself
        values = _columns(category)
        if category.parent_id != before.parent_id:
            values["position"] = _last(tx, category.parent_id) + 1
        changed = tx.connection().execute(
            update(Category)
            .where(Category.id == category_id, Category.version == seen_version)
            .values(**values, version=seen_version + 1)
        )
        if changed.rowcount != 1:
            raise ChangedMeanwhile(())
        _write_slugs(tx, category_id, category)
        if category.name != before.name or category.parent_id != before.parent_id:
            _write_words_below(tx, category_id)
        record(
            tx, "category.changed", "category", category_id, by=by, now=now, parent_before=before.parent_id,
            parent=category.parent_id, words={"name": [dict(before.name), dict(category.name)]},
        )  # fmt: skip


def move_category(db: Session, category_id: int, step: int, by: int | None, role: Role, now: datetime) -> None:
    """Change places with the one before (step -1) or after it (1) below the same parent; at the end nothing happens."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        categories = tree(tx)
        order = [node.id for node in categories.below[categories.node(category_id).parent_id]]
        at = order.index(category_id)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        for position, one in enumerate(order, start=1):
            tx.execute(update(Category).where(Category.id == one).values(position=position))
        record(tx, "category.moved", "category", category_id, by=by, now=now, before=at + 1, after=to + 1)


def remove_category(db: Session, category_id: int, by: int | None, role: Role, now: datetime) -> None:
    """Remove an empty category. Raises `CategoryInUse`, `NotFound`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        node = tree(tx).node(category_id)
        used = select(ProductCategory.product_id).where(ProductCategory.category_id == category_id).limit(1)
        home = select(Product.id).where(Product.category_id == category_id).limit(1)
        if tree(tx).children(category_id) or tx.scalar(used) is not None or tx.scalar(home) is not None:
            raise CategoryInUse
        tx.execute(delete(CategorySlug).where(CategorySlug.category_id == category_id))
        tx.execute(delete(Category).where(Category.id == category_id))
        record(tx, "category.removed", "category", category_id, by=by, now=now, words={"name": dict(node.name)})


def save_attribute(
    db: Session, key: str, name: Texts, kind: AttributeKind, *, unit: str, is_filter: bool, by: int | None, role: Role,
    now: datetime,
) -> None:  # fmt: skip
    """Make a kind of fact, or change its words; its kind stays once it is there. Raises `BadProduct`."""
    require(role, Permission.EDIT_PRODUCTS)
    check_key(Place.ATTRIBUTES, key)
    check_texts(Place.ATTRIBUTES, name, LONGEST_NAME, is_needed=True)
    with transaction(db) as tx:
        touch(tx)
        position = (tx.scalar(select(func.max(Attribute.position))) or 0) + 1
        add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(Attribute)
        values = {"name": name, "unit": unit[:16], "is_filter": is_filter}
        tx.execute(
            add.values(key=key, kind=kind.value, position=position, **values).on_conflict_do_update(
                index_elements=["key"], set_=values
            )
        )
        record(tx, "attribute.saved", "attribute", position, by=by, now=now, words={"key": key, "name": dict(name)})


def remove_attribute(db: Session, key: str, by: int | None, role: Role, now: datetime) -> None:
    """Remove a kind of fact that no product has. Raises `CategoryInUse`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        if tx.scalar(select(ProductAttribute.product_id).where(ProductAttribute.key == key).limit(1)) is not None:
            raise CategoryInUse
        tx.execute(delete(Attribute).where(Attribute.key == key))
        record(tx, "attribute.removed", "attribute", 0, by=by, now=now, words={"key": key})


def _columns(category: NewCategory) -> dict[str, object]:
    return {
        "parent_id": category.parent_id,
        "name": category.name,
        "words": category.words,
        "is_shown": category.is_shown,
        "earns_points": category.earns_points,
        "takes_points": category.takes_points,
    }


def _write_slugs(tx: Transaction, category_id: int, category: NewCategory) -> None:
    slugs = claim_category_slugs(tx, category_id, slugs_for(category.name, category.slugs), set(category.slugs))
    tx.execute(update(Category).where(Category.id == category_id).values(slugs=slugs))


def _check_parent(tx: Transaction, parent_id: int | None) -> None:
    if parent_id is not None and tx.scalar(select(Category.id).where(Category.id == parent_id)) is None:
        raise NotFound


def _last(tx: Transaction, parent_id: int | None) -> int:
    is_sibling = Category.parent_id.is_(None) if parent_id is None else Category.parent_id == parent_id
    return tx.scalar(select(func.max(Category.position)).where(is_sibling)) or 0


def _write_words_below(tx: Transaction, category_id: int) -> None:
    inside = tree(tx).subtree(category_id)
    write_words(
        tx,
        set(tx.scalars(select(ProductCategory.product_id).where(ProductCategory.category_id.in_(inside)))),
    )
