"""A household: asked without telling who is a member, one each, points lent in turn and returned to their owners."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.database import transaction
from club.errors import (
    AlreadyInHousehold,
    HouseholdFull,
    HouseholdsClosed,
    InvitationGone,
    NoHousehold,
    NotAllowed,
    NotEnoughPoints,
    OwnInvitation,
    ReasonMissing,
    Refusal,
)
from club.household import service
from club.household.models import Household, household_id_of, invitations_of, invited_by, members_of
from club.members.models import Person
from club.merging.service import Wanted as Merged
from club.merging.service import merge
from club.offers.service import preview_at_counter, record_at_counter
from club.orders import service as orders
from club.orders.rules import Actor
from club.orders.verify import violations as orders_wrong
from club.permissions import Role
from club.points.models import LOTS, MOVEMENTS, balance_of
from club.points.pool import Lent, lent_to, may_spend
from club.points.rules import Earned
from club.points.service import earn, expire_due, give_back, hold, release, reverse, spend_hold
from club.points.verify import violations
from club.programme.models import the_club
from club.programme.rules import Club
from club.programme.service import change
from club.purchases.rules import NewPurchase
from tests.order_world import Till, open_shop
from tests.people import SomebodyWithAccount, mails_to, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
SOON, LATER, LATE = (TODAY + timedelta(days=days) for days in (40, 60, 200))
ANA, BERTA, CARLA = 1, 2, 3


def allow(db: Session, now: datetime, **settings: object) -> None:
    club = replace(the_club(db), households_allowed=True, household_wait_days=0)
    change(db, replace(club, **settings), None, now)  # type: ignore[arg-type]  # names of settings


def give(db: Session, who: int, points: int, last: date, now: datetime) -> None:
    with transaction(db) as tx:
        earn(tx, Earned(who, "purchase.earned", who * 1000 + points, points, TODAY, TODAY, last), TODAY, now)


def set_aside(db: Session, who: int, points: int, cause: int, now: datetime, *, spent: bool = True) -> int:
    with transaction(db) as tx:
        hold_id = hold(tx, who, "order", cause, points, TODAY, now)
        if spent:
            spend_hold(tx, hold_id, TODAY, now)
    return hold_id


def active(db: Session, *people: int) -> list[int]:
    found = [balance_of(db, one, TODAY).active for one in people]
    db.rollback()
    return found


def join(db: Session, who: SomebodyWithAccount, now: datetime, *, share: bool = True) -> None:
    service.invite(db, ANA, who.email, share=True, by=1, now=now)
    assert who.person_id is not None
    asked = invitations_of(db, who.person_id, now)[-1].id
    service.accept(db, who.person_id, asked, share=share, by=who.account_id, now=now)


def refusal_of(act: Callable[[], object]) -> type[Refusal]:
    with pytest.raises(Refusal) as caught:
        act()
    return type(caught.value)


@pytest.fixture
def people(db: Session, club: Club, now: datetime) -> list[SomebodyWithAccount]:
    """Ana, Berta and Carla."""
    allow(db, now)
    named = [("Ana García", "ana"), ("Berta Ruiz", "berta"), ("Carla Sanz", "carla")]
    return [new_signed_up_member(db, now, name=name, email=f"{one}@example.org") for name, one in named]


@pytest.fixture
def household(db: Session, people: list[SomebodyWithAccount], now: datetime) -> None:
    """Ana and Berta share. Ana: 100 that end soon and 100 late; Berta: 50 in between."""
    join(db, people[1], now)
    give(db, ANA, 100, SOON, now)
    give(db, ANA, 101, LATE, now)
    give(db, BERTA, 50, LATER, now)


def test_whoever_is_asked_decides_and_no_answer_tells_who_is_a_member(
    db: Session, people: list[SomebodyWithAccount], now: datetime
) -> None:
    for sought in ("berta@example.org", "nobody@example.org"):
        service.invite(db, ANA, sought, share=True, by=1, now=now)
    household_id = household_id_of(db, ANA) or 0
    shown = invited_by(db, household_id, now)
    assert [one.sought for one in shown] == ["berta@example.org", "nobody@example.org"]
    assert [mail.act for mail in mails_to(db, "berta@example.org")] == ["household.invited"]
    assert mails_to(db, "nobody@example.org") == []
    service.decline(db, BERTA, shown[0].id, by=2, now=now)
    assert invited_by(db, household_id, now) == shown
    assert refusal_of(lambda: service.accept(db, BERTA, shown[0].id, share=True, by=2, now=now)) is InvitationGone
    assert refusal_of(lambda: service.accept(db, CARLA, shown[1].id, share=True, by=3, now=now)) is InvitationGone
    service.invite(db, ANA, people[1].member_number, share=True, by=1, now=now)
    asked = invitations_of(db, BERTA, now)[0].id
    late = now + timedelta(days=15)
    assert refusal_of(lambda: service.accept(db, BERTA, asked, share=True, by=2, now=late)) is InvitationGone
    service.accept(db, BERTA, asked, share=False, by=2, now=now)
    assert [(one.name, one.leads, one.shares_from is None) for one in members_of(db, household_id)] == [
        ("Ana García", True, False), ("Berta Ruiz", False, True),
    ]  # fmt: skip
    db.rollback()
    assert (service.forget_old(db, now), service.forget_old(db, late)) == (0, 2)
    assert invited_by(db, household_id, now) == []


def test_one_household_each_so_many_adults_led_by_who_came_first(
    db: Session, people: list[SomebodyWithAccount], now: datetime
) -> None:
    allow(db, now, household_most=2)
    assert refusal_of(lambda: service.invite(db, ANA, "ana@example.org", share=True, by=1, now=now)) is OwnInvitation
    service.invite(db, ANA, "berta@example.org", share=True, by=1, now=now)
    assert refusal_of(lambda: service.invite(db, ANA, "x@example.org", share=True, by=1, now=now)) is HouseholdFull
    service.invite(db, CARLA, "berta@example.org", share=True, by=3, now=now)
    first, second = invitations_of(db, BERTA, now)
    service.accept(db, BERTA, first.id, share=True, by=2, now=now)
    assert refusal_of(lambda: service.accept(db, BERTA, second.id, share=True, by=2, now=now)) is AlreadyInHousehold
    assert refusal_of(lambda: service.invite(db, BERTA, "x@example.org", share=True, by=2, now=now)) is NotAllowed
    assert refusal_of(lambda: service.remove(db, BERTA, ANA, by=2, now=now)) is NotAllowed
    allow(db, now, households_allowed=False)
    assert refusal_of(lambda: service.invite(db, CARLA, "x@example.org", share=True, by=3, now=now)) is HouseholdsClosed


def test_a_minor_or_somebody_about_to_leave_is_as_unknown(
    db: Session, people: list[SomebodyWithAccount], now: datetime
) -> None:
    with transaction(db) as tx:
        born = {"birth_year": 2012, "birth_month": 1, "birth_day": 1}
        tx.execute(update(Person).where(Person.id == BERTA).values(**born))
        tx.execute(update(Person).where(Person.id == CARLA).values(leaves_on=TODAY))
    for sought in ("berta@example.org", "carla@example.org"):
        service.invite(db, ANA, sought, share=True, by=1, now=now)
        assert mails_to(db, sought) == []
    assert (list(invitations_of(db, BERTA, now)), list(invitations_of(db, CARLA, now))) == ([], [])


@pytest.mark.usefixtures("household")
def test_what_ends_first_is_spent_first_whoever_it_belongs_to_and_each_ledger_says_so(
    db: Session, now: datetime
) -> None:
    assert (may_spend(db, BERTA, TODAY), lent_to(db, BERTA, TODAY)) == (251, [Lent(ANA, 201)])
    db.rollback()
    set_aside(db, BERTA, 120, 7, now)
    assert active(db, ANA, BERTA) == [101, 30]
    kinds = select(MOVEMENTS.c.kind, MOVEMENTS.c.redeemed, MOVEMENTS.c.why)
    told = [tuple(row) for row in db.execute(kinds.where(MOVEMENTS.c.redeemed > 0).order_by(MOVEMENTS.c.member_id))]
    assert told == [
        ("shared.spent", 100, {"cause": 7, "for": "order", "by": BERTA}),
        ("order.spent", 20, {"cause": 7, "shared": 100}),
    ]
    assert violations(db) == []


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize("has_left", [False, True])
def test_points_return_to_their_owners_also_after_somebody_left(db: Session, now: datetime, has_left: bool) -> None:
    held, spent = set_aside(db, BERTA, 30, 7, now, spent=False), set_aside(db, BERTA, 150, 8, now)
    assert active(db, ANA, BERTA) == [71, 0]
    if has_left:
        service.leave(db, ANA, by=1, now=now)
        assert refusal_of(lambda: set_aside(db, BERTA, 1, 9, now)) is NotEnoughPoints
    with transaction(db) as tx:
        release(tx, held, TODAY, now)
        give_back(tx, spent, 60, "return.given_back", 1, TODAY, now)
    assert active(db, ANA, BERTA) == [71 + 30 + 30, 30]
    with transaction(db) as tx:
        give_back(tx, spent, 90, "return.given_back", 2, TODAY, now)
    assert active(db, ANA, BERTA) == [201, 50]
    owners = select(LOTS.c.member_id, LOTS.c.points, LOTS.c.active).order_by(LOTS.c.id)
    assert [tuple(lot) for lot in db.execute(owners)] == [(ANA, 100, 100), (ANA, 101, 101), (BERTA, 50, 50)]
    assert violations(db) == []


@pytest.mark.usefixtures("household")
def test_what_comes_back_pays_the_debt_of_its_owner_and_what_is_over_is_not_lent(db: Session, now: datetime) -> None:
    spent = set_aside(db, BERTA, 251, 7, now)
    with transaction(db) as tx:
        reverse(tx, "purchase.earned", 1100, 100, "purchase.reversed", 1, TODAY, TODAY, now)
        give_back(tx, spent, 251, "return.given_back", 1, TODAY, now)
    assert active(db, ANA, BERTA) == [101, 50]
    after = LATER + timedelta(days=1)
    assert may_spend(db, ANA, after) == 1
    db.rollback()
    with transaction(db) as tx:
        hold(tx, ANA, "order", 8, 1, after, now)
    expire_due(db, LATE, now)
    assert violations(db) == []


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize("why", ["stopped", "left", "removed", "leaves the club", "closed", "waits", "dissolved"])
def test_nobody_spends_points_that_are_not_lent_any_more(db: Session, now: datetime, why: str) -> None:
    owner = new_colleague(db, now, Role.OWNER).account_id
    match why:
        case "stopped":
            service.share_points(db, BERTA, share=False, by=2, now=now)
        case "left":
            service.leave(db, BERTA, by=2, now=now)
        case "removed":
            service.remove(db, ANA, BERTA, by=1, now=now)
        case "leaves the club":
            with transaction(db) as tx:
                tx.execute(update(Person).where(Person.id == BERTA).values(leaves_on=TODAY))
        case "closed":
            allow(db, now, households_allowed=False)
        case "waits":
            allow(db, now, household_wait_days=3)
            for share in (False, True):
                service.share_points(db, BERTA, share=share, by=2, now=now)
        case "dissolved":
            household_id = household_id_of(db, ANA) or 0
            blank = refusal_of(lambda: service.dissolve(db, household_id, " ", owner, Role.OWNER, now))
            assert blank is ReasonMissing
            service.dissolve(db, household_id, "Asked by phone", owner, Role.OWNER, now)
    assert may_spend(db, ANA, TODAY) == 201
    assert refusal_of(lambda: set_aside(db, ANA, 202, 7, now)) is NotEnoughPoints
    if why in {"left", "removed", "dissolved"}:
        assert db.scalar(select(Household.id)) is None
        assert refusal_of(lambda: service.leave(db, ANA, by=1, now=now)) is NoHousehold
    assert violations(db) == []


@pytest.mark.usefixtures("household")
def test_two_records_of_one_household_become_one_and_nothing_is_lost(db: Session, now: datetime) -> None:
    spent = set_aside(db, BERTA, 120, 7, now)
    owner = new_colleague(db, now, Role.OWNER).account_id
    merge(db, Merged(ANA, BERTA, "The same human"), owner, Role.OWNER, now)
    with transaction(db) as tx:
        give_back(tx, spent, 120, "return.given_back", 1, TODAY, now)
    assert active(db, ANA) == [251]
    assert [one.person_id for one in members_of(db, household_id_of(db, ANA) or 0)] == [ANA]
    assert violations(db) == []


@pytest.mark.usefixtures("household")
def test_the_pool_is_one_question_more(
    db: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as queries:
        may_spend(db, ANA, TODAY)
    assert len(queries) <= 3


# --- where points are spent


@pytest.mark.parametrize("end", ["cancelled", "let go"])
def test_an_order_is_paid_with_points_of_both_and_each_has_the_own_back(
    db: Session, people: list[SomebodyWithAccount], now: datetime, end: str
) -> None:
    open_shop(db)
    till = Till(db, now)
    join(db, people[1], now)
    give(db, ANA, 300, SOON, now)
    give(db, BERTA, 400, LATER, now)
    placed = till.order(Owner(BERTA), (till.shelf.thing(price=2400, on_hand=5), 2), points=500)
    assert (placed.is_new, active(db, ANA, BERTA)) == (True, [0, 200])
    with transaction(db) as tx:
        if end == "cancelled":
            orders.settle_in(tx, placed.order_id, placed.total, now)
        else:
            orders.let_go_in(tx, placed.order_id, "expired", now)
    if end == "cancelled":
        clerk = new_colleague(db, now, Role.SUPPORT).account_id
        orders.cancel(db, placed.order_id, Actor.STAFF, clerk, Role.SUPPORT, now, "changed mind")
    assert active(db, ANA, BERTA) == [300, 400]
    assert (orders_wrong(db), violations(db)) == ([], [])


def test_the_counter_takes_points_of_both(db: Session, people: list[SomebodyWithAccount], now: datetime) -> None:
    join(db, people[1], now)
    give(db, ANA, 300, SOON, now)
    give(db, BERTA, 400, LATER, now)
    clerk = new_colleague(db, now, Role.SHOP).account_id
    sale = NewPurchase(member_id=BERTA, channel="counter", bought_on=TODAY, reference="S1", amount=100_000, lines=())
    shown = preview_at_counter(db, sale, 500, None, clerk, Role.SHOP, now)
    assert (shown.sale.most, active(db, ANA, BERTA)) == (700, [300, 400])
    record_at_counter(db, sale, 500, None, clerk, Role.SHOP, now)
    assert active(db, ANA, BERTA)[0] == 0
    assert violations(db) == []


def test_a_dispute_sets_aside_points_of_whoever_bought_alone(
    db: Session, people: list[SomebodyWithAccount], now: datetime
) -> None:
    join(db, people[1], now)
    give(db, ANA, 300, SOON, now)
    with pytest.raises(NotEnoughPoints), transaction(db) as tx:
        hold(tx, BERTA, "dispute", 1, 10, TODAY, now, alone=True)
    assert active(db, ANA, BERTA) == [300, 0]
