"""What an order does with stock, inside its transaction: all take lines in order of variants."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, case, delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.catalogue.models import ProductTaken, StockMovement
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock.moving import (
    HAND_OUT,
    HAND_OVER,
    LET_GO,
    RELEASED,
    RESERVATIONS,
    RESERVE,
    SOLD,
    STOCK,
    Cause,
    Moved,
    level_of,
    locked,
    move,
    note_all,
)
from club.catalogue.service.wishes import tell_who_waits
from club.database import Transaction, is_sqlite
from club.errors import LimitReached, NotFound, OutOfStock

_R = RESERVATIONS.c
_SET_ASIDE = insert(RESERVATIONS)
_M: Any = StockMovement.__table__
_NOTE_SOLD = insert(_M).from_select(
    ["variant_id", "at", "reason", "quantity", "on_hand_after", "cause_kind", "cause_id"],
    select(
        _R.variant_id, bindparam("moment", type_=_M.c.at.type), literal(Reason.SALE.value), -_R.quantity,
        STOCK.c.on_hand, _R.cause_kind, _R.cause_id,
    )
    .join(STOCK, STOCK.c.variant_id == _R.variant_id)
    .where(_R.cause_kind == bindparam("kind"), _R.cause_id == bindparam("cause"), _R.how == SOLD)
    .order_by(_R.variant_id),
)  # fmt: skip
_END = (
    update(RESERVATIONS)
    .where(_R.cause_kind == bindparam("kind"), _R.cause_id == bindparam("cause"), _R.ended_at.is_(None))
    .values(ended_at=bindparam("moment", type_=_R.ended_at.type), how=bindparam("way", type_=_R.how.type))
    .returning(_R.variant_id, _R.quantity)
)


def reserve(
    tx: Transaction, cause: Cause, wanted: Mapping[int, int], expires_at: datetime | None, now: datetime
) -> None:
    """Set so many aside for a cause, all or none. Raises `OutOfStock` with how many are left."""
    connection = tx.connection()
    for variant_id, quantity in sorted(wanted.items()):
        if connection.execute(RESERVE, {"variant": variant_id, "wanted": quantity}).rowcount != 1:
            raise OutOfStock(variant_id, level_of(tx, variant_id).left or 0)
    rows = [
        {
            "variant_id": variant_id,
            "quantity": quantity,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "expires_at": expires_at,
            "made_at": now,
        }
        for variant_id, quantity in sorted(wanted.items())
    ]
    if rows:
        connection.execute(_SET_ASIDE, rows)


def set_aside(tx: Transaction, cause: Cause, wanted: Mapping[int, int], now: datetime) -> bool:
    """`reserve` without an end in two statements, however many; whether all were there. If not, nothing may stay."""
    return _take_all(tx, RESERVE, cause, wanted, now, {"ended_at": None, "how": None})


def sell_at_once(tx: Transaction, cause: Cause, wanted: Mapping[int, int], now: datetime) -> bool:
    """Setting aside and `sell` in three statements, however many; whether all were there, likewise."""
    if not _take_all(tx, HAND_OUT, cause, wanted, now, {"ended_at": now, "how": SOLD}):
        return False
    tx.connection().execute(_NOTE_SOLD, {"kind": cause.kind, "cause": cause.id, "moment": now})
    return True


def _take_all(
    tx: Transaction, taking: Update, cause: Cause, wanted: Mapping[int, int], now: datetime, end: Mapping[str, object]
) -> bool:  # fmt: skip
    connection, pieces = tx.connection(), sorted(wanted.items())
    taken = connection.execute(taking, [{"variant": variant_id, "wanted": count} for variant_id, count in pieces])
    if taken.rowcount != len(pieces):
        return False
    for_it = {"cause_kind": cause.kind, "cause_id": cause.id, "expires_at": None, "made_at": now, **end}
    connection.execute(_SET_ASIDE, [{"variant_id": variant_id, "quantity": n, **for_it} for variant_id, n in pieces])
    return True


def reserve_again(tx: Transaction, cause: Cause, wanted: Mapping[int, int], now: datetime) -> None:
    """The same for a cause whose goods were let go: what was set aside before is forgotten."""
    let_go = (_R.cause_kind == cause.kind, _R.cause_id == cause.id, _R.ended_at.is_not(None), _R.how != SOLD)
    tx.connection().execute(delete(RESERVATIONS).where(*let_go))
    reserve(tx, cause, wanted, None, now)


def lock(tx: Transaction, variant_ids: Collection[int]) -> None:
    """Hold the stock of several before some of it goes and some comes: in one order, as everybody takes them."""
    for variant_id in sorted(variant_ids):
        locked(tx, variant_id)


def lock_aside(tx: Transaction, cause: Cause) -> None:
    """Hold what is set aside for a cause. It comes before its stock, as with whoever lets go of what is over."""
    aside = (_R.cause_kind == cause.kind, _R.cause_id == cause.id, _R.ended_at.is_(None))
    tx.connection().execute(select(_R.id).where(*aside).order_by(_R.id).with_for_update()).all()


def pass_on(tx: Transaction, cause: Cause, to: Cause, wanted: Mapping[int, int]) -> bool:
    """What is set aside for a cause becomes another's, without an end, where it is exactly what is wanted."""
    aside = (_R.cause_kind == cause.kind, _R.cause_id == cause.id, _R.ended_at.is_(None))
    rows = tx.connection().execute(select(_R.variant_id, _R.quantity).where(*aside).with_for_update())
    if {row.variant_id: row.quantity for row in rows} != dict(wanted):
        return False
    values = {"cause_kind": to.kind, "cause_id": to.id, "expires_at": None}
    tx.connection().execute(update(RESERVATIONS).where(*aside).values(values))
    return True


