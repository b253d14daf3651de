"""A few readers at once over kept connections, and how long each of them waited."""

import http.client
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    """What one reader asks for."""

    path: str
    cookie: str = ""


@dataclass(frozen=True)
class Load:
    """What all readers together were given."""

    a_second: float
    p95_ms: float
    size: int
    """Mean bytes of a page."""


def load(port: int, reads: Sequence[Read], readers: int, each: int) -> Load:
    """Every reader asks for `each` pages, in turn over `reads`, starting at another one."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(readers) as pool:
        done = list(pool.map(lambda number: _read(port, reads, number, each), range(readers)))
    seconds = time.perf_counter() - begun
    waits = sorted(wait for waited, _ in done for wait in waited)
    size = sum(size for _, size in done) // len(waits)
    return Load(len(waits) / seconds, waits[int(len(waits) * 0.95)] * 1000, size)


def _read(port: int, reads: Sequence[Read], number: int, each: int) -> tuple[list[float], int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    waits, size = [], 0
    for turn in range(each):
        read = reads[(number * each + turn) % len(reads)]
        begun = time.perf_counter()
        connection.request("GET", read.path, headers={"Cookie": read.cookie} if read.cookie else {})
        answer = connection.getresponse()
        size += len(answer.read())
        waits.append(time.perf_counter() - begun)
        if answer.status != 200:
            sys.exit(f"{read.path} answered {answer.status}")
    connection.close()
    return waits, size
