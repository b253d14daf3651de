"""L-06: nights run twice, in parallel, killed half way, a day or a month late end as those run once on time."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from club import night
from club.clock import ONE_DAY
from club.database import make_engine, sessions
from club.night import LEASE, STEPS, Night
from club.points.models import LOTS
from club.programme.rules import Club
from club.settings import Mode, Settings
from commands.night import night_group
from tests.databases import Databases
from tests.night_world import FIRST, LAST, NIGHTS, build, closing, outcome

World = Callable[[], sessionmaker[Session]]
DAYS = [FIRST + ONE_DAY * number for number in range(NIGHTS)]

Outcome = dict[str, list[object]]


class Killed(BaseException):
    """Stands for kill -9: no handler of ours runs."""


@pytest.fixture
def world(databases: Databases) -> Iterator[World]:
    """Each call: another database with the same club in it."""
    with ExitStack() as stack:

        def one_more() -> sessionmaker[Session]:
            engine = make_engine(stack.enter_context(databases.one_more()))
            stack.callback(engine.dispose)
            with sessions(engine)() as db:
                build(db)
            return sessions(engine)

        yield one_more


def after(make_session: sessionmaker[Session]) -> Outcome:
    with make_session() as db:
        return outcome(db)


def without_notices(found: Outcome) -> Outcome:
    """What comes days late is left unsaid where it says nothing any more."""
    return {name: rows for name, rows in found.items() if name != "notices"}


@pytest.fixture(scope="module")
def known() -> dict[type[Databases], Outcome]:
    """What was found out already, by kind of database."""
    return {}


@pytest.fixture
def on_time(databases: Databases, world: World, known: dict[type[Databases], Outcome]) -> Outcome:
    """How it ends when every night is run once, on time."""
    if type(databases) not in known:
        make_session = world()
        for day in DAYS:
            assert night.run(make_session, day, closing(day)).is_whole
        known[type(databases)] = after(make_session)
    return known[type(databases)]


def test_the_nights_of_this_club_have_work_to_do(world: World) -> None:
    changed: dict[str, int] = {}
    make_session = world()
    for day in DAYS:
        for done in night.run(make_session, day, closing(day)).done:
            changed[done.step] = changed.get(done.step, 0) + done.changed
    assert list(changed) == [name for name, _ in STEPS]
    assert changed["points.activate"] > 10
    assert changed["points.expire"] > 5
    assert changed["tiers"] > 2
    assert changed["notices"] > 10


def test_l06_twice(world: World, on_time: Outcome) -> None:
    again = world()
    for day in DAYS:
        night.run(again, day, closing(day))
        assert night.run(again, day, closing(day)) == Night((), is_whole=True)
    assert after(again) == on_time


def test_l06_in_parallel(world: World, on_time: Outcome) -> None:
    shared = world()
    with ThreadPoolExecutor(3) as pool:
        for day in DAYS:
            runs = list(pool.map(lambda at: night.run(shared, at, closing(at)), [day] * 3))
            assert any(one.is_whole for one in runs)
    assert after(shared) == on_time


@pytest.mark.parametrize("step_of_days", [2, 5, NIGHTS - 1])
def test_l06_days_late(world: World, on_time: Outcome, step_of_days: int) -> None:
    late = world()
    night.run(late, FIRST, closing(FIRST))
    for day in [*DAYS[step_of_days::step_of_days], LAST]:
        assert night.run(late, day, closing(day)).is_whole
    assert without_notices(after(late)) == without_notices(on_time)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_l06_killed_at_every_step(world: World, on_time: Outcome, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    killed = world()
    steps = list(STEPS)
    now = closing(FIRST)
    for number, day in enumerate(DAYS):
        monkeypatch.setattr(night, "STEPS", _deadly(steps, number % len(steps), moment))
        with pytest.raises(Killed):
            night.run(killed, day, now)
        monkeypatch.setattr(night, "STEPS", tuple(steps))
        assert not night.run(killed, day, now).is_whole
        now = max(now + LEASE, closing(day))
        assert night.run(killed, day, now).is_whole
        now = max(now, closing(day + ONE_DAY))
    late, right = after(killed), on_time
    assert {name: rows for name, rows in late.items() if name != "nights"} == {
        name: rows for name, rows in right.items() if name != "nights"
    }


def _deadly(steps: list[tuple[str, night.Work]], deadly: int, moment: str) -> tuple[tuple[str, night.Work], ...]:
    name, work = steps[deadly]

    def die(db: Session, day: date, now: datetime) -> int:
        if moment == "after":
            work(db, day, now)
        raise Killed

    return (*steps[:deadly], (name, die), *steps[deadly + 1 :])


def test_the_steps_of_a_day_come_in_order_and_a_day_after_the_other(world: World) -> None:
    make_session = world()
    night.run(make_session, FIRST, closing(FIRST))
    done = night.run(make_session, FIRST + 2 * ONE_DAY, closing(FIRST + 2 * ONE_DAY)).done
    names = [name for name, _ in STEPS]
    assert [(one.day, one.step) for one in done] == [
        (FIRST + ONE_DAY * number, name) for number in (1, 2) for name in names
    ]


def test_the_very_first_run_does_yesterday_alone_even_if_it_died_and_is_run_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_session = world()
    monkeypatch.setattr(night, "STEPS", _deadly(list(STEPS), 1, "before"))
    with pytest.raises(Killed):
        night.run(make_session, FIRST, closing(FIRST))
    monkeypatch.setattr(night, "STEPS", STEPS)
    done = night.run(make_session, FIRST + ONE_DAY, closing(FIRST + ONE_DAY)).done
    assert {one.day for one in done} == {FIRST, FIRST + ONE_DAY}


def test_a_day_before_the_last_finished_one_is_left_alone(world: World) -> None:
    make_session = world()
    night.run(make_session, LAST, closing(LAST))
    assert night.run(make_session, FIRST, closing(LAST)) == Night((), is_whole=True)


def test_points_are_active_on_the_morning_of_their_day(world: World) -> None:
    make_session = world()
    with make_session() as db:
        day = min(row[2] for row in _waiting(db))
    night.run(make_session, day - ONE_DAY, closing(day - ONE_DAY))
    with make_session() as db:
        assert all(row[2] > day for row in _waiting(db))


def _waiting(db: Session) -> list[tuple[int, int, date]]:
    return [
        (row.id, row.pending, row.activates_on) for row in db.execute(LOTS.select().where(LOTS.c.pending > 0)).all()
    ]


def test_a_day_closes_at_midnight_in_the_club(club: Club, now: datetime) -> None:
    midnight = datetime.fromisoformat("2026-06-15T00:00:00+02:00")
    assert night.last_closed_day(club, midnight) == date(2026, 6, 14)
    assert night.last_closed_day(club, midnight - timedelta(seconds=1)) == date(2026, 6, 13)


# --- the command


def run_command(engine: Engine, folder: Path, *arguments: str) -> tuple[int, str]:
    app = Flask("operator")
    app.extensions["club_settings"] = Settings(
        mode=Mode.TEST, database_url=engine.url.render_as_string(hide_password=False), instance_path=folder
    )
    app.cli.add_command(night_group)
    done = app.test_cli_runner().invoke(args=["night", "run", *arguments])
    return done.exit_code, done.output


def test_night_run_says_what_it_did_and_then_that_nothing_is_left(engine: Engine, club: Club, tmp_path: Path) -> None:
    code, said = run_command(engine, tmp_path, "--as-of", "2026-06-14", "--json")
    assert code == 0
    assert json.loads(said) == {
        "done": [{"day": "2026-06-14", "step": name, "changed": 0} for name, _ in STEPS],
        "whole": True,
    }
    assert run_command(engine, tmp_path, "--as-of", "2026-06-14") == (0, "Nothing was left to do.\n")


def test_night_run_refuses_a_day_that_is_not_over_and_a_club_that_is_not_set_up(
    engine: Engine, db: Session, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    code, said = run_command(engine, tmp_path)
    assert (code, "not set up yet" in said) == (1, True)
    request.getfixturevalue("club")
    code, said = run_command(engine, tmp_path, "--as-of", "2999-01-01")
    assert (code, "is not over yet" in said) == (2, True)
