"""The ledger: earning, waiting, spending, expiry, giving back, reversal, debt, changes by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import (
    AlreadyPosted,
    HoldEnded,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
    PointsOutOfRange,
    ReasonMissing,
    SecondApproverNeeded,
)
from club.members.models import Person
from club.permissions import MANY_POINTS, Role
from club.points import service
from club.points.models import LOTS, MOVEMENTS, Sums, balance_of, statement, sums_until
from club.points.rules import Earned
from club.programme.rules import Club

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
TODAY = date(2026, 6, 15)
NEXT_YEAR = date(2027, 6, 30)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def ana(db: Session) -> int:
    return member(db, "Ana")


def member(db: Session, name: str) -> int:
    with transaction(db) as tx:
        person = Person(full_name=name, language="en", source="test", search_text=name, created_at=NOW)
        tx.add(person)
        tx.flush()
        service.open_account(tx, person.id)
        return person.id


def earn(
    db: Session,
    who: int,
    points: int,
    cause: int = 1,
    *,
    active_from: date | None = TODAY,
    last_day: date | None = NEXT_YEAR,
    today: date = TODAY,
) -> int | None:
    earned = Earned(who, "purchase.earned", cause, points, min(today, TODAY), active_from, last_day, {"amount": 700})
    with transaction(db) as tx:
        return service.earn(tx, earned, today, NOW)


def hold(db: Session, who: int, points: int, cause: int = 1, today: date = TODAY) -> int:
    with transaction(db) as tx:
        return service.hold(tx, who, "order", cause, points, today, NOW)


def spend(db: Session, who: int, points: int, cause: int = 1, today: date = TODAY) -> int:
    with transaction(db) as tx:
        held = service.hold(tx, who, "order", cause, points, today, NOW)
        service.spend_hold(tx, held, today, NOW)
        return held


def release(db: Session, held: int, today: date = TODAY) -> None:
    with transaction(db) as tx:
        service.release(tx, held, today, NOW)


def give_back(db: Session, held: int, points: int, cause: int = 1, today: date = TODAY) -> int | None:
    with transaction(db) as tx:
        return service.give_back(tx, held, points, "return.given_back", cause, today, NOW)


def take_back(db: Session, points: int, *, purchase: int = 1, correction: int = 1, today: date = TODAY) -> int | None:
    with transaction(db) as tx:
        return service.reverse(
            tx, "purchase.earned", purchase, points, "purchase.reversed", correction, today, today, NOW
        )


def has(db: Session, who: int, today: date = TODAY) -> tuple[int, int, int, int]:
    """Active, pending, held, owed."""
    balance = balance_of(db, who, today)
    db.rollback()
    return balance.active, balance.pending, balance.held, balance.owed


def lots(db: Session, who: int) -> list[tuple[int, int, int, int, date | None]]:
    """Points, pending, active, held, last day of each lot."""
    columns = (LOTS.c.points, LOTS.c.pending, LOTS.c.active, LOTS.c.held, LOTS.c.expires_on)
    found = [tuple(row) for row in db.execute(select(*columns).where(LOTS.c.member_id == who).order_by(LOTS.c.id))]
    db.rollback()
    return found


def kinds(db: Session, who: int) -> list[str]:
    found = list(db.scalars(select(MOVEMENTS.c.kind).where(MOVEMENTS.c.member_id == who).order_by(MOVEMENTS.c.id)))
    db.rollback()
    return found


# --- earning


def test_a_new_account_is_empty_and_opens_once(db: Session, ana: int) -> None:
    with transaction(db) as tx:
        service.open_account(tx, ana)
    assert has(db, ana) == (0, 0, 0, 0)
    assert balance_of(db, ana, TODAY).expiring == ()


def test_who_has_no_account_earns_nothing_and_has_no_balance(db: Session, ana: int) -> None:
    with pytest.raises(NotFound):
        balance_of(db, ana + 1, TODAY)
    with pytest.raises(NotFound):
        earn(db, ana + 1, 5)


def test_points_whose_day_has_come_are_active_at_once(db: Session, ana: int) -> None:
    assert earn(db, ana, 100) is not None
    assert has(db, ana) == (100, 0, 0, 0)
    assert balance_of(db, ana, TODAY).expiring == ((NEXT_YEAR, 100),)


@pytest.mark.parametrize("active_from", [None, TODAY + ONE_DAY])
def test_points_wait_until_their_day_is_known_and_has_come(db: Session, ana: int, active_from: date | None) -> None:
    earn(db, ana, 100, active_from=active_from)
    assert has(db, ana) == (0, 100, 0, 0)
    with pytest.raises(NotEnoughPoints):
        hold(db, ana, 1)


def test_no_points_make_no_movement(db: Session, ana: int) -> None:
    assert earn(db, ana, 0) is None
    assert kinds(db, ana) == []


def test_negative_and_absurd_points_are_refused() -> None:
    for points in (-1, 10**15):
        with pytest.raises(PointsOutOfRange):
            Earned(1, "purchase.earned", 1, points, TODAY, TODAY, None)


def test_a_cause_earns_once(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=7)
    with pytest.raises(AlreadyPosted):
        earn(db, ana, 100, cause=7)
    with pytest.raises(AlreadyPosted):
        earn(db, ana, 50, cause=7, active_from=None)
    assert has(db, ana) == (100, 0, 0, 0)


def test_dates_that_were_unknown_are_set_once(db: Session, ana: int) -> None:
    earn(db, ana, 100, active_from=None, last_day=None)
    for known_on, is_new in ((TODAY + ONE_DAY, True), (TODAY, False)):
        with transaction(db) as tx:
            assert service.set_dates(tx, "purchase.earned", 1, known_on, NEXT_YEAR) is is_new
    assert service.activate_due(db, TODAY, NOW) == 0
    assert service.activate_due(db, TODAY + ONE_DAY, NOW) == 1
    assert lots(db, ana) == [(100, 0, 100, 0, NEXT_YEAR)]


# --- activation


def test_a_night_activates_what_is_due_once(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, active_from=TODAY + ONE_DAY)
    earn(db, ana, 50, cause=2, active_from=TODAY + 2 * ONE_DAY)
    assert [service.activate_due(db, TODAY + ONE_DAY, NOW) for _ in range(2)] == [1, 0]
    assert has(db, ana) == (100, 50, 0, 0)
    assert kinds(db, ana) == ["purchase.earned", "purchase.earned", "lot.activated"]


def test_activation_pays_the_debt_over_several_lots(db: Session, ana: int) -> None:
    earn(db, ana, 70, cause=1)
    spend(db, ana, 70)
    take_back(db, 70)
    assert has(db, ana) == (0, 0, 0, 70)
    for cause, points in ((2, 30), (3, 30), (4, 30)):
        earn(db, ana, points, cause=cause, active_from=TODAY + ONE_DAY)
    assert service.activate_due(db, TODAY + ONE_DAY, NOW) == 3
    assert has(db, ana) == (20, 0, 0, 0)
    assert [lot[2] for lot in lots(db, ana)] == [0, 0, 0, 20]


def test_points_that_are_over_when_they_come_pay_no_debt(db: Session, ana: int) -> None:
    earn(db, ana, 70, cause=1)
    spend(db, ana, 70)
    take_back(db, 70)
    earn(db, ana, 30, cause=2, last_day=TODAY - ONE_DAY)
    assert [lot[2] for lot in lots(db, ana)] == [0, 30]
    assert service.expire_due(db, TODAY - ONE_DAY, NOW) == 1
    assert has(db, ana) == (0, 0, 0, 70)


# --- spending


def test_held_points_are_neither_active_nor_spent(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    hold(db, ana, 40)
    assert has(db, ana) == (60, 0, 40, 0)
    with pytest.raises(NotEnoughPoints) as refusal:
        hold(db, ana, 61, cause=2)
    assert refusal.value == NotEnoughPoints(have=60, need=61)


def test_spending_takes_the_soonest_expiry_then_the_earliest_earned(db: Session, ana: int) -> None:
    earn(db, ana, 10, cause=1, last_day=None)
    earn(db, ana, 10, cause=2, last_day=NEXT_YEAR)
    earn(db, ana, 10, cause=3, last_day=NEXT_YEAR - ONE_DAY)
    earn(db, ana, 10, cause=4, last_day=NEXT_YEAR)
    spend(db, ana, 25)
    assert [lot[2] for lot in lots(db, ana)] == [10, 0, 0, 5]


def test_a_hold_ends_once(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    spent, released = hold(db, ana, 30, cause=1), hold(db, ana, 20, cause=2)
    with transaction(db) as tx:
        service.spend_hold(tx, spent, TODAY, NOW)
    release(db, released)
    for ended in (spent, released):
        with pytest.raises(HoldEnded):
            release(db, ended)
        with pytest.raises(HoldEnded), transaction(db) as tx:
            service.spend_hold(tx, ended, TODAY, NOW)
    assert has(db, ana) == (70, 0, 0, 0)


def test_one_cause_holds_once(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    hold(db, ana, 80, cause=5)
    with pytest.raises(AlreadyPosted):
        hold(db, ana, 80, cause=5)
    assert has(db, ana) == (20, 0, 80, 0)


@pytest.mark.parametrize("points", [0, -5, 10**13])
def test_an_absurd_hold_is_refused(db: Session, ana: int, points: int) -> None:
    with pytest.raises(PointsOutOfRange):
        hold(db, ana, points)


def test_what_does_not_exist_is_not_found(db: Session, ana: int) -> None:
    with pytest.raises(NotFound):
        release(db, 99)
    with pytest.raises(NotFound):
        take_back(db, 10)
    with pytest.raises(NotFound), transaction(db) as tx:
        service.set_dates(tx, "purchase.earned", 1, TODAY, None)


# --- expiry


def test_points_can_be_spent_on_their_last_day_and_not_after(db: Session, ana: int) -> None:
    earn(db, ana, 100, last_day=TODAY)
    assert has(db, ana, TODAY) == (100, 0, 0, 0)
    spend(db, ana, 40, today=TODAY)
    assert has(db, ana, TODAY + ONE_DAY) == (0, 0, 0, 0)
    with pytest.raises(NotEnoughPoints) as refusal:
        hold(db, ana, 1, cause=2, today=TODAY + ONE_DAY)
    assert refusal.value == NotEnoughPoints(have=0, need=1)


def test_a_missed_night_never_lets_expired_points_be_spent(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY)
    earn(db, ana, 30, cause=2, last_day=NEXT_YEAR)
    spend(db, ana, 30, today=TODAY + ONE_DAY)
    assert lots(db, ana) == [(100, 0, 0, 0, TODAY), (30, 0, 0, 0, NEXT_YEAR)]
    assert service.expire_due(db, TODAY, NOW) == 0
    assert "lot.expired" in kinds(db, ana)


def test_a_night_expires_what_ended_with_the_day_once(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY)
    earn(db, ana, 30, cause=2, last_day=TODAY + ONE_DAY)
    assert [service.expire_due(db, TODAY, NOW) for _ in range(2)] == [1, 0]
    assert has(db, ana, TODAY + ONE_DAY) == (30, 0, 0, 0)


@pytest.mark.proves("L-06")
def test_a_night_a_year_late_ends_as_every_night_on_time(db: Session) -> None:
    last = TODAY + timedelta(days=399)
    for index, name in enumerate(("On time", "Late")):
        who = member(db, name)
        for lot in range(12):
            day = TODAY + timedelta(days=30 * lot + 1)
            earn(db, who, 10 + lot, cause=100 * index + lot, active_from=day, last_day=day + timedelta(days=90))
        nights = [night for night in range(399) if night % 15 in {0, 1, 2}] if name == "On time" else []
        for night in [*nights, 399]:
            service.activate_due(db, TODAY + timedelta(days=night), NOW)
            service.expire_due(db, TODAY + timedelta(days=night), NOW)
    on_time, late = 1, 2
    assert has(db, late, last) == has(db, on_time, last) == (21, 0, 0, 0)
    assert days_of(db, late) == days_of(db, on_time)


def days_of(db: Session, who: int) -> list[tuple[date, str, int, int]]:
    rows = statement(db, who, None, None)
    db.rollback()
    return sorted((row.dated_on, row.kind, row.active, row.pending) for row in rows)


def test_held_points_do_not_expire_and_end_the_night_after_their_release(db: Session, ana: int) -> None:
    earn(db, ana, 100, last_day=TODAY)
    held = hold(db, ana, 40)
    late = TODAY + 5 * ONE_DAY
    assert service.expire_due(db, TODAY, NOW) == 1
    assert has(db, ana, late) == (0, 0, 40, 0)
    release(db, held, today=late)
    assert has(db, ana, late) == (0, 0, 0, 0)
    assert lots(db, ana) == [(100, 0, 0, 0, TODAY), (40, 0, 40, 0, TODAY)]
    assert [service.expire_due(db, late, NOW) for _ in range(2)] == [1, 0]
    assert sums_until(db, ana, None) == Sums(0, 0, 0, 0)


def test_points_released_in_time_return_to_their_lot(db: Session, ana: int) -> None:
    earn(db, ana, 100, last_day=TODAY)
    release(db, hold(db, ana, 40))
    assert lots(db, ana) == [(100, 0, 100, 0, TODAY)]


# --- giving back


def test_spent_points_go_back_to_the_lots_they_came_from(db: Session, ana: int) -> None:
    earn(db, ana, 10, cause=1, last_day=NEXT_YEAR)
    earn(db, ana, 10, cause=2, last_day=None)
    held = spend(db, ana, 15)
    give_back(db, held, 15)
    assert lots(db, ana) == [(10, 0, 10, 0, NEXT_YEAR), (10, 0, 10, 0, None)]


@pytest.mark.proves("F-12")
def test_points_are_given_back_once_however_often_it_is_asked(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    held = spend(db, ana, 60)
    give_back(db, held, 60, cause=9)
    for _ in range(20):
        with pytest.raises(AlreadyPosted):
            give_back(db, held, 60, cause=9)
    with pytest.raises(PointsOutOfRange):
        give_back(db, held, 1, cause=10)
    assert has(db, ana) == (100, 0, 0, 0)


def test_parts_given_back_fill_the_lots_from_the_last_spent(db: Session, ana: int) -> None:
    earn(db, ana, 10, cause=1, last_day=NEXT_YEAR)
    earn(db, ana, 10, cause=2, last_day=None)
    held = spend(db, ana, 20)
    for cause, active in ((1, [0, 7]), (2, [4, 10]), (3, [10, 10])):
        give_back(db, held, 7 if cause < 3 else 6, cause=cause)
        assert [lot[2] for lot in lots(db, ana)] == active


@pytest.mark.parametrize(("days_left", "is_own_lot"), [(30, True), (29, False), (-1, False)])
def test_points_given_back_late_live_thirty_days(db: Session, ana: int, days_left: int, is_own_lot: bool) -> None:
    earn(db, ana, 100, last_day=NEXT_YEAR)
    held = spend(db, ana, 60)
    day = NEXT_YEAR - timedelta(days=days_left)
    give_back(db, held, 60, today=day)
    assert len(lots(db, ana)) == (1 if is_own_lot else 2)
    last_day = NEXT_YEAR if is_own_lot else day + timedelta(days=30)
    assert lots(db, ana)[-1][2:] == (100 if is_own_lot else 60, 0, last_day)


def test_only_spent_points_are_given_back(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    held = hold(db, ana, 60)
    with pytest.raises(PointsOutOfRange):
        give_back(db, held, 10)
    assert give_back(db, held, 0) is None


# --- reversal and debt


@pytest.mark.proves("F-10")
def test_a_return_takes_what_is_pending_of_its_own_lot(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, active_from=None)
    earn(db, ana, 50, cause=2)
    take_back(db, 100)
    assert has(db, ana) == (50, 0, 0, 0)


@pytest.mark.proves("F-10")
def test_a_return_takes_its_own_lot_first_then_other_active_points(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=NEXT_YEAR - ONE_DAY)
    earn(db, ana, 80, cause=2)
    spend(db, ana, 70)
    take_back(db, 60)
    assert [lot[2] for lot in lots(db, ana)] == [0, 50]
    assert has(db, ana) == (50, 0, 0, 0)


@pytest.mark.proves("F-11")
def test_points_spent_before_the_return_are_owed_and_the_next_earning_pays_first(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1)
    spend(db, ana, 100)
    take_back(db, 100)
    assert has(db, ana) == (0, 0, 0, 100)
    earn(db, ana, 30, cause=2)
    assert has(db, ana) == (0, 0, 0, 70)
    earn(db, ana, 100, cause=3)
    assert has(db, ana) == (30, 0, 0, 0)
    assert lots(db, ana)[-1] == (100, 0, 30, 0, NEXT_YEAR)


def test_released_and_given_back_points_pay_the_debt_first(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1)
    spent = spend(db, ana, 50, cause=1)
    held = hold(db, ana, 50, cause=2)
    take_back(db, 80)
    assert has(db, ana) == (0, 0, 50, 80)
    release(db, held)
    assert has(db, ana) == (0, 0, 0, 30)
    give_back(db, spent, 50)
    assert has(db, ana) == (20, 0, 0, 0)


@pytest.mark.proves("F-10", "I-07")
@pytest.mark.parametrize("parts", [(100,), (1, 99), (33, 33, 34), (50, 0, 50)])
def test_partial_returns_add_up_to_the_whole(db: Session, ana: int, parts: tuple[int, ...]) -> None:
    earn(db, ana, 100, cause=1)
    spend(db, ana, 40)
    for correction, part in enumerate(parts):
        take_back(db, part, correction=correction)
    assert has(db, ana) == (0, 0, 0, 40)
    with pytest.raises(PointsOutOfRange):
        take_back(db, 1, correction=99)


@pytest.mark.parametrize("parts", [(100,), (50, 50), (10, 90), (90, 10)])
def test_what_expired_unused_is_not_reversed(db: Session, ana: int, parts: tuple[int, ...]) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY)
    spend(db, ana, 40)
    for correction, part in enumerate(parts):
        take_back(db, part, correction=correction, today=TODAY + ONE_DAY)
    assert has(db, ana, TODAY + ONE_DAY) == (0, 0, 0, 40)


def test_goods_kept_keep_the_points_that_were_spent(db: Session, ana: int) -> None:
    """Of 100 points 60 expired; the returned half counts as the expired one, so nothing is owed for what was spent."""
    earn(db, ana, 100, cause=1, last_day=TODAY)
    spend(db, ana, 40)
    take_back(db, 50, today=TODAY + ONE_DAY)
    assert has(db, ana, TODAY + ONE_DAY) == (0, 0, 0, 0)


def test_points_that_expired_after_their_release_are_not_reversed(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY)
    held = hold(db, ana, 100)
    release(db, held, today=TODAY + ONE_DAY)
    take_back(db, 100, today=TODAY + ONE_DAY)
    assert has(db, ana, TODAY + ONE_DAY) == (0, 0, 0, 0)


@pytest.mark.proves("I-07")
def test_a_correction_reverses_once(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    take_back(db, 10, correction=3)
    with pytest.raises(AlreadyPosted):
        take_back(db, 10, correction=3)
    assert take_back(db, 0, correction=4) is None
    assert has(db, ana) == (90, 0, 0, 0)


# --- by hand


def adjust(
    db: Session, who: int, points: int, role: Role | None = Role.SUPPORT, why: str = "Sorry for the wait"
) -> int:
    return service.adjust_by_hand(db, who, points, why, None, role, NOW)


def test_points_are_given_and_taken_by_hand_with_a_reason(db: Session, ana: int, club: Club) -> None:
    adjust(db, ana, 100)
    adjust(db, ana, -30, why="Typed twice")
    assert has(db, ana) == (70, 0, 0, 0)
    assert [(row.active, row.words) for row in statement(db, ana, None, None)] == [
        (-30, "Typed twice"),
        (100, "Sorry for the wait"),
    ]
    acts = db.execute(text("SELECT act, subject_id FROM audit_entry WHERE act = 'points.adjusted'")).all()
    assert [tuple(act) for act in acts] == [("points.adjusted", ana)] * 2


def test_a_gift_by_hand_pays_the_debt_first(db: Session, ana: int, club: Club) -> None:
    earn(db, ana, 50)
    spend(db, ana, 50)
    take_back(db, 50)
    adjust(db, ana, 80)
    assert has(db, ana) == (30, 0, 0, 0)


def test_nobody_is_taken_below_zero_by_hand(db: Session, ana: int, club: Club) -> None:
    adjust(db, ana, 20)
    with pytest.raises(NotEnoughPoints):
        adjust(db, ana, -21)
    assert has(db, ana) == (20, 0, 0, 0)


def test_changes_by_hand_need_the_right_a_reason_and_a_number(db: Session, ana: int, club: Club) -> None:
    for role in (None, Role.SHOP, Role.READ_ONLY, Role.MARKETING):
        with pytest.raises(NotAllowed):
            adjust(db, ana, 5, role)
    with pytest.raises(ReasonMissing):
        adjust(db, ana, 5, why="  ")
    with pytest.raises(PointsOutOfRange):
        adjust(db, ana, 0)
    with pytest.raises(SecondApproverNeeded):
        adjust(db, ana, MANY_POINTS)
    assert has(db, ana) == (0, 0, 0, 0)
    adjust(db, ana, MANY_POINTS, Role.MANAGER)
    assert has(db, ana) == (MANY_POINTS, 0, 0, 0)


# --- what is read


def test_a_statement_runs_from_its_opening_to_its_closing_sum(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY + timedelta(days=10))
    spend(db, ana, 30, today=TODAY + ONE_DAY)
    service.expire_due(db, TODAY + timedelta(days=20), NOW)
    first, last = TODAY + ONE_DAY, TODAY + timedelta(days=30)
    rows = statement(db, ana, first, last)
    assert [(row.kind, row.active, row.active_after) for row in rows] == [
        ("lot.expired", -70, 0),
        ("order.spent", 0, 70),
        ("order.held", -30, 70),
    ]
    assert sums_until(db, ana, first, before=True) == Sums(100, 0, 0, 0)
    assert sums_until(db, ana, last) == Sums(0, 0, 0, 0)
    assert [row.active_after for row in statement(db, ana, None, None, acts={"held"})] == [70]
    assert len(statement(db, ana, None, None, limit=1, offset=1)) == 1


def test_a_movement_keeps_the_numbers_that_explain_it(db: Session, ana: int) -> None:
    earn(db, ana, 100)
    take_back(db, 40)
    rows = statement(db, ana, None, None)
    assert [row.why for row in rows] == [{"asked": 40, "expired": 0}, {"amount": 700}]


def test_a_balance_is_one_query(db: Session, ana: int, count_queries) -> None:  # type: ignore[no-untyped-def]
    earn(db, ana, 100)
    with count_queries() as queries:
        balance_of(db, ana, TODAY)
    assert len(queries) == 1


def test_earning_takes_few_statements(db: Session, ana: int, count_queries) -> None:  # type: ignore[no-untyped-def]
    for cause, active_from, most in ((1, None, 3), (2, TODAY, 4)):
        with count_queries() as queries:
            earn(db, ana, 100, cause=cause, active_from=active_from)
        assert len(queries) == most


# --- what the database refuses


@pytest.mark.proves("I-02")
@pytest.mark.parametrize("table", ["points_movement", "points_lot_entry"])
@pytest.mark.parametrize("act", ["UPDATE {} SET active = 0", "DELETE FROM {}"])
def test_the_log_can_only_grow(db: Session, ana: int, table: str, act: str) -> None:
    earn(db, ana, 100)
    spend(db, ana, 10)
    with pytest.raises(DatabaseError, match="append-only"), transaction(db) as tx:
        tx.execute(text(act.format(table)))
    assert has(db, ana) == (90, 0, 0, 0)


@pytest.mark.proves("I-01", "I-04")
@pytest.mark.parametrize(
    "act",
    [
        "UPDATE points_balance SET active = active - 101",
        "UPDATE points_lot SET active = 101",
        "INSERT INTO points_movement (member_id, kind, cause_id, dated_on, posted_at, active, pending, held, debt,"
        " issued, redeemed, expired, reversed, adjusted)"
        " VALUES (1, 'x', 1, '2026-06-15', '2026-06-15 10:00:00', 1, 0, 0, 0, 0, 0, 0, 0, 0)",
    ],
)
def test_the_database_refuses_what_does_not_add_up(db: Session, ana: int, act: str) -> None:
    earn(db, ana, 100)
    with pytest.raises(DatabaseError), transaction(db) as tx:
        tx.execute(text(act))


def test_a_refused_step_leaves_nothing_behind(db: Session, ana: int) -> None:
    earn(db, ana, 100, cause=1, last_day=TODAY)
    before = kinds(db, ana)
    with pytest.raises(NotEnoughPoints):
        hold(db, ana, 500, today=TODAY + ONE_DAY)
    assert kinds(db, ana) == before
