"""Looking at the members who gave something back, after returns that came in bulk."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import transaction
from club.purchases.models import Correction, Purchase
from club.tiers.models import Status
from club.tiers.service.one import reassess_after_return

_BATCH = 500

_TO_LOOK_AT = (
    select(Status.member_id)
    .join(Purchase, Purchase.member_id == Status.member_id)
    .join(Correction, Correction.purchase_id == Purchase.id)
    .where(Status.ended_on.is_(None), Status.until.is_not(None), Correction.recorded_at >= Status.recorded_at)
    .distinct()
    .order_by(Status.member_id)
)
"""Whoever holds a rung above the first and gave something back since that was written."""


def reassess_returned(db: Session, day: date, now: datetime, silent: bool = True) -> int:
    """End every term that does not stand without what was given back since it began; how many ended.

    It can be stopped anywhere and run again: whom it looked at without ending anything stays as it was.
    """
    member_ids = list(db.scalars(_TO_LOOK_AT))
    ended = 0
    for start in range(0, len(member_ids), _BATCH):
        with transaction(db) as tx:
            changes = [
                reassess_after_return(tx, member_id, day, now, silent)
                for member_id in member_ids[start : start + _BATCH]
            ]
        ended += sum(change is not None for change in changes)
    return ended
