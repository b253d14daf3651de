"""Addresses: each belongs to one page for ever, in whatever language it was made."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, insert, or_, select

from club.catalogue.models import CategorySlug, ProductSlug
from club.catalogue.rules.slugs import numbered
from club.database import Transaction
from club.errors import SlugTaken
from club.texts import Texts

PAGES_OF_THE_SHOP = ("filter",)
"""What leads to a page of the shop itself, beside the products."""
NO_PRODUCT = 0


def claim_product_slugs(tx: Transaction, product_id: int, slugs: Texts, chosen: Collection[str]) -> Texts:
    """The slugs that the product has from now on: in the languages of `chosen` as given, in others numbered if taken.

    Raises `SlugTaken` for a chosen one that leads to another product, or did, or to a page of the shop itself.
    """
    wanted = slugs or Texts({"en": f"product-{product_id}"})
    begins = or_(*(_is_like(ProductSlug.slug.__clause_element__(), slug) for slug in wanted.values()))
    taken = {
        row.slug: row.product_id for row in tx.execute(select(ProductSlug.slug, ProductSlug.product_id).where(begins))
    }
    got = _claimed(wanted, chosen, dict.fromkeys(PAGES_OF_THE_SHOP, NO_PRODUCT) | taken, product_id)
    new = sorted(set(got.values()) - set(taken))
    if new:
        tx.execute(insert(ProductSlug), [{"slug": slug, "product_id": product_id} for slug in new])
    return got


def claim_category_slugs(tx: Transaction, category_id: int, slugs: Texts, chosen: Collection[str]) -> Texts:
    """The same for a category."""
    wanted = slugs or Texts({"en": f"category-{category_id}"})
    begins = or_(*(_is_like(CategorySlug.slug.__clause_element__(), slug) for slug in wanted.values()))
    taken = {
        row.slug: row.category_id
        for row in tx.execute(select(CategorySlug.slug, CategorySlug.category_id).where(begins))
    }
    got = _claimed(wanted, chosen, taken, category_id)
    new = sorted(set(got.values()) - set(taken))
    if new:
        tx.execute(insert(CategorySlug), [{"slug": slug, "category_id": category_id} for slug in new])
    return got


def _is_like(column: ColumnElement[str], slug: str) -> ColumnElement[bool]:
    """The slug itself, or one that begins so and may be it with a number."""
    return or_(column == slug, column.like(f"{slug[:60]}%"))


def _claimed(wanted: Texts, chosen: Collection[str], taken: Mapping[str, int], owner: int) -> Texts:
    got: dict[str, str] = {}
    for language, slug in wanted.items():
        if taken.get(slug, owner) == owner:
            got[language] = slug
        elif language in chosen:
            raise SlugTaken(slug)
        else:
            tries = (numbered(slug, number) for number in range(2, len(taken) + 3))
            got[language] = next(one for one in tries if taken.get(one, owner) == owner)
    return Texts(got)
