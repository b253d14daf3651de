"""Placing orders without HTTP, by several processes at once: how many a second, and how long a buyer waits."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from statistics import median
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench.places import Place, PostgresPlace
from bench.placing_floor import Captured, captured, connected, lot_of, send
from bench.report import table
from bench.shop_club import ADDRESS, COUNTER
from club.carts.models import Cart, CartLine, cart_with
from club.catalogue.models import Variant
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import make_engine, sessions, transaction
from club.orders.drafting import draft
from club.orders.rules import Contact, PayBy
from club.orders.service import Wanted, place_order
from club.programme.models import the_club

CLIENTS, MORE_CLIENTS = 4, 8
LINES = 3
ROUNDS = 3
HEADS = ("", "orders a second", "median ms", "p95 ms", "ratio", "aim")


def measure(place: Place, url: str, members: int, each: int) -> None:
    """Four clients, then eight; each order is of another member."""
    each = min(each, members // MORE_CLIENTS)
    rows: list[tuple[object, ...]] = []
    if isinstance(place, PostgresPlace):
        rows += _beside_driver(place, url, members, each)
    for clients in (CLIENTS, MORE_CLIENTS):
        rate, waits = _placed(_buy, (url,), clients, each)
        aim = "p95 25 ms or less" if place.name == "sqlite" and clients == MORE_CLIENTS else None
        rows.append((f"{clients} clients", rate, *_told(waits), None, aim))
    table(f"{place.name}: placing orders of {LINES} lines, paid when picked up", HEADS, rows)


def _beside_driver(place: Place, url: str, members: int, each: int) -> list[tuple[object, ...]]:
    """In turn: the same statements through psycopg alone, on a copy that nobody looks at afterwards."""
    copy = place.copy(url)
    engine = make_engine(copy)
    with sessions(engine)() as db:
        wanted, warming = _wanted(db, members), _wanted(db, members - 1)
    engine.dispose()
    order = captured(copy, wanted, warming)
    found = [
        (_placed(_buy, (url,), CLIENTS, each), _placed(_send, (copy, order), CLIENTS, each)) for _round in range(ROUNDS)
    ]
    place.drop(copy)
    ratio = median(service[0] / driver[0] for service, driver in found)
    names = (f"place_order, {CLIENTS} clients (median of {ROUNDS})", "the same statements by bare psycopg")
    more = ((ratio, "0.35 or more"), (None, None))
    return [
        (name, median(one[kind][0] for one in found), *_told(sorted(w for one in found for w in one[kind][1])), *told)
        for kind, (name, told) in enumerate(zip(names, more, strict=True))
    ]


def _told(waits: list[float]) -> tuple[float, float]:
    return waits[len(waits) // 2], waits[int(len(waits) * 0.95)]


def _placed(work: Callable[..., None], given: tuple[Any, ...], clients: int, each: int) -> tuple[float, list[float]]:
    """Orders a second, and how many milliseconds each took, the shortest first."""
    context = get_context("spawn")
    ready, done, go = context.Queue(), context.Queue(), context.Event()
    running = [context.Process(target=work, args=(*given, each, number, ready, done, go)) for number in range(clients)]
    for process in running:
        process.start()
    for _ in running:
        ready.get(timeout=120)
    begun = time.perf_counter()
    go.set()
    waits = sorted(wait for _ in running for wait in done.get(timeout=300))
    seconds = time.perf_counter() - begun
    for process in running:
        process.join(timeout=60)
    if any(process.exitcode for process in running):
        sys.exit("a client of the bench failed")
    return clients * each / seconds, waits


def _buy(url: str, each: int, number: int, ready: Any, done: Any, go: Any) -> None:
    engine, waits = make_engine(url), []
    with sessions(engine)() as db:
        wanted = [_wanted(db, 1 + number * each + turn) for turn in range(each)]
        ready.put(number)
        go.wait()
        for one in wanted:
            begun = time.perf_counter()
            place_order(db, one, datetime.now(UTC))
            waits.append((time.perf_counter() - begun) * 1000)
    engine.dispose()
    done.put(waits)


def _send(url: str, order: Captured, each: int, number: int, ready: Any, done: Any, go: Any) -> None:
    engine, waits = make_engine(url), []
    with sessions(engine)() as db:
        lots = [lot_of(db, _wanted(db, 1 + number * each + turn)) for turn in range(each)]
    engine.dispose()
    with connected(url) as connection:
        ready.put(number)
        go.wait()
        for lot in lots:
            begun = time.perf_counter()
            send(connection, order, lot)
            waits.append((time.perf_counter() - begun) * 1000)
    done.put(waits)


def _wanted(db: Session, person_id: int) -> Wanted:
    """A full cart of a member, and what the page of the checkout would send for it."""
    now = datetime.now(UTC)
    day = club_day(now, the_club(db).time_zone)
    wanted = Wanted(
        cart_id=_cart(db, person_id, now),
        person_id=person_id,
        buyer=buyer_of(db, person_id, day),
        contact=Contact(email=f"b{person_id}@example.org", full_name=f"Member {person_id}", **ADDRESS),
        method_id=COUNTER,
        pay_by=PayBy.PICKUP,
        expected_total=0,
        language="en",
        confirms_age=True,
    )
    cart = cart_with(db, wanted.cart_id)
    assert cart is not None
    where = {"country": wanted.contact.country, "postcode": wanted.contact.postcode, "method_id": COUNTER}
    shown = draft(db, cart, wanted.buyer, day=day, **where)  # type: ignore[arg-type]  # each is what it asks for
    db.rollback()
    return replace(wanted, expected_total=shown.total)


def _cart(db: Session, person_id: int, now: datetime) -> int:
    variants = list(db.scalars(select(Variant.id).order_by(Variant.id)))
    chosen = sorted({variants[(person_id * 31 + line * 7) % len(variants)] for line in range(LINES)})
    times = {"created_at": now, "changed_at": now, "kept_until": now + timedelta(days=30)}
    with transaction(db) as tx:
        cart_id: int = tx.execute(
            insert(Cart).values(person_id=person_id, points_wanted=0, **times).returning(Cart.id)
        ).scalar_one()
        lines = [{"cart_id": cart_id, "variant_id": one, "quantity": 1, "added_at": now} for one in chosen]
        tx.execute(insert(CartLine), lines)
    return cart_id
