"""Two people at one lost customer, two who save a ladder, two who close one action: each a process of its own."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.database import transaction
from club.errors import LadderChanged
from club.lost import service as lost
from club.lost.models import LostCase, LostMove, the_case
from club.lost.rules import Cause, Step, Why
from club.measures.models import Measure, the_measure
from club.measures.rules import Effect, NewMeasure, Verdict
from club.measures.service import add_measure, close_measure, mark_done
from club.permissions import Role
from club.programme.rules import Club
from club.tiers.models import LadderVersion, versions_mark
from club.tiers.rules import Ladder
from club.tiers.service import Plan, plan_ladder
from club.tiers.service.ladder import _write
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others
from tests.tier_world import add_member, rung

pytestmark = pytest.mark.races

TODAY = date(2026, 6, 15)
LADDER = Ladder((rung("member"), rung("gold", 100_00)))
CAUSES = (Cause.PRICE, Cause.QUALITY, Cause.MOVED, Cause.DELIVERY)
EFFECT = Effect(looked_on=TODAY, verdict=Verdict.WORKED, words="Fewer", after=1)


@pytest.fixture
def manager(db: Session, club: Club, now: datetime) -> int:
    """Account 1, and an open case 1."""
    account_id = new_colleague(db, now, Role.MANAGER).account_id
    person_id = add_member(db)
    with transaction(db) as tx:
        tx.add(LostCase(person_id=person_id, last_bought_on=date(2026, 1, 1), opened_on=TODAY, worth=1))
    assert account_id == 1
    return account_id


def moves(db: Session) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(LostMove)) or 0


def _say_why(db: Session, till: int, now: datetime) -> str:
    lost.set_cause(db, 1, Step.SUSPECTED, Why(cause=CAUSES[till]), 1, Role.MANAGER, now, last_move=0)
    return "kept"


def _say_why_again(db: Session, till: int, now: datetime) -> str:
    """From a page that showed the cause that is known: the step is the same before and after."""
    lost.set_cause(db, 1, Step.CAUSE_KNOWN, Why(cause=CAUSES[till]), 1, Role.MANAGER, now, last_move=1)
    return "kept"


def _say_why_without_a_guard(db: Session, till: int, now: datetime) -> str:
    assert the_case(db, 1).step is Step.SUSPECTED
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(update(LostCase).values(step=Step.CAUSE_KNOWN.value, cause=CAUSES[till].value))
    return "kept"


def _undo(db: Session, till: int, now: datetime) -> str:
    lost.undo(db, 1, 2, 1, Role.MANAGER, now)
    return "undone"


def test_of_four_who_work_one_case_at_once_one_does_and_three_are_told(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    answers = at_all_tills(database_url, now, _say_why)
    assert sorted(answers) == ["CaseChanged"] * 3 + ["kept"]
    assert moves(db) == 1
    again = at_all_tills(database_url, now, _say_why_again)
    assert sorted(again) == ["CaseChanged"] * 3 + ["kept"]
    assert moves(db) == 2
    assert sorted(at_all_tills(database_url, now, _undo)) == ["CaseChanged"] * 3 + ["undone"]
    assert moves(db) == 1
    assert the_case(db, 1).cause is CAUSES[answers.index("kept")]


def test_without_the_guard_each_overwrites_the_one_before(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    assert at_all_tills(database_url, now, _say_why_without_a_guard) == ["kept"] * TILLS


def _save_ladder(db: Session, till: int, now: datetime) -> str:
    plan_ladder(db, Plan(LADDER, TODAY + timedelta(days=till + 1), False, (0, 0)), 1, Role.MANAGER, now)
    return "saved"


def _save_ladder_without_the_lock(db: Session, till: int, now: datetime) -> str:
    if versions_mark(db) != (0, 0):
        raise LadderChanged
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        _write(tx, LADDER, TODAY + timedelta(days=till + 1), 1, now, is_silent=False)
    return "saved"


def test_of_four_who_save_a_ladder_at_once_one_does_and_three_are_told(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    assert sorted(at_all_tills(database_url, now, _save_ladder)) == ["LadderChanged"] * 3 + ["saved"]
    assert db.scalar(select(func.count()).select_from(LadderVersion)) == 1
    assert db.scalar(select(func.count()).where(AuditEntry.act == "tiers.set")) == 1


def test_without_the_lock_four_ladders_are_saved(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    assert at_all_tills(database_url, now, _save_ladder_without_the_lock) == ["saved"] * TILLS
    assert db.scalar(select(func.count()).select_from(LadderVersion)) == TILLS


def _decide(db: Session, till: int, now: datetime) -> int:
    new = NewMeasure(
        cause=Cause.PRICE, what="Say it", owner_id=1, due_on=TODAY, figure="Complaints", before=3, once="form:1"
    )
    return add_measure(db, new, 1, Role.MANAGER, now)


def _close(db: Session, till: int, now: datetime) -> str:
    close_measure(db, 1, EFFECT, 1, Role.MANAGER, now)
    return "closed"


def _close_without_the_lock(db: Session, till: int, now: datetime) -> str:
    assert the_measure(db, 1).state == "done"
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(
            update(Measure).values(state="closed", looked_on=TODAY, verdict="worked", figure_after=till, ended_at=now)
        )
    return "closed"


@pytest.mark.proves("R28")
def test_one_action_is_decided_on_once_and_closed_once_however_many_press_at_once(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    assert at_all_tills(database_url, now, _decide) == [1] * TILLS
    mark_done(db, 1, TODAY + timedelta(days=1), "Look", 1, Role.MANAGER, now)
    assert sorted(at_all_tills(database_url, now, _close)) == ["MeasureMoved"] * 3 + ["closed"]
    assert db.scalar(select(func.count()).where(AuditEntry.act == "measure.closed")) == 1


def test_without_the_lock_an_action_is_closed_four_times(
    db: Session, engine: Engine, database_url: str, now: datetime, manager: int
) -> None:
    _decide(db, 0, now)
    mark_done(db, 1, TODAY + timedelta(days=1), "Look", 1, Role.MANAGER, now)
    assert at_all_tills(database_url, now, _close_without_the_lock) == ["closed"] * TILLS
