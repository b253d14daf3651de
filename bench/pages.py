"""A signed-in member's pages under gunicorn, beside a bare Flask page served the same way in the same run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import Engine, event, insert, text, update

from bench.founding import ROOT, environment
from bench.places import Place
from bench.readers import Load, Read, load
from bench.report import table
from bench.staff_pages import AIM_OF_STAFF, staff_reads
from club.accounts.browsers import start_session
from club.accounts.models import Account
from club.database import make_engine, sessions, transaction
from club.members.models import Person
from club.settings import Mode, Settings
from setup.serve import surroundings, web
from wsgi import create_app

PAGES = {"home": "/me", "statement": "/me/points", "tier": "/me/tier"}
BARE = "bare Flask, 5 ORM queries"
READERS = 4
ROUNDS = 5
WARMING = 25
MEMBERS = 40
HEADS = ("page", "queries", "kB", "a second", "p95 ms", "CPU ms", "ratio", "aim")
AIM = "12 queries, 0.6 or more, 60 ms"
SECRET = "a key for the bench that opens nothing but itself"  # noqa: S105 - of a club that is gone with the run


def measure(place: Place, url: str, each: int, folder: Path) -> None:
    """Members and staff at their pages, in turn with the floor, so that all of them meet the same machine."""
    cookies = sign_in(url)
    reads = {name: [Read(path, f"club={token}") for token in cookies.values()] for name, path in PAGES.items()}
    reads |= staff_reads(url, list(cookies))
    aims = {name: AIM if name in PAGES else AIM_OF_STAFF for name in reads}
    beside_floor(place, url, cookies, reads, aims, each, folder)


def beside_floor(
    place: Place, url: str, cookies: Mapping[int, str], reads: dict[str, list[Read]], aims: Mapping[str, str],
    each: int, folder: Path,
) -> None:  # fmt: skip
    """Rounds of these pages and of the floor, which shows the members of the cookies."""
    queries = _count_queries(url, reads, folder)
    floor_reads = [Read(f"/{member_id}") for member_id in cookies]
    loads: dict[str, list[Load]] = {name: [] for name in (BARE, *reads)}
    spent: dict[str, float] = dict.fromkeys(loads, 0)
    with ExitStack() as running:
        floor, floor_port = running.enter_context(served("bench.bare_page:create_app()", url, folder))
        club, port = running.enter_context(served("wsgi:create_app()", url, folder))
        asked = {BARE: (floor, floor_port, floor_reads)} | {name: (club, port, reads[name]) for name in reads}
        for _, at, wanted in asked.values():
            load(at, wanted, READERS, WARMING)
        for _ in range(ROUNDS):
            for name, (server, at, wanted) in asked.items():
                before = cpu_ms(server)
                loads[name].append(load(at, wanted, READERS, each))
                spent[name] += cpu_ms(server) - before
        memory = {BARE: _largest_mb(floor), "the club": _largest_mb(club)}
    rows = [
        _row(
            name,
            queries.get(name, 5),
            loads[name],
            loads[BARE],
            spent[name] / (ROUNDS * READERS * each),
            aims.get(name),
        )
        for name in loads
    ]
    table(f"{place.name}: pages, {READERS} readers, gunicorn with 2 workers (median of {ROUNDS})", HEADS, rows)
    for name, (resident, own) in memory.items():
        aim = "; aim: under 100" if name != BARE else ""
        print(f"a web process of {name} after the load: {own:.0f} MB ({resident:.0f} MB with all that it shares){aim}")


def _row(
    name: str, queries: int, loads: list[Load], floors: list[Load], cpu_ms: float, aim: str | None
) -> tuple[object, ...]:
    ratio = median(one.a_second / floor.a_second for one, floor in zip(loads, floors, strict=True))
    rate, p95 = median(one.a_second for one in loads), median(one.p95_ms for one in loads)
    return name, queries, loads[0].size / 1000, rate, p95, cpu_ms, None if name == BARE else ratio, aim


def sign_in(url: str) -> dict[int, str]:
    """Members with a long history, and the cookie of each."""
    engine, now = make_engine(url), datetime.now(UTC)
    long_history = text(
        "SELECT member_id FROM purchase GROUP BY member_id HAVING COUNT(*) BETWEEN 24 AND 40"
        " ORDER BY member_id LIMIT 1000"
    )
    with sessions(engine)() as db:
        found = list(db.scalars(long_history))
        chosen = found[:: max(1, len(found) // MEMBERS)][:MEMBERS]
        cookies = {}
        with transaction(db) as tx:
            for member_id in chosen:
                email = f"b{member_id}@example.org"
                account = insert(Account).values(email=email, email_key=email, language="en", created_at=now)
                account_id = tx.execute(account.returning(Account.id)).scalar_one()
                tx.execute(update(Person).where(Person.id == member_id).values(account_id=account_id))
                cookies[member_id] = start_session(tx, account_id, now)
    engine.dispose()
    return cookies


def _count_queries(url: str, reads: dict[str, list[Read]], folder: Path) -> dict[str, int]:
    """Asked of the program in this process, once it has settled."""
    app = create_app(
        Settings(mode=Mode.TEST, database_url=url, secret_key=SECRET, base_url="http://127.0.0.1", instance_path=folder)
    )
    counted = {name: _queries(app, wanted[0]) for name, wanted in reads.items()}
    engine: Engine = app.extensions["club_engine"]
    engine.dispose()
    return counted


def _queries(app: Flask, read: Read) -> int:
    said: list[str] = []
    engine: Engine = app.extensions["club_engine"]
    event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    client = app.test_client(use_cookies=False)
    for _ in range(2):
        said.clear()
        answer = client.get(read.path, headers={"Cookie": read.cookie}, base_url="http://127.0.0.1")
        if answer.status_code != 200:
            sys.exit(f"{read.path} answered {answer.status_code}")
    return sum(not statement.startswith(("BEGIN", "PRAGMA")) for statement in said)


@contextmanager
def served(application: str, url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """gunicorn as `make serve` starts it; the process and its port."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    settings = Settings(port=port)
    given = environment(
        CLUB_MODE="production", CLUB_DATABASE_URL=url, CLUB_SECRET_KEY=SECRET, CLUB_BASE_URL=address,
        CLUB_INSTANCE_PATH=str(folder), PORT=str(port), WORKERS="2",
    )  # fmt: skip
    command = web(settings, application)
    with (folder / f"gunicorn-{port}.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=surroundings(given), stdout=subprocess.DEVNULL, stderr=log)
    try:
        _wait_for(server, port, folder / f"gunicorn-{port}.log")
        yield server.pid, port
    finally:
        server.terminate()
        try:
            server.wait(40)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    given_up = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < given_up:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"gunicorn did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


# --- what Linux knows of the web processes


def _workers(server: int) -> list[int]:
    listed = Path(f"/proc/{server}/task/{server}/children")
    return [int(pid) for pid in listed.read_text(encoding="ascii").split()] if listed.exists() else []


def cpu_ms(server: int) -> float:
    """Milliseconds of the processor that all workers have had."""
    ticks = 0
    for pid in _workers(server):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _largest_mb(server: int) -> tuple[float, float]:
    """The largest web process: what it has in memory, and that with its part alone of what it shares."""
    resident, proportional = [0], [0]
    for pid in _workers(server):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        resident += [int(line.split()[1]) for line in lines if line.startswith("Rss:")]
        proportional += [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return max(resident) / 1024, max(proportional) / 1024
