"""One member: a purchase lifts at once, a return takes back what it gave, a person decides by hand."""

from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry, AuditWords
from club.database import sessions, transaction
from club.errors import EndNotAhead, NotAllowed, ReasonMissing, UnknownMember, UnknownRung
from club.messages.models import Message
from club.permissions import Role
from club.programme.rules import Club
from club.tiers.models import Status, StatusNote, ladder_on, status_of
from club.tiers.rules import Fall, How, Ladder, Window
from club.tiers.service import (
    TierChange,
    night,
    reassess,
    reassess_after_return,
    reassess_all,
    reassess_returned,
    set_by_hand,
    set_ladder,
)
from tests.tier_world import NOW, add_member, add_purchase, give_back, rung, terms

TODAY = date(2026, 6, 15)
LADDER = Ladder((rung("member"), rung("silver", 500_00), rung("gold", 1500_00), rung("friends", by_invitation=True)))


@pytest.fixture(autouse=True)
def ladder(db: Session, club: Club) -> Ladder:
    set_ladder(db, LADDER, date(2020, 1, 1), None, NOW)
    return LADDER


@pytest.fixture
def member(db: Session) -> int:
    return add_member(db, email="ana@example.org")


def buy(db: Session, member_id: int, day: date, amount: int, silent: bool = False) -> tuple[int, TierChange | None]:
    purchase_id = add_purchase(db, member_id, day, amount)
    with transaction(db) as tx:
        return purchase_id, reassess(tx, member_id, day, NOW, silent)


def take_back(db: Session, member_id: int, purchase_id: int, day: date) -> TierChange | None:
    give_back(db, purchase_id, day)
    with transaction(db) as tx:
        return reassess_after_return(tx, member_id, day, NOW)


# --- a purchase


def test_a_purchase_lifts_its_member_at_once_and_says_so_by_mail(db: Session, member: int) -> None:
    _, change = buy(db, member, TODAY, 600_00)

    assert change == TierChange(1, "member", "silver", How.REACHED, date(2027, 6, 30), rises=True)
    assert terms(db, member) == [("silver", TODAY, date(2027, 6, 30), "reached", None)]
    [(data, occurrence)] = db.execute(select(Message.data, Message.occurrence)).all()
    assert (data, occurrence) == ({"name": "Ana Ruiz", "tier": {"en": "Silver"}, "until": "2027-06-30"}, "1")


def test_a_silent_purchase_lifts_and_writes_to_nobody(db: Session, member: int) -> None:
    buy(db, member, TODAY, 600_00, silent=True)

    assert status_of(db, member, TODAY).key == "silver"
    assert db.execute(select(func.count(Message.id))).scalar_one() == 0


def test_a_purchase_that_changes_nothing_says_so(db: Session, member: int) -> None:
    assert buy(db, member, TODAY, 499_99)[1] is None
    assert terms(db, member) == []


def test_two_steps_on_one_day_are_two_terms(db: Session, member: int) -> None:
    buy(db, member, TODAY, 600_00)
    _, change = buy(db, member, TODAY, 900_00)

    assert change is not None
    assert (change.before, change.after) == ("silver", "gold")
    assert terms(db, member) == [
        ("silver", TODAY, date(2027, 6, 30), "reached", TODAY),
        ("gold", TODAY, date(2027, 6, 30), "reached", None),
    ]
    assert status_of(db, member, TODAY).key == "gold"


def test_a_purchase_in_the_grace_renews(db: Session, member: int) -> None:
    buy(db, member, date(2025, 6, 15), 600_00)
    night(db, date(2026, 6, 30), NOW)

    _, change = buy(db, member, date(2026, 7, 10), 500_00)

    assert change is not None
    assert (change.how, change.until, change.rises) == (How.RENEWED, date(2027, 7, 31), False)


def test_nobody_falls_before_the_last_day_is_over(db: Session, member: int) -> None:
    set_ladder(db, replace(LADDER, grace_days=0), date(2025, 1, 1), None, NOW)
    buy(db, member, date(2025, 6, 15), 600_00)
    last_day = date(2026, 6, 30)

    assert buy(db, member, last_day, 10_00)[1] is None
    assert status_of(db, member, last_day).key == "silver"
    _, change = buy(db, member, last_day, 490_00)
    assert change is not None
    assert (change.how, change.after) == (How.RENEWED, "silver")


