"""R4, R82, R83, R84, R104, R107: what is known of a real shop's log comes out of the club's own statements.

The log is the CDNOW sample (2,357 customers, 1997 to June 1998), taken in by the import of purchases.
"""

import csv
import importlib.util
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual.importing import PurchaseFile, import_purchases
from club.insight.models import MemberFigures, sheets, the_term
from club.insight.periods import Figures, figures_between
from club.insight.rules import Period, second_orders
from club.insight.rules.term import Term, months_for, term_of
from club.insight.service import refresh
from club.insight.sql import bought_in, shared_out
from club.intake.complaints import Complaints
from club.permissions import Role
from club.programme.rules import Club

FIRST = date(1997, 1, 1)
HALF = date(1997, 9, 30)
WHOLE = date(1998, 6, 30)


@pytest.fixture
def sample(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    """The sample as a till would export it, taken in; the members come with it."""
    found = importlib.util.find_spec("lifetimes")
    assert found is not None
    assert found.origin is not None
    log = Path(found.origin).parent / "datasets" / "CDNOW_sample.txt"
    file = tmp_path / "sample.csv"
    with log.open(encoding="ascii") as source, file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["member", "date", "amount"])
        for line in source:
            _, customer, day, _, dollars = line.split()
            writer.writerow([customer, day, dollars])
    complaints = Complaints()
    wanted = PurchaseFile(path=file, creates_members=True)
    assert import_purchases(db, wanted, None, Role.OWNER, now, complaints).counts["new"] == 6919
    complaints.close()


