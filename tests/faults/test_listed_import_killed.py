"""A worker killed with SIGKILL over an import, or over taking one back, is followed by another with the same end."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from club.accrual import service as accrual
from club.accrual.importing import bought, given_back
from club.accrual.rules import AllRules, BaseRate
from club.database import make_engine, sessions, transaction
from club.imports.rules import LEASE, State
from club.imports.service import Hands, take_up
from club.imports.service.undoing import people, purchases
from club.intake import staging
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.service import open_account
from club.points.verify import violations
from club.programme import service as programme
from club.purchases.rules import NewPurchase
from tests.databases import Databases
from tests.imports import everything
from tests.imports_world import Importing, figures
from tests.people import new_colleague
from tests.processes import Working, killed_at, steps_of

POINTS = 2
Got = dict[str, object]


def the_file() -> str:
    """Equal rows, rows with and without references, returns of the file and of what was there, some not usable."""
    chance = random.Random(7)
    lines = ["member,date,amount,reference,returns"]
    for number in range(150):
        day = date(2024, 1, 1) + timedelta(days=chance.randrange(880))
        reference, least = (f"R{number}", 1) if number % 3 == 0 else ("", 0)
        lines.append(f"P{chance.randrange(20)},{day},{chance.randrange(least, 3) * 10},{reference},")
    lines += [f"{line.split(',')[0]},2026-06-01,5,,R{number * 3}" for number, line in enumerate(lines[1::3][:20])]
    lines += [f"old@example.org,2026-06-0{n},5,,OLD{n}" for n in range(1, 6)]
    return "\n".join([*lines, "P1,2026-01-01,-5,,", "P1,2026-01-01,5,,nothing"])


@contextmanager
def importing_at(url: str, folder: Path, by: int, now: datetime) -> Iterator[Importing]:
    engine = make_engine(url)
    make_session = sessions(engine)
    with make_session() as db:
        yield Importing(db, make_session, folder, by, now)
    engine.dispose()


def set_up(url: str, now: datetime) -> int:
    """The club, with purchases that a file may take back; the colleague who imports."""
    engine = make_engine(url)
    with sessions(engine)() as db:
        programme.set_up(db, programme.defaults(date(2026, 6, 15)), now)
        rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 15)),))
        accrual.set_rules(db, rules, None, Role.OWNER, now)
        with transaction(db) as tx:
            person = NewPerson(full_name="Old", language="en", source="counter", email="old@example.org")
            old = new_member(tx, person, None, date(2026, 1, 1), now)
            open_account(tx, old)
        for n in range(1, 6):
            sold = NewPurchase(
                member_id=old, channel="till", bought_on=date(2026, 5, 1), amount=3_000, reference=f"OLD{n}"
            )
            accrual.record_purchase(db, sold, None, Role.OWNER, now)
        by = new_colleague(db, now, Role.MANAGER).account_id
    engine.dispose()
    return by


def work_in_small_parts(engine: Engine, folder: Path, moment: datetime) -> None:
    """In a process of its own: what it sets, it sets for itself alone."""
    staging.BATCH, bought.BATCH, given_back.BATCH = 40, 30, 4
    purchases.BATCH, purchases.RETURNS_BATCH, people.BATCH = 30, 4, 7
    while take_up(Hands(sessions(engine), folder, lambda: moment)):
        pass


def ready_to_import(importing: Importing) -> int:
    run_id = importing.upload(the_file())
    importing.choose(run_id, creates_members=True)
    importing.work()
    importing.start(run_id)
    return run_id


def ready_to_undo(importing: Importing) -> int:
    run_id = ready_to_import(importing)
    importing.work()
    importing.undo(run_id)
    return run_id


def end_of_import(importing: Importing, run_id: int, before: Got) -> Got:
    run = importing.run(run_id)
    assert run.state is State.DONE
    return {**everything(importing.db), "counts": run.counts, "in_club": run.found["in_club"]}


def end_of_undo(importing: Importing, run_id: int, before: Got) -> Got:
    assert importing.run(run_id).state is State.UNDONE
    assert violations(importing.db) == []
    assert figures(importing.db) == before
    return {}


@pytest.mark.proves("R-03")
@pytest.mark.parametrize(
    ("prepare", "end"), [(ready_to_import, end_of_import), (ready_to_undo, end_of_undo)], ids=["import", "undo"]
)
def test_r03_a_worker_killed_anywhere_is_followed_by_another_with_the_same_end(
    databases: Databases,
    now: datetime,
    tmp_path: Path,
    prepare: Callable[[Importing], int],
    end: Callable[[Importing, int, Got], Got],
) -> None:
    with databases.one_more() as prepared:
        folder = tmp_path / "prepared"
        by = set_up(prepared, now)
        with importing_at(prepared, folder, by, now) as importing:
            before = figures(importing.db)
            run_id = prepare(importing)

        @contextmanager
        def once_more(name: str) -> Iterator[tuple[str, Path]]:
            with databases.copy_of(prepared) as url:
                yield url, shutil.copytree(folder, tmp_path / name)

        with once_more("whole") as (url, files):
            steps = steps_of(work_in_small_parts, url, files, now)
            with importing_at(url, files, by, now) as importing:
                expected = end(importing, run_id, before)
        for point in range(1, POINTS + 1):
            with once_more(str(point)) as (url, files):
                killed_at(steps * point // (POINTS + 1), work_in_small_parts, url, files, now)
                with importing_at(url, files, by, now) as importing:
                    assert importing.run(run_id).is_waiting_or_in_work
                    steps_of(work_in_small_parts, url, files, now + LEASE)
                    assert end(importing, run_id, before) == expected


def test_two_workers_at_once_take_each_run_once(
    databases: Databases, database_url: str, now: datetime, tmp_path: Path
) -> None:
    by = set_up(database_url, now)
    with importing_at(database_url, tmp_path, by, now) as importing:
        runs = [importing.upload(the_file()) for _ in range(3)]
        for run_id in runs:
            importing.choose(run_id, creates_members=True)
        importing.work()
        for run_id in runs:
            importing.start(run_id)
        for one in [Working(work_in_small_parts, database_url, tmp_path, now) for _ in range(2)]:
            assert one.steps() > 0
        found = [importing.run(run_id) for run_id in runs]
        assert [one.state for one in found] == [State.DONE] * 3
        usable = found[0].counts["rows"] - found[0].counts["errors"]
        assert sum(one.counts["new"] for one in found) == usable
        assert violations(importing.db) == []
