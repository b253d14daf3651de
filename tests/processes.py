"""Processes for tests. They are forked from one that has loaded the program, so each begins in a hundredth of a second.

Those that are `killed` kill themselves with SIGKILL at the nth thing that they do to the database.
"""

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess

from sqlalchemy import event

import club.tables  # noqa: F401 - every table is known, as in the program
from club.database import make_engine

_LOADED = ["pytest", "wsgi", "worker", "tests.processes", "tests.points_bank", "tests.races.test_purchases"]
"""What the first process loads for all that are forked from it."""
_AT_MOST_SECONDS = 120

Work = Callable[..., None]
"""Called with an engine and what else is given; found by its name, so it stands at the top of a module."""


def processes() -> ForkServerContext:
    """Where a test's processes come from; the functions that they call stand at the top of a module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


class Working:
    """Work that has begun in a process of its own."""

    def __init__(self, work: Work, url: str, *what: object, dies_at: int = 0) -> None:
        context = processes()
        self._line, theirs = context.Pipe(duplex=False)
        self._process: ForkServerProcess = context.Process(
            target=_work, args=(theirs, dies_at, work, url, what), daemon=True
        )
        self._process.start()
        theirs.close()

    def steps(self) -> int:
        """Wait for its end; how many things it did to the database."""
        said = self._line.recv() if self._line.poll(_AT_MOST_SECONDS) else "it did not end in time"
        self._end()
        assert isinstance(said, int), said
        return said

    def must_be_killed(self) -> None:
        """Wait until it has killed itself."""
        self._process.join(_AT_MOST_SECONDS)
        said = self._line.recv() if self._process.exitcode == 0 else ""
        code = self._process.exitcode
        self._end()
        assert code == -signal.SIGKILL, said

    def _end(self) -> None:
        self._process.join(5)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._line.close()


def steps_of(work: Work, url: str, *what: object) -> int:
    """Do the work to its end; how many things it does to the database."""
    return Working(work, url, *what).steps()


def killed_at(step: int, work: Work, url: str, *what: object) -> None:
    """Begin the work and die before its nth thing."""
    Working(work, url, *what, dies_at=step).must_be_killed()


def _work(line: Connection, dies_at: int, work: Work, url: str, what: tuple[object, ...]) -> None:
    engine = make_engine(url)
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    try:
        work(engine, *what)
    except BaseException:  # noqa: BLE001 - the test that waits must hear of anything
        line.send(traceback.format_exc())
    else:
        line.send(done)
    engine.dispose()
