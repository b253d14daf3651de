"""The figures of any days: who bought, for how much, how much of it again, and what became of points.

Read together with `member_figures`, which knows everybody's first and third buying day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Executable,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from club.database import BigId
from club.insight.days import days_between
from club.insight.models import FigureDay, MemberFigures
from club.insight.rules import LOYAL_DAYS, Period, mean_x100, median_x2, permille
from club.insight.sql import COUNTS, bought_in, fifth_amount
from club.members.models import Person
from club.purchases.models import Purchase

assert LOYAL_DAYS == 3  # the column that is read is `third_bought_on`

_P = Purchase.__table__.c

Rows = Select[*tuple[Any, ...]]


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


def figures_between(db: Session, *periods: Period) -> list[Figures]:
    """The figures of any days, worked out now: walks along the purchases of these days and nothing else.

    Five statements, however many periods are asked for.
    """
    asked, days = _asked(len(periods)), _days(periods)
    known = db.execute(asked.known, days).all()
    gaps: list[list[tuple[int, int]]] = [[] for _ in periods]
    for number, waited, often in db.execute(asked.gaps, days):
        gaps[number].append((int(waited), int(often)))
    cuts = {f"cut_{number}": max(1, cut or 0) for number, cut in enumerate(db.execute(asked.cuts, days).one())}
    best = {number: (int(members), int(kept)) for number, members, kept in db.execute(asked.best, days | cuts)}
    sums = db.execute(asked.day_sums, days).all()
    found = {
        number: {
            **_whole_numbers(row._mapping),
            "gaps": sum(often for _, often in gaps[number]),
            "gap_mean_x100": mean_x100(gaps[number]),
            "gap_median_x2": median_x2(gaps[number]),
            "best": best[number][0],
            "best_kept": best[number][1],
        }
        for number, row in ((row.number, row) for row in known)
    }
    for row in sums:
        found[row.number].update(_whole_numbers(row._mapping))
    return [
        Figures(first=period.first.isoformat(), last=period.last.isoformat(), **found[number])
        for number, period in enumerate(periods)
    ]


@dataclass(frozen=True)
class _Place:
    """Where the days of one period go."""

    first: BindParameter[date]
    last: BindParameter[date]


@dataclass(frozen=True)
class _Asked:
    """The five statements for so many periods, put together once: that takes longer than most of their answers."""

    known: Executable
    gaps: Executable
    cuts: Executable
    best: Executable
    day_sums: Executable


@cache
def _asked(count: int) -> _Asked:
    places = [_Place(bindparam(f"first_{n}", type_=Date()), bindparam(f"last_{n}", type_=Date())) for n in range(count)]
    orders = [_orders(place) for place in places]
    bought = [bought_in(place) for place in places]
    return _Asked(
        known=_in_turn(_known(one, place.last) for one, place in zip(orders, places, strict=True)),
        gaps=_in_turn(_gaps(one) for one in orders),
        cuts=select(*(fifth_amount(one).scalar_subquery() for one in bought)),
        best=_in_turn(_best(one, number) for number, one in enumerate(bought)),
        day_sums=_in_turn(_day_sums(place) for place in places),
    )


def _days(periods: Sequence[Period]) -> dict[str, Any]:
    first = {f"first_{number}": period.first for number, period in enumerate(periods)}
    return first | {f"last_{number}": period.last for number, period in enumerate(periods)}


def _in_turn(selects: Iterable[Rows]) -> CompoundSelect[*tuple[Any, ...]]:
    """Several selects as one statement; the first column says which one a row is of."""
    inside = [one.subquery(f"part_{number}") for number, one in enumerate(selects)]
    return union_all(*(select(literal(number).label("number"), *one.c) for number, one in enumerate(inside)))


def _whole_numbers(row: Mapping[Any, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in row.items() if name != "number"}


def _orders(period: _Place) -> Subquery:
    """One row an order: member_id, bought_on, amount."""
    return (
        select(_P.member_id, _P.bought_on, func.sum(_P.net_amount).cast(BigId).label("amount"))
        .where(_P.bought_on.between(period.first, period.last), COUNTS)
        .group_by(_P.member_id, _P.bought_on)
        .subquery("orders")
    )


def _known(orders: Subquery, last: BindParameter[date]) -> Rows:
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
    return select(
        func.count().label("active"),
        _whole(func.sum(case((c.repeat_orders > 0, 1), else_=0))).label("repeaters"),
        _whole(func.sum(c.is_loyal)).label("loyal"),
        _whole(func.sum(c.orders)).label("orders"),
        _whole(func.sum(c.repeat_orders)).label("repeat_orders"),
        _whole(func.sum(c.kept)).label("kept"),
        _whole(func.sum(c.repeat_kept)).label("repeat_kept"),
    ).select_from(per_member)


def _gaps(orders: Subquery) -> Rows:
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
    return select(gap.c.days, func.count().label("often")).where(gap.c.days.is_not(None)).group_by(gap.c.days)


def _best(bought: Subquery, number: int) -> Rows:
    """Members of the best fifth and what they bought."""
    cut: BindParameter[int] = bindparam(f"cut_{number}", type_=BigId)
    members, kept = func.count().label("members"), _whole(func.sum(bought.c.amount)).label("kept")
    return select(members, kept).where(bought.c.amount >= cut)


_DAY_SUMS = ("sold", "given_back", "issued", "used", "expired", "taken_back", "adjusted")


def _day_sums(period: _Place) -> Rows:
    """What the days of the period add up to, and who joined in them."""
    joined = select(func.count()).where(Person.joined_on.between(period.first, period.last)).scalar_subquery()
    columns = [_whole(func.sum(getattr(FigureDay, name))).label(name) for name in _DAY_SUMS]
    return select(joined.label("joined"), *columns).where(FigureDay.day.between(period.first, period.last))


def _whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(total, 0).cast(BigId)
