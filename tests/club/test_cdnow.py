"""Real purchases: the CDNOW log (23,570 customers, 1997 to June 1998) counted by statements and by plain Python."""

import importlib.util
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.database import transaction
from club.members.models import Person
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.tiers.rules import Ladder, Routes, Window
from club.tiers.service import preview, reassess_all, set_ladder
from tests.tier_world import NOW, rung

AS_OF = date(1998, 6, 30)


class Line(NamedTuple):
    """One purchase of the log."""

    customer: int
    day: date
    cents: int


@pytest.fixture(scope="session")
def log() -> list[Line]:
    """The raw log, read by its path; the package itself is not imported."""
    found = importlib.util.find_spec("lifetimes")
    assert found is not None
    assert found.origin is not None
    text = (Path(found.origin).parent / "datasets" / "CDNOW_master.txt").read_text(encoding="ascii")
    rows = [line.split() for line in text.splitlines()[1:]]
    return [
        Line(int(customer), date(int(day[:4]), int(day[4:6]), int(day[6:])), int(Decimal(dollars) * 100))
        for customer, day, _, dollars in rows
    ]


@pytest.fixture
def shop(db: Session, club: Club, log: list[Line]) -> None:
    """All of it, in one go."""
    with transaction(db) as tx:
        tx.execute(
            insert(Person),
            [
                {
                    "id": customer, "member_number": f"C{customer}", "full_name": f"Customer {customer}",
                    "language": "en", "joined_on": NOW.date(), "source": "import", "search_text": f"{customer}",
                    "created_at": NOW,
                }
                for customer in sorted({line.customer for line in log})
            ],
        )  # fmt: skip
        tx.execute(
            insert(Purchase),
            [
                {
                    "member_id": line.customer, "channel": "import", "reference": f"{number}", "bought_on": line.day,
                    "amount": line.cents, "net_amount": line.cents, "recorded_at": NOW,
                }
                for number, line in enumerate(log)
            ],
        )  # fmt: skip


def counted_in_python(log: list[Line], ladder: Ladder, first: date, last: date) -> dict[str, int]:
    """No rule of the club in here: sums per customer and the thresholds of the ladder compared one by one."""
    spend: defaultdict[int, int] = defaultdict(int)
    bought: defaultdict[int, int] = defaultdict(int)
    for line in log:
        spend[line.customer] += 0
        if first <= line.day <= last:
            spend[line.customer] += line.cents
            bought[line.customer] += line.cents > 0
    counts = Counter({one.key: 0 for one in ladder.rungs})
    for customer, cents in spend.items():
        reached = ladder.rungs[0].key
        for one in ladder.rungs[1:]:
            by_spend, by_purchases = cents >= one.spend > 0, bought[customer] >= one.purchases > 0
            if (by_spend or by_purchases) if ladder.routes == "any" else (by_spend and by_purchases):
                reached = one.key
        counts[reached] += 1
    return dict(counts)


RUNGS = (rung("member"), rung("silver", 50_00, 3), rung("gold", 150_00, 6), rung("platinum", 400_00, 15))


@pytest.mark.proves("R13")
def test_the_real_log_is_placed_as_a_count_by_hand_places_it(db: Session, shop: None, log: list[Line]) -> None:
    assert (len(log), len({line.customer for line in log})) == (69_659, 23_570)
    assert sum(line.cents for line in log) == 2_500_315_63
    ladder = Ladder(RUNGS)
    set_ladder(db, ladder, NOW.date(), None, NOW)
    by_hand = counted_in_python(log, ladder, date(1997, 7, 1), AS_OF)
    assert min(by_hand.values()) > 100

    first, second = reassess_all(db, AS_OF, NOW), reassess_all(db, AS_OF, NOW)

    assert (first.members, first.up, first.down) == (23_570, 23_570 - by_hand["member"], 0)
    assert first.by_rung == by_hand
    assert (second.members, second.up, second.down, second.by_rung) == (23_570, 0, 0, by_hand)

    for window, routes, first_day in (
        (Window.LAST_12_MONTHS, Routes.ALL, date(1997, 7, 1)),
        (Window.CALENDAR_YEAR, Routes.ANY, date(1998, 1, 1)),
    ):
        other = Ladder(RUNGS, window, routes)
        earned = Counter[str]()
        for step in preview(db, other, AS_OF).steps:
            earned[step.earned_key] += step.members
        assert earned == Counter(counted_in_python(log, other, first_day, AS_OF))
