"""Products as a table that can be changed and taken in again."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.importing.cells import cells_of, columns
from club.catalogue.importing.comparing import base_price, known_in
from club.catalogue.models import Product
from club.catalogue.pricing import public_rows
from club.catalogue.written import products_as_written

AT_ONCE = 200


def export(db: Session, day: date) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """The heads and the rows, one a variant. Whoever writes them into a file makes each cell safe for spreadsheets."""
    known = known_in(db, day)
    heads = columns(known).all

    def rows() -> Iterator[tuple[str, ...]]:
        ids = list(db.scalars(select(Product.id).order_by(Product.id)))
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            prices = public_rows(db, some, day)
            for product_id, written in sorted(products_as_written(db, some).items()):
                for variant in written.product.variants:
                    price = base_price(prices[product_id], variant.id or 0, day)
                    cells = cells_of(written.product, variant, written.state, price, known)
                    yield tuple(cells[head] for head in heads)

    return heads, rows()
