"""R28, R156: from a cause to what is done about it, and closed only by a look at its effect."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.care.models import Task, needs_me
from club.care.rules import TaskState, ToDo
from club.care.service import close, give
from club.clock import ONE_DAY
from club.database import transaction
from club.errors import DayInPast, EffectDayNeeded, MeasureMoved, NotAllowed, NotFound, NothingWritten
from club.lost.models import LostCase
from club.lost.rules import Cause
from club.measures.models import (
    Measure,
    Wanted,
    cases_begun,
    counted,
    late_measures,
    measures,
    running_by_cause,
    the_measure,
)
from club.measures.rules import Effect, NewMeasure, State, Verdict
from club.measures.service import add_measure, close_measure, drop_measure, mark_done
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_colleague
from tests.tier_world import add_member

TODAY = date(2026, 6, 15)
LOOK = TODAY + timedelta(days=30)


@pytest.fixture
def manager(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.MANAGER).account_id


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, manager: int) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


@pytest.fixture
def new(shop: int) -> NewMeasure:
    return NewMeasure(
        cause=Cause.DELIVERY,
        what="Deliver by appointment",
        was="The carrier comes when he likes",
        owner_id=shop,
        due_on=TODAY + timedelta(days=7),
        figure="Failed deliveries a month",
        before=14,
        once="form:1",
    )


def found(looked_on: date | None) -> Effect:
    return Effect(looked_on=looked_on, verdict=Verdict.PARTLY, words="Fewer at noon", after=6)


def listed(db: Session, state: str, day: date = TODAY) -> list[int]:
    db.rollback()
    return [one.id for one in measures(db, Wanted(state), day, 50)]


@pytest.mark.proves("R28")
def test_an_action_goes_from_its_cause_to_a_look_at_its_effect(
    db: Session, now: datetime, new: NewMeasure, manager: int, shop: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    assert add_measure(db, new, manager, Role.MANAGER, now) == one
    assert (listed(db, "running"), running_by_cause(db)) == ([one], {Cause.DELIVERY: 1})
    mark_done(db, one, LOOK, "Look whether it helped", shop, Role.SHOP, now)
    waits = the_measure(db, one)
    assert (waits.state, waits.done_on, waits.due_on, waits.owner_id) == (State.DONE, TODAY, LOOK, shop)
    later = now + timedelta(days=31)
    close_measure(db, one, found(LOOK), shop, Role.SHOP, later)
    ended = the_measure(db, one)
    assert (ended.state, ended.looked_on, ended.verdict, ended.words) == (
        State.CLOSED, LOOK, Verdict.PARTLY, "Fewer at noon"
    )  # fmt: skip
    assert (ended.figure_before, ended.figure_after) == (14, 6)
    assert (listed(db, "running"), listed(db, "closed")) == ([], [one])
    assert db.scalars(select(Task.state).order_by(Task.id)).all() == ["done", "done"]
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "measure").order_by(AuditEntry.id)).all()
    assert acts == ["measure.added", "measure.done", "measure.closed"]


@pytest.mark.proves("R28")
def test_no_action_is_closed_without_the_day_of_its_effect(
    db: Session, now: datetime, new: NewMeasure, manager: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    with pytest.raises(MeasureMoved):
        close_measure(db, one, found(TODAY), manager, Role.MANAGER, now)
    for day in (None, TODAY, TODAY - ONE_DAY):
        with pytest.raises(EffectDayNeeded):
            mark_done(db, one, day, "Look", manager, Role.MANAGER, now)
    mark_done(db, one, LOOK, "Look", manager, Role.MANAGER, now)
    for day in (None, TODAY - ONE_DAY, TODAY + ONE_DAY):
        with pytest.raises(EffectDayNeeded):
            close_measure(db, one, found(day), manager, Role.MANAGER, now)
    with pytest.raises(NothingWritten):
        close_measure(db, one, replace(found(TODAY), words=" "), manager, Role.MANAGER, now)
    assert the_measure(db, one).state is State.DONE
    db.rollback()
    with pytest.raises(IntegrityError), transaction(db) as tx:
        tx.execute(update(Measure).values(state="closed"))


@pytest.mark.proves("R28")
def test_what_is_overdue_shows_with_its_owner(
    db: Session, now: datetime, new: NewMeasure, manager: int, shop: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    due = TODAY + timedelta(days=7)
    assert (late_measures(db, due), listed(db, "late", due)) == (0, [])
    assert (late_measures(db, due + ONE_DAY), listed(db, "late", due + ONE_DAY)) == (1, [one])
    assert the_measure(db, one).days_late(due + ONE_DAY) == 1
    assert needs_me(db, shop, due + ONE_DAY).overdue_tasks == 1
    db.rollback()
    mark_done(db, one, LOOK, "Look", manager, Role.MANAGER, now + timedelta(days=8))
    assert late_measures(db, LOOK) == 0
    assert late_measures(db, LOOK + ONE_DAY) == 1
    db.rollback()
    close_measure(db, one, found(LOOK), manager, Role.MANAGER, now + timedelta(days=40))
    assert counted(db, LOOK + ONE_DAY) == {"running": 0, "late": 0, "closed": 1, "all": 1}


def test_whoever_takes_over_the_task_takes_over_the_action(
    db: Session, now: datetime, new: NewMeasure, manager: int, shop: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    task = the_measure(db, one).task_id
    db.rollback()
    give(db, ToDo.TASK, task, manager, manager, Role.MANAGER, now)
    assert the_measure(db, one).owner_id == manager
    db.rollback()
    close(db, ToDo.TASK, task, TaskState.DONE, manager, Role.MANAGER, now)
    assert listed(db, "running") == [one]
    db.rollback()
    mark_done(db, one, LOOK, "Look", shop, Role.SHOP, now)
    assert [item.id for item in measures(db, Wanted(owner_id=manager), TODAY, 9)] == [one]
    assert measures(db, Wanted(owner_id=shop), TODAY, 9) == []


def test_a_dropped_action_keeps_its_reason_and_leaves_no_task_behind(
    db: Session, now: datetime, new: NewMeasure, manager: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    with pytest.raises(NothingWritten):
        drop_measure(db, one, " ", manager, Role.MANAGER, now)
    drop_measure(db, one, "The carrier does it anyway", manager, Role.MANAGER, now)
    assert (the_measure(db, one).words, db.scalar(select(Task.state))) == ("The carrier does it anyway", "dropped")
    db.rollback()
    with pytest.raises(MeasureMoved):
        drop_measure(db, one, "x", manager, Role.MANAGER, now)
    with pytest.raises(MeasureMoved):
        mark_done(db, one, LOOK, "Look", manager, Role.MANAGER, now)


def test_an_action_outlives_the_case_that_gave_rise_to_it(
    db: Session, now: datetime, new: NewMeasure, manager: int
) -> None:
    with pytest.raises(NotFound):
        add_measure(db, replace(new, case_id=77), manager, Role.MANAGER, now)
    member = add_member(db)
    with transaction(db) as tx:
        case = LostCase(person_id=member, last_bought_on=date(2026, 1, 1), opened_on=TODAY, worth=1, cause="delivery")
        tx.add(case)
        tx.flush()
        case_id = case.id
    one = add_measure(db, replace(new, case_id=case_id), manager, Role.MANAGER, now)
    assert [item.id for item in measures(db, Wanted("all", case_id=case_id), TODAY, 9)] == [one]
    assert cases_begun(db, Cause.DELIVERY, TODAY, TODAY) == 1
    assert cases_begun(db, Cause.DELIVERY, TODAY + ONE_DAY, LOOK) == 0
    assert cases_begun(db, Cause.PRICE, TODAY, TODAY) == 0
    db.rollback()
    with transaction(db) as tx:
        tx.execute(delete(LostCase))
    assert the_measure(db, one).case_id is None


def test_actions_are_decided_by_those_who_keep_customers(
    db: Session, now: datetime, new: NewMeasure, manager: int
) -> None:
    one = add_measure(db, new, manager, Role.MANAGER, now)
    reader = new_colleague(db, now, Role.READ_ONLY).account_id
    with pytest.raises(NotAllowed):
        add_measure(db, replace(new, once="form:2"), reader, Role.READ_ONLY, now)
    with pytest.raises(NotAllowed):
        mark_done(db, one, LOOK, "Look", reader, Role.READ_ONLY, now)
    with pytest.raises(NotAllowed):
        close_measure(db, one, found(TODAY), reader, Role.READ_ONLY, now)
    with pytest.raises(NotAllowed):
        drop_measure(db, one, "x", reader, Role.READ_ONLY, now)
    with pytest.raises(DayInPast):
        add_measure(db, replace(new, once="form:3", due_on=TODAY - ONE_DAY), manager, Role.MANAGER, now)
    assert counted(db, TODAY)["all"] == 1
