"""The tables of the whole club that a night leaves behind: sums a day, tiers, points owed, second orders, cohorts."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, extract, func, or_, select
from sqlalchemy.orm import Session

from club.clock import add_months
from club.database import BigId
from club.insight.days import days_between
from club.insight.models import FigureDay, MemberFigures
from club.insight.periods import figures_between
from club.insight.rules import PERIODS, period_before, period_of, second_orders
from club.insight.rules.term import term_of
from club.insight.sql import COUNTS, kept_year, shared_out, year_before
from club.points.models import LOTS, MOVEMENTS
from club.purchases.models import Correction, Purchase
from club.tiers.models import Status

AGAIN_DAYS = (30, 90, 180, 365)
COHORTS = 12
COHORT_MONTHS = 7
NO_TIER_YET = ""

Wait = tuple[bool, int, int]

_P = Purchase.__table__.c
_M = MOVEMENTS.c


def day_sums(db: Session, as_of: date) -> list[dict[str, Any]]:
    """What every day adds up to, up to `as_of`: rows of `figure_day`. A few thousand days at most."""
    days: dict[date, dict[str, Any]] = {}
    sold = select(_P.bought_on, func.sum(_P.amount).cast(BigId).label("sold")).group_by(_P.bought_on)
    corrected = Correction.__table__.c
    back = select(corrected.corrected_on, func.sum(corrected.amount).cast(BigId).label("given_back"))
    points = select(
        _M.dated_on,
        (-func.sum(_M.issued)).cast(BigId).label("issued"),
        func.sum(_M.redeemed).cast(BigId).label("used"),
        func.sum(_M.expired).cast(BigId).label("expired"),
        func.sum(_M.reversed).cast(BigId).label("taken_back"),
        (-func.sum(_M.adjusted)).cast(BigId).label("adjusted"),
    ).group_by(_M.dated_on)
    for statement in (sold, back.group_by(corrected.corrected_on), points):
        for day, *sums in db.execute(statement):
            if day <= as_of:
                names = [column.name for column in statement.selected_columns][1:]
                days.setdefault(day, dict(_NO_SUMS)).update(zip(names, (int(one) for one in sums), strict=True))
    return [{"day": day, **sums} for day, sums in sorted(days.items())]


_NO_SUMS = dict.fromkeys(("sold", "given_back", "issued", "used", "expired", "taken_back", "adjusted"), 0)


def sheets_of(db: Session, as_of: date) -> dict[str, dict[str, Any]]:
    """Every table by its name, as `figure_sheet` keeps it. Reads `member_figures` and `figure_day` of the same day."""
    waited = waits(db, as_of)
    made: dict[str, dict[str, Any]] = {
        "shared": asdict(shared_out(db, kept_year())),
        "tiers": {"rows": by_tier(db, as_of)},
        "owed": {"rows": owed_by_month(db), **_points_of_year(db, as_of)},
        "again": {"rows": bought_again(waited)},
        "cohorts": {"rows": cohorts(db, as_of)},
    }
    term = term_of(*_parted(waited), as_of.isoformat())
    if term is not None:
        made["term"] = term.kept_as()
    for key in PERIODS:
        now, before = figures_between(db, period_of(key, as_of), period_before(key, as_of))
        made[f"now.{key}"], made[f"before.{key}"] = now.kept_as(), before.kept_as()
    return made


def by_tier(db: Session, as_of: date) -> list[list[Any]]:
    """(key of the tier, members, what they bought in the year); an empty key: nothing recorded, so the first tier."""
    current = and_(Status.member_id == MemberFigures.member_id, Status.ended_on.is_(None), Status.since <= as_of)
    key = func.coalesce(Status.rung_key, NO_TIER_YET)
    rows = db.execute(
        select(key, func.count(), func.sum(MemberFigures.spend_year))
        .select_from(MemberFigures)
        .outerjoin(Status, current)
        .group_by(key)
    )
    return [[name, int(members), int(sales or 0)] for name, members, sales in rows]


def owed_by_month(db: Session) -> list[list[Any]]:
    """(year, month, points) that members have, by the month in which they expire; 0, 0: no end known."""
    lots = LOTS.c
    year, month = _number(extract("year", lots.expires_on)), _number(extract("month", lots.expires_on))
    left = lots.pending + lots.active + lots.held
    rows = db.execute(
        select(year, month, func.sum(left).cast(BigId))
        .where(or_(lots.active > 0, lots.pending > 0, lots.held > 0))
        .group_by(year, month)
        .order_by(year, month)
    )
    return sorted([int(in_year or 0), int(in_month or 0), int(points)] for in_year, in_month, points in rows)


def _points_of_year(db: Session, as_of: date) -> dict[str, int]:
    year = year_before(as_of)
    names = ("issued", "used", "expired")
    sums = [func.coalesce(func.sum(getattr(FigureDay, name)), 0) for name in names]
    row = db.execute(select(*sums).where(FigureDay.day.between(year.first, year.last))).one()
    return {name: int(value) for name, value in zip(names, row, strict=True)}


def bought_again(rows: list[Wait]) -> list[list[int]]:
    """(days, tenths of a percent of first-time buyers who had bought again by then, members watched so long)."""
    came_back, waiting = _parted(rows)
    watched = {limit: sum(members for _, days, members in rows if days >= limit) for limit in AGAIN_DAYS}
    return [[limit, second_orders(came_back, waiting, limit), watched[limit]] for limit in AGAIN_DAYS]


def waits(db: Session, as_of: date) -> list[Wait]:
    """(has come back, days until then or until now, members) of everybody's first and second buying day."""
    f = MemberFigures
    has_second = f.second_bought_on.is_not(None)
    waited = days_between(f.first_bought_on, case((has_second, f.second_bought_on), else_=as_of))
    counted = (
        select(case((has_second, 1), else_=0).label("came"), waited.label("days"), func.count().label("members"))
        .where(f.first_bought_on.is_not(None), f.first_bought_on <= as_of)
        .group_by("came", "days")
    )
    return [(bool(came), int(days), int(members)) for came, days, members in db.execute(counted)]


