"""Three years of a wine cellar with a shop and a tasting room: who joins when, buys what, brings what back.

Pure and deterministic: the same day gives the same history; every date is counted back from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from demo.people import DemoPerson, people

MEMBERS = 400
SEED = 1889
YEARS = 3

JOINED_DAYS_AGO = {0: 1000, 1: 1040, 2: 6}
"""The three members that one signs in as."""

MONTH_WEIGHT = (0.7, 0.7, 0.9, 1.0, 1.0, 1.0, 0.8, 0.5, 1.1, 1.2, 1.5, 2.1)
CHANNELS = (("counter", 0.45), ("shop", 0.35), ("tasting", 0.20))
CATEGORIES = {
    "counter": (("red", 4), ("white", 2), ("sparkling", 1), ("gifts", 1)),
    "shop": (("red", 4), ("white", 2), ("sparkling", 2), ("gifts", 1)),
    "tasting": (("tastings", 5), ("red", 1)),
}
PRICES = {
    "red": (850, 6400),
    "white": (750, 2600),
    "sparkling": (1200, 4200),
    "gifts": (900, 5500),
    "tastings": (1800, 7500),
}


@dataclass(frozen=True)
class DemoLine:
    """One kind of thing in a basket. Cents."""

    category: str
    quantity: int
    amount: int


@dataclass(frozen=True, order=True)
class DemoEvent:
    """Something that happened on a day: a joining, a purchase or a return of an earlier purchase."""

    day: date
    order: int
    member: int
    kind: str
    channel: str = ""
    lines: tuple[DemoLine, ...] = ()
    returns: int = 0
    """For a return: the `order` of the purchase."""


@dataclass(frozen=True)
class Habit:
    """How somebody buys: a joining day, a mean gap in days and what is spent, and how both change with time."""

    joins: date
    last: date
    gap_days: float
    basket: float
    growth: float
    is_seasonal: bool = False


def cast(today: date) -> list[DemoPerson]:
    """The members, the three that one signs in as first."""
    known = [
        DemoPerson("María del Carmen Ibáñez Soler", "María del Carmen", "es", "carmen@example.org", (1971, 4, 17)),
        DemoPerson(
            "Соколова Александра Владимировна", "Александра Владимировна", "ru", "alexandra@example.org", (1968, 9, 2)
        ),
        DemoPerson("Owen Whitfield", "Owen", "en", "owen@example.org", None),
    ]
    return known + people(MEMBERS - len(known), Random(SEED))


def history(today: date) -> list[DemoEvent]:
    """Everything that happened until yesterday, in order."""
    rng = Random(SEED + 1)
    start = today - timedelta(days=365 * YEARS)
    events: list[DemoEvent] = []
    for member in range(MEMBERS):
        habit = _habit(member, start, today, rng)
        events.append(DemoEvent(habit.joins, 0, member, "join"))
        events += _buys(member, habit, today, rng)
    events += _of_the_three(today)
    ordered = sorted(events, key=lambda e: (e.day, e.kind != "join", e.member, e.order))
    numbered = [
        DemoEvent(e.day, number, e.member, e.kind, e.channel, e.lines) for number, e in enumerate(ordered, start=1)
    ]
    return sorted(numbered + list(_returns(numbered, today, rng)))


def _habit(member: int, start: date, today: date, rng: Random) -> Habit:
    if member in JOINED_DAYS_AGO:
        return Habit(today - timedelta(days=JOINED_DAYS_AGO[member]), today, 10_000, 0, 0)
    joins = start + timedelta(days=int(rng.betavariate(1.1, 1.9) * (365 * YEARS - 12)))
    kind = rng.random()
    basket = rng.lognormvariate(4.0, 0.55) * 100
    stays = timedelta(days=rng.randint(90, 500))
    habits = (
        (0.26, Habit(joins, joins + timedelta(days=3), 2, basket, 0)),
        (0.46, Habit(joins, min(today, joins + stays), rng.uniform(25, 70), basket, -0.2)),
        (0.62, Habit(joins, today, rng.uniform(70, 150), basket * 1.2, 0, is_seasonal=True)),
        (0.78, Habit(joins, today, rng.uniform(35, 80), basket, 0.7)),
        (0.95, Habit(joins, today, rng.uniform(30, 90), basket, 0.1)),
        (1.00, Habit(joins, today, rng.uniform(9, 18), basket * 1.4, 0.2)),
    )
    return next(habit for share, habit in habits if kind < share)


def _buys(member: int, habit: Habit, today: date, rng: Random) -> Iterator[DemoEvent]:
    day = habit.joins + timedelta(days=rng.randint(0, 3))
    while day < today and day <= habit.last:
        years = (day - habit.joins).days / 365
        weight = MONTH_WEIGHT[day.month - 1] ** (2.5 if habit.is_seasonal else 1)
        if habit.basket and rng.random() < min(1.0, weight * 0.9):
            yield _purchase(member, day, habit.basket * (1 + habit.growth * years), rng)
        pace = (1 + max(0, habit.growth) * years / 2) * max(1.0, weight)
        day += timedelta(days=max(1, int(rng.expovariate(1 / habit.gap_days) / pace)))


def _purchase(member: int, day: date, aim: float, rng: Random) -> DemoEvent:
    channel = rng.choices([c for c, _ in CHANNELS], [w for _, w in CHANNELS])[0]
    return DemoEvent(day, 0, member, "purchase", channel, _basket(channel, aim, rng))


def _basket(channel: str, aim: float, rng: Random) -> tuple[DemoLine, ...]:
    kinds, weights = zip(*CATEGORIES[channel], strict=True)
    lines: dict[str, DemoLine] = {}
    total = 0
    while total < aim and len(lines) < 3:
        category = rng.choices(kinds, weights)[0]
        low, high = PRICES[category]
        price = rng.randrange(low, high, 50) - 5
        quantity = max(1, min(12, round((aim - total) * rng.uniform(0.4, 1.0) / price)))
        if category not in lines:
            lines[category] = DemoLine(category, quantity, price * quantity)
            total += price * quantity
        else:
            total += 1
            aim -= price
    return tuple(lines.values())


def _returns(events: list[DemoEvent], today: date, rng: Random) -> Iterator[DemoEvent]:
    number = len(events)
    for event in events:
        if event.kind != "purchase" or event.member < 3 or rng.random() > 0.025:
            continue
        day = event.day + timedelta(days=rng.randint(2, 12))
        if day < today:
            number += 1
            whole = event.lines if rng.random() < 0.4 else event.lines[:1]
            yield DemoEvent(day, number, event.member, "return", event.channel, whole, returns=event.order)


def _of_the_three(today: date) -> Iterator[DemoEvent]:
    """Carmen is Gold and about to lose it; Alexandra is Platinum and buys every fortnight; Owen is new."""
    for back, cents in ((980, 18_900), (940, 22_400), (905, 31_000), (860, 9_600), (820, 27_500), (760, 41_200)):
        yield _fixed(today, back, 0, cents)
    for back, cents in ((405, 30_000), (388, 26_500), (371, 34_800), (345, 33_000), (343, 12_400)):
        yield _fixed(today, back, 0, cents)
    for back, cents in ((295, 16_450), (232, 12_900), (170, 21_375), (96, 18_240), (41, 14_990)):
        yield _fixed(today, back, 0, cents)
    for back in range(1030, 3, -17):
        yield _fixed(today, back, 1, 11_500 + (back * 37) % 14_000)
    yield _fixed(today, 4, 2, 4_650)


def _fixed(today: date, days_back: int, member: int, cents: int) -> DemoEvent:
    rng = Random(days_back * 31 + member)
    channel = ("counter", "shop", "tasting")[days_back % 3]
    category = "tastings" if channel == "tasting" else ("red", "white", "sparkling")[days_back % 3]
    quantity = 1 if category == "tastings" else rng.randint(1, 6)
    return DemoEvent(
        today - timedelta(days=days_back), 0, member, "purchase", channel, (DemoLine(category, quantity, cents),)
    )
