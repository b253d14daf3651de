"""What staff write about a customer, what is to be done and was promised, who looks after whom."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry, AuditWords
from club.care import models, service
from club.care.models import INTERACTIONS, TASKS, What
from club.care.rules import (
    Closing,
    Direction,
    Entry,
    Kind,
    Liking,
    NewPreference,
    NewPromise,
    NewTask,
    NextStep,
    Outcome,
    PromiseState,
    Source,
    TaskState,
    ToDo,
)
from club.contact.rules import Blocked, Channel, Purpose, Said, blocked
from club.database import transaction
from club.errors import (
    ClosedAlready,
    DateInFuture,
    DayInPast,
    DayTooFar,
    DirectionMissing,
    LastDayBeforeFirst,
    LastOwner,
    NotAllowed,
    NotFound,
    NothingWritten,
    NotOnStaff,
    OpenItems,
    OwnSuccessor,
    TextTooLong,
    UnknownMember,
)
from club.lost.models import LostCase
from club.lost.service import give_to
from club.members.rules import NewPerson
from club.members.service import new_person
from club.permissions import PERMISSIONS, Permission, Role
from club.programme.rules import Club
from club.support.handing_over import Chosen, hand_over, held_by, leave
from tests.people import new_colleague

TODAY = date(2026, 6, 15)
WEEK = timedelta(days=7)


@dataclass
class House:
    """Ana Kern the customer; Eva and Ivo of the desk, Mia who hands over."""

    ana: int
    ben: int
    eva: int
    ivo: int
    mia: int
    owner: int


@pytest.fixture
def house(db: Session, club: Club, now: datetime) -> House:
    owner = new_colleague(db, now, Role.OWNER).account_id
    eva = new_colleague(db, now, Role.SUPPORT, "eva@example.org").account_id
    ivo = new_colleague(db, now, Role.SHOP, "ivo@example.org").account_id
    mia = new_colleague(db, now, Role.MANAGER, "mia@example.org").account_id
    with transaction(db) as tx:
        ana, ben = (
            new_person(tx, NewPerson(full_name=name, language="en", source="guest"), None, now)
            for name in ("Ana Kern", "Ben Lark")
        )
    return House(ana, ben, eva, ivo, mia, owner)


def call(db, house, now, **more):
    entry = Entry(kind=Kind.CALL, summary="Asked for the new vintage", direction=Direction.IN, outcome=Outcome.REACHED)
    return service.log(db, house.ana, entry, house.eva, Role.SUPPORT, now, **more)


def task(db, house, now, owner=None, due_on=TODAY, what="Ring back", **more):
    new = NewTask(what=what, due_on=due_on, owner_id=owner or house.eva, person_id=house.ana, **more)
    return service.add_task(db, new, house.eva, Role.SUPPORT, now)


def promise(db, house, now, owner=None, due_on=TODAY, **more):
    new = NewPromise(
        what="A case put aside", due_on=due_on, owner_id=owner or house.eva, person_id=house.ana, was_told=True, **more
    )
    return service.add_promise(db, new, house.eva, Role.SUPPORT, now)


def count(db, table):
    found = db.scalar(select(func.count()).select_from(table))
    db.rollback()
    return found


def acts(db):
    found = list(db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("care.%")).order_by(AuditEntry.id)))
    db.rollback()
    return found


def words_to_do(db, owners=None, **more):
    found = [(item.what.value, item.words, item.due_on, item.owner_id) for item in models.to_do(db, owners, **more)]
    db.rollback()
    return found


# --- what is written


@pytest.mark.proves("R19")
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.NOTE])
def test_whatever_is_no_note_says_who_began(db, house, now, kind):
    with pytest.raises(DirectionMissing):
        service.log(db, house.ana, Entry(kind=kind, summary="Hello"), house.eva, Role.SUPPORT, now)
    assert count(db, INTERACTIONS) == 0


@pytest.mark.proves("R190")
def test_a_call_and_its_next_step_are_kept_together(db, house, now):
    call(db, house, now, then=NextStep(what="Send the list", due_on=TODAY + WEEK))
    assert words_to_do(db) == [("task", "Send the list", TODAY + WEEK, house.eva)]
    assert acts(db) == ["care.call_kept", "care.task_added"]


def test_a_next_step_that_the_customer_was_told_is_a_promise(db, house, now):
    call(db, house, now, then=NextStep(what="Send the list", due_on=TODAY, is_promise=True))
    assert words_to_do(db) == [("promise", "Send the list", TODAY, house.eva)]
    assert [item.was_told for item in models.to_do(db, None)] == [True]


@pytest.mark.parametrize("then", [NextStep(what=" ", due_on=TODAY), NextStep(what="x", due_on=date(2026, 6, 14))])
def test_a_next_step_that_cannot_be_kept_keeps_nothing(db, house, now, then):
    with pytest.raises((NothingWritten, DayInPast)):
        call(db, house, now, then=then)
    assert [count(db, table) for table in (INTERACTIONS, TASKS, AuditEntry)][:2] == [0, 0]
    assert acts(db) == []


@pytest.mark.proves("R192")
def test_a_form_sent_twice_is_one_call_and_one_task(db, house, now):
    step = NextStep(what="Send the list", due_on=TODAY)
    first = call(db, house, now, then=step, cause="form:1")
    assert call(db, house, now, then=step, cause="form:1") == first
    assert (count(db, INTERACTIONS), count(db, TASKS)) == (1, 1)


@pytest.mark.proves("R192")
def test_what_makes_tasks_by_itself_makes_each_once(db, house, now):
    new = NewTask(
        what="Wish a happy birthday", due_on=TODAY, owner_id=house.ivo, person_id=house.ana, cause="birthday:1:2026"
    )
    for _ in range(3):
        with transaction(db) as tx:
            service.add_task_in(tx, new, None, now)
    assert count(db, TASKS) == 1


def test_done_and_schedule_next_is_one_act(db, house, now):
    ring = task(db, house, now)
    call(
        db, house, now, done=Closing(ToDo.TASK, ring, TaskState.DONE),
        then=NextStep(what="Visit the cellar", due_on=TODAY + WEEK),
    )  # fmt: skip
    assert words_to_do(db) == [("task", "Visit the cellar", TODAY + WEEK, house.eva)]
    with pytest.raises(ClosedAlready):
        call(db, house, now, done=Closing(ToDo.TASK, ring, TaskState.DONE))
    assert count(db, INTERACTIONS) == 1


@pytest.mark.parametrize(
    ("summary", "refusal"), [("", NothingWritten), (" \n ", NothingWritten), ("x" * 4001, TextTooLong)]
)
def test_an_entry_has_words_and_not_too_many(db, house, now, summary, refusal):
    with pytest.raises(refusal):
        service.log(db, house.ana, Entry(kind=Kind.NOTE, summary=summary), house.eva, Role.SUPPORT, now)


def test_nothing_is_written_about_somebody_unknown(db, house, now):
    with pytest.raises(UnknownMember):
        service.log(db, 999_999, Entry(kind=Kind.NOTE, summary="Hello"), house.eva, Role.SUPPORT, now)


def test_an_edited_note_leaves_what_stood_there_in_the_audit(db, house, now):
    note = service.log(db, house.ana, Entry(kind=Kind.NOTE, summary="Likes red"), house.eva, Role.SUPPORT, now)
    service.edit_entry(db, note, "Likes white", house.eva, Role.SUPPORT, now)
    service.pin_entry(db, note, True, house.mia, Role.MANAGER, now)
    assert acts(db) == ["care.note_kept", "care.entry_changed", "care.entry_pinned"]
    assert db.scalars(select(AuditWords.words)).all()[-1] == {"summary": ["Likes red", "Likes white"]}
    assert [pinned.summary for pinned in models.pinned_of(db, house.ana)] == ["Likes white"]


def test_nobody_else_of_the_desk_edits_or_pins_a_note(db, house, now):
    note = service.log(db, house.ana, Entry(kind=Kind.NOTE, summary="Likes red"), house.eva, Role.SUPPORT, now)
    with pytest.raises(NotAllowed):
        service.edit_entry(db, note, "Likes white", house.ivo, Role.SHOP, now)
    with pytest.raises(NotAllowed):
        service.pin_entry(db, note, True, house.ivo, Role.SHOP, now)
    with pytest.raises(NotFound):
        service.edit_entry(db, note + 1, "Likes white", house.mia, Role.MANAGER, now)
    assert acts(db) == ["care.note_kept"]


# --- what is to be done


@pytest.mark.parametrize(("due_on", "refusal"), [(date(2026, 6, 14), DayInPast), (date(2206, 6, 14), DayTooFar)])
def test_a_task_lies_ahead(db, house, now, due_on, refusal):
    with pytest.raises(refusal):
        task(db, house, now, due_on=due_on)
    assert count(db, TASKS) == 0


def test_a_task_needs_no_customer_but_somebody_who_works_here(db, house, now):
    new = NewTask(what="Order paper", due_on=TODAY, owner_id=house.ivo)
    service.add_task(db, new, house.eva, Role.SUPPORT, now)
    assert [(item.person_id, item.full_name, item.owner_name) for item in models.to_do(db, None)] == [
        (None, None, "Shop")
    ]
    db.rollback()
    with pytest.raises(NotOnStaff):
        service.add_task(db, NewTask(what="x", due_on=TODAY, owner_id=999_999), house.eva, Role.SUPPORT, now)


def test_done_can_be_undone_once_done_counts_once(db, house, now):
    ring = task(db, house, now)
    service.close(db, ToDo.TASK, ring, TaskState.DONE, house.ivo, Role.SHOP, now)
    with pytest.raises(ClosedAlready):
        service.close(db, ToDo.TASK, ring, TaskState.DONE, house.eva, Role.SUPPORT, now)
    done = models.done_lately(db, [house.eva], now - WEEK)
    assert [(item.id, item.state, item.closed_by) for item in done] == [(ring, TaskState.DONE, house.ivo)]
    service.reopen(db, ToDo.TASK, ring, house.ivo, Role.SHOP, now)
    service.reopen(db, ToDo.TASK, ring, house.ivo, Role.SHOP, now)
    assert words_to_do(db) == [("task", "Ring back", TODAY, house.eva)]
    assert acts(db) == ["care.task_added", "care.task_done", "care.task_reopened"]


@pytest.mark.proves("R154")
def test_only_its_owner_a_cover_or_a_manager_moves_gives_or_drops_a_task(db, house, now):
    ring = task(db, house, now)
    for act in (
        lambda by, role: service.move(db, ToDo.TASK, ring, TODAY + WEEK, by, role, now),
        lambda by, role: service.give(db, ToDo.TASK, ring, house.ivo, by, role, now),
        lambda by, role: service.close(db, ToDo.TASK, ring, TaskState.DROPPED, by, role, now),
    ):
        with pytest.raises(NotAllowed):
            act(house.ivo, Role.SHOP)
    assert words_to_do(db) == [("task", "Ring back", TODAY, house.eva)]
    service.move(db, ToDo.TASK, ring, TODAY + WEEK, house.eva, Role.SUPPORT, now)
    service.give(db, ToDo.TASK, ring, house.ivo, house.mia, Role.MANAGER, now)
    assert words_to_do(db) == [("task", "Ring back", TODAY + WEEK, house.ivo)]


def test_a_broken_promise_is_no_kept_one(db, house, now):
    kept, broken, late, ahead = (promise(db, house, now) for _ in range(4))
    service.move(db, ToDo.PROMISE, ahead, TODAY + WEEK, house.eva, Role.SUPPORT, now)
    service.close(db, ToDo.PROMISE, kept, PromiseState.KEPT, house.eva, Role.SUPPORT, now)
    service.close(db, ToDo.PROMISE, broken, PromiseState.BROKEN, house.eva, Role.SUPPORT, now)
    tomorrow = TODAY + timedelta(days=1)
    found = models.commitments_kept(db, TODAY, tomorrow)
    assert (found.kept, found.broken, found.late, found.percent) == (1, 1, 1, 33)
    assert models.commitments_kept(db, tomorrow, tomorrow).percent is None
    assert [item.id for item in models.to_do(db, None, until=TODAY)] == [late]


@pytest.mark.proves("R201")
def test_a_late_promise_stands_first_in_what_needs_me(db, house, now):
    task(db, house, now, what="Today")
    late = promise(db, house, now)
    tomorrow = TODAY + timedelta(days=1)
    task(db, house, now, due_on=tomorrow, what="Tomorrow")
    found = models.needs_me(db, house.eva, tomorrow)
    assert (found.overdue_promises, found.promises_today, found.overdue_tasks, found.tasks_today) == (1, 0, 1, 1)
    assert [item.words for item in found.items] == ["A case put aside", "Today", "Tomorrow"]
    assert found.items[0].id == late
    assert models.needs_me(db, house.ivo, tomorrow).total == 0


@pytest.mark.proves("A-8.3.1")
@pytest.mark.parametrize("role", [role for role in Role if Permission.KEEP_CUSTOMERS not in PERMISSIONS[role]] + [None])
def test_who_only_looks_writes_nothing(db, house, now, role):
    ring = task(db, house, now)
    note = service.log(db, house.ana, Entry(kind=Kind.NOTE, summary="Hello"), house.eva, Role.SUPPORT, now)
    before = len(acts(db))
    liking = NewPreference(kind=Liking.LIKE, what="Rioja", source=Source.SAID, noted_on=TODAY)
    for act in (
        lambda: service.log(db, house.ana, Entry(kind=Kind.NOTE, summary="x"), house.eva, role, now),
        lambda: service.edit_entry(db, note, "y", house.eva, role, now),
        lambda: service.pin_entry(db, note, True, house.eva, role, now),
        lambda: service.add_task(db, NewTask(what="x", due_on=TODAY, owner_id=house.eva), house.eva, role, now),
        lambda: service.close(db, ToDo.TASK, ring, TaskState.DONE, house.eva, role, now),
        lambda: service.reopen(db, ToDo.TASK, ring, house.eva, role, now),
        lambda: service.move(db, ToDo.TASK, ring, TODAY + WEEK, house.eva, role, now),
        lambda: service.give(db, ToDo.TASK, ring, house.ivo, house.eva, role, now),
        lambda: service.assign(db, [house.ana], house.eva, house.eva, role, now),
        lambda: service.add_preference(db, house.ana, liking, house.eva, role, now),
        lambda: service.set_wish(db, house.ana, Channel.PHONE, "mornings", house.eva, role, now),
        lambda: hand_over(db, house.eva, house.ivo, house.eva, role, now),
        lambda: service.announce_absence(db, house.eva, house.ivo, (TODAY, TODAY), house.eva, role, now),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert len(acts(db)) == before


# --- who looks after whom


def test_who_looks_after_a_customer_keeps_its_history(db, house, now):
    assert service.assign(db, [house.ana, house.ben], house.eva, house.eva, Role.SUPPORT, now) == 2
    assert service.assign(db, [house.ana, house.ben], house.ivo, house.mia, Role.MANAGER, now + WEEK) == 2
    assert service.assign(db, [house.ana], None, house.ivo, Role.SHOP, now + 2 * WEEK) == 1
    assert models.carer_of(db, house.ana) is None
    assert models.carer_of(db, house.ben) == models.Colleague(house.ivo, "Shop")
    rows = db.execute(
        select(models.CARERS.c.account_id, models.CARERS.c.since, models.CARERS.c.ended_at)
        .where(models.CARERS.c.person_id == house.ana)
        .order_by(models.CARERS.c.since)
    ).all()
    assert [tuple(row) for row in rows] == [
        (house.eva, now, now + WEEK),
        (house.ivo, now + WEEK, now + 2 * WEEK),
    ]


def test_a_colleagues_customer_is_not_taken_without_the_right_to_hand_over(db, house, now):
    service.assign(db, [house.ana], house.eva, house.eva, Role.SUPPORT, now)
    for wanted in (house.ivo, None):
        with pytest.raises(NotAllowed):
            service.assign(db, [house.ana], wanted, house.ivo, Role.SHOP, now)
    with pytest.raises(NotAllowed):
        service.assign(db, [house.ben], house.eva, house.ivo, Role.SHOP, now)
    with pytest.raises(UnknownMember):
        service.assign(db, [house.ben, 999_999], house.ivo, house.ivo, Role.SHOP, now)
    assert models.carer_of(db, house.ana) == models.Colleague(house.eva, "Support")
    assert models.carer_of(db, house.ben) is None


def test_while_somebody_is_away_the_cover_sees_and_moves_their_tasks(db, house, now):
    ring = task(db, house, now)
    away = service.announce_absence(db, house.eva, house.ivo, (TODAY, TODAY + WEEK), house.eva, Role.SUPPORT, now)
    assert models.needs_me(db, house.ivo, TODAY).tasks_today == 1
    assert models.needs_me(db, house.ivo, TODAY + WEEK + timedelta(days=1)).total == 0
    service.move(db, ToDo.TASK, ring, TODAY + WEEK, house.ivo, Role.SHOP, now)
    service.end_absence(db, away, house.eva, Role.SUPPORT, now)
    assert models.covered_by(db, house.ivo, TODAY) == []
    db.rollback()
    with pytest.raises(NotAllowed):
        service.move(db, ToDo.TASK, ring, TODAY, house.ivo, Role.SHOP, now)


@pytest.mark.parametrize(
    ("days", "refusal"),
    [((TODAY, TODAY - WEEK), LastDayBeforeFirst), ((TODAY - WEEK, TODAY - timedelta(days=1)), DayInPast)],
)
def test_days_away_are_in_order_and_not_over(db, house, now, days, refusal):
    with pytest.raises(refusal):
        service.announce_absence(db, house.eva, house.ivo, days, house.eva, Role.SUPPORT, now)
    with pytest.raises(OwnSuccessor):
        service.announce_absence(db, house.eva, house.eva, (TODAY, TODAY), house.eva, Role.SUPPORT, now)
    with pytest.raises(NotAllowed):
        service.announce_absence(db, house.eva, house.mia, (TODAY, TODAY), house.ivo, Role.SHOP, now)
    assert models.away(db, TODAY - WEEK) == []


# --- handing over and leaving


def work_of(db, house, now):
    service.assign(db, [house.ana, house.ben], house.eva, house.eva, Role.SUPPORT, now)
    done, open_task = task(db, house, now, what="Done"), task(db, house, now, what="Open")
    service.close(db, ToDo.TASK, done, TaskState.DONE, house.eva, Role.SUPPORT, now)
    return open_task, promise(db, house, now)


@pytest.mark.proves("R189")
def test_handing_over_moves_what_is_open_and_leaves_what_was_done(db, house, now):
    work_of(db, house, now)
    given = hand_over(db, house.eva, house.ivo, house.mia, Role.MANAGER, now)
    assert given == models.OpenCounts(customers=2, tasks=1, commitments=1)
    assert models.open_items_of(db, house.eva) == models.OpenCounts(0, 0, 0)
    assert models.open_items_of(db, house.ivo) == models.OpenCounts(2, 1, 1)
    assert [item.words for item in models.done_lately(db, [house.eva], now - WEEK)] == ["Done"]


def test_only_the_chosen_is_handed_over(db, house, now):
    open_task, _ = work_of(db, house, now)
    chosen = Chosen(person_ids=[house.ben], task_ids=[open_task])
    given = hand_over(db, house.eva, house.ivo, house.eva, Role.SUPPORT, now, chosen)
    assert given == models.OpenCounts(customers=1, tasks=1, commitments=0)
    assert models.open_items_of(db, house.eva) == models.OpenCounts(1, 0, 1)


def test_nobody_hands_over_for_others_or_to_somebody_who_is_gone(db, house, now):
    work_of(db, house, now)
    with pytest.raises(NotAllowed):
        hand_over(db, house.eva, house.ivo, house.ivo, Role.SHOP, now)
    leave(db, house.ivo, None, house.owner, Role.OWNER, now)
    with pytest.raises(NotOnStaff):
        hand_over(db, house.eva, house.ivo, house.mia, Role.MANAGER, now)
    with pytest.raises(OwnSuccessor):
        hand_over(db, house.eva, house.eva, house.mia, Role.MANAGER, now)
    assert models.open_items_of(db, house.eva) == models.OpenCounts(2, 1, 1)


def case_of(db, person_id, owner_id, *, ended=None):
    with transaction(db) as tx:
        values = {
            "person_id": person_id, "last_bought_on": TODAY, "opened_on": TODAY, "worth": 100_00, "owner_id": owner_id,
            "step": "won_back" if ended else "suspected", "ended_on": ended,
        }  # fmt: skip
        return tx.execute(insert(LostCase).values(values).returning(LostCase.id)).scalar_one()


@pytest.mark.proves("R189")
def test_cases_of_lost_customers_hold_back_who_leaves_and_go_to_who_takes_over(db, house, now):
    first, second = (case_of(db, person_id, house.eva) for person_id in (house.ana, house.ben))
    closed = case_of(db, house.ana, house.eva, ended=TODAY)
    with pytest.raises(OpenItems) as refusal:
        leave(db, house.eva, None, house.owner, Role.OWNER, now)
    assert (refusal.value.tasks, refusal.value.cases) == (0, 2)
    hand_over(db, house.eva, house.mia, house.eva, Role.SUPPORT, now, Chosen(case_ids=[first]))
    leave(db, house.eva, house.ivo, house.owner, Role.OWNER, now)
    owners = dict(db.execute(select(LostCase.id, LostCase.owner_id)).all())
    assert owners == {first: house.mia, second: house.ivo, closed: house.eva}
    assert held_by(db, house.ivo) == models.OpenCounts(0, 0, 0, cases=1)
    db.rollback()
    with pytest.raises(NotOnStaff):
        give_to(db, second, house.eva, house.ivo, Role.SHOP, now)


@pytest.mark.proves("R189", "R185")
def test_nobody_leaves_with_something_open_in_their_hands(db, house, now):
    work_of(db, house, now)
    with pytest.raises(OpenItems) as refusal:
        leave(db, house.eva, None, house.owner, Role.OWNER, now)
    assert (refusal.value.customers, refusal.value.tasks, refusal.value.commitments) == (2, 1, 1)
    assert house.eva in [colleague.account_id for colleague in models.colleagues_at_work(db)]
    db.rollback()
    leave(db, house.eva, house.ivo, house.owner, Role.OWNER, now)
    assert models.open_items_of(db, house.ivo) == models.OpenCounts(2, 1, 1)
    assert house.eva not in [colleague.account_id for colleague in models.colleagues_at_work(db)]


@pytest.mark.proves("R185")
def test_what_somebody_wrote_stays_when_they_are_gone(db, house, now):
    call(db, house, now)
    leave(db, house.eva, None, house.owner, Role.OWNER, now)
    told = models.timeline(db, house.ana, [What.NOTES], limit=10)
    assert [(event.kind, event.text, event.by) for event in told] == [("call", "Asked for the new vintage", house.eva)]
    assert models.staff_names(db)[house.eva] == "Support"


@pytest.mark.parametrize(("is_known", "refusal"), [(True, OwnSuccessor), (False, NotOnStaff)])
def test_a_successor_is_somebody_else_who_works_here(db, house, now, is_known, refusal):
    work_of(db, house, now)
    with pytest.raises(refusal):
        leave(db, house.eva, house.eva if is_known else 999_999, house.owner, Role.OWNER, now)
    assert models.open_items_of(db, house.eva) == models.OpenCounts(2, 1, 1)


def test_the_last_owner_stays_and_only_owners_let_others_go(db, house, now):
    with pytest.raises(LastOwner):
        leave(db, house.owner, house.mia, house.owner, Role.OWNER, now)
    with pytest.raises(NotAllowed):
        leave(db, house.eva, None, house.mia, Role.MANAGER, now)
    with pytest.raises(NotFound):
        leave(db, 999_999, None, house.owner, Role.OWNER, now)


def test_who_was_covered_by_the_one_who_leaves_is_covered_by_the_successor(db, house, now):
    service.announce_absence(db, house.mia, house.eva, (TODAY, TODAY + WEEK), house.mia, Role.MANAGER, now)
    service.announce_absence(db, house.eva, house.mia, (TODAY + WEEK, TODAY + WEEK), house.eva, Role.SUPPORT, now)
    leave(db, house.eva, house.ivo, None, None, now)
    assert [(away.account_id, away.cover_id) for away in models.away(db, TODAY)] == [(house.mia, house.ivo)]


def test_a_task_is_not_opened_again_for_somebody_who_is_gone(db, house, now):
    ring = task(db, house, now)
    service.close(db, ToDo.TASK, ring, TaskState.DONE, house.eva, Role.SUPPORT, now)
    leave(db, house.eva, None, None, None, now)
    with pytest.raises(NotOnStaff):
        service.reopen(db, ToDo.TASK, ring, house.ivo, Role.SHOP, now)


# --- the preferences card, and ways to reach somebody


@pytest.mark.proves("R186")
def test_the_card_says_who_told_and_when_and_keeps_what_is_over(db, house, now):
    new = NewPreference(
        kind=Liking.NEED, what="No stairs", effect="Sits near the door", source=Source.SAID, noted_on=TODAY
    )
    line = service.add_preference(db, house.ana, new, house.eva, Role.SUPPORT, now)
    [shown] = models.preferences_of(db, house.ana)
    assert (shown.what, shown.effect, shown.source, shown.noted_on, shown.by) == (
        "No stairs", "Sits near the door", Source.SAID, TODAY, house.eva,
    )  # fmt: skip
    db.rollback()
    service.end_preference(db, line, True, house.ivo, Role.SHOP, now)
    assert models.preferences_of(db, house.ana) == []
    db.rollback()
    service.end_preference(db, line, False, house.ivo, Role.SHOP, now)
    assert [one.id for one in models.preferences_of(db, house.ana)] == [line]
    assert acts(db) == ["care.preference_added", "care.preference_ended", "care.preference_restored"]


def test_nobody_said_something_tomorrow(db, house, now):
    new = NewPreference(kind=Liking.LIKE, what="Rioja", source=Source.SEEN, noted_on=TODAY + WEEK)
    with pytest.raises(DateInFuture):
        service.add_preference(db, house.ana, new, house.eva, Role.SUPPORT, now)


def test_a_wish_can_be_set_changed_and_taken_back(db, house, now):
    for channel, times in ((Channel.PHONE, "mornings"), (Channel.EMAIL, ""), (None, "")):
        service.set_wish(db, house.ana, channel, times, house.eva, Role.SUPPORT, now)
        customer = models.the_customer(db, house.ana)
        assert (customer.channel, customer.times) == (channel, times)
        db.rollback()
    with pytest.raises(TextTooLong):
        service.set_wish(db, house.ana, None, "x" * 101, house.eva, Role.SUPPORT, now)


NEWS = Said("news", "email", True)
NO_CONTACT = Said("contact", "any", False)


@pytest.mark.parametrize(
    ("purpose", "channel", "has_address", "said", "why"),
    [
        (Purpose.NEWS, Channel.EMAIL, True, (NEWS,), None),
        (Purpose.NEWS, Channel.EMAIL, True, (), Blocked.NO_CONSENT),
        (Purpose.NEWS, Channel.PHONE, True, (NEWS,), Blocked.NO_CONSENT),
        (Purpose.NEWS, Channel.EMAIL, False, (NEWS,), Blocked.NO_ADDRESS),
        (Purpose.NEWS, Channel.EMAIL, True, (NEWS, NO_CONTACT), Blocked.OBJECTED),
        (Purpose.RELATIONAL, Channel.EMAIL, True, (), None),
        (Purpose.RELATIONAL, Channel.EMAIL, True, (NO_CONTACT,), Blocked.OBJECTED),
        (Purpose.RELATIONAL, Channel.EMAIL, True, (Said("contact", "phone", False),), None),
        (Purpose.RELATIONAL, Channel.PHONE, True, (Said("contact", "phone", False),), Blocked.OBJECTED),
        (Purpose.SERVICE, Channel.EMAIL, True, (NO_CONTACT,), None),
        (Purpose.SERVICE, Channel.EMAIL, False, (), Blocked.NO_ADDRESS),
    ],
)
def test_each_purpose_needs_its_own_yes(purpose, channel, has_address, said, why):
    assert blocked(purpose, channel, has_address=has_address, said=said) is why


# --- the timeline


@pytest.mark.proves("R18")
def test_every_channel_appears_in_one_timeline_the_newest_first(db, house, now):
    for hours, kind in enumerate(Kind):
        direction = None if kind is Kind.NOTE else Direction.OUT
        entry = Entry(kind=kind, summary=f"By {kind.value}", direction=direction)
        service.log(db, house.ana, entry, house.eva, Role.SUPPORT, now + timedelta(hours=hours))
    told = [event.kind for event in models.timeline(db, house.ana, None, limit=20)]
    assert told == [*(kind.value for kind in reversed(Kind)), "joined"]
    assert [event.kind for event in models.timeline(db, house.ana, None, limit=2, offset=1)] == ["mail", "letter"]
    assert models.timeline(db, house.ben, [What.NOTES], limit=20) == []


# --- at the command line


def test_the_operator_lets_somebody_go_with_a_successor(app, db, house, now):
    work_of(db, house, now)
    run = app.test_cli_runner().invoke
    refused = run(args=["staff", "disable", "eva@example.org"])
    assert (refused.exit_code, "customers: 2, tasks: 1, commitments: 1" in refused.output) == (1, True)
    said = run(args=["staff", "disable", "eva@example.org", "--successor", "ivo@example.org"])
    assert said.exit_code == 0, said.output
    assert "ivo@example.org took over: 2 customers, 1 tasks, 1 promises, 0 cases, 0 questions." in said.output
    db.rollback()
    assert models.open_items_of(db, house.ivo) == models.OpenCounts(2, 1, 1)
