"""One report on three levels: a member, members of a group side by side, the whole club. They add up to each other.

Sold goes by the day of purchase, given back by the day of the return; a return belongs to the group of its purchase.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from club.database import BigId
from club.insight.rules import Period
from club.members.models import Person
from club.points.models import MOVEMENTS
from club.purchases.models import Correction, Purchase
from club.tiers.models import Status

_P, _C, _M = Purchase.__table__.c, Correction.__table__.c, MOVEMENTS.c


class By(StrEnum):
    """What members and purchases are put together by."""

    TIER = "tier"
    """The tier that the member holds now."""
    CHANNEL = "channel"
    """Where was bought."""


@dataclass(frozen=True)
class Line:
    """A group in a period, or all of it. Minor units."""

    key: str
    members: int
    """Who bought in it."""
    purchases: int
    sold: int
    given_back: int

    @property
    def net(self) -> int:
        """Sold less given back."""
        return self.sold - self.given_back

    @property
    def mean(self) -> int:
        """The mean purchase."""
        return self.sold // self.purchases if self.purchases else 0


class MemberLine(NamedTuple):
    """One member in a period."""

    person_id: int
    member_number: str | None
    full_name: str
    purchases: int
    sold: int
    given_back: int


class Happened(NamedTuple):
    """A purchase, or a return of one. `amount` is below zero for a return."""

    day: date
    channel: str
    reference: str
    amount: int


class PointsOf(NamedTuple):
    """What happened to a member's points in a period."""

    issued: int
    used: int
    expired: int
    taken_back: int
    adjusted: int


def whole(db: Session, period: Period) -> Line:
    """The consolidated line."""
    row = db.execute(select(*_sums_of(_facts(period, literal(""))))).one()
    return Line("", *(int(value) for value in row))


def side_by_side(db: Session, period: Period, by: By, first_rung: str) -> list[Line]:
    """A line for each group in which anything was bought or given back, the one with most sales first."""
    current = and_(Status.member_id == _P.member_id, Status.ended_on.is_(None))
    held = select(Status.rung_key).where(current).correlate(Purchase).scalar_subquery()
    both = _facts(period, _P.channel if by is By.CHANNEL else func.coalesce(held, first_rung))
    sums = _sums_of(both)
    rows = db.execute(select(both.c.key, *sums).group_by(both.c.key).order_by(sums[2].desc(), both.c.key))
    return [Line(row[0], *(int(value) for value in row[1:])) for row in rows]


def members_in(db: Session, period: Period) -> Iterator[MemberLine]:
    """Everybody who bought or gave back something in these days, the one with most sales first."""
    both = _facts(period, literal(""))
    sums = _sums_of(both)[1:]
    rows = db.execute(
        select(Person.id, Person.member_number, Person.full_name, *sums)
        .join(both, both.c.member_id == Person.id)
        .group_by(Person.id, Person.member_number, Person.full_name)
        .order_by(sums[1].desc(), Person.id)
        .execution_options(yield_per=1_000)
    )
    for row in rows:
        yield MemberLine(*row[:3], *(int(value) for value in row[3:]))


def sheet_of(db: Session, person_id: int, period: Period) -> list[Happened]:
    """All that one member bought and gave back in these days, in order."""
    bought = select(_P.bought_on.label("day"), _P.channel, _P.reference, _P.amount, _P.id.label("at")).where(
        _P.member_id == person_id, _P.bought_on.between(period.first, period.last)
    )
    back = (
        select(_C.corrected_on, _C.channel, _C.reference, -_C.amount, _P.id)
        .join(Purchase, _P.id == _C.purchase_id)
        .where(_P.member_id == person_id, _C.corrected_on.between(period.first, period.last))
    )
    both = union_all(bought, back).subquery("both")
    ordered = select(both.c.day, both.c.channel, both.c.reference, both.c.amount).order_by(both.c.day, both.c.at)
    return [Happened(row[0], row[1], row[2], int(row[3])) for row in db.execute(ordered)]


def points_in(db: Session, person_id: int, period: Period) -> PointsOf:
    """What was issued to a member in these days, used, expired, taken back and set right by hand."""
    sums = (-func.sum(_M.issued), func.sum(_M.redeemed), func.sum(_M.expired), func.sum(_M.reversed))
    row = db.execute(
        select(*(func.coalesce(one, 0).cast(BigId) for one in (*sums, -func.sum(_M.adjusted)))).where(
            _M.member_id == person_id, _M.dated_on.between(period.first, period.last)
        )
    ).one()
    return PointsOf(*(int(value) for value in row))


def _sums_of(both: Subquery) -> list[ColumnElement[int]]:
    """Members who bought, purchases, sold, given back."""
    c = both.c
    buyers = func.count(case((c.counts == 1, c.member_id), else_=null()).distinct())
    return [buyers, *(func.coalesce(func.sum(one), 0).cast(BigId) for one in (c.counts, c.sold, c.given_back))]


def _facts(period: Period, key: ColumnElement[Any]) -> Subquery:
    """A row a purchase and a row a return of these days: member, key, counts, sold, given back."""
    bought = select(
        _P.member_id,
        key.label("key"),
        literal(1).label("counts"),
        _P.amount.label("sold"),
        literal(0).label("given_back"),
    ).where(_P.bought_on.between(period.first, period.last))
    back = (
        select(_P.member_id, key.label("key"), literal(0), literal(0), _C.amount)
        .select_from(Correction)
        .join(Purchase, _P.id == _C.purchase_id)
        .where(_C.corrected_on.between(period.first, period.last))
    )
    return union_all(bought, back).subquery("both")
