"""Stock counting: many variants at once, each against the figure that was seen beside the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import MOST_QUANTITY, check_range
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock.moving import locked, move
from club.catalogue.service.wishes import tell_who_waits
from club.database import transaction
from club.errors import BadProduct, StockMoved
from club.permissions import Permission, Role, require

MOST_AT_ONCE = 100
LONGEST_WHY = 200


@dataclass(frozen=True)
class Count:
    """So many stand on the shelf; `seen`: how many the program said there were when they were counted."""

    variant_id: int
    seen: int
    counted: int


def save_count(db: Session, counts: Sequence[Count], why: str, by: int | None, role: Role, now: datetime) -> int:
    """Put all of them right or none; how many differed.

    Raises `NotAllowed`, `BadProduct` for a number that cannot be, `NotFound`, and `StockMoved` with the variants of
    which goods came or went since `seen`: their count would be wrong.
    """
    require(role, Permission.MANAGE_STOCK)
    if len(counts) > MOST_AT_ONCE:
        raise BadProduct(Place.QUANTITY, Fault.TOO_MANY, str(MOST_AT_ONCE))
    for one in counts:
        check_range(Place.QUANTITY, one.counted, 0, MOST_QUANTITY)
    ordered = sorted(counts, key=lambda one: one.variant_id)
    with transaction(db) as tx:
        levels = {one.variant_id: locked(tx, one.variant_id) for one in ordered}
        moved = tuple(one.variant_id for one in ordered if levels[one.variant_id].on_hand != one.seen)
        if moved:
            raise StockMoved(moved)
        differing = [one for one in ordered if one.counted != one.seen]
        for one in differing:
            after = move(tx, one.variant_id, Reason.COUNT, one.counted - one.seen, None, by, now)
            record(
                tx, "stock.count", "variant", one.variant_id, by=by, now=now, why=why[:LONGEST_WHY],
                before=one.seen, after=after,
            )  # fmt: skip
            tell_who_waits(tx, one.variant_id, now)
    return len(differing)
