"""A large club: everybody looked at again, what-if, the night, each beside the bare statements for the same work."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from bench import bare
from bench.founding import LARGE_LADDER, found_club, ladder
from bench.large_club import POINTS_PER_EURO, fill, first_day, last_expiry, learn
from bench.places import Place
from bench.report import table
from club import night
from club.clock import add_months, club_day
from club.database import make_engine, sessions
from club.points.service import expire_due
from club.points.verify import violations
from club.programme.service import DEFAULTS
from club.tiers import service as tiers

OTHER_LADDER = ladder((500_00, 5), (1_000_00, 10), (3_000_00, 30))
PATIENCE_SECONDS = 600
READS = 3
HEADS = ("", "what", "seconds", "floor s", "ratio", "aim")
AIM = "1.5 or less"

Timed = tuple[float, int]


def today() -> date:
    """The club's day."""
    return club_day(datetime.now(UTC), DEFAULTS.time_zone)


def make(place: Place, members: int, purchases: int) -> str:
    """A club with so many members and purchases; nobody was looked at yet."""
    begun = time.perf_counter()
    url, day = place.empty(), today()
    engine = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS)
    founded = datetime.combine(first_day(day), datetime.min.time(), UTC)
    with sessions(engine)() as db:
        found_club(db, first_day(day), LARGE_LADDER, POINTS_PER_EURO, founded)
    fill(engine, members, purchases, day, founded)
    engine.dispose()
    seconds = time.perf_counter() - begun
    print(f"\n{place.name}: {members:,} members, {purchases:,} purchases, made in {seconds:.0f} s", flush=True)
    return url


def measure(place: Place, url: str) -> None:
    """The floors write into a copy; afterwards the club itself has had its night."""
    closing, now = last_expiry(today()), datetime.now(UTC)
    placed_on = add_months(closing, -LARGE_LADDER.validity_months)
    floors = _floors(place, url, placed_on, closing, now)
    engine = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS)
    rows: list[tuple[object, ...]] = []

    def beside(name: str, what: str, timed: Timed, floor: float) -> None:
        rows.append((name, f"{timed[1]:,} {what}", timed[0], floor, timed[0] / floor, AIM))

    with sessions(engine)() as db:
        everybody = lambda: tiers.reassess_all(db, placed_on, now)  # noqa: E731
        seconds, found = _timed(everybody)
        beside("reassess", "terms begin", (seconds, found.up + found.down), floors["place"][0])
        learn(engine)
        again, count = _in_turn(everybody, lambda: _counted(engine, placed_on))
        beside("reassess again", "members, none moves", (again, found.members), count)
        what_if, count = _in_turn(
            lambda: tiers.preview(db, OTHER_LADDER, closing), lambda: _counted(engine, closing, OTHER_LADDER)
        )
        beside("what-if", "members", (what_if, found.members), count)
        _the_night(db, closing, now, floors, beside)
        rows.append(("the same night again", "", _timed(lambda: night.run(sessions(engine), closing, now))[0]))
        seconds, wrong = _timed(lambda: violations(db))
        rows.append(("verify", "", seconds))
    engine.dispose()
    if wrong:
        sys.exit(f"points verify found {len(wrong)} violations in the large club")
    table(f"{place.name}: the large club", HEADS, [(*row, *[None] * (len(HEADS) - len(row))) for row in rows])


def _the_night(
    db: Session, day: date, now: datetime, floors: dict[str, Timed], beside: Callable[[str, str, Timed, float], None]
) -> None:
    """Its steps in their order; the terms of everybody who has one are due, and a month of points."""
    names = {"tiers": ("renew", "terms begin"), "points.expire": ("expire", "lots")}
    works: dict[str, night.Work] = dict(night.STEPS)
    assert works["points.expire"] is expire_due
    whole, least = 0.0, 0.0
    for step, work in works.items():
        seconds, changed = _timed(lambda work=work: work(db, day, now))  # type: ignore[misc]
        whole += seconds
        if step in names:
            floor, what = names[step]
            if floors[floor][1] != changed:
                sys.exit(f"{step}: {changed} changed, the bare statements changed {floors[floor][1]}")
            beside(f"night: {step}", what, (seconds, changed), floors[floor][0])
            least += floors[floor][0]
    beside("night: all steps", "steps", (whole, len(works)), least)


def _floors(place: Place, url: str, placed_on: date, closing: date, now: datetime) -> dict[str, Timed]:
    copied = place.copy(url)
    engine = make_engine(copied, statement_timeout_seconds=PATIENCE_SECONDS)
    placed = _written(engine, lambda c: bare.place_everybody(c, LARGE_LADDER, placed_on, now))
    learn(engine)
    renewed = _written(engine, lambda c: bare.renew_due(c, LARGE_LADDER, closing, now))
    expired = _written(engine, lambda c: bare.expire_lots(c, closing, now))
    engine.dispose()
    place.drop(copied)
    return {"place": placed, "renew": renewed, "expire": expired}


def _written(engine: Engine, work: Callable[[Connection], int]) -> Timed:
    def in_transaction() -> int:
        with engine.begin() as connection:
            return work(connection)

    return _timed(in_transaction)


def _counted(engine: Engine, day: date, rungs: Any = LARGE_LADDER) -> None:
    with engine.connect() as connection:
        bare.count_rungs(connection, rungs, day)


def _in_turn(work: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Medians of both, a few times in turn."""
    pairs = [(_timed(work)[0], _timed(floor)[0]) for _ in range(READS)]
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
