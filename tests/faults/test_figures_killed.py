"""A worker killed with SIGKILL while it makes figures: the request stands, and the next worker makes them whole."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from club.database import make_engine, sessions
from club.insight.models import FigureDay, FigureRun, MemberFigures, Sheet
from club.insight.on_request import LEASE, ask_to_refresh, make_asked
from club.lost.models import LostCase
from club.lost.service import follow
from club.permissions import Role
from tests.databases import Databases
from tests.night_world import LAST, build, closing
from tests.people import new_colleague
from tests.processes import killed_at, steps_of

NOW = closing(LAST)


def asked(url: str) -> None:
    engine = make_engine(url)
    with sessions(engine)() as db:
        build(db)
        owner = new_colleague(db, NOW, Role.OWNER)
        assert ask_to_refresh(db, owner.account_id, Role.OWNER, NOW)
    engine.dispose()


def make_figures(engine: Engine) -> None:
    with sessions(engine)() as db:
        assert make_asked(db, NOW, follow)


def end_of(db: Session) -> list[object]:
    db.rollback()
    days = [row[:3] for row in db.execute(select(FigureDay.day, FigureDay.sold, FigureDay.issued)).all()]
    members = db.execute(select(MemberFigures.member_id, MemberFigures.spend, MemberFigures.late_from)).all()
    sheets = {row.key: row.content for row in db.execute(select(Sheet.key, Sheet.content))}
    cases = db.execute(select(LostCase.person_id, LostCase.last_bought_on)).all()
    state = db.execute(select(FigureRun.as_of, FigureRun.asked_at, FigureRun.leased_until)).all()
    return [sorted(days), sorted(members, key=str), sheets, sorted(cases), state]


def test_figures_whose_worker_is_killed_are_made_whole_by_the_next_one(databases: Databases) -> None:
    with databases.one_more() as prepared:
        asked(prepared)
        with databases.copy_of(prepared) as url:
            steps = steps_of(make_figures, url)
            engine = make_engine(url)
            with sessions(engine)() as db:
                expected = end_of(db)
            engine.dispose()
        for part in (1, 2):
            with databases.copy_of(prepared) as url:
                killed_at(steps * part // 3, make_figures, url)
                engine = make_engine(url)
                with sessions(engine)() as db:
                    assert end_of(db) != expected
                    assert not make_asked(db, NOW, follow)
                    assert make_asked(db, NOW + LEASE, follow)
                    assert end_of(db) == expected
                engine.dispose()
