"""The figures of any days: who bought, for how much, how much of it again, and what became of points.

Read together with `member_figures`, which knows everybody's first and third buying day.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import Session, aliased

from club.database import BigId
from club.insight.days import days_between
from club.insight.models import FigureDay, MemberFigures
from club.insight.rules import LOYAL_DAYS, Period, mean_x100, median_x2, permille
from club.insight.sql import COUNTS, bought_in, shared_out
from club.members.models import Person
from club.purchases.models import Purchase

assert LOYAL_DAYS == 3  # the column that is read is `third_bought_on`

_P = Purchase.__table__.c


@dataclass(frozen=True)
class Figures:
    """One period in numbers: minor units, points, members, orders, days.

    An order is all that a member bought on one day; one is repeated when the member had bought before. `kept` sums are
    of the period's purchases less whatever came back of them since; `sold` and `given_back` go by their own days.
    """

    first: str
    last: str
    joined: int = 0
    active: int = 0
    repeaters: int = 0
    loyal: int = 0
    orders: int = 0
    repeat_orders: int = 0
    kept: int = 0
    repeat_kept: int = 0
    gaps: int = 0
    gap_mean_x100: int = 0
    gap_median_x2: int = 0
    best: int = 0
    best_kept: int = 0
    sold: int = 0
    given_back: int = 0
    issued: int = 0
    used: int = 0
    expired: int = 0
    taken_back: int = 0
    adjusted: int = 0

    @classmethod
    def read(cls, content: dict[str, Any]) -> "Figures":
        """What was kept, read back."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in known})

    def kept_as(self) -> dict[str, Any]:
        """As a sheet keeps it."""
        return asdict(self)

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(date.fromisoformat(self.first), date.fromisoformat(self.last))

    @property
    def sales(self) -> int:
        """What was sold in these days less what came back in them."""
        return self.sold - self.given_back

    @property
    def repurchase_permille(self) -> int:
        """Of the members who bought, how many had bought before."""
        return permille(self.repeaters, self.active)

    @property
    def repeat_sales_permille(self) -> int:
        """Which part of sales came from repeated orders."""
        return permille(self.repeat_kept, self.kept)

    @property
    def repeat_orders_permille(self) -> int:
        """Which part of orders was repeated."""
        return permille(self.repeat_orders, self.orders)

    @property
    def loyal_permille(self) -> int:
        """Of the members who bought, how many had bought on three days or more by the end."""
        return permille(self.loyal, self.active)

    @property
    def best_permille(self) -> int:
        """Which part of sales the best fifth brought."""
        return permille(self.best_kept, self.kept)

    @property
    def order_value(self) -> int:
        """The mean order."""
        return self.kept // self.orders if self.orders else 0

    @property
    def breakage_permille(self) -> int:
        """Of the points that ended, used or expired, how many expired."""
        return permille(self.expired, max(self.used, 0) + self.expired)


def figures_between(db: Session, period: Period) -> Figures:
    """The figures of any days, worked out now. Walks along the purchases of these days and nothing else."""
    orders = _orders(period)
    known = _known_of(db, orders, period.last)
    gaps = _gaps(db, orders)
    shared = shared_out(db, bought_in(period), with_curve=False)
    joined = select(func.count()).where(Person.joined_on.between(period.first, period.last))
    return Figures(
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        joined=int(db.scalar(joined) or 0),
        gaps=sum(often for _, often in gaps),
        gap_mean_x100=mean_x100(gaps),
        gap_median_x2=median_x2(gaps),
        best=shared.best,
        best_kept=shared.best_sales,
        **known,
        **_days_of(db, period),
    )


def _orders(period: Period) -> Subquery:
    """One row an order: member_id, bought_on, amount."""
    return (
        select(_P.member_id, _P.bought_on, func.sum(_P.net_amount).cast(BigId).label("amount"))
        .where(_P.bought_on.between(period.first, period.last), COUNTS)
        .group_by(_P.member_id, _P.bought_on)
        .subquery("orders")
    )


def _known_of(db: Session, orders: Subquery, last: date) -> dict[str, int]:
    """Members, orders and sums, all of them and the repeated ones."""
    o, m = orders.c, MemberFigures
    is_repeated = o.bought_on > m.first_bought_on
    per_member = (
        select(
            func.count().label("orders"),
            func.sum(o.amount).label("kept"),
            func.sum(case((is_repeated, 1), else_=0)).label("repeat_orders"),
            func.sum(case((is_repeated, o.amount), else_=0)).label("repeat_kept"),
            func.max(case((m.third_bought_on <= last, 1), else_=0)).label("is_loyal"),
        )
        .select_from(orders.join(m, m.member_id == o.member_id))
        .group_by(o.member_id)
        .subquery("per_member")
    )
    c = per_member.c
    row = db.execute(
        select(
            func.count().label("active"),
            _whole(func.sum(case((c.repeat_orders > 0, 1), else_=0))).label("repeaters"),
            _whole(func.sum(c.is_loyal)).label("loyal"),
            _whole(func.sum(c.orders)).label("orders"),
            _whole(func.sum(c.repeat_orders)).label("repeat_orders"),
            _whole(func.sum(c.kept)).label("kept"),
            _whole(func.sum(c.repeat_kept)).label("repeat_kept"),
        ).select_from(per_member)
    ).one()
    return {name: int(value) for name, value in row._mapping.items()}


def _gaps(db: Session, orders: Subquery) -> list[tuple[int, int]]:
    """(days since the order before, how many orders): the one before may lie before the period."""
    earlier = aliased(Purchase)
    previous = (
        select(func.max(earlier.bought_on))
        .where(
            earlier.member_id == orders.c.member_id,
            earlier.bought_on < orders.c.bought_on,
            (earlier.net_amount > 0) | (earlier.amount == 0),
        )
        .correlate(orders)
        .scalar_subquery()
    )
    gap = select(days_between(previous, orders.c.bought_on).label("days")).select_from(orders).subquery("gap")
    counted = select(gap.c.days, func.count()).where(gap.c.days.is_not(None)).group_by(gap.c.days)
    return [(int(days), int(often)) for days, often in db.execute(counted)]


_DAY_SUMS = ("sold", "given_back", "issued", "used", "expired", "taken_back", "adjusted")


def _days_of(db: Session, period: Period) -> dict[str, int]:
    """What the days of the period add up to."""
    columns = [_whole(func.sum(getattr(FigureDay, name))).label(name) for name in _DAY_SUMS]
    row = db.execute(select(*columns).where(FigureDay.day.between(period.first, period.last))).one()
    return {name: int(value) for name, value in row._mapping.items()}


def _whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(total, 0).cast(BigId)
