"""What points could buy: goods that everybody sees and that points may pay for."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.categories import tree
from club.catalogue.listing import IN_STOCK, is_visible
from club.catalogue.models import Product
from club.catalogue.rules.pricing import GUEST
from club.texts import Texts

MOST_LOOKED_AT = 5_000
STEP_PERCENT = 90
"""A cheaper one is named from this part of the price of the one before: a few dozen stand for thousands."""


def within_reach(db: Session, day: date) -> list[tuple[int, Texts]]:
    """Prices, in minor units, and names, the dearest first."""
    asked = (
        select(Product.public_price, Product.name, Product.category_id)
        .where(is_visible(GUEST, day), Product.public_price > 0, IN_STOCK)
        .order_by(Product.public_price.desc(), Product.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    categories, chosen = tree(db), list[tuple[int, Texts]]()
    for price, name, category_id in db.execute(asked):
        if price is None or (chosen and price * 100 > chosen[-1][0] * STEP_PERCENT):
            continue
        if categories.takes_points(category_id):
            chosen.append((price, name))
    return chosen
