"""A worker killed with SIGKILL over an import, or over taking one back, is followed by another with the same end."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate
from club.database import make_engine, sessions, transaction
from club.imports.rules import LEASE, State
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.service import open_account
from club.points.verify import violations
from club.programme import service as programme
from club.purchases.rules import NewPurchase
from tests.databases import ROOT, Databases
from tests.imports import everything
from tests.imports_world import Importing, figures
from tests.people import new_colleague

CHILD = ROOT / "tests" / "faults" / "listed_import_in_a_process.py"
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


def set_up(url: str, folder: Path, now: datetime) -> Importing:
    make_session = sessions(make_engine(url))
    db = make_session()
    programme.set_up(db, programme.defaults(date(2026, 6, 15)), now)
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 15)),))
    accrual.set_rules(db, rules, None, Role.OWNER, now)
    with transaction(db) as tx:
        person = NewPerson(full_name="Old", language="en", source="counter", email="old@example.org")
        old = new_member(tx, person, None, date(2026, 1, 1), now)
        open_account(tx, old)
    for n in range(1, 6):
        sold = NewPurchase(member_id=old, channel="till", bought_on=date(2026, 5, 1), amount=3_000, reference=f"OLD{n}")
        accrual.record_purchase(db, sold, None, Role.OWNER, now)
    by = new_colleague(db, now, Role.MANAGER).account_id
    return Importing(db, make_session, folder, by, now)


def worker(url: str, folder: Path, now: datetime, last: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHILD), url, str(folder), str(last), now.isoformat()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


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
    def played(url: str, folder: Path, last: int) -> tuple[Got, int]:
        importing = set_up(url, folder, now)
        before = figures(importing.db)
        run_id = prepare(importing)
        first = worker(url, folder, now, last)
        if last:
            assert first.returncode == -signal.SIGKILL, first.stderr
            assert importing.run(run_id).is_waiting_or_in_work
            later = worker(url, folder, now + LEASE)
            assert later.returncode == 0, later.stderr
        else:
            assert first.returncode == 0, first.stderr
        found = end(importing, run_id, before)
        importing.db.close()
        importing.make_session.kw["bind"].dispose()
        return found, 0 if last else int(first.stdout)

    with databases.one_more() as url:
        expected, steps = played(url, tmp_path / "whole", 0)
    for point in range(1, POINTS + 1):
        with databases.one_more() as url:
            found, _ = played(url, tmp_path / str(point), steps * point // (POINTS + 1))
            assert found == expected


def test_two_workers_at_once_take_each_run_once(
    databases: Databases, database_url: str, now: datetime, tmp_path: Path
) -> None:
    importing = set_up(database_url, tmp_path, now)
    runs = [importing.upload(the_file()) for _ in range(3)]
    for run_id in runs:
        importing.choose(run_id, creates_members=True)
    importing.work()
    for run_id in runs:
        importing.start(run_id)
    with ThreadPoolExecutor(2) as pool:
        ended = [one.result() for one in [pool.submit(worker, database_url, tmp_path, now) for _ in range(2)]]
    assert [one.returncode for one in ended] == [0, 0], [one.stderr for one in ended]
    found = [importing.run(run_id) for run_id in runs]
    assert [one.state for one in found] == [State.DONE] * 3
    usable = found[0].counts["rows"] - found[0].counts["errors"]
    assert sum(one.counts["new"] for one in found) == usable
    assert violations(importing.db) == []
    importing.db.close()
    importing.make_session.kw["bind"].dispose()
