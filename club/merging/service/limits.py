"""What both records had of products that are limited per member counts together for the one that stays."""

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.catalogue.models import ProductTaken
from club.database import Transaction, is_sqlite
from club.merging.service.rows import BEGUN, keys_of, remember

_COUNT = "quantity"


def count_together(tx: Transaction, merge_id: int, stays_id: int, goes_id: int) -> None:
    """Add the counts of the record that goes; its own rows stay as they are."""
    rows = tx.execute(
        select(ProductTaken.product_id, ProductTaken.quantity)
        .where(ProductTaken.person_id == goes_id, ProductTaken.quantity > 0)
        .order_by(ProductTaken.product_id)
        .with_for_update()
    ).all()
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    for product_id, quantity in rows:
        statement = add(ProductTaken).values(product_id=product_id, person_id=stays_id, quantity=quantity)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["product_id", "person_id"], set_={"quantity": ProductTaken.quantity + quantity}
            )
        )
    remember(tx, merge_id, BEGUN, ProductTaken.__tablename__, _COUNT, [tuple(row) for row in rows])


def count_apart(tx: Transaction, merge_id: int, stays_id: int) -> None:
    """Take off what was added, as far as it was not given back since."""
    for product_id, quantity in keys_of(tx, merge_id, BEGUN, ProductTaken.__tablename__, _COUNT):
        tx.execute(
            update(ProductTaken)
            .where(ProductTaken.product_id == product_id, ProductTaken.person_id == stays_id)
            .values(quantity=case((ProductTaken.quantity > quantity, ProductTaken.quantity - quantity), else_=0))
        )
