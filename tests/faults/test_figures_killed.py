"""A worker killed with SIGKILL while it makes figures: the request stands, and the next worker makes them whole."""

import os
import signal
import subprocess
import sys

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import make_engine, sessions
from club.insight.models import FigureDay, FigureRun, MemberFigures, Sheet
from club.insight.on_request import LEASE, ask_to_refresh, make_asked
from club.lost.models import LostCase
from club.lost.service import follow
from club.permissions import Role
from tests.databases import ROOT, Databases
from tests.night_world import LAST, build, closing
from tests.people import new_colleague

CHILD = ROOT / "tests" / "faults" / "figures_in_a_process.py"
NOW = closing(LAST)


def asked(url: str) -> None:
    engine = make_engine(url)
    with sessions(engine)() as db:
        build(db)
        owner = new_colleague(db, NOW, Role.OWNER)
        assert ask_to_refresh(db, owner.account_id, Role.OWNER, NOW)
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


def end_of(db: Session) -> list[object]:
    db.rollback()
    days = [row[:3] for row in db.execute(select(FigureDay.day, FigureDay.sold, FigureDay.issued)).all()]
    members = db.execute(select(MemberFigures.member_id, MemberFigures.spend, MemberFigures.late_from)).all()
    sheets = {row.key: row.content for row in db.execute(select(Sheet.key, Sheet.content))}
    cases = db.execute(select(LostCase.person_id, LostCase.last_bought_on)).all()
    state = db.execute(select(FigureRun.as_of, FigureRun.asked_at, FigureRun.leased_until)).all()
    return [sorted(days), sorted(members, key=str), sheets, sorted(cases), state]


def test_figures_whose_worker_is_killed_are_made_whole_by_the_next_one(databases: Databases) -> None:
    with databases.one_more() as url:
        asked(url)
        whole = run(url)
        assert whole.returncode == 0, whole.stderr
        engine = make_engine(url)
        with sessions(engine)() as db:
            steps, expected = int(whole.stdout), end_of(db)
        engine.dispose()
    for part in (1, 2):
        with databases.one_more() as url:
            asked(url)
            killed = run(url, steps * part // 3)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            engine = make_engine(url)
            with sessions(engine)() as db:
                assert end_of(db) != expected
                assert not make_asked(db, NOW, follow)
                assert make_asked(db, NOW + LEASE, follow)
                assert end_of(db) == expected
            engine.dispose()
