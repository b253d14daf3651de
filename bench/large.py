"""A large club: everybody looked at again, what-if, the night, each beside the bare statements for the same work."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from bench import bare
from bench.founding import LARGE_LADDER, found_club, ladder
from bench.large_club import POINTS_PER_EURO, fill, first_day, last_expiry, learn
from bench.places import Place
from bench.report import table
from club import night
from club.clock import ONE_DAY, add_months, club_day
from club.database import make_engine, sessions
from club.insight.service import refresh
from club.lost.service import follow
from club.points.verify import violations
from club.programme.service import DEFAULTS
from club.tiers import service as tiers
from club.tiers.rules import Ladder

OTHER_LADDER = ladder((500_00, 5), (1_000_00, 10), (3_000_00, 30))
PATIENCE_SECONDS = 600
READS = 3
HEADS = ("", "what", "seconds", "floor s", "ratio", "aim")
AIM = "1.5 or less"

Timed = tuple[float, int]
Row = tuple[object, ...]


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
    """The floors write into copies; afterwards the club itself has had its night."""
    closing, now = last_expiry(today()), datetime.now(UTC)
    placed_on = add_months(closing, -LARGE_LADDER.validity_months)
    rows: list[Row] = []
    (placing,) = _floors(place, url, lambda c: bare.place_everybody(c, LARGE_LADDER, placed_on, now))
    engine = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS)
    with sessions(engine)() as db:
        seconds, found = _timed(lambda: tiers.reassess_all(db, placed_on, now))
        rows.append(_beside("reassess", "terms begin", (seconds, found.up + found.down), placing[0]))
        rows += _questions(db, engine, closing, now)
    engine.dispose()
    renewing, expiring, figuring = _floors(
        place,
        url,
        lambda c: bare.renew_due(c, LARGE_LADDER, closing, now),
        lambda c: bare.expire_lots(c, closing, now),
        lambda c: bare.make_figures(c, today()),
    )
    with sessions(engine)() as db:
        rows += _the_night(db, closing, now, {"tiers": renewing, "points.expire": expiring})
        rows.append(("the same night again", "", _timed(lambda: night.run(sessions(engine), closing, now))[0]))
        rows.append(_beside("all figures", "members", _timed(lambda: refresh(db, today(), now)), figuring[0])[:-1])
        followed = _timed(lambda: follow(db, today(), now).suspected)
        rows.append(("lost customers", f"{followed[1]:,} suspected", followed[0]))
        seconds, wrong = _timed(lambda: violations(db))
        rows.append(("verify", "", seconds))
    engine.dispose()
    if wrong:
        sys.exit(f"points verify found {len(wrong)} violations in the large club")
    table(f"{place.name}: the large club", HEADS, [(*row, *[None] * (len(HEADS) - len(row))) for row in rows])


def _questions(db: Session, engine: Engine, day: date, now: datetime) -> list[Row]:
    """What changes nothing, or nothing more: everybody is where their purchases of the year lift them."""
    before = day - ONE_DAY
    members = tiers.reassess_all(db, before, now).members
    learn(engine)
    again, moves = _in_turn(
        lambda: tiers.reassess_all(db, before, now), lambda: _asked(engine, bare.count_moves, before, LARGE_LADDER)
    )
    what_if, other_moves = _in_turn(
        lambda: tiers.preview(db, OTHER_LADDER, day), lambda: _asked(engine, bare.count_moves, day, OTHER_LADDER)
    )
    _, least = _in_turn(lambda: None, lambda: _asked(engine, bare.count_rungs, day, OTHER_LADDER))
    return [
        _beside("reassess again", "members, none moves", (again, members), moves),
        _beside("what-if", "members", (what_if, members), other_moves),
        _beside("what-if, beside the rungs alone", "members", (what_if, members), least)[:-1],
    ]


def _the_night(db: Session, day: date, now: datetime, floors: dict[str, Timed]) -> list[Row]:
    """Its steps in their order. Due are all terms that nobody's purchases renewed, and a whole month of points."""
    rows: list[Row] = []
    whole = 0.0
    for step, work in night.STEPS:
        begun = time.perf_counter()
        changed = work(db, day, now)
        seconds = time.perf_counter() - begun
        whole += seconds
        if step in floors:
            floor, expected = floors[step]
            if expected != changed:
                sys.exit(f"{step} changed {changed}, the bare statements {expected}")
            rows.append(_beside(f"night: {step}", "rows", (seconds, changed), floor))
    least = sum(seconds for seconds, _ in floors.values())
    return [*rows, _beside("night: all of it", "steps", (whole, len(night.STEPS)), least)]


def _beside(name: str, what: str, timed: Timed, floor: float) -> Row:
    return name, f"{timed[1]:,} {what}", timed[0], floor, timed[0] / floor, AIM


def _floors(place: Place, url: str, *works: Callable[[Connection], int]) -> list[Timed]:
    """The bare statements, in a copy that is thrown away."""
    copied = place.copy(url)
    engine = make_engine(copied, statement_timeout_seconds=PATIENCE_SECONDS)
    learn(engine)
    timed = [_written(engine, work) for work in works]
    engine.dispose()
    place.drop(copied)
    return timed


def _written(engine: Engine, work: Callable[[Connection], int]) -> Timed:
    def in_transaction() -> int:
        with engine.begin() as connection:
            return work(connection)

    return _timed(in_transaction)


def _asked(engine: Engine, question: Callable[[Connection, Ladder, date], None], day: date, rungs: Ladder) -> None:
    with engine.connect() as connection:
        question(connection, rungs, day)


def _in_turn(work: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """The best of each, a few times in turn."""
    pairs = [(_timed(work)[0], _timed(floor)[0]) for _ in range(READS)]
    return min(one for one, _ in pairs), min(other for _, other in pairs)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