def release(tx: Transaction, cause: Cause, now: datetime, how: str = RELEASED) -> int:
    """Let go of what is set aside for a cause; how many. Nothing is set aside: 0."""
    ended = _end(tx, cause, how, now)
    for variant_id, quantity in ended:
        tx.connection().execute(LET_GO, {"variant": variant_id, "wanted": quantity})
        tell_who_waits(tx, variant_id, now)
    return sum(quantity for _, quantity in ended)


def sell(tx: Transaction, cause: Cause, now: datetime) -> int:
    """Turn what is set aside for a cause into sold; how many. Raises `NotFound` where nothing is, or no longer."""
    ended = _end(tx, cause, SOLD, now)
    if not ended:
        raise NotFound
    moved = []
    for variant_id, quantity in ended:
        on_hand = tx.connection().execute(HAND_OVER, {"variant": variant_id, "wanted": quantity}).scalar_one()
        moved.append(Moved(variant_id, -quantity, on_hand))
    note_all(tx, moved, Reason.SALE, cause, None, now)
    return sum(quantity for _, quantity in ended)


def give_back(tx: Transaction, cause: Cause, back: Mapping[int, int], by: int | None, now: datetime) -> None:
    """Goods that were sold stand on the shelf again; once for a cause and variant."""
    for variant_id, quantity in sorted(back.items()):
        move(tx, variant_id, Reason.RETURN, quantity, cause, by, now)


def take_of_limit(tx: Transaction, product_id: int, person_id: int, quantity: int, limit: int) -> None:
    """Count so many against what one member can have of a product. Raises `LimitReached`."""
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    statement = add(ProductTaken).values(product_id=product_id, person_id=person_id, quantity=quantity)
    taken = None
    if quantity <= limit:
        taken = tx.execute(
            statement.on_conflict_do_update(
                index_elements=["product_id", "person_id"],
                set_={"quantity": ProductTaken.quantity + quantity},
                where=ProductTaken.quantity + quantity <= limit,
            ).returning(ProductTaken.product_id)
        ).first()
    if taken is None:
        had = tx.scalar(
            select(ProductTaken.quantity).where(
                ProductTaken.product_id == product_id, ProductTaken.person_id == person_id
            )
        )
        raise LimitReached(product_id, max(0, limit - (had or 0)))


def give_limit_back(tx: Transaction, product_id: int, person_id: int, quantity: int) -> None:
    """An order that was counted came to nothing, or goods came back."""
    tx.execute(
        update(ProductTaken)
        .where(ProductTaken.product_id == product_id, ProductTaken.person_id == person_id)
        .values(quantity=case((ProductTaken.quantity > quantity, ProductTaken.quantity - quantity), else_=0))
    )


def _end(tx: Transaction, cause: Cause, how: str, now: datetime) -> list[tuple[int, int]]:
    ended = tx.connection().execute(_END, {"kind": cause.kind, "cause": cause.id, "moment": now, "way": how})
    return sorted((row.variant_id, row.quantity) for row in ended)
