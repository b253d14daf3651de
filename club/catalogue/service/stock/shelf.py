"""Goods that are handed over where they stand, without an order: only what is there and promised to nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from club.catalogue.models import StockMovement
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock.moving import STOCK, Cause, Moved, level_of, move, note_all
from club.catalogue.service.wishes import tell_who_waits
from club.database import Transaction
from club.errors import OutOfStock

_C = STOCK.c
_M: Any = StockMovement.__table__.c
_QUANTITY = bindparam("wanted", type_=_C.on_hand.type)
_TAKE = (
    update(STOCK)
    .where(_C.variant_id == bindparam("variant"), or_(~_C.is_counted, _C.on_hand - _C.reserved >= _QUANTITY))
    .values(on_hand=_C.on_hand - _QUANTITY)
    .returning(_C.on_hand)
)


def hand_out(tx: Transaction, cause: Cause, variant_id: int, quantity: int, by: int, now: datetime) -> None:
    """So many leave the shelf, once for a cause. Raises `OutOfStock` with how many are there, `NotFound`."""
    taken = tx.connection().execute(_TAKE, {"variant": variant_id, "wanted": quantity}).scalar_one_or_none()
    if taken is None:
        raise OutOfStock(variant_id, max(0, level_of(tx, variant_id).free))
    note_all(tx, [Moved(variant_id, -quantity, taken)], Reason.SALE, cause, by, now)


def put_back(tx: Transaction, cause: Cause, by: int, now: datetime) -> None:
    """What left the shelf for a cause stands there again; for a cause that moved nothing, nothing."""
    left = select(_M.variant_id, _M.quantity).where(
        _M.reason == Reason.SALE.value, _M.cause_kind == cause.kind, _M.cause_id == cause.id
    )
    for variant_id, quantity in tx.execute(left.order_by(_M.variant_id)).all():
        move(tx, variant_id, Reason.RETURN, -quantity, cause, by, now)
        tell_who_waits(tx, variant_id, now)
