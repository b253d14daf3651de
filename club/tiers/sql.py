"""The tier rule for many members at once: `rules.decide` as one SELECT, the same on both databases.

Three steps, one subquery each: what a member bought in the window (`_counted`), where that puts them and what they
hold (`_stood`), and the term that begins on the day, if one does (`decided`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Subquery,
    and_,
    case,
    column,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    values,
)
from sqlalchemy.orm import Session, aliased

from club.clock import ONE_DAY, add_months, last_anniversary
from club.database import BigId
from club.members.models import Person
from club.purchases.models import Purchase
from club.tiers.models import Status
from club.tiers.rules import DatedLadder, Fall, How, Ladder, Route, Routes, Window

_LEAP_YEAR = 2000
_YEAR_SPEND = (Window.LAST_12_MONTHS, Route.SPEND)


@dataclass(frozen=True)
class Scope:
    """What the statement has to look at. `only_due`: only members whose current term has come to its end.
    `has_later_terms`: some current terms begin after the day, so the one before is looked up."""

    has_later_terms: bool
    only_due: bool = False


def scope_of(db: Session, day: date, *, only_due: bool = False) -> Scope:
    """Ask whether anybody has a term that begins after the day: most days nobody has, and the rest is simpler."""
    later = select(Status.id).where(Status.ended_on.is_(None), Status.since > day).limit(1)
    return Scope(db.execute(later).first() is not None, only_due)


def decided(dated: DatedLadder, day: date, scope: Scope, beside: Ladder | None = None) -> Subquery:
    """One row a member: what they bought, what they hold, and the rung on which a term begins on `day`.

    Columns: member_id; spend, purchases, qualifying_points (0 where no rung asks for them); status_id, held_key,
    held_rank and until of the term on that day (NULL and rank 0: the first rung without a row); standing, the place
    that the purchases alone reach; target, the place of the new term, NULL while nothing changes; is_later, 1 where a
    term dated after `day` exists and nothing may be written. With another ladder `beside` it: other_standing, the place
    that the same purchases reach there, and year_spend, what was bought for in the 12 months that end with `day`.
    """
    ladder, stood = dated.ladder, _stood(dated, day, scope, beside)
    c = stood.c
    is_vanished = c.held_rank % 2 == 1
    never_falls = [(~is_vanished, c.held_rank // 2)] if ladder.fall is Fall.NEVER else []
    target = case(
        (2 * c.standing > c.held_rank, c.standing),
        (or_(c.until.is_(None), c.until > day), null()),
        (2 * c.standing == c.held_rank, c.standing),
        (and_(~is_vanished, c.until > day - timedelta(days=ladder.grace_days)), null()),
        *never_falls,
        else_=c.standing if ladder.fall is Fall.STANDING else _lower(dated, c.held_rank),
    )
    return select(stood, target.label("target")).subquery("decided")


def how(target: ColumnElement[int | None], held_rank: ColumnElement[int | None]) -> ColumnElement[str]:
    """How the term of a `target` begins: a rung that is not below the one held was met, or is never lost."""
    return case((2 * target > held_rank, How.REACHED), (2 * target == held_rank, How.RENEWED), else_=How.FELL)


def _stood(dated: DatedLadder, day: date, scope: Scope, beside: Ladder | None) -> Subquery:
    """Where the purchases put a member, beside the term of that day."""
    counted = _counted(dated.ladder, day, scope, beside)
    term = aliased(Status, name="term")
    is_current = and_(term.member_id == counted.c.member_id, term.ended_on.is_(None))
    source: FromClause = counted.outerjoin(term, is_current)
    is_later: ColumnElement[int] = literal(0)
    if scope.has_later_terms:
        current, term = term, aliased(Status, name="earlier")
        source = source.outerjoin(term, term.id == _term_on(day, current))
        is_later = case((current.since > day, 1), else_=0)
    rank = case(dict(dated.ranks), value=term.rung_key, else_=0)
    return (
        select(
            counted,
            term.id.label("status_id"),
            term.rung_key.label("held_key"),
            term.until,
            case((term.until.is_(None), 0), else_=rank).label("held_rank"),
            is_later.label("is_later"),
        )
        .select_from(source)
        .subquery("stood")
    )


def _term_on(day: date, current: type[Status]) -> ColumnElement[int]:
    """The id of the term of that day: the current one, or the last that had begun by then."""
    before = (
        select(Status.id)
        .where(Status.member_id == current.member_id, Status.since <= day)
        .order_by(Status.since.desc(), Status.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return case((current.since > day, before), else_=current.id)


def _counted(ladder: Ladder, day: date, scope: Scope, beside: Ladder | None) -> Subquery:
    """For every member the sums of the window that ends with `day`, and the place that they reach."""
    members: FromClause = Person.__table__
    if scope.only_due:
        members = members.join(Status, and_(Status.member_id == Person.id, Status.ended_on.is_(None)))
    windows = {ladder.window} if beside is None else {ladder.window, beside.window, Window.LAST_12_MONTHS}
    firsts: dict[Window, ColumnElement[date]] = {one: literal(first_day(one, day), Date) for one in windows}
    if Window.MEMBERSHIP_YEAR in windows:
        years, joined = _membership_years(day), Person.joined_on
        is_return = and_(years.c.month == extract("month", joined), years.c.day == extract("day", joined))
        members = members.join(years, is_return)
        firsts[Window.MEMBERSHIP_YEAR] = case((years.c.first < joined, joined), else_=years.c.first)
    widest: Window | None = ladder.window if len(windows) == 1 else Window.LAST_12_MONTHS
    if Window.MEMBERSHIP_YEAR in windows and len(windows) > 1:
        widest = None  # one's own year may begin a day before the last 12 months do
    first = literal(add_months(day, -12) - ONE_DAY, Date) if widest is None else firsts[widest]
    bought = and_(Purchase.member_id == Person.id, Purchase.bought_on >= first, Purchase.bought_on <= day)
    sums = {one: _sums(None if one is widest else Purchase.bought_on >= firsts[one]) for one in windows}
    needed = _asked(ladder) if beside is None else _asked(ladder) | _asked(beside) | {_YEAR_SPEND}
    statement = (
        select(
            Person.id.label("member_id"),
            *(sums[one][route].label(_name(one, route)) for one, route in sorted(needed)),
        )
        .select_from(members.outerjoin(Purchase, bought))
        .where(Person.joined_on.is_not(None))
        .group_by(Person.id)
    )
    summed = (statement.where(Status.until <= day) if scope.only_due else statement).subquery("summed")
    return _placed(summed, ladder, beside)


def _placed(summed: Subquery, ladder: Ladder, beside: Ladder | None) -> Subquery:
    """What counts for the ladder, and the places that it reaches. Each sum is built once, below: SQLite would build one
    for every rung that asks for it."""
    own = {route: summed.c[_name(window, route)] for window, route in _asked(ladder)}
    placed = [_whole(own.get(route, 0)).label(route) for route in Route]
    placed.append(_standing(ladder, own).label("standing"))
    if beside is not None:
        theirs = {route: summed.c[_name(window, route)] for window, route in _asked(beside)}
        placed.append(_standing(beside, theirs).label("other_standing"))
        placed.append(_whole(summed.c[_name(*_YEAR_SPEND)]).label("year_spend"))
    return select(summed.c.member_id, *placed).subquery("counted")


def _asked(ladder: Ladder) -> set[tuple[Window, Route]]:
    """The sums that a ladder goes by; what was bought for is always told."""
    return {(ladder.window, route) for route in (Route.SPEND, *(one for rung in ladder.rungs for one in rung.routes))}


def _name(window: Window, route: Route) -> str:
    return f"{window.value}_{route.value}"


def _sums(is_inside: ColumnElement[bool] | None) -> dict[Route, ColumnElement[int]]:
    """What the routes add up; `is_inside` where the statement looks at more days than the window has."""
    is_above_zero = Purchase.net_amount > 0
    if is_inside is None:
        return {
            Route.SPEND: func.sum(Purchase.net_amount),
            Route.PURCHASES: func.count(case((is_above_zero, 1))),
            Route.QUALIFYING_POINTS: func.sum(Purchase.net_qualifying_points),
        }
    return {
        Route.SPEND: func.sum(case((is_inside, Purchase.net_amount))),
        Route.PURCHASES: func.count(case((and_(is_inside, is_above_zero), 1))),
        Route.QUALIFYING_POINTS: func.sum(case((is_inside, Purchase.net_qualifying_points))),
    }


def _whole(total: ColumnElement[int] | int) -> ColumnElement[int]:
    return func.coalesce(total, 0).cast(BigId)


def first_day(window: Window, day: date) -> date:
    """The first day that counts, where it is the same for everybody."""
    return date(day.year, 1, 1) if window is Window.CALENDAR_YEAR else add_months(day, -12) + ONE_DAY


def _membership_years(day: date) -> FromClause:
    """For every day of the year on which one can have joined, its last return up to `day`."""
    years = values(column("month", Integer), column("day", Integer), column("first", Date), name="membership_year")
    joined = [date(_LEAP_YEAR, 1, 1) + timedelta(days=n) for n in range(366)]
    return years.data([(one.month, one.day, last_anniversary(one, day)) for one in joined]).cte("membership_year")


def _standing(ladder: Ladder, sums: Mapping[Route, ColumnElement[int]]) -> ColumnElement[int]:
    """`Ladder.standing`: the highest place whose routes are met. A sum over nothing is NULL and meets nothing."""
    ways = []
    for place, rung in reversed(list(enumerate(ladder.rungs))):
        if place and not rung.by_invitation:
            met = [sums[route] >= rung.asks(route) for route in rung.routes]
            ways.append((or_(*met) if ladder.routes is Routes.ANY else and_(*met), literal(place)))
    return case(*ways, else_=literal(0)) if ways else literal(0)


def _lower(dated: DatedLadder, rank: ColumnElement[int]) -> ColumnElement[int]:
    """`Ladder.lower` for every rank that a member can hold."""
    return case({held: dated.ladder.lower(held) for held in sorted(set(dated.ranks.values()))}, value=rank, else_=0)