def _parted(rows: list[Wait]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    came_back = [(days, members) for came, days, members in rows if came]
    return came_back, [(days, members) for came, days, members in rows if not came]


def cohorts(db: Session, as_of: date) -> list[list[Any]]:
    """(year, month, bought again ever, members active in the month of the first purchase and in those after it).

    The newest `COHORTS` months of first purchases, up to the month of `as_of`. A month that is not over yet is in.
    """
    oldest = add_months(as_of.replace(day=1), 1 - COHORTS)
    f = MemberFigures
    began, bought = _month_number(f.first_bought_on), _month_number(_P.bought_on)
    later = (bought - began).label("later")
    rows = db.execute(
        select(began.label("began"), later, func.count(_P.member_id.distinct()))
        .select_from(f)
        .join(Purchase, Purchase.member_id == f.member_id)
        .where(f.first_bought_on.between(oldest, as_of), _P.bought_on.between(oldest, as_of), COUNTS)
        .group_by("began", "later")
    )
    active: dict[int, dict[int, int]] = {}
    for month, number, members in rows:
        active.setdefault(int(month), {})[int(number)] = int(members)
    again = dict(_again_by_month(db, oldest, as_of))
    newest = as_of.year * 12 + as_of.month
    return [
        [
            (month - 1) // 12,
            (month - 1) % 12 + 1,
            again.get(month, 0),
            *(found.get(number, 0) for number in range(min(COHORT_MONTHS, newest - month + 1))),
        ]
        for month, found in sorted(active.items())
    ]


def _again_by_month(db: Session, oldest: date, as_of: date) -> list[tuple[int, int]]:
    began = _month_number(MemberFigures.first_bought_on).label("began")
    counted = (
        select(began, func.count(MemberFigures.second_bought_on))
        .where(MemberFigures.first_bought_on.between(oldest, as_of))
        .group_by("began")
    )
    return [(int(month), int(members)) for month, members in db.execute(counted)]


def _month_number(day: Any) -> ColumnElement[int]:
    return _number(extract("year", day)) * 12 + _number(extract("month", day))


def _number(part: ColumnElement[int]) -> ColumnElement[int]:
    return part.cast(BigId)
