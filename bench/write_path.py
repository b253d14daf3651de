"""Recording purchases with several clients, beside the very same statements through the bare driver."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from random import Random
from typing import Any

import psycopg
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url

from club.accrual.service import record_purchase
from club.database import make_engine, sessions
from club.permissions import Role
from club.purchases.rules import NewPurchase

Statement = tuple[str, dict[str, Any]]
Captured = tuple[list[Statement], dict[str, int], str]
"""The statements of one purchase, the ids that it got, and its reference."""
_FAR_APART = {"purchase": 910_000_001, "points_movement": 920_000_001, "points_lot": 930_000_001}


def rate_of_service(url: str, clients: int, each: int, members: int) -> float:
    """Purchases a second through `record_purchase`."""
    return _rate(_buy_by_service, (url, each, members), clients, each)


def rate_of_driver(url: str, clients: int, each: int, members: int) -> float:
    """Purchases a second through psycopg alone, sending the statements that the service sends."""
    return _rate(_buy_by_driver, (url, each, members, _captured(url)), clients, each)


def _rate(work: Callable[..., None], arguments: tuple[Any, ...], clients: int, each: int) -> float:
    context = get_context("spawn")
    ready: Queue[int] = context.Queue()
    go = context.Event()
    running = [
        context.Process(target=work, args=(*arguments, ready, go, number, time.time_ns())) for number in range(clients)
    ]
    for process in running:
        process.start()
    for _ in running:
        ready.get(timeout=60)
    begun = time.perf_counter()
    go.set()
    for process in running:
        process.join(timeout=300)
    seconds = time.perf_counter() - begun
    if any(process.exitcode for process in running):
        sys.exit("a client of the bench failed")
    return clients * each / seconds


def _buy_by_service(url: str, each: int, members: int, ready: Any, go: Any, number: int, seed: int) -> None:
    engine, rng = make_engine(url), Random(number)
    with sessions(engine)() as db:
        _buy(db, rng, members, f"w{seed}-{number}-warm")
        ready.put(number)
        go.wait()
        for count in range(each):
            _buy(db, rng, members, f"w{seed}-{number}-{count}")
    engine.dispose()


def _buy(db: Any, rng: Random, members: int, reference: str) -> None:
    now = datetime.now(UTC)
    new = NewPurchase(
        member_id=rng.randint(1, members),
        channel="counter",
        reference=reference,
        bought_on=_today(),
        amount=rng.randint(500, 20_000),
    )
    record_purchase(db, new, None, Role.OWNER, now)


def _today() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def _captured(url: str) -> Captured:
    """The statements of one purchase and the ids that it got, far apart so that they are found again in parameters."""
    engine = make_engine(url)
    _spread_ids(engine)
    said: list[Statement] = []
    with sessions(engine)() as db:
        _buy(db, Random(1), 1, f"capture-{time.time_ns()}-warm")
        before = _newest(db)
        event.listen(engine, "before_cursor_execute", lambda *a: said.append((a[2], dict(a[3]))))
        reference = f"capture-{time.time_ns()}"
        _buy(db, Random(1), 1, reference)
        ids = {name: value + 1 for name, value in before.items()}
    engine.dispose()
    return said, ids, reference


def _spread_ids(engine: Engine) -> None:
    sequence = "pg_get_serial_sequence(:table, 'id')"
    with engine.begin() as connection:
        for table, start in _FAR_APART.items():
            connection.execute(
                text(f"SELECT setval({sequence}, GREATEST(:start, nextval({sequence})))"),
                {"table": table, "start": start},
            )


def _newest(db: Any) -> dict[str, int]:
    found = {table: db.execute(text(f"SELECT MAX(id) FROM {table}")).scalar_one() for table in _FAR_APART}
    db.rollback()
    return found


def _buy_by_driver(url: str, each: int, members: int, captured: Captured, ready: Any, go: Any, *client: int) -> None:
    number, seed = client
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    rng = Random(number)
    with psycopg.connect(address) as connection:
        _send(connection, captured, rng.randint(1, members), f"d{seed}-{number}-warm")
        ready.put(number)
        go.wait()
        for count in range(each):
            _send(connection, captured, rng.randint(1, members), f"d{seed}-{number}-{count}")


def _send(connection: Any, captured: Captured, member: int, reference: str) -> None:
    """One purchase: the captured statements with this member, this reference and the ids that come back."""
    statements, ids, captured_reference = captured
    replaced: dict[object, object] = {captured_reference: reference}
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            given = {
                name: member
                if name.startswith("member_id") or name == "of_member"
                else replaced.get(value, value)
                if isinstance(value, str | int) and not isinstance(value, bool)
                else value
                for name, value in parameters.items()
            }
            cursor.execute(sql, given)
            if "RETURNING" in sql and cursor.description:
                for table, old in ids.items():
                    if sql.startswith(f"INSERT INTO {table} "):
                        replaced[old] = cursor.fetchone()[0]
            elif cursor.description:
                cursor.fetchall()
    connection.commit()