def test_a_day_before_the_last_change_is_left_alone(db: Session, member: int) -> None:
    buy(db, member, TODAY, 600_00)

    assert buy(db, member, TODAY - timedelta(days=1), 5000_00)[1] is None
    assert [term[0] for term in terms(db, member)] == ["silver"]


# --- what a member held on a day


def test_a_status_is_known_for_every_day(db: Session, member: int) -> None:
    buy(db, member, date(2025, 6, 15), 600_00)
    buy(db, member, date(2026, 3, 1), 1500_00)

    held = [status_of(db, member, day) for day in (date(2025, 6, 14), date(2025, 6, 15), date(2026, 3, 1))]

    assert [(view.key, view.position, view.until) for view in held] == [
        ("member", 0, None),
        ("silver", 1, date(2026, 6, 30)),
        ("gold", 2, date(2027, 3, 31)),
    ]


def test_a_rung_that_is_gone_keeps_what_it_gave_to_its_holders(db: Session, member: int) -> None:
    buy(db, member, TODAY, 600_00)
    set_ladder(db, Ladder((rung("member"), rung("gold", 1500_00))), TODAY, None, NOW)
    night(db, TODAY, NOW)

    view = status_of(db, member, TODAY)

    assert (view.key, view.rung.name["en"], view.until) == ("silver", "Silver", date(2027, 6, 30))
    assert night(db, date(2027, 6, 30), NOW) == 1
    assert status_of(db, member, date(2027, 6, 30)).key == "member"


def test_a_term_without_end_is_the_first_rung_whatever_it_is_called_now(db: Session, member: int) -> None:
    buy(db, member, date(2024, 1, 1), 600_00)
    night(db, date(2025, 3, 2), NOW)
    set_ladder(db, Ladder((rung("basic"), rung("member", 700_00))), TODAY, None, NOW)

    view = status_of(db, member, TODAY)

    assert (view.key, view.position, view.until) == ("basic", 0, None)


def test_before_the_first_ladder_starts_it_holds_already(db: Session) -> None:
    assert ladder_on(db, date(1998, 6, 30)).ladder == LADDER


def test_of_two_ladders_that_start_on_one_day_the_later_one_holds(db: Session) -> None:
    other = Ladder((rung("member"), rung("gold", 1)))
    set_ladder(db, other, date(2020, 1, 1), None, NOW)

    assert ladder_on(db, TODAY).ladder == other
    assert ladder_on(db, date(2019, 1, 1)).ladder == other


# --- a return


@pytest.mark.proves("F-13")
def test_a_rung_bought_and_given_back_ends_at_once_without_grace(db: Session, member: int) -> None:
    purchase, _ = buy(db, member, TODAY, 1500_00)

    change = take_back(db, member, purchase, TODAY + timedelta(days=3))

    assert change is not None
    assert (change.before, change.after, change.how, change.rises) == ("gold", "member", How.RETURNED, False)
    assert terms(db, member) == [
        ("gold", TODAY, date(2027, 6, 30), "reached", date(2026, 6, 18)),
        ("member", date(2026, 6, 18), None, "returned", None),
    ]


def test_after_a_return_the_earlier_term_goes_on_to_its_own_end(db: Session, member: int) -> None:
    buy(db, member, date(2026, 1, 10), 600_00)
    purchase, _ = buy(db, member, TODAY, 900_00)

    take_back(db, member, purchase, TODAY + timedelta(days=3))

    assert terms(db, member)[-1] == ("silver", date(2026, 6, 18), date(2027, 1, 31), "returned", None)


def test_after_a_return_nobody_goes_back_to_a_term_that_would_be_over_or_was_not_earned(
    db: Session, member: int
) -> None:
    silver, _ = buy(db, member, date(2026, 1, 10), 600_00)
    gold, _ = buy(db, member, date(2026, 2, 10), 1500_00)
    give_back(db, silver, TODAY)

    take_back(db, member, gold, TODAY)

    assert terms(db, member)[-1] == ("member", TODAY, None, "returned", None)


