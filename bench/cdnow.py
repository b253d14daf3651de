"""A real log: 69,659 purchases of 23,570 people (CDNOW, 1997 and 1998), taken into an empty club."""

import csv
import importlib.util
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from bench.founding import CDNOW_LADDER, Step, found_club, run_step
from bench.places import Place
from bench.report import table
from club.database import make_engine, sessions

FIRST_DAY = date(1997, 1, 1)
AS_OF = "1998-06-30"
TOTALS = {"rows": 69_659, "new": 69_659, "errors": 0, "members_created": 23_570, "amount_cents": 250_031_563}
HEADS = ("", "seconds", "a second", "peak MB", "floor s", "ratio", "aim")


def measure(place: Place, folder: Path, rounds: int, repeat: int) -> None:
    """Import, look at the tiers, verify, expire; the import several times in turn with its floor."""
    file = _as_csv(folder / "cdnow.csv", 1)
    runs: list[tuple[Step, Step]] = []
    for _ in range(rounds):
        url = _club(place)
        imported = run_step("import", url, str(file))
        _must_be_whole(imported, 1)
        target = place.empty()
        runs.append((imported, run_step("bare", url, target)))
        place.drop(target)
        if len(runs) < rounds:
            place.drop(url)
    rows = [_import_row("import", runs)]
    rows += _afterwards(url)
    place.drop(url)
    if repeat > 1:
        rows.append(_long_file(place, folder, repeat))
    table(f"{place.name}: the CDNOW log, {TOTALS['rows']:,} purchases (median of {rounds})", HEADS, rows)


def _club(place: Place) -> str:
    url = place.empty()
    engine = make_engine(url)
    with sessions(engine)() as db:
        found_club(db, FIRST_DAY, CDNOW_LADDER, 1, datetime.now(UTC))
    engine.dispose()
    return url


def _import_row(name: str, runs: list[tuple[Step, Step]]) -> tuple[object, ...]:
    seconds = median(step.seconds for step, _ in runs)
    floor = median(bare.seconds for _, bare in runs)
    ratio = median(step.seconds / bare.seconds for step, bare in runs)
    peak = median(step.peak_mb for step, _ in runs)
    return name, seconds, TOTALS["rows"] / seconds, peak, floor, ratio, "4 or less"


def _afterwards(url: str) -> list[tuple[object, ...]]:
    placed = run_step("reassess", url, AS_OF)
    checked = run_step("verify", url)
    expired = run_step("expire", url)
    again = run_step("verify", url)
    if checked.said["violations"] or again.said["violations"]:
        sys.exit("points verify found violations")
    by_rung = ", ".join(f"{count:,} {key}" for key, count in placed.said["by_rung"].items())
    print(f"\nreassess --as-of {AS_OF}: {by_rung}")
    return [
        _row("reassess", placed, placed.said["members"]),
        _row("verify", checked, checked.said["movements"]),
        _row(f"first night: {expired.said['lots']:,} lots expire", expired, expired.said["lots"]),
        _row("verify again", again, again.said["movements"]),
    ]


def _row(name: str, step: Step, things: int) -> tuple[object, ...]:
    return name, step.seconds, things / step.seconds, step.peak_mb, None, None, None


def _long_file(place: Place, folder: Path, repeat: int) -> tuple[object, ...]:
    """The same log several times, each time of other people: the memory should not know the difference."""
    file = _as_csv(folder / "long.csv", repeat)
    url = _club(place)
    imported = run_step("import", url, str(file))
    _must_be_whole(imported, repeat)
    place.drop(url)
    rate = TOTALS["rows"] * repeat / imported.seconds
    return f"import of {repeat} such logs", imported.seconds, rate, imported.peak_mb, None, None, None


def _must_be_whole(imported: Step, repeat: int) -> None:
    found = {name: imported.said[name] for name in TOTALS}
    wanted = {name: total * repeat for name, total in TOTALS.items()}
    if found != wanted:
        sys.exit(f"the import brought {found} and not {wanted}")


def _as_csv(path: Path, repeat: int) -> Path:
    """The log as a shop would export it; the package that brings it is not imported."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        sys.exit("the CDNOW log comes with the package lifetimes: make setup")
    log = Path(found.origin).parent / "datasets" / "CDNOW_master.txt"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["member", "date", "amount"])
        for number in range(repeat):
            with log.open(encoding="ascii") as source:
                for line in source:
                    customer, day, _, dollars = line.split()
                    if day.isdecimal():
                        writer.writerow([f"{number}-{customer}" if number else customer, day, dollars])
    return path