def waits(db: Session, last: date) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(days, members) who came again, and who had not yet."""
    came: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for first, second in db.execute(select(MemberFigures.first_bought_on, MemberFigures.second_bought_on)):
        assert first is not None
        if second is None:
            waiting[(last - first).days] += 1
        else:
            came[(second - first).days] += 1
    return list(came.items()), list(waiting.items())


def still_away(came: list[tuple[int, int]], waiting: list[tuple[int, int]], days: int) -> float:
    """The product of what is left on each day, counted from the rows themselves."""
    everybody = [(day, True) for day, often in came for _ in range(often)]
    everybody += [(day, False) for day, often in waiting for _ in range(often)]
    left = 1.0
    for day in sorted({day for day, _ in came if day <= days}):
        at_risk = sum(waited >= day for waited, _ in everybody)
        left *= 1 - sum(waited == day and has_come for waited, has_come in everybody) / at_risk
    return left


def four(part: int, whole: int) -> float:
    return round(part / whole, 4)


@pytest.mark.parametrize(
    ("last", "orders", "kept", "rates", "gaps", "best", "enough"),
    [
        (HALF, 4814, 173_115_55, (0.4014, 0.5508, 0.5104, 0.2151), (4597, 54), 0.6329, 900),
        (WHOLE, 6696, 244_091_94, (0.4832, 0.6814, 0.6480, 0.3123), (7086, 68), 0.6740, 777),
    ],
)
@pytest.mark.proves("R4", "R82", "R83", "R84", "R104")
def test_the_figures_of_a_real_log(
    db: Session, now: datetime, sample: None, last: date, orders: int, kept: int,
    rates: tuple[float, ...], gaps: tuple[int, int], best: float, enough: int,
) -> None:  # fmt: skip
    assert refresh(db, last, now) == 2357
    (found,) = figures_between(db, Period(FIRST, last))
    assert (found.active, found.orders, found.kept, found.sales) == (2357, orders, kept, kept)
    shares = (found.repeaters / found.active, found.repeat_kept / found.kept, found.repeat_orders / found.orders)
    assert tuple(round(share, 4) for share in (*shares, found.loyal / found.active)) == rates
    assert (found.gap_mean_x100, found.gap_median_x2) == gaps
    shared = shared_out(db, bought_in(Period(FIRST, last)))
    assert (four(shared.best_sales, shared.sales), shared.enough, shared.best) == (best, enough, 471)
    assert shared.curve[-1] == (2357, kept)
    assert (found.best, found.best_kept) == (shared.best, shared.best_sales)


def test_the_mean_order(db: Session, now: datetime, sample: None) -> None:
    refresh(db, WHOLE, now)
    found = figures_between(db, *(Period(FIRST, last) for last in (HALF, WHOLE)))
    assert [round(one.kept / one.orders / 100, 2) for one in found] == [35.96, 36.45]


def test_cohorts_are_those_that_were_counted_by_hand(db: Session, now: datetime, sample: None) -> None:
    refresh(db, HALF, now)
    rows = {(year, month): counts for year, month, _, *counts in sheets(db, "cohorts")["cohorts"]["rows"]}
    assert rows == {
        (1997, 1): [781, 124, 95, 70, 65, 77, 65],
        (1997, 2): [857, 134, 110, 75, 77, 75, 61],
        (1997, 3): [719, 87, 84, 78, 63, 64, 55],
    }


@pytest.mark.proves("R107")
def test_time_to_the_second_order_is_read_off_kaplan_and_meier(db: Session, now: datetime, sample: None) -> None:
    refresh(db, WHOLE, now)
    rows = sheets(db, "again")["again"]["rows"]
    assert [(days, share) for days, share, _ in rows] == [(30, 174), (90, 291), (180, 376), (365, 456)]
    came, waiting = waits(db, WHOLE)
    assert second_orders(came, waiting, 91) == 292
    assert round(1000 * (1 - still_away(came, waiting, 90))) == 291


@pytest.mark.proves("R107")
def test_the_figures_of_the_curve_are_shares_of_everybody_and_29_2_is_29_147_rounded_twice(
    db: Session, now: datetime, sample: None
) -> None:
    """Nobody is censored before day 462, so ties and the day of censoring cannot matter: up to there it is a count."""
    refresh(db, WHOLE, now)
    came, waiting = waits(db, WHOLE)
    assert min(days for days, _ in waiting) == 462
    counted = [sum(often for days, often in came if days <= limit) for limit in (30, 90, 91, 180, 365)]
    assert counted == [410, 687, 688, 887, 1074]
    tenth, hundredth = Decimal("0.1"), Decimal("0.01")
    exact = [Decimal(100 * part) / 2357 for part in counted]
    once = [share.quantize(tenth, ROUND_HALF_UP) for share in exact]
    assert list(map(str, once)) == ["17.4", "29.1", "29.2", "37.6", "45.6"]
    twice = [share.quantize(hundredth, ROUND_HALF_UP).quantize(tenth, ROUND_HALF_UP) for share in exact]
    assert list(map(str, twice)) == ["17.4", "29.2", "29.2", "37.6", "45.6"]


@pytest.mark.proves("R107")
def test_the_term_is_read_off_the_curve_of_those_who_come_back(db: Session, now: datetime, sample: None) -> None:
    refresh(db, WHOLE, now)
    term = the_term(db)
    assert term == Term(2357, 1139, 544, 490, (57, 207, 314), "1998-06-30")
    assert term.rows == [(50, 57, 2), (80, 207, 7), (90, 314, 11)]
    assert term.advised == (80, 207, 7)
    gaps = sorted(days for days, often in waits(db, WHOLE)[0] for _ in range(often))
    assert (gaps[len(gaps) // 2], gaps[len(gaps) * 4 // 5]) == (55, 198)


def test_a_term_takes_fifty_second_orders_and_a_month_at_least() -> None:
    assert term_of([], [(10, 40)], "2026-06-15") is None
    few = term_of([(3, 49)], [(10, 40)], "2026-06-15")
    enough = term_of([(3, 50)], [(10, 40)], "2026-06-15")
    assert few is not None
    assert enough is not None
    assert (few.is_enough, enough.is_enough, enough.advised) == (False, True, (80, 3, 1))
    assert [months_for(days) for days in (30, 31, 60, 61, 365, 366)] == [1, 2, 2, 3, 12, 13]


def test_what_a_night_keeps_of_a_period_is_what_would_be_worked_out_now(
    db: Session, now: datetime, sample: None
) -> None:
    refresh(db, HALF, now)
    kept = Figures.read(sheets(db, "now.quarter")["now.quarter"])
    assert kept.period == Period(date(1997, 7, 1), HALF)
    assert [kept] == figures_between(db, kept.period)
    year = Figures.read(sheets(db, "now.year")["now.year"])
    assert (year.first, year.active, year.kept) == ("1997-01-01", 2357, 173_115_55)
    assert replace(year, first="", last="") != replace(kept, first="", last="")


def test_the_best_fifth_of_the_year_is_marked_on_every_member(db: Session, now: datetime, sample: None) -> None:
    refresh(db, HALF, now)
    counted = db.execute(select(MemberFigures.place, func.count()).group_by(MemberFigures.place))
    rows = {row[0]: row[1] for row in counted}
    assert rows["pareto"] == 471
    assert sum(rows.values()) == 2357
    assert "none" not in rows
    cut = db.scalar(select(func.min(MemberFigures.spend_year)).where(MemberFigures.place == "pareto"))
    near = db.execute(
        select(func.min(MemberFigures.spend_year), func.max(MemberFigures.spend_year)).where(
            MemberFigures.place == "near"
        )
    ).one()
    assert cut == 94_00
    assert 100 * near[0] >= 75 * cut
    assert near[1] < cut
