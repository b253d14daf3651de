"""Who looks at the shop, as far as prices and what is shown care."""

from datetime import date

from sqlalchemy.orm import Session

from club.catalogue.rules.pricing import GUEST, Buyer
from club.tiers.models import StatusView, ladder_on, status_of


def buyer_of(db: Session, member_id: int | None, day: date) -> Buyer:
    """A member with their tier of the day (one query), or a guest."""
    if member_id is None:
        return GUEST
    return buyer_with(db, member_id, status_of(db, member_id, day), day)


def buyer_with(db: Session, member_id: int, status: StatusView, day: date) -> Buyer:
    """The same for a member whose tier was read already."""
    rungs = ladder_on(db, day).ladder.rungs
    below = {rung.key for place, rung in enumerate(rungs) if 2 * place <= status.rank}
    return Buyer(member_id, status.key, frozenset(below | {status.key}), status.rung.discount_percent)


def member_buyer(db: Session, day: date) -> Buyer:
    """Somebody who has just joined: what a guest would pay as a member. `member_id` is 0, which nobody has."""
    first = ladder_on(db, day).ladder.rungs[0]
    return Buyer(0, first.key, frozenset({first.key}), first.discount_percent)
