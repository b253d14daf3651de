"""`make bench`: how fast the club is, beside the least that the same work can cost in the same run."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench import cdnow
from bench.places import places

PARTS = ("cdnow",)


def main() -> int:
    wanted = _options()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="clientela-bench-") as name, places(wanted.database, Path(name)) as found:
        for place in found:
            if "cdnow" in wanted.only:
                cdnow.measure(place, Path(name), wanted.rounds, wanted.repeat)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=lambda given: given.split(","), default=PARTS)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
