"""Nights killed with SIGKILL, wherever they are, and run again when the lease is over: the end is the same."""

import os
import signal
import subprocess
import sys

import pytest

from club import night
from club.database import make_engine, sessions
from club.night import LEASE
from tests.databases import ROOT, Databases
from tests.night_world import FIRST, LAST, build, closing, outcome

CHILD = ROOT / "tests" / "faults" / "night_in_a_process.py"
POINTS = 3


def set_up(url: str) -> None:
    """The club, and its first night: the nights after it are what is missed."""
    engine = make_engine(url)
    with sessions(engine)() as db:
        build(db)
    assert night.run(sessions(engine), FIRST, closing(FIRST)).is_whole
    engine.dispose()


def run(url: str, last: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHILD), url, str(last)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def end_of(url: str) -> dict[str, list[object]]:
    engine = make_engine(url)
    with sessions(engine)() as db:
        found = outcome(db)
    engine.dispose()
    return found


@pytest.mark.proves("R-03")
def test_r03_nights_killed_anywhere_and_run_again_have_the_same_end(databases: Databases) -> None:
    with databases.one_more() as url:
        set_up(url)
        whole = run(url)
        assert whole.returncode == 0, whole.stderr
        steps, expected = int(whole.stdout), end_of(url)
    for point in range(1, POINTS + 1):
        with databases.one_more() as url:
            set_up(url)
            killed = run(url, steps * point // (POINTS + 1))
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            assert end_of(url) != expected
            engine = make_engine(url)
            assert night.run(sessions(engine), LAST, closing(LAST) + 2 * LEASE).is_whole
            engine.dispose()
            assert end_of(url) == expected