def test_after_a_return_what_is_still_bought_counts_if_it_is_more(db: Session, member: int) -> None:
    gold, _ = buy(db, member, date(2026, 1, 10), 1500_00)
    buy(db, member, date(2026, 2, 10), 600_00)

    take_back(db, member, gold, TODAY)

    assert terms(db, member)[-1] == ("silver", TODAY, date(2027, 6, 30), "reached", None)


def test_a_return_that_leaves_enough_changes_nothing(db: Session, member: int) -> None:
    buy(db, member, date(2026, 6, 1), 1500_00)
    small, _ = buy(db, member, date(2026, 6, 2), 100_00)

    assert take_back(db, member, small, TODAY) is None
    assert [term[0] for term in terms(db, member)] == ["gold"]


def test_a_return_of_what_was_bought_later_changes_nothing(db: Session, member: int) -> None:
    buy(db, member, date(2026, 6, 1), 1500_00)
    later, _ = buy(db, member, date(2026, 6, 10), 5000_00)

    assert take_back(db, member, later, TODAY) is None


def test_a_return_does_not_touch_what_a_person_decided(db: Session, member: int) -> None:
    purchase, _ = buy(db, member, date(2026, 6, 1), 600_00)
    set_by_hand(db, member, "friends", date(2026, 12, 31), "Founding friend", by=None, role=Role.OWNER, now=NOW)

    assert take_back(db, member, purchase, TODAY) is None
    assert status_of(db, member, TODAY).key == "friends"


def test_whoever_fell_from_a_rung_that_was_not_earned_does_not_keep_the_rung_below(db: Session, member: int) -> None:
    purchase, _ = buy(db, member, date(2025, 5, 1), 1500_00)
    night(db, date(2026, 6, 30), NOW)
    assert status_of(db, member, date(2026, 6, 30)).key == "silver"

    take_back(db, member, purchase, date(2026, 7, 5))

    assert terms(db, member)[-1] == ("member", date(2026, 7, 5), None, "returned", None)


def test_a_second_return_undoes_the_term_gone_back_to(db: Session, member: int) -> None:
    silver, _ = buy(db, member, date(2026, 1, 10), 600_00)
    gold, _ = buy(db, member, date(2026, 2, 10), 1500_00)
    take_back(db, member, gold, date(2026, 3, 1))
    assert status_of(db, member, date(2026, 3, 1)).key == "silver"

    take_back(db, member, silver, date(2026, 4, 1))

    assert terms(db, member)[-1] == ("member", date(2026, 4, 1), None, "returned", None)


def test_a_renewal_where_nobody_falls_stands_as_the_term_before_it(db: Session, member: int) -> None:
    set_ladder(db, Ladder(LADDER.rungs, fall=Fall.NEVER), date(2020, 1, 1), None, NOW)
    first, _ = buy(db, member, date(2024, 1, 10), 1500_00)
    small, _ = buy(db, member, date(2025, 3, 1), 10_00)
    night(db, date(2025, 3, 2), NOW)
    assert terms(db, member)[-1] == ("gold", date(2025, 3, 2), date(2026, 3, 31), "renewed", None)

    assert take_back(db, member, small, date(2025, 3, 10)) is None
    take_back(db, member, first, date(2025, 4, 1))

    assert terms(db, member)[-1] == ("member", date(2025, 4, 1), None, "returned", None)


def test_returns_that_came_in_bulk_end_what_does_not_stand(db: Session, member: int) -> None:
    other, third = add_member(db), add_member(db)
    bought = [buy(db, one, date(2026, 6, 1), 600_00, silent=True)[0] for one in (member, other)]
    buy(db, third, date(2026, 6, 1), 600_00, silent=True)
    small, _ = buy(db, third, date(2026, 6, 2), 10_00)
    for purchase_id in (*bought, small):
        give_back(db, purchase_id, TODAY)

    assert [reassess_returned(db, TODAY, NOW) for _ in range(2)] == [2, 0]
    assert [status_of(db, one, TODAY).key for one in (member, other, third)] == ["member", "member", "silver"]


