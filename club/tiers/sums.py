"""What one member bought in a window and the terms they held: prebuilt statements over the covering index."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.purchases.models import Purchase
from club.tiers.models import Ladders, Status
from club.tiers.rules import Counted, How, Ladder, Window

_PURCHASE, _STATUS, _PERSON = Purchase.__table__.c, Status.__table__.c, Person.__table__.c
_SUMS = (
    func.coalesce(func.sum(_PURCHASE.net_amount), 0).label("spend"),
    func.count(case((_PURCHASE.net_amount > 0, 1))).label("purchases"),
    func.coalesce(func.sum(_PURCHASE.net_qualifying_points), 0).label("qualifying_points"),
)
_IN_WINDOW = and_(
    _PURCHASE.member_id == bindparam("member_id"),
    _PURCHASE.bought_on >= bindparam("first"),
    _PURCHASE.bought_on <= bindparam("last"),
)
_BETWEEN = select(*_SUMS).where(_IN_WINDOW)
_COUNTS = or_(_PURCHASE.net_amount > 0, _PURCHASE.net_qualifying_points > 0)
_DAYS = (
    select(_PURCHASE.bought_on, *_SUMS)
    .where(_IN_WINDOW, _COUNTS)
    .group_by(_PURCHASE.bought_on)
    .order_by(_PURCHASE.bought_on)
)
_WINDOW = _BETWEEN.subquery("counted")
_TERM = (_STATUS.id, _STATUS.rung_key, _STATUS.position, _STATUS.version_id, _STATUS.since, _STATUS.until, _STATUS.how)
_CURRENT = select(_WINDOW, *_TERM).select_from(
    _WINDOW.outerjoin(Status.__table__, and_(_STATUS.member_id == bindparam("member_id"), _STATUS.ended_on.is_(None)))
)
_TERMS = select(*_TERM).where(_STATUS.member_id == bindparam("member_id")).order_by(_STATUS.since, _STATUS.id)
_JOINED_ON = select(_PERSON.joined_on).where(_PERSON.id == bindparam("member_id"))


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


@dataclass(frozen=True)
class BoughtOn:
    """What counts of one day's purchases."""

    day: date
    counted: Counted


def bought_between(db: Session, member_id: int, first: date, last: date) -> list[BoughtOn]:
    """Day by day what counts of a member's purchases; days on which nothing does are left out."""
    rows = db.execute(_DAYS, {"member_id": member_id, "first": first, "last": last})
    return [
        BoughtOn(row.bought_on, Counted(int(row.spend), int(row.purchases), int(row.qualifying_points))) for row in rows
    ]


def first_counted_day(db: Session, ladder: Ladder, member_id: int, day: date) -> date:
    """The first day of this member's window; asks for the day of joining only where the window hangs on it."""
    joined = _joined_on(db, member_id) if ladder.window is Window.MEMBERSHIP_YEAR else None
    return ladder.first_counted_day(day, joined or day)


def joined_on(db: Session, known: Ladders, member_id: int) -> date | None:
    """The day of joining, asked for only where the window of some ladder hangs on it."""
    hangs_on_it = any(version.ladder.window is Window.MEMBERSHIP_YEAR for version in known.versions)
    return _joined_on(db, member_id) if hangs_on_it else None


def _joined_on(db: Session, member_id: int) -> date | None:
    found: date | None = db.execute(_JOINED_ON, {"member_id": member_id}).scalar_one()
    return found


def _term(row: Row[*tuple[Any, ...]]) -> TermRow:
    return TermRow(row.id, row.rung_key, row.position, row.version_id, row.since, row.until, How(row.how))
