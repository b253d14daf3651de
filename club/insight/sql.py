"""Statements over all members at once: what everybody bought, who is in the best fifth, and how sales are shared out.

A purchase counts unless it was given back whole. All that a member buys on one day is one order.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Insert, Select, Subquery, case, func, insert, literal, null, or_, select
from sqlalchemy.orm import Session

from club.database import BigId
from club.insight.days import days_after, days_between, larger
from club.insight.models import MemberFigures
from club.insight.rules import FIFTH, MOST_OF_SALES_PERCENT, NEAR_PERCENT, YEAR_DAYS, Period, Rhythm
from club.insight.watch import Trend, Watch, overdue_from, signs, span_before, sums, trend
from club.members.models import Person
from club.purchases.models import Purchase

_P = Purchase.__table__.c
COUNTS = or_(_P.net_amount > 0, _P.amount == 0)
"""Not given back whole. What was free from the start is an order too."""

CURVE_STEPS = 40


def year_before(as_of: date) -> Period:
    """The 365 days that end with a day."""
    return Period(as_of - timedelta(days=YEAR_DAYS - 1), as_of)


@dataclass(frozen=True)
class Cut:
    """Where the best fifth of `buyers` ends: the smallest amount in it. All who have exactly it are in."""

    buyers: int
    amount: int


class Days(Protocol):
    """A `Period`, or the places for one in a statement that is put together before it is known."""

    @property
    def first(self) -> ColumnElement[date] | date: ...
    @property
    def last(self) -> ColumnElement[date] | date: ...


def bought_in(period: Days) -> Subquery:
    """One row for whoever bought in these days: member_id, amount."""
    return (
        select(_P.member_id, func.sum(_P.net_amount).cast(BigId).label("amount"))
        .where(_P.bought_on.between(period.first, period.last), COUNTS)
        .group_by(_P.member_id)
        .subquery("bought")
    )


def kept_year() -> Subquery:
    """The same for the 365 days that `member_figures` knows, without a look at any purchase."""
    f = MemberFigures
    return select(f.member_id, f.spend_year.label("amount")).where(f.place != "none").subquery("kept_year")


def amount_at(db: Session, bought: Subquery, place: int) -> int:
    """What the member in this place, counted from the best as 1, bought for; 0 where there are fewer."""
    return int(db.scalar(nth_amount(bought, max(place, 1))) or 0)


def nth_amount(bought: Subquery, place: ColumnElement[int] | int) -> Select[int]:
    """The same as a statement."""
    return select(bought.c.amount).order_by(bought.c.amount.desc()).limit(1).offset(place - 1)


def fifth_amount(bought: Subquery) -> Select[int]:
    """What the last member of the best fifth bought for."""
    counted = select(larger(func.count() // FIFTH, 1)).select_from(bought).scalar_subquery()
    return nth_amount(bought, counted)


def cut_of(db: Session, bought: Subquery) -> Cut:
    """The best fifth: as many as fit into a fifth of all who bought, one at least, and all who equal the last of them.

    Nobody is in it for nothing: the amount is 1 at least.
    """
    buyers = int(db.scalar(select(func.count()).select_from(bought)) or 0)
    return Cut(buyers, max(1, amount_at(db, bought, max(1, buyers // FIFTH))))


def place_of(amount: ColumnElement[int], has_bought: ColumnElement[bool], cut: Cut) -> ColumnElement[str]:
    """`MemberFigures.place` for what was bought in the year."""
    return case(
        (amount >= cut.amount, "pareto"),
        (100 * amount >= NEAR_PERCENT * cut.amount, "near"),
        (has_bought, "other"),
        else_="none",
    )


def write_figures(as_of: date, rhythm: Rhythm, watch: Watch, cut: Cut) -> Insert:
    """Every member's row, from nothing: what they bought, and what follows from it."""
    year, bought = year_before(as_of), _everything(as_of, watch)
    c = bought.c
    gap = case((c.buying_days > 1, larger(days_between(c.first, c.last) // (c.buying_days - 1), 1)), else_=null())
    patience = larger(gap * rhythm.times_percent // 100, rhythm.least_days)
    spend_year = func.coalesce(c.spend_year, 0)
    worth = (
        select(func.sum(_P.net_amount).cast(BigId))
        .where(_P.member_id == c.member_id, _P.bought_on > days_after(c.last, -YEAR_DAYS), _P.bought_on <= as_of)
        .correlate(bought)
        .scalar_subquery()
    )
    columns = {
        "member_id": Person.id,
        "as_of": literal(as_of),
        "purchases": func.coalesce(c.purchases, 0),
        "spend": func.coalesce(c.spend, 0),
        "spend_year": spend_year,
        "worth": func.coalesce(worth, 0),
        "buying_days": func.coalesce(c.buying_days, 0),
        "first_bought_on": c.first,
        "second_bought_on": _day_number(2, bought, as_of),
        "third_bought_on": _day_number(3, bought, as_of),
        "last_bought_on": c.last,
        "usual_gap_days": gap,
        "late_from": case((c.buying_days > 1, days_after(c.last, patience + 1)), else_=null()),
        "place": place_of(spend_year, c.last >= year.first, cut),
        **{name: func.coalesce(c[name], 0) for name in ("recent_spend", "recent_days", "before_spend", "before_days")},
        "before_span": span_before(c.first, watch, as_of),
        "overdue_from": case((c.buying_days > 1, overdue_from(c.last, gap, patience, watch)), else_=null()),
    }
    rows = (
        select(*(column.label(name) for name, column in columns.items()))
        .select_from(Person.__table__.outerjoin(bought, c.member_id == Person.id))
        .where(Person.joined_on.is_not(None))
        .subquery("bought_so")
    )
    signed = select(rows, signs(rows.c, watch, as_of).label("signs")).subquery("signed")
    whole = select(signed, trend(signed.c, as_of).label("trend"))
    return insert(MemberFigures).from_select([*columns, "signs", "trend"], whole)


def would_slip(db: Session, watch: Watch, rhythm: Rhythm, as_of: date) -> dict[Trend, int]:
    """How many members would buy in which `Trend` by a rule that is not saved, from the sums that are kept."""
    f = MemberFigures
    patience = larger(f.usual_gap_days * rhythm.times_percent // 100, rhythm.least_days)
    names = ("buying_days", "late_from", "recent_spend", "recent_days", "before_spend", "before_days", "before_span")
    overdue = overdue_from(f.last_bought_on, f.usual_gap_days, patience, watch).label("overdue_from")
    kept = select(*(getattr(f, name) for name in names), overdue).where(f.usual_gap_days.is_not(None)).subquery("kept")
    signed = select(kept, signs(kept.c, watch, as_of).label("signs")).subquery("signed")
    counted = select(trend(signed.c, as_of).label("trend"), func.count()).group_by("trend")
    return dict.fromkeys(Trend, 0) | {Trend(name): int(members) for name, members in db.execute(counted)}


def _everything(as_of: date, watch: Watch) -> Subquery:
    """All that each member bought up to a day: one walk along the index of purchases by member."""
    in_year = _P.bought_on >= year_before(as_of).first
    return (
        select(
            _P.member_id,
            func.count(case((_P.net_amount > 0, 1))).label("purchases"),
            func.sum(_P.net_amount).cast(BigId).label("spend"),
            func.sum(case((in_year, _P.net_amount), else_=0)).cast(BigId).label("spend_year"),
            func.count(_P.bought_on.distinct()).label("buying_days"),
            func.min(_P.bought_on).label("first"),
            func.max(_P.bought_on).label("last"),
            *sums(_P.bought_on, _P.net_amount, watch, as_of),
        )
        .where(_P.bought_on <= as_of, COUNTS)
        .group_by(_P.member_id)
        .subquery("everything")
    )


def _day_number(number: int, bought: Subquery, as_of: date) -> ColumnElement[date | None]:
    """A member's second or third buying day: nobody without so many is looked up."""
    days = (
        select(_P.bought_on)
        .where(_P.member_id == bought.c.member_id, _P.bought_on <= as_of, COUNTS)
        .group_by(_P.bought_on)
        .order_by(_P.bought_on)
        .limit(1)
        .offset(number - 1)
        .correlate(bought)
        .scalar_subquery()
    )
    return case((bought.c.buying_days >= number, days), else_=null())


# --- how sales are shared out


@dataclass(frozen=True)
class Shared:
    """How the sales of a period are spread over those who bought in it. Amounts in minor units.

    `best`: the best fifth with all who equal its last; `enough`: the fewest members who together bought for 80 %.
    `curve`: after so many members, best first, so much is sold.
    """

    buyers: int = 0
    sales: int = 0
    cut: int = 0
    best: int = 0
    best_sales: int = 0
    enough: int = 0
    curve: tuple[tuple[int, int], ...] = ()


def shared_out(db: Session, bought: Subquery) -> Shared:
    """Who buys how much of it all, for a subquery of member_id and amount."""
    cut = cut_of(db, bought)
    amount = bought.c.amount
    is_best = amount >= cut.amount
    sums = select(func.sum(amount), func.count(case((is_best, 1))), func.sum(case((is_best, amount), else_=0)))
    sales, best, best_sales = (int(value or 0) for value in db.execute(sums).one())
    whole = Shared(cut.buyers, sales, cut.amount, best, best_sales)
    return _with_curve(db, bought, whole) if sales else whole


def _with_curve(db: Session, bought: Subquery, whole: Shared) -> Shared:
    amount = bought.c.amount
    order = (amount.desc(), bought.c.member_id)
    running = select(
        func.row_number().over(order_by=order).label("place"),
        func.sum(amount).over(order_by=order, rows=(None, 0)).label("running"),
    ).subquery("running")
    place, so_far = running.c.place, running.c.running
    enough = int(db.scalar(select(func.min(place)).where(100 * so_far >= MOST_OF_SALES_PERCENT * whole.sales)) or 0)
    shown = or_(place % max(1, whole.buyers // CURVE_STEPS) == 0, place.in_((whole.best, enough, whole.buyers)))
    points = db.execute(select(place, so_far).where(shown).order_by(place))
    return replace(whole, enough=enough, curve=tuple((int(number), int(total)) for number, total in points))
