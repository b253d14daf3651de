"""Reservations whose time is over: the worker lets go of them."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.catalogue.service.stock.moving import EXPIRED, LET_GO, RESERVATIONS
from club.catalogue.service.wishes import tell_who_waits
from club.database import transaction

_R = RESERVATIONS.c


def release_expired(db: Session, now: datetime) -> int:
    """Let go of everything whose time is over; how many reservations. Two at once do no harm."""
    due = select(_R.id).where(_R.ended_at.is_(None), _R.expires_at <= now)
    is_nothing_due = db.execute(due.limit(1)).first() is None
    db.rollback()
    if is_nothing_due:
        return 0
    with transaction(db) as tx:
        ids = list(tx.scalars(due.order_by(_R.id).with_for_update(skip_locked=True)))
        ended = tx.connection().execute(
            update(RESERVATIONS)
            .where(_R.id.in_(ids), _R.ended_at.is_(None))
            .values(ended_at=now, how=EXPIRED)
            .returning(_R.variant_id, _R.quantity)
        )
        gone: dict[int, int] = {}
        count = 0
        for variant_id, quantity in ended:
            gone[variant_id] = gone.get(variant_id, 0) + quantity
            count += 1
        for variant_id, quantity in sorted(gone.items()):
            tx.connection().execute(LET_GO, {"variant": variant_id, "wanted": quantity})
            tell_who_waits(tx, variant_id, now)
    return count
