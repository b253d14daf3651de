"""What one member bought in a window and the terms they held: prebuilt statements over the covering index."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.purchases.models import Purchase
from club.tiers.models import Status
from club.tiers.rules import Counted, How, Ladder, Window

_SUMS = (
    func.coalesce(func.sum(Purchase.net_amount), 0).label("spend"),
    func.count(case((Purchase.net_amount > 0, 1))).label("purchases"),
    func.coalesce(func.sum(Purchase.net_qualifying_points), 0).label("qualifying_points"),
)
_IN_WINDOW = and_(
    Purchase.member_id == bindparam("member_id"),
    Purchase.bought_on >= bindparam("first"),
    Purchase.bought_on <= bindparam("last"),
)
_BETWEEN = select(*_SUMS).where(_IN_WINDOW)
_WINDOW = _BETWEEN.subquery("counted")
_TERM = (Status.id, Status.rung_key, Status.position, Status.version_id, Status.since, Status.until, Status.how)
_CURRENT = select(_WINDOW, *_TERM).select_from(
    _WINDOW.outerjoin(Status, and_(Status.member_id == bindparam("member_id"), Status.ended_on.is_(None)))
)
_TERMS = select(*_TERM).where(Status.member_id == bindparam("member_id")).order_by(Status.since, Status.id)
_JOINED_ON = select(Person.joined_on).where(Person.id == bindparam("member_id"))


@dataclass(frozen=True)
class TermRow:
    """One recorded term."""

    id: int
    rung_key: str
    position: int
    version_id: int
    since: date
    until: date | None
    how: How


def sums_between(db: Session, member_id: int, first: date, last: date) -> Counted:
    """What counts of a member's purchases from one day to another."""
    row = db.execute(_BETWEEN, {"member_id": member_id, "first": first, "last": last}).one()
    return Counted(int(row.spend), int(row.purchases), int(row.qualifying_points))


def current_and_sums(db: Session, member_id: int, first: date, last: date) -> tuple[TermRow | None, Counted]:
    """The current term, if one is recorded, and what counts from one day to another, in one statement."""
    row = db.execute(_CURRENT, {"member_id": member_id, "first": first, "last": last}).one()
    counted = Counted(int(row.spend), int(row.purchases), int(row.qualifying_points))
    return (None if row.id is None else _term(row)), counted


def terms_of(db: Session, member_id: int) -> list[TermRow]:
    """All terms of a member, the current one last."""
    rows = db.execute(_TERMS, {"member_id": member_id})
    return [_term(row) for row in rows]


def first_counted_day(db: Session, ladder: Ladder, member_id: int, day: date) -> date:
    """The first day of this member's window; asks for the day of joining only where the window hangs on it."""
    joined_on = day
    if ladder.window is Window.MEMBERSHIP_YEAR:
        joined_on = db.execute(_JOINED_ON, {"member_id": member_id}).scalar_one() or day
    return ladder.first_counted_day(day, joined_on)


def _term(row: Row[*tuple[Any, ...]]) -> TermRow:
    return TermRow(row.id, row.rung_key, row.position, row.version_id, row.since, row.until, How(row.how))
