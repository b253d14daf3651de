"""The write path on PostgreSQL: several clients record purchases, beside the same statements through bare psycopg."""

import sys
from statistics import median

from bench.places import Place
from bench.report import table
from bench.write_path import rate_of_driver, rate_of_service
from club.database import make_engine, sessions
from club.points.verify import violations

ROUNDS = 3
CLIENTS, MORE_CLIENTS = 4, 8
HEADS = ("", "service a second", "driver a second", "ratio", "aim")


def measure(place: Place, url: str, members: int, each: int) -> None:
    """Some rounds in turn; then more clients, after which every balance must be the sum of its movements."""
    rates = [
        (rate_of_service(url, CLIENTS, each, members), rate_of_driver(url, CLIENTS, each, members))
        for _ in range(ROUNDS)
    ]
    service, driver = median(one for one, _ in rates), median(other for _, other in rates)
    ratio = median(one / other for one, other in rates)
    crowded = rate_of_service(url, MORE_CLIENTS, each, min(members, 50))
    engine = make_engine(url, statement_timeout_seconds=600)
    with sessions(engine)() as db:
        wrong = violations(db)
    engine.dispose()
    if wrong:
        sys.exit(f"{len(wrong)} violations after {MORE_CLIENTS} clients: {wrong[0]}")
    rows = [
        (f"{CLIENTS} clients (median of {ROUNDS})", service, driver, ratio, "0.35 or more"),
        (f"{MORE_CLIENTS} clients over 50 members, then verify", crowded, None, None, "no violations: none"),
    ]
    table(f"{place.name}: recording purchases", HEADS, rows)
