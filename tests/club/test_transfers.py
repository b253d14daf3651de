"""Points passed on between members: the same lots, within caps, told to both, undone by staff."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.access.service.passwords import replace_password
from club.database import transaction
from club.errors import (
    AlreadyPosted,
    NotAllowed,
    NotEnoughPoints,
    OwnMembership,
    Refusal,
    TooManyTries,
    TransferPaused,
    TransfersClosed,
    TransferTooEarly,
    TransferTooMuch,
    TransferUndone,
    UnknownReceiver,
)
from club.members.models import Person
from club.merging.service import Wanted as Merged
from club.merging.service import merge
from club.permissions import Role
from club.points.models import LOTS, balance_of
from club.points.rules import Earned
from club.points.service import earn, expire_due, hold, reverse, spend_hold
from club.points.verify import violations
from club.programme.models import the_club
from club.programme.service import change
from club.transfers.models import transfers_of
from club.transfers.service import Wanted, allowance, look, send, undo
from tests.people import SomebodyWithAccount, mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
SOON, LATE = TODAY + timedelta(days=20), TODAY + timedelta(days=200)


def allow(db: Session, now: datetime, **settings: object) -> None:
    club = replace(the_club(db), transfers_allowed=True, **settings)  # type: ignore[arg-type]  # names of settings
    change(db, club, None, now)


def give(db: Session, who: SomebodyWithAccount, points: int, now: datetime, last: date | None = LATE, cause: int = 0,
         kind: str = "purchase.earned") -> None:  # fmt: skip
    assert who.person_id is not None
    with transaction(db) as tx:
        cause = cause or who.person_id * 1000 + points
        earn(tx, Earned(who.person_id, kind, cause, points, TODAY, TODAY, last), TODAY, now)


@pytest.fixture
def long_ago(now: datetime) -> datetime:
    return now - timedelta(days=400)


@pytest.fixture
def ana(db: Session, now: datetime, long_ago: datetime) -> SomebodyWithAccount:
    allow(db, now)
    return new_signed_up_member(db, long_ago)


@pytest.fixture
def berta(db: Session, long_ago: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, long_ago, name="Berta Ruiz", email="berta@example.org")


def to(who: SomebodyWithAccount, points: int, name: str = "ruiz") -> Wanted:
    return Wanted(who.member_number, name, points)


def passed(db: Session, ana: SomebodyWithAccount, wanted: Wanted, now: datetime, key: bytes = b"k") -> int:
    assert ana.person_id is not None
    return send(db, ana.person_id, wanted, key.ljust(32), ana.account_id, now)


def refusal_of(db: Session, ana: SomebodyWithAccount, wanted: Wanted, now: datetime) -> type[Refusal]:
    with pytest.raises(Refusal) as caught:
        passed(db, ana, wanted, now, b"another")
    db.rollback()
    return caught.type


def lots(db: Session, who: SomebodyWithAccount) -> list[tuple[int, date | None]]:
    query = LOTS.select().where(LOTS.c.member_id == who.person_id, LOTS.c.active > 0).order_by(LOTS.c.expires_on)
    found = [(row.active, row.expires_on) for row in db.execute(query)]
    db.rollback()
    return found


def test_the_lots_that_end_first_go_with_their_days_and_both_are_told(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 100, now, LATE)
    give(db, ana, 50, now, SOON)
    assert ana.person_id is not None
    assert look(db, ana.person_id, to(berta, 70), ana.account_id, now).left == 80
    assert (lots(db, berta), len(mails_to(db, "berta@example.org"))) == ([], 0)
    transfer_id = passed(db, ana, to(berta, 70), now)
    assert (lots(db, ana), lots(db, berta)) == ([(80, LATE)], [(50, SOON), (20, LATE)])
    with pytest.raises(AlreadyPosted):
        passed(db, ana, to(berta, 70), now)
    assert [(mail.act, mail.data["member"]) for mail in mails_to(db, "ana@example.org")] == [("transfer.sent", "ruiz")]
    assert [(mail.act, mail.data["points"]) for mail in mails_to(db, "berta@example.org")] == [
        ("transfer.received", 70)
    ]
    assert [(one.id, one.points) for one in transfers_of(db, ana.person_id)] == [(transfer_id, 70)]
    assert violations(db) == []


@pytest.mark.proves("F-27", "F-30")
def test_to_oneself_to_nobody_or_to_whoever_cannot_get_them_is_one_answer(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 500, now)
    new = new_signed_up_member(db, now, name="Carla Ruiz", email="carla@example.org")
    wrong = [
        to(ana, 10, "García"), Wanted("0000-0000", "Ruiz", 10), Wanted("", "Ruiz", 10), to(berta, 10, "Lopez"),
        to(berta, 10, ""), to(berta, 10, "r"), to(new, 10),
    ]  # fmt: skip
    for wanted in wrong:
        assert refusal_of(db, ana, wanted, now) is UnknownReceiver
    db.execute(update(Person).where(Person.id == berta.person_id).values(leaves_on=LATE))
    db.commit()
    assert refusal_of(db, ana, to(berta, 10), now) is UnknownReceiver
    assert (lots(db, ana), lots(db, berta), lots(db, new)) == ([(500, LATE)], [], [])


@pytest.mark.proves("F-30", "O-01")
def test_guessing_numbers_and_names_is_counted(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 500, now)
    for _ in range(10):
        assert refusal_of(db, ana, to(berta, 10, "Lopez"), now) is UnknownReceiver
    assert refusal_of(db, ana, to(berta, 10), now) is TooManyTries
    passed(db, ana, to(berta, 10), now + timedelta(hours=2))


@pytest.mark.proves("F-30", "O-01")
def test_a_right_pair_between_does_not_buy_more_guesses(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    minutes = iter(now + timedelta(minutes=one) for one in range(12))
    for _ in range(9):
        assert refusal_of(db, ana, to(berta, 10, "Lopez"), next(minutes)) is UnknownReceiver
    assert refusal_of(db, ana, to(ana, 10, "García"), next(minutes)) is UnknownReceiver
    assert refusal_of(db, ana, to(berta, 10, "Lopez"), next(minutes)) is UnknownReceiver
    assert refusal_of(db, ana, to(berta, 10, "Lopez"), next(minutes)) is TooManyTries


@pytest.mark.proves("F-32")
def test_caps_hold_at_once_in_a_month_and_in_a_year_for_both_sides(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime, long_ago: datetime
) -> None:
    allow(db, now, transfer_most=100, transfer_most_month=150, transfer_most_year=200)
    give(db, ana, 900, now, None)
    assert refusal_of(db, ana, to(berta, 101), now) is TransferTooMuch
    passed(db, ana, to(berta, 100), now, b"1")
    assert refusal_of(db, ana, to(berta, 51), now) is TransferTooMuch
    passed(db, ana, to(berta, 50), now, b"2")
    assert refusal_of(db, ana, to(berta, 1), now) is TransferTooMuch
    carla = new_signed_up_member(db, long_ago, name="Carla Diaz", email="carla@example.org")
    give(db, carla, 90, now)
    assert refusal_of(db, carla, to(berta, 1), now) is UnknownReceiver
    july, january = now + timedelta(days=30), now + timedelta(days=220)
    assert refusal_of(db, ana, to(berta, 51), july) is TransferTooMuch
    passed(db, ana, to(berta, 50), july, b"3")
    passed(db, ana, to(berta, 100), january, b"4")
    assert balance_of(db, berta.person_id or 0, TODAY).active == 300


@pytest.mark.proves("F-27")
def test_points_neither_go_in_a_circle_nor_come_from_invented_members(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 100, now)
    give(db, berta, 300, now, kind="join.earned", cause=berta.person_id or 0)
    give(db, berta, 200, now, kind="gift.earned")
    passed(db, ana, to(berta, 60), now)
    assert refusal_of(db, berta, to(ana, 1, "garcia"), now) is NotEnoughPoints
    give(db, berta, 5, now)
    assert allowance(db, berta.person_id or 0, now).passable == 5
    db.rollback()
    passed(db, berta, to(ana, 5, "garcia"), now, b"2")
    assert violations(db) == []


@pytest.mark.proves("F-31")
def test_new_members_wait_and_nothing_leaves_an_account_that_changed_lately(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    new = new_signed_up_member(db, now - timedelta(days=89), name="Carla Diaz", email="carla@example.org")
    give(db, new, 100, now)
    give(db, ana, 100, now)
    assert refusal_of(db, new, to(berta, 10), now) is TransferTooEarly
    passed(db, new, to(berta, 10), now + timedelta(days=2), b"new")
    with transaction(db) as tx:
        replace_password(tx, ana.account_id, "another long password", by=ana.account_id, now=now)
    assert refusal_of(db, ana, to(berta, 10), now + timedelta(hours=47)) is TransferPaused
    passed(db, ana, to(berta, 10), now + timedelta(hours=49))
    allow(db, now)
    change(db, replace(the_club(db), transfers_allowed=False), None, now)
    assert refusal_of(db, berta, to(ana, 1, "garcia"), now) is TransfersClosed


def test_nobody_undoes_what_they_or_their_household_gave_or_got(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 100, now)
    transfer_id = passed(db, ana, to(berta, 60), now)
    for own in (ana, berta):
        with pytest.raises(OwnMembership):
            undo(db, transfer_id, "Mine", own.account_id, Role.OWNER, now)
    assert (lots(db, ana), lots(db, berta)) == ([(40, LATE)], [(60, LATE)])


def test_undoing_takes_what_came_then_other_points_then_a_debt_and_gives_the_lots_back(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 100, now, LATE)
    give(db, ana, 50, now, SOON)
    give(db, berta, 30, now, LATE)
    transfer_id = passed(db, ana, to(berta, 120), now)
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, berta.person_id or 0, "order", 1, 140, TODAY, now), TODAY, now)
    eva = new_colleague(db, now, Role.SUPPORT).account_id
    with pytest.raises(NotAllowed):
        undo(db, transfer_id, "Fraud", eva, Role.MARKETING, now)
    assert undo(db, transfer_id, "Fraud", eva, Role.SUPPORT, now) == 120
    with pytest.raises(TransferUndone):
        undo(db, transfer_id, "Fraud", eva, Role.SUPPORT, now)
    assert lots(db, ana) == [(50, SOON), (100, LATE)]
    there = balance_of(db, berta.person_id or 0, TODAY)
    assert (there.active, there.owed) == (0, 110)
    assert [(mail.act, mail.data["points"]) for mail in mails_to(db, "berta@example.org")] == [
        ("transfer.received", 120),
        ("transfer.undone", 120),
    ]
    assert violations(db) == []


def test_what_ended_unused_does_not_come_back_and_goods_that_return_find_no_points_twice(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime
) -> None:
    give(db, ana, 50, now, SOON, cause=77)
    transfer_id = passed(db, ana, to(berta, 40), now)
    later, day = now + timedelta(days=30), TODAY + timedelta(days=30)
    expire_due(db, day, later)
    with transaction(db) as tx:
        reverse(tx, "purchase.earned", 77, 50, "purchase.reversed", 1, day, day, later)
    eva = new_colleague(db, now, Role.MANAGER).account_id
    assert undo(db, transfer_id, "Asked for", eva, Role.MANAGER, later) == 0
    assert [mail.data["points"] for mail in mails_to(db, "ana@example.org")] == [40, 0]
    for who in (ana, berta):
        there = balance_of(db, who.person_id or 0, day)
        assert (there.active, there.owed) == (0, 0)
    assert violations(db) == []


def test_a_transfer_is_undone_although_the_receiver_became_part_of_another_record(
    db: Session, ana: SomebodyWithAccount, berta: SomebodyWithAccount, now: datetime, long_ago: datetime
) -> None:
    give(db, ana, 50, now)
    transfer_id = passed(db, ana, to(berta, 40), now)
    carla = new_signed_up_member(db, long_ago, name="Carla Diaz", email="carla@example.org")
    eva = new_colleague(db, now, Role.MANAGER).account_id
    wanted = Merged(carla.person_id or 0, berta.person_id or 0, "The same")
    merge(db, wanted, eva, Role.MANAGER, now)
    assert balance_of(db, carla.person_id or 0, TODAY).active == 40
    assert undo(db, transfer_id, "Asked for", eva, Role.MANAGER, now) == 40
    assert (balance_of(db, carla.person_id or 0, TODAY).active, lots(db, ana)) == (0, [(50, LATE)])
    assert violations(db) == []
