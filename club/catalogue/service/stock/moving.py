"""The rows of stock and how they change: each change is one guarded UPDATE, each movement leaves a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, insert, or_, select, update
from sqlalchemy.orm import Session

from club.catalogue.models import Stock, StockMovement, StockReservation
from club.catalogue.rules.stock import Level, Reason
from club.database import Transaction
from club.errors import NotFound

STOCK: Any = Stock.__table__
RESERVATIONS: Any = StockReservation.__table__
_C = STOCK.c
_R = RESERVATIONS.c

RELEASED, EXPIRED, SOLD = "released", "expired", "sold"


@dataclass(frozen=True)
class Cause:
    """What goods are set aside or moved for: `order` and its id, `return` and its id."""

    kind: str
    id: int


class Moved(NamedTuple):
    """A movement of one variant, and what is there after it."""

    variant_id: int
    quantity: int
    on_hand: int


def missing_sql(on_hand: ColumnElement[int], reserved: ColumnElement[int], limit: ColumnElement[int]) -> Any:
    """See `rules.stock.missing_with`."""
    short = reserved - on_hand - limit
    return case((_C.is_counted & (short > 0), short), else_=0)


_QUANTITY = bindparam("wanted", type_=_C.reserved.type)
RESERVE = (
    update(STOCK)
    .where(
        _C.variant_id == bindparam("variant"),
        or_(~_C.is_counted, _C.on_hand - _C.reserved + _C.back_order_limit >= _QUANTITY),
    )
    .values(reserved=_C.reserved + _QUANTITY, missing=0)
)
HAND_OUT = RESERVE.values(reserved=_C.reserved, on_hand=_C.on_hand - _QUANTITY)
"""Setting aside and handing over at once."""
LET_GO = (
    update(STOCK)
    .where(_C.variant_id == bindparam("variant"))
    .values(
        reserved=_C.reserved - _QUANTITY,
        missing=missing_sql(_C.on_hand, _C.reserved - _QUANTITY, _C.back_order_limit),
    )
)
HAND_OVER = (
    update(STOCK)
    .where(_C.variant_id == bindparam("variant"))
    .values(reserved=_C.reserved - _QUANTITY, on_hand=_C.on_hand - _QUANTITY)
    .returning(_C.on_hand)
)
MOVE = (
    update(STOCK)
    .where(_C.variant_id == bindparam("variant"))
    .values(
        on_hand=_C.on_hand + _QUANTITY,
        missing=missing_sql(_C.on_hand + _QUANTITY, _C.reserved, _C.back_order_limit),
    )
    .returning(_C.on_hand)
)
_NOTE = insert(StockMovement.__table__)  # type: ignore[arg-type]  # every mapped class has a table
LEVEL_NOW = select(_C.on_hand, _C.reserved, _C.back_order_limit, _C.low_mark, _C.is_counted, _C.missing).where(
    _C.variant_id == bindparam("variant")
)


def level_of(db: Session, variant_id: int) -> Level:
    """The stock of a variant; raises `NotFound`."""
    row = db.connection().execute(LEVEL_NOW, {"variant": variant_id}).one_or_none()
    if row is None:
        raise NotFound
    return Level(*row)


def locked(tx: Transaction, variant_id: int) -> Level:
    row = tx.connection().execute(LEVEL_NOW.with_for_update(), {"variant": variant_id}).one_or_none()
    if row is None:
        raise NotFound
    return Level(*row)


def move(
    tx: Transaction, variant_id: int, reason: Reason, quantity: int, cause: Cause | None, by: int | None, now: datetime
) -> int:
    on_hand = tx.connection().execute(MOVE, {"variant": variant_id, "wanted": quantity}).scalar_one_or_none()
    if on_hand is None:
        raise NotFound
    note_all(tx, [Moved(variant_id, quantity, on_hand)], reason, cause, by, now)
    return int(on_hand)


def note_all(
    tx: Transaction, moved: Sequence[Moved], reason: Reason, cause: Cause | None, by: int | None, now: datetime
) -> None:
    """Leave a row for each movement: one statement."""
    tx.connection().execute(
        _NOTE,
        [
            {
                "variant_id": one.variant_id,
                "at": now,
                "reason": reason.value,
                "quantity": one.quantity,
                "on_hand_after": one.on_hand,
                "cause_kind": cause.kind if cause else None,
                "cause_id": cause.id if cause else None,
                "by": by,
            }
            for one in moved
        ],
    )
