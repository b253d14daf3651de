"""What staff write about stock."""

from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import MOST_QUANTITY, check_range
from club.catalogue.rules.stock import BY_HAND, Reason
from club.catalogue.service.stock.moving import STOCK, locked, move
from club.catalogue.service.wishes import tell_who_waits
from club.database import transaction
from club.errors import BadProduct
from club.permissions import Permission, Role, require

_C = STOCK.c


def move_stock(  # noqa: PLR0917 - one argument a fact
    db: Session, variant_id: int, reason: Reason, quantity: int, by: int | None, role: Role, now: datetime,
    why: str = "",
) -> int:  # fmt: skip
    """So many arrived, were lost (a number below zero) or are put right; for `COUNT`, how many there are.

    Returns how many are on hand then. Raises `BadProduct` for a number that cannot be, `NotFound`.
    """
    require(role, Permission.MANAGE_STOCK)
    least = 0 if reason is Reason.COUNT else 1 if reason is Reason.ARRIVAL else -MOST_QUANTITY
    most = -1 if reason is Reason.DAMAGE else MOST_QUANTITY
    check_range(Place.QUANTITY, quantity, least, most)
    if reason not in BY_HAND or (quantity == 0 and reason is not Reason.COUNT):
        raise BadProduct(Place.QUANTITY, Fault.OUT_OF_RANGE, f"{least}–{most}")
    with transaction(db) as tx:
        level = locked(tx, variant_id)
        change = quantity - level.on_hand if reason is Reason.COUNT else quantity
        on_hand = move(tx, variant_id, reason, change, None, by, now) if change else level.on_hand
        record(
            tx, f"stock.{reason}", "variant", variant_id, by=by, now=now, why=why,
            before=level.on_hand, after=on_hand,
        )  # fmt: skip
        tell_who_waits(tx, variant_id, now)
    return on_hand


def set_limits(
    db: Session, variant_id: int, *, back_order_limit: int, low_mark: int, is_counted: bool, by: int | None, role: Role,
    now: datetime,
) -> None:  # fmt: skip
    """How many can be ordered ahead, at how many it is low, and whether it is counted at all."""
    require(role, Permission.MANAGE_STOCK)
    check_range(Place.QUANTITY, back_order_limit, 0, MOST_QUANTITY)
    check_range(Place.QUANTITY, low_mark, 0, MOST_QUANTITY)
    with transaction(db) as tx:
        level = locked(tx, variant_id)
        short = _C.reserved - _C.on_hand - back_order_limit
        tx.connection().execute(
            update(STOCK)
            .where(_C.variant_id == variant_id)
            .values(
                back_order_limit=back_order_limit,
                low_mark=low_mark,
                is_counted=is_counted,
                missing=case((short > 0, short), else_=0) if is_counted else 0,
            )
        )
        record(
            tx, "stock.limits", "variant", variant_id, by=by, now=now,
            ahead_before=level.back_order_limit, ahead=back_order_limit, low_before=level.low_mark, low=low_mark,
            counted_before=level.is_counted, counted=is_counted,
        )  # fmt: skip
        tell_who_waits(tx, variant_id, now)
