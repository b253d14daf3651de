"""An import that is killed with SIGKILL, wherever it is, and run again ends as if nothing had happened."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from club.accrual import service as accrual
from club.accrual.importing import PurchaseFile, bought, given_back, import_purchases
from club.accrual.rules import AllRules, BaseRate
from club.database import make_engine, sessions
from club.intake import staging
from club.intake.complaints import Complaints
from club.permissions import Role
from club.programme import service as programme
from tests.databases import Databases
from tests.imports import everything
from tests.processes import killed_at, steps_of

POINTS = 4


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Equal rows, rows with and without references, returns, and some that cannot be used."""
    chance = random.Random(4)
    lines = ["member,date,amount,reference,returns"]
    for number in range(150):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(60))
        reference, least = (f"R{number}", 1) if number % 3 == 0 else ("", 0)
        lines.append(f"P{chance.randrange(20)},{day},{chance.randrange(least, 3) * 10},{reference},")
    lines += [f"{line.split(',')[0]},2026-06-01,5,,R{number * 3}" for number, line in enumerate(lines[1::3][:20])]
    lines += ["P1,2026-01-01,-5,,", "P1,2026-01-01,5,,nothing"]
    path = tmp_path / "till.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def set_up(url: str, now: datetime) -> None:
    engine = make_engine(url)
    with sessions(engine)() as db:
        programme.set_up(db, programme.defaults(date(2026, 6, 15)), now)
        rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 15)),))
        accrual.set_rules(db, rules, None, Role.OWNER, now)
    engine.dispose()


def import_in_small_parts(engine: Engine, file: Path, now: datetime) -> None:
    """In a process of its own: what it sets, it sets for itself alone."""
    staging.BATCH, bought.BATCH, given_back.BATCH = 40, 30, 4
    with sessions(engine)() as db:
        wanted = PurchaseFile(path=file, creates_members=True)
        import_purchases(db, wanted, None, Role.OWNER, now, Complaints())


@pytest.mark.proves("R-03")
def test_r03_an_import_killed_anywhere_and_run_again_has_the_same_end(
    databases: Databases, now: datetime, file: Path
) -> None:
    with databases.one_more() as prepared:
        set_up(prepared, now)
        with databases.copy_of(prepared) as url:
            steps = steps_of(import_in_small_parts, url, file, now)
            engine = make_engine(url)
            with sessions(engine)() as db:
                expected = everything(db)
            engine.dispose()
        assert len(expected["purchases"]) == 150
        for point in range(1, POINTS + 1):
            with databases.copy_of(prepared) as url:
                killed_at(steps * point // (POINTS + 1), import_in_small_parts, url, file, now)
                engine = make_engine(url)
                with sessions(engine)() as db:
                    complaints = Complaints()
                    again = import_purchases(
                        db, PurchaseFile(path=file, creates_members=True), None, Role.OWNER, now, complaints
                    )
                    complaints.close()
                    assert again.errors == 2
                    assert again.new + again.same == again.rows - 2
                    assert everything(db) == expected
                engine.dispose()
