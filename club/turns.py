"""Writers of one SQLite file take turns in the order in which they came.

SQLite lets one write at a time. Whoever finds it writing sleeps and tries again, each time longer, up to a tenth of a
second, and whoever tries at the right moment is next: with several writers nobody knows how long they wait. Here they
first wait in a row, for a lock that the system hands on in the order of asking and takes back from whoever dies. Only
the first of the row looks every fraction of a millisecond whether the one who writes is done. What is safe with money
does not hang on it: SQLite's own lock is taken all the same.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

LOOK_EVERY_SECONDS = 0.0003
PATIENCE_SECONDS = 30
"""Who waited so long stops keeping to the order and asks SQLite like everybody who knows of no turns."""


@contextmanager
def turn_at(database: Path) -> Iterator[None]:
    """A turn to write. Two small files beside the database hold the locks; they stay empty.

    Where they cannot be opened, another user's say, everybody writes as those do who know of no turns.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as files:
        try:
            writer, row = (files.enter_context(_lock_file(database, name).open("ab")) for name in ("writer", "row"))
        except OSError:
            yield
            return
        with row:
            flock(row, LOCK_EX)
            try:
                while not _is_taken(writer.fileno()) and time.monotonic() < until:
                    time.sleep(LOOK_EVERY_SECONDS)
            finally:
                flock(row, LOCK_UN)  # closing alone would leave it with a process that was forked meanwhile
        try:
            yield
        finally:
            flock(writer, LOCK_UN)


def _lock_file(database: Path, name: str) -> Path:
    return database.with_name(f"{database.name}-{name}")


def _is_taken(file: int) -> bool:
    with suppress(BlockingIOError):
        flock(file, LOCK_EX | LOCK_NB)
        return True
    return False
