"""Who looks at the shop, as far as prices and what is shown care."""

from datetime import date

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.catalogue.rules.pricing import GUEST, Buyer
from club.tiers.models import Status, StatusView, ladder_on, status_of


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


def sees_tier(
    db: Session, rung_key: str, person_id: InstrumentedAttribute[int | None], day: date
) -> ColumnElement[bool]:
    """Whether a member is among those to whom goods of a tier are shown, as `buyer_with` says, for many at once."""
    dated = ladder_on(db, day)
    place = dated.ladder.position_of(rung_key)
    if place == 0:
        return person_id.is_not(None)
    if place is None:
        keys = [rung_key] if dated.ranks.get(rung_key, 0) % 2 else []
    else:
        keys = [key for key, rank in dated.ranks.items() if 2 * place <= rank]
    held = (
        select(case((Status.until.is_not(None), Status.rung_key)))
        .where(Status.member_id == person_id, Status.since <= day)
        .order_by(Status.since.desc(), Status.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return held.in_(keys)


def member_buyer(db: Session, day: date) -> Buyer:
    """Somebody who has just joined: what a guest would pay as a member. `member_id` is 0, which nobody has."""
    first = ladder_on(db, day).ladder.rungs[0]
    return Buyer(0, first.key, frozenset({first.key}), first.discount_percent)
