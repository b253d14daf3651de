"""Nights killed with SIGKILL, wherever they are, and run again when the lease is over: the end is the same."""

import pytest
from sqlalchemy import Engine

from club import night
from club.database import make_engine, sessions
from club.night import LEASE
from tests.databases import Databases
from tests.night_world import FIRST, LAST, build, closing, outcome
from tests.processes import killed_at, steps_of

POINTS = 4


def set_up(url: str) -> None:
    """The club, and its first night: the nights after it are what is missed."""
    engine = make_engine(url)
    with sessions(engine)() as db:
        build(db)
    assert night.run(sessions(engine), FIRST, closing(FIRST)).is_whole
    engine.dispose()


def run_nights(engine: Engine) -> None:
    night.run(sessions(engine), LAST, closing(LAST))


def end_of(url: str) -> dict[str, list[object]]:
    engine = make_engine(url)
    with sessions(engine)() as db:
        found = outcome(db)
    engine.dispose()
    return found


@pytest.mark.proves("R-03")
def test_r03_nights_killed_anywhere_and_run_again_have_the_same_end(databases: Databases) -> None:
    with databases.one_more() as prepared:
        set_up(prepared)
        with databases.copy_of(prepared) as url:
            steps = steps_of(run_nights, url)
            expected = end_of(url)
        for point in range(1, POINTS + 1):
            with databases.copy_of(prepared) as url:
                killed_at(steps * point // (POINTS + 1), run_nights, url)
                assert end_of(url) != expected
                engine = make_engine(url)
                assert night.run(sessions(engine), LAST, closing(LAST) + 2 * LEASE).is_whole
                engine.dispose()
                assert end_of(url) == expected
