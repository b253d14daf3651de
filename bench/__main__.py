"""`make bench`: how fast the club is, beside the least that the same work can cost in the same run.

Nothing here passes or fails by the clock; totals and the ledger are checked, and what is wrong ends the run.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from bench import cdnow, large, pages, shop, writing
from bench.places import Place, PostgresPlace, places

PARTS = ("cdnow", "large", "pages", "write", "shop")


def main() -> int:
    wanted = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that servers and files go too
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run", flush=True)
    with tempfile.TemporaryDirectory(prefix="clientela-bench-") as name, places(wanted.database, Path(name)) as found:
        for place in found:
            _measure(place, wanted, Path(name))
    return 0


def _measure(place: Place, wanted: argparse.Namespace, folder: Path) -> None:
    only = set(wanted.only)
    if not isinstance(place, PostgresPlace):
        only -= {"write"}
    if "cdnow" in only:
        cdnow.measure(place, folder, wanted.rounds, wanted.repeat)
    if "shop" in only:
        shop.measure(place, wanted.each, folder)
    if only <= {"cdnow", "shop"}:
        return
    url = large.make(place, wanted.members, wanted.purchases)
    if "large" in only:
        large.measure(place, url)
    if "pages" in only:
        pages.measure(place, url, wanted.each, folder)
    if "write" in only:
        writing.measure(place, url, wanted.members, wanted.each)
    place.drop(url)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--members", type=int, default=200_000, help="of the large club")
    parser.add_argument("--purchases", type=int, default=2_000_000, help="of the large club")
    parser.add_argument("--rounds", type=int, default=3, help="imports, each with its floor; the median is told")
    parser.add_argument("--repeat", type=int, default=5, help="logs in the long file; 1: no long file")
    parser.add_argument("--each", type=int, default=100, help="pages a reader and purchases a client in every round")
    return parser.parse_args()


def _parts(given: str) -> tuple[str, ...]:
    parts = tuple(given.split(","))
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: give some of {', '.join(PARTS)}")
    return parts


if __name__ == "__main__":
    sys.exit(main())
