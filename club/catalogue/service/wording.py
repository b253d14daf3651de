"""The words by which products are found, written whenever something of a product changes that is searched."""

from collections.abc import Collection

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.catalogue.categories import tree
from club.catalogue.models import (
    NearWord,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductName,
    ProductWord,
    Variant,
)
from club.catalogue.rules.words import WORTH_FORGIVING, rests, sort_key, weighed
from club.database import Transaction, is_sqlite, transaction
from club.programme.models import the_club
from club.texts import LANGUAGES, Texts

AT_ONCE = 200


def write_words(tx: Transaction, product_ids: Collection[int]) -> None:
    """Write anew the words and names of these products in each language."""
    ids = sorted(product_ids)
    for start in range(0, len(ids), AT_ONCE):
        _write(tx, ids[start : start + AT_ONCE])


def forget_unused_words(db: Session) -> int:
    """Remove what no product says any more from the words that a slip can mean."""
    said = exists().where(ProductWord.language == NearWord.language, ProductWord.word == NearWord.word)
    with transaction(db) as tx:
        return tx.connection().execute(delete(NearWord).where(~said)).rowcount


def _write(tx: Transaction, ids: list[int]) -> None:
    main = the_club(tx).main_language
    skus, facts = _skus(tx, ids), _facts(tx, ids)
    products = tx.execute(
        select(Product.id, Product.name, Product.short, Product.description).where(Product.id.in_(ids))
    ).all()
    words: list[dict[str, object]] = []
    names: list[dict[str, object]] = []
    near: set[tuple[str, str, str]] = set()
    for row in products:
        for language in LANGUAGES:
            name = row.name.into(language, main)
            names.append({"product_id": row.id, "language": language, "sort_key": sort_key(name)})
            found = weighed(
                skus=skus.get(row.id, []),
                name=name,
                facts=[fact.into(language, main) for fact in facts.get(row.id, [])],
                short=row.short.into(language, main),
                description=row.description.into(language, main),
            )
            words += [
                {"language": language, "word": word, "product_id": row.id, "weight": weight}
                for word, weight in found.items()
            ]
            forgiven = (word for word, weight in found.items() if weight >= WORTH_FORGIVING)
            near.update((language, rest, word) for word in forgiven for rest in rests(word))
    _replace(tx, ids, words, names, near)


def _replace(
    tx: Transaction, ids: list[int], words: list[dict[str, object]], names: list[dict[str, object]],
    near: set[tuple[str, str, str]],
) -> None:  # fmt: skip
    tx.execute(delete(ProductWord).where(ProductWord.product_id.in_(ids)))
    tx.execute(delete(ProductName).where(ProductName.product_id.in_(ids)))
    connection = tx.connection()
    if words:
        connection.execute(insert(ProductWord), words)
    if names:
        connection.execute(insert(ProductName), names)
    if near:
        add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(NearWord).on_conflict_do_nothing()
        connection.execute(add, [{"language": one[0], "rest": one[1], "word": one[2]} for one in sorted(near)])


def _skus(tx: Transaction, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = tx.execute(select(Variant.product_id, Variant.sku).where(Variant.product_id.in_(ids), Variant.is_active))
    for product_id, sku in rows:
        found.setdefault(product_id, []).append(sku)
    return found


def _facts(tx: Transaction, ids: list[int]) -> dict[int, list[Texts]]:
    """Its attributes, and the names of its categories with those above them."""
    found: dict[int, list[Texts]] = {}
    values = select(ProductAttribute.product_id, ProductAttribute.value).where(ProductAttribute.product_id.in_(ids))
    for product_id, value in tx.execute(values):
        found.setdefault(product_id, []).append(value)
    categories = tree(tx)
    standing = select(ProductCategory.product_id, ProductCategory.category_id).where(
        ProductCategory.product_id.in_(ids)
    )
    for product_id, category_id in tx.execute(standing):
        found.setdefault(product_id, []).extend(node.name for node in categories.path(category_id))
    return found
