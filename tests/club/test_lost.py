"""R21-R27: who falls silent is suspected, worked step by step, and won back by a purchase."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.care.models import Interaction
from club.care.rules import Direction, Entry, Kind, Outcome
from club.care.service import assign
from club.clock import ONE_DAY
from club.database import transaction
from club.errors import CaseChanged, CaseNotOpen, CauseNeeded, DirectionMissing, NotAllowed, ReturnDayNeeded
from club.insight.models import MemberFigures
from club.insight.rules import Rhythm
from club.insight.service import night as figures_at_night
from club.insight.service import refresh, set_rhythm
from club.lost import service as lost
from club.lost.models import LostCase, LostMove, Wanted, cases, causes, counted, moves_of, the_case, would_be_late
from club.lost.rules import BRANCHES, Cause, Step, Why
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_colleague
from tests.tier_world import add_member, add_purchase

TODAY = date(2026, 6, 15)
CALL = Entry(kind=Kind.CALL, summary="Waits for the new vintage", direction=Direction.OUT, outcome=Outcome.REACHED)


def silent_member(db: Session, last: date, gap: int = 10, amount: int = 100_00) -> int:
    """Bought three times, so many days apart, the last time on that day."""
    member = add_member(db)
    for number in range(3):
        add_purchase(db, member, last - timedelta(days=gap * number), amount)
    return member


def look(db: Session, now: datetime, day: date = TODAY) -> lost.Followed:
    refresh(db, day, now)
    return lost.follow(db, day, now)


@pytest.fixture
def manager(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.MANAGER).account_id


@pytest.fixture
def case(db: Session, manager: int, now: datetime) -> int:
    """The open case of somebody who bought last in January."""
    silent_member(db, date(2026, 1, 10))
    look(db, now)
    return case_ids(db)[0]


def case_ids(db: Session, state: str = "open", day: date = TODAY) -> list[int]:
    db.rollback()
    return [one.id for one in cases(db, Wanted(state), day, "-worth", 50, 0)]


@pytest.mark.proves("R22")
def test_one_member_goes_through_active_late_and_suspected_as_days_pass(db: Session, club: Club, now: datetime) -> None:
    member = silent_member(db, date(2026, 3, 1))
    last_patient_day = date(2026, 3, 1) + timedelta(days=90)
    for day, expected in ((date(2026, 3, 20), 0), (last_patient_day, 0), (last_patient_day + ONE_DAY, 1), (TODAY, 0)):
        assert look(db, now, day).suspected == expected
    found = the_case(db, case_ids(db)[0])
    assert (found.person_id, found.opened_on, found.last_bought_on) == (
        member, last_patient_day + ONE_DAY, date(2026, 3, 1)
    )  # fmt: skip
    assert (found.step, found.worth, found.usual_gap_days) == (Step.SUSPECTED, 300_00, 10)


def test_late_is_twice_the_own_gap_and_one_purchase_is_no_rhythm(db: Session, club: Club, now: datetime) -> None:
    slow = silent_member(db, date(2026, 1, 10), gap=100)
    once = add_member(db)
    add_purchase(db, once, date(2024, 1, 1), 900_00)
    assert look(db, now).suspected == 0
    rows = {one.member_id: one.late_from for one in db.scalars(select(MemberFigures))}
    assert rows == {slow: date(2026, 1, 10) + timedelta(days=201), once: None}


@pytest.mark.proves("R23")
def test_the_register_adds_up_to_its_rows(db: Session, club: Club, now: datetime) -> None:
    for number in range(1, 4):
        silent_member(db, date(2026, 1, number), amount=number * 10_00)
    assert look(db, now).suspected == 3
    rows = cases(db, Wanted(), TODAY, "-worth", 50, 0)
    assert [one.worth for one in rows] == [90_00, 60_00, 30_00]
    assert counted(db, TODAY) == {"suspected": (3, 180_00)}
    assert would_be_late(db, Rhythm(), TODAY) == (3, 180_00)


def test_a_second_look_and_a_second_night_change_nothing(db: Session, club: Club, now: datetime) -> None:
    silent_member(db, date(2026, 1, 10))
    assert look(db, now).suspected == 1
    assert lost.follow(db, TODAY, now) == lost.Followed(0, 0, 0)
    night_day = TODAY - ONE_DAY
    assert figures_at_night(db, night_day, now) == 1
    assert lost.night(db, night_day, now) == 0
    assert lost.night(db, night_day - ONE_DAY, now) == 0
    assert db.scalar(select(func.count()).select_from(LostCase)) == 1


@pytest.mark.proves("R24")
def test_a_case_goes_from_detection_to_a_purchase_that_closes_it_and_silence_opens_another(
    db: Session, now: datetime, case: int, manager: int
) -> None:
    lost.verify(db, case, Step.SUSPECTED, manager, Role.MANAGER, now)
    lost.contact(db, case, CALL, manager, Role.MANAGER, now, cause="form:1")
    why = Why(cause=Cause.PRICE, words="Too dear since spring")
    lost.set_cause(db, case, Step.CONTACTED, why, manager, Role.MANAGER, now)
    person = the_case(db, case).person_id
    db.rollback()
    add_purchase(db, person, TODAY, 50_00)
    assert look(db, now) == lost.Followed(won_back=1, suspected=0, dropped=0)
    found = the_case(db, case)
    assert (found.step, found.ended_on, found.cause) == (Step.WON_BACK, TODAY, Cause.PRICE)
    assert case_ids(db, "ended") == [case]
    much_later = TODAY + timedelta(days=400)
    assert look(db, now, much_later).suspected == 1
    again = case_ids(db, "open", much_later)
    assert len(again) == 1
    assert again != [case]
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "lost_case").order_by(AuditEntry.id)).all()
    assert acts == ["lost.verified", "lost.contacted", "lost.cause_known"]
    kept = db.execute(select(Interaction.person_id, Interaction.direction, Interaction.summary)).all()
    assert [tuple(row) for row in kept] == [(person, "out", CALL.summary)]


def test_a_contact_without_a_direction_moves_nothing(db: Session, now: datetime, case: int, manager: int) -> None:
    with pytest.raises(DirectionMissing):
        lost.contact(db, case, Entry(kind=Kind.CALL, summary="Rang"), manager, Role.MANAGER, now, cause="form:1")
    assert the_case(db, case).step is Step.SUSPECTED


@pytest.mark.proves("R25")
def test_a_temporary_case_comes_back_on_its_day(db: Session, now: datetime, case: int, manager: int) -> None:
    back_on = date(2026, 9, 1)
    for day in (None, TODAY):
        without_day = Why(cause=Cause.MOVED, is_temporary=True, back_on=day)
        with pytest.raises(ReturnDayNeeded):
            lost.set_cause(db, case, Step.SUSPECTED, without_day, manager, Role.MANAGER, now)
    why = Why(cause=Cause.MOVED, is_temporary=True, back_on=back_on)
    lost.set_cause(db, case, Step.SUSPECTED, why, manager, Role.MANAGER, now)
    assert (case_ids(db), case_ids(db, "resting")) == ([], [case])
    assert counted(db, TODAY) == {"resting": (1, 300_00)}
    assert look(db, now).suspected == 0
    assert case_ids(db, "open", back_on - ONE_DAY) == []
    assert case_ids(db, "open", back_on) == [case]


@pytest.mark.proves("R27")
def test_every_cause_lies_in_exactly_one_branch() -> None:
    assert set(BRANCHES) == set(Cause)
    assert [cause.branch for cause in Cause].count(BRANCHES[Cause.QUALITY]) == 5


def test_a_case_is_closed_with_its_cause_and_not_opened_again_for_the_same_silence(
    db: Session, now: datetime, case: int, manager: int
) -> None:
    with pytest.raises(CauseNeeded):
        lost.close(db, case, Step.SUSPECTED, manager, Role.MANAGER, now)
    lost.set_cause(db, case, Step.SUSPECTED, Why(cause=Cause.UNKNOWN), manager, Role.MANAGER, now)
    lost.close(db, case, Step.CAUSE_KNOWN, manager, Role.MANAGER, now)
    assert look(db, now) == lost.Followed(0, 0, 0)
    assert case_ids(db) == []
    with pytest.raises(CaseNotOpen):
        lost.contact(db, case, CALL, manager, Role.MANAGER, now, cause="form:2")
    assert causes(db) == [(Cause.UNKNOWN, 1, 300_00)]


def test_the_last_step_is_taken_back_and_only_the_last(db: Session, now: datetime, case: int, manager: int) -> None:
    lost.verify(db, case, Step.SUSPECTED, manager, Role.MANAGER, now)
    why = Why(cause=Cause.COMPETITOR, competitor="Bodega Sur")
    lost.set_cause(db, case, Step.VERIFIED, why, manager, Role.MANAGER, now)
    first, second = db.scalars(select(LostMove.id).order_by(LostMove.id)).all()
    db.rollback()
    with pytest.raises(CaseChanged):
        lost.undo(db, case, first, manager, Role.MANAGER, now)
    lost.undo(db, case, second, manager, Role.MANAGER, now)
    found = the_case(db, case)
    assert (found.step, found.cause, found.competitor) == (Step.VERIFIED, None, "")
    lost.undo(db, case, first, manager, Role.MANAGER, now)
    assert the_case(db, case).step is Step.SUSPECTED
    with pytest.raises(CaseChanged):
        lost.undo(db, case, first, manager, Role.MANAGER, now)


def test_two_who_work_one_case_do_not_overwrite_each_other(db: Session, now: datetime, case: int, manager: int) -> None:
    lost.verify(db, case, Step.SUSPECTED, manager, Role.MANAGER, now)
    with pytest.raises(CaseChanged):
        lost.set_cause(db, case, Step.SUSPECTED, Why(cause=Cause.PRICE), manager, Role.MANAGER, now)
    assert the_case(db, case).cause is None


def test_a_case_belongs_to_whoever_looks_after_them(db: Session, club: Club, manager: int, now: datetime) -> None:
    member = silent_member(db, date(2026, 1, 10))
    assign(db, [member], manager, manager, Role.MANAGER, now)
    look(db, now)
    found = the_case(db, case_ids(db)[0])
    assert (found.owner_id, found.owner) == (manager, "Manager")
    lost.give_to(db, found.id, None, manager, Role.MANAGER, now)
    assert the_case(db, found.id).owner is None


def test_another_rule_is_counted_before_it_is_saved_and_drops_what_nobody_touched(
    db: Session, manager: int, now: datetime
) -> None:
    silent_member(db, date(2026, 1, 10))
    worked = silent_member(db, date(2026, 1, 11))
    look(db, now)
    patient = Rhythm(times_percent=200, least_days=300)
    assert would_be_late(db, patient, TODAY) == (0, 0)
    assert len(case_ids(db)) == 2
    mine = next(one.id for one in cases(db, Wanted(), TODAY, "-worth", 50, 0) if one.person_id == worked)
    lost.verify(db, mine, Step.SUSPECTED, manager, Role.MANAGER, now)
    set_rhythm(db, patient, manager, Role.MANAGER, now)
    assert lost.follow(db, TODAY, now) == lost.Followed(won_back=0, suspected=0, dropped=1)
    assert case_ids(db) == [mine]


@pytest.mark.parametrize("role", [Role.READ_ONLY])
def test_a_case_is_worked_by_those_who_keep_customers(db: Session, now: datetime, case: int, role: Role) -> None:
    who = new_colleague(db, now, role).account_id
    with pytest.raises(NotAllowed):
        lost.verify(db, case, Step.SUSPECTED, who, role, now)
    with pytest.raises(NotAllowed):
        set_rhythm(db, Rhythm(), who, Role.SHOP, now)
    assert the_case(db, case).step is Step.SUSPECTED


def test_a_member_without_figures_keeps_the_case(db: Session, now: datetime, case: int) -> None:
    with transaction(db) as tx:
        tx.execute(delete(MemberFigures))
    assert lost.follow(db, TODAY, now) == lost.Followed(won_back=0, suspected=0, dropped=1)
    assert look(db, now).suspected == 1


def test_a_closed_case_is_not_opened_again_beside_the_one_of_a_later_silence(
    db: Session, now: datetime, case: int, manager: int
) -> None:
    lost.set_cause(db, case, Step.SUSPECTED, Why(cause=Cause.PRICE), manager, Role.MANAGER, now)
    lost.close(db, case, Step.CAUSE_KNOWN, manager, Role.MANAGER, now)
    closing = db.scalar(select(func.max(LostMove.id))) or 0
    person = the_case(db, case).person_id
    db.rollback()
    add_purchase(db, person, TODAY, 50_00)
    later = TODAY + timedelta(days=400)
    assert look(db, now, later).suspected == 1
    with pytest.raises(CaseNotOpen):
        lost.undo(db, case, closing, manager, Role.MANAGER, now)
    assert the_case(db, case).step is Step.CLOSED
    assert len(case_ids(db, "open", later)) == 1


def test_of_two_who_say_why_on_pages_of_the_same_moment_the_second_is_told(
    db: Session, now: datetime, case: int, manager: int
) -> None:
    lost.set_cause(db, case, Step.SUSPECTED, Why(cause=Cause.PRICE), manager, Role.MANAGER, now)
    seen = moves_of(db, case)[0].id
    db.rollback()
    why = [Why(cause=Cause.QUALITY), Why(cause=Cause.MOVED)]
    lost.set_cause(db, case, Step.CAUSE_KNOWN, why[0], manager, Role.MANAGER, now, last_move=seen)
    with pytest.raises(CaseChanged):
        lost.set_cause(db, case, Step.CAUSE_KNOWN, why[1], manager, Role.MANAGER, now, last_move=seen)
    assert the_case(db, case).cause is Cause.QUALITY