def test_a_return_in_a_membership_year_looks_at_the_year_of_the_member(db: Session) -> None:
    set_ladder(db, Ladder(LADDER.rungs, Window.MEMBERSHIP_YEAR), date(2020, 1, 1), None, NOW)
    member = add_member(db, joined_on=date(2024, 2, 29))
    buy(db, member, date(2026, 2, 27), 600_00)
    purchase, change = buy(db, member, date(2026, 2, 28), 600_00)
    assert change is None

    assert take_back(db, member, purchase, date(2026, 3, 1)) is None


# --- by hand


def test_a_rung_given_by_hand_carries_author_reason_and_end(db: Session, member: int) -> None:
    status_id = set_by_hand(
        db, member, "friends", date(2026, 12, 31), "Founding friend", by=None, role=Role.MANAGER, now=NOW
    )

    assert terms(db, member) == [("friends", TODAY, date(2026, 12, 31), "hand", None)]
    assert db.get_one(StatusNote, status_id).why == "Founding friend"
    acts = db.execute(select(AuditEntry.act, AuditEntry.subject_id, AuditWords.why).join(AuditWords)).all()
    assert acts == [("tiers.set_by_hand", member, "Founding friend")]


def test_more_bought_lifts_above_what_was_given_by_hand(db: Session, member: int) -> None:
    set_by_hand(db, member, "silver", date(2028, 12, 31), "A gift", by=None, role=Role.OWNER, now=NOW)
    buy(db, member, TODAY, 1500_00)

    assert [term[0] for term in terms(db, member)] == ["silver", "gold"]


@pytest.mark.parametrize(
    ("key", "until", "why", "role", "refusal"),
    [
        ("friends", date(2026, 12, 31), "A gift", Role.SHOP, NotAllowed),
        ("friends", date(2026, 12, 31), "A gift", None, NotAllowed),
        ("friends", date(2026, 12, 31), "  ", Role.OWNER, ReasonMissing),
        ("diamond", date(2026, 12, 31), "A gift", Role.OWNER, UnknownRung),
        ("friends", TODAY, "A gift", Role.OWNER, EndNotAhead),
        ("friends", None, "A gift", Role.OWNER, EndNotAhead),
    ],
)
def test_a_decision_by_hand_that_cannot_stand_is_refused_and_leaves_nothing(
    db: Session, member: int, key: str, until: date | None, why: str, role: Role | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        set_by_hand(db, member, key, until, why, by=None, role=role, now=NOW)
    assert terms(db, member) == []


def test_nobody_gives_a_rung_to_somebody_who_is_not_there(db: Session) -> None:
    with pytest.raises(UnknownMember):
        set_by_hand(db, 999, "friends", date(2026, 12, 31), "A gift", by=None, role=Role.OWNER, now=NOW)


# --- at the same time


@pytest.fixture
def crowd(db: Session) -> list[int]:
    """Members whose gold ends: some met it again, some did not."""
    people = [add_member(db) for _ in range(12)]
    for one in people:
        add_purchase(db, one, date(2025, 6, 1), 1500_00)
    reassess_all(db, date(2025, 6, 1), NOW)
    for one in people[::2]:
        add_purchase(db, one, date(2026, 6, 20), 1500_00)
    return people


def test_nights_and_purchases_at_the_same_time_leave_one_term_each(
    engine: Engine, db: Session, crowd: list[int]
) -> None:
    day = date(2026, 7, 30)
    for one in crowd[1::2]:
        add_purchase(db, one, day, 1500_00)
    start = Barrier(4)
    failures: list[BaseException] = []

    def run(work: int) -> None:
        try:
            with sessions(engine)() as own:
                start.wait(30)
                if work < 2:
                    night(own, day, NOW)
                    return
                for one in crowd if work == 2 else crowd[::-1]:
                    with transaction(own) as tx:
                        reassess(tx, one, day, NOW)
        except BaseException as failure:  # noqa: BLE001 - shown by the assertion below
            failures.append(failure)

    threads = [Thread(target=run, args=(work,)) for work in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    db.rollback()
    current = db.execute(select(Status.member_id, Status.rung_key, Status.until).where(Status.ended_on.is_(None))).all()
    assert sorted(current) == [(one, "gold", date(2027, 7, 31)) for one in crowd]
    for one in crowd:
        held = terms(db, one)
        assert [term[4] for term in held] == [*(term[1] for term in held[1:]), None]
