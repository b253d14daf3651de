"""Sizes of cartons: staff write down what lies ready."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import is_sqlite, transaction
from club.delivery.cartons import Carton
from club.delivery.checks import Fault, Place
from club.delivery.models import Carton as Row
from club.errors import AmountOutOfRange, BadDelivery, NotFound
from club.permissions import Permission, Role, require

MOST_PIECES, MOST_GRAMS = 999, 1_000_000
_ADD = {
    True: sqlite.insert(Row).on_conflict_do_nothing(index_elements=["name"]).returning(Row.id),
    False: postgresql.insert(Row).on_conflict_do_nothing(index_elements=["name"]).returning(Row.id),
}


def add_carton(db: Session, carton: Carton, by: int | None, role: Role, now: datetime) -> int:
    """One more size; its id. Raises `NotAllowed`, `AmountOutOfRange`, `BadDelivery` for a name that there is."""
    require(role, Permission.EDIT_SHOP)
    if not 0 < carton.pieces <= MOST_PIECES:
        raise AmountOutOfRange(carton.pieces)
    if not 0 < carton.most_grams <= MOST_GRAMS or not 0 <= carton.own_grams <= MOST_GRAMS:
        raise AmountOutOfRange(carton.most_grams)
    with transaction(db) as tx:
        values = {
            "name": carton.name, "pieces": carton.pieces, "most_grams": carton.most_grams,
            "own_grams": carton.own_grams,
        }  # fmt: skip
        carton_id = tx.execute(_ADD[is_sqlite(tx)], values).scalar_one_or_none()
        if carton_id is None:
            raise BadDelivery(Place.NAME.value, Fault.NAME_TAKEN.value)
        record(tx, "carton.added", "carton", carton_id, by=by, now=now, words=values)
    return int(carton_id)


def remove_carton(db: Session, carton_id: int, by: int | None, role: Role, now: datetime) -> None:
    """This size is not used any more. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        name = tx.scalar(delete(Row).where(Row.id == carton_id).returning(Row.name))
        if name is None:
            raise NotFound
        record(tx, "carton.removed", "carton", carton_id, by=by, now=now, words={"name": name})
