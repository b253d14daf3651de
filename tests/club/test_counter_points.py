"""Points pay a part of a sale at the counter: what is paid, what it earns, and what comes back with the goods."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual import service
from club.accrual.paying import ComesBack, most_points, pay_with
from club.accrual.rules import AllRules, BaseRate
from club.database import transaction
from club.errors import MorePointsThanSale, NotAllowed, NotEnoughPoints, OwnMembership, PointsOutOfStep, ReferenceTaken
from club.members.rules import NewPerson
from club.members.service import new_member
from club.offers.service import preview_at_counter, record_at_counter
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS, balance_of
from club.points.service import open_account
from club.points.verify import violations
from club.programme import service as programme
from club.programme.rules import Club
from club.purchases.models import Purchase, lines_of
from club.purchases.rules import NewLine, NewPurchase, ReturnOf
from tests.people import new_colleague

TODAY = date(2026, 6, 15)


@pytest.fixture
def clerk(db: Session, now: datetime) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


@pytest.fixture
def emma(db: Session, club: Club, now: datetime) -> int:
    """A member with 1,000 points, who gets one for each euro."""
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    service.set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    with transaction(db) as tx:
        person = NewPerson(full_name="Emma", language="en", source="counter", email="emma@example.org")
        member_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, member_id)
    service.record_purchase(db, sale(member_id, 100_000, "before"), None, Role.SHOP, now)
    return member_id


def sale(member_id: int, amount: int, reference: str = "S1", *lines: NewLine) -> NewPurchase:
    return NewPurchase(
        member_id=member_id, channel="counter", bought_on=TODAY, reference=reference, amount=amount, lines=lines
    )


def active(db: Session, member_id: int) -> int:
    db.rollback()
    return balance_of(db, member_id, TODAY).active


def give_back(db: Session, clerk: int, now: datetime, **what: Any) -> service.Returned:
    wanted = ReturnOf(channel="counter", reference="S1", corrected_on=TODAY, **what)
    return service.record_return(db, wanted, clerk, Role.SHOP, now)


def test_the_most_is_whole_steps_of_what_is_there_and_of_what_it_costs() -> None:
    club = replace(programme.defaults(TODAY), spend_step=100, point_value_points=100, point_value_minor=50)
    assert most_points(club, 1_000, 5_000) == 2_000
    assert most_points(club, 1_000, 1_999) == 1_900
    assert most_points(club, 49, 5_000) == 0
    assert most_points(club, 1_000, -10) == 0


def test_points_lower_each_line_and_the_money_part_is_the_purchase() -> None:
    club = replace(programme.defaults(TODAY), spend_step=1, point_value_points=1, point_value_minor=1)
    paid = pay_with(club, sale(1, 1_000, "S1", NewLine(amount=999, category="wine"), NewLine(amount=1)), 500)
    assert (paid.worth, paid.purchase.amount) == (500, 500)
    assert [line.amount for line in paid.purchase.lines] == [499, 1]
    with pytest.raises(MorePointsThanSale) as refused:
        pay_with(club, sale(1, 1_000), 1_001)
    assert refused.value.most == 1_000
    with pytest.raises(PointsOutOfStep):
        pay_with(replace(club, spend_step=100), sale(1, 1_000), 50)


@pytest.mark.parametrize(
    ("goods", "given_back", "points"),
    [
        (ComesBack(paid=900, before=0, now=300, is_whole=False), 0, 33),
        (ComesBack(paid=900, before=300, now=300, is_whole=False), 33, 33),
        (ComesBack(paid=900, before=600, now=300, is_whole=True), 66, 34),
        (ComesBack(paid=0, before=0, now=0, is_whole=False), 0, 0),
        (ComesBack(paid=0, before=0, now=0, is_whole=True), 0, 100),
    ],
)
def test_points_come_back_in_step_with_the_money_and_all_with_the_last(
    goods: ComesBack, given_back: int, points: int
) -> None:
    assert goods.points(100, given_back) == points


def test_only_the_money_part_earns_and_the_points_are_gone(db: Session, emma: int, clerk: int, now: datetime) -> None:
    seen = preview_at_counter(db, sale(emma, 5_000), 1_000, None, clerk, Role.SHOP, now).sale
    assert (seen.most, seen.paid.worth, seen.paid.purchase.amount, seen.preview.brings.points) == (
        1_000,
        1_000,
        4_000,
        40,
    )
    assert active(db, emma) == 1_000
    recorded = record_at_counter(db, sale(emma, 5_000), 1_000, None, clerk, Role.SHOP, now).recorded
    assert recorded.points == 40
    assert active(db, emma) == 40
    assert db.scalar(select(Purchase.amount).where(Purchase.id == recorded.purchase_id)) == 4_000
    kinds = db.scalars(select(MOVEMENTS.c.kind).order_by(MOVEMENTS.c.id)).all()
    assert kinds[-3:] == ["purchase.earned", "counter.held", "counter.spent"]
    assert violations(db) == []


def test_a_sale_never_pays_with_what_it_earns_itself(db: Session, emma: int, clerk: int, now: datetime) -> None:
    before = db.scalar(select(func.count()).select_from(Purchase))
    with pytest.raises(NotEnoughPoints) as refused:
        record_at_counter(db, sale(emma, 1_000_000), 1_100, None, clerk, Role.SHOP, now)
    assert (refused.value.have, refused.value.need) == (1_000, 1_100)
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Purchase)) == before
    assert active(db, emma) == 1_000


def test_what_comes_back_brings_its_points_and_takes_what_it_earned(
    db: Session, emma: int, clerk: int, now: datetime
) -> None:
    record_at_counter(db, sale(emma, 5_000), 1_000, None, clerk, Role.SHOP, now)
    part = give_back(db, clerk, now, amount=1_000)
    assert (part.points, part.points_back) == (10, 250)
    rest = give_back(db, clerk, now)
    assert (rest.amount, rest.points, rest.points_back) == (3_000, 30, 750)
    assert active(db, emma) == 1_000
    assert violations(db) == []


def test_a_sale_that_points_pay_alone_comes_back_whole_by_its_last_piece(
    db: Session, emma: int, clerk: int, now: datetime
) -> None:
    pieces = NewLine(amount=1_000, category="wine", quantity=2)
    sold = sale(emma, 1_000, "S1", pieces)
    recorded = record_at_counter(db, sold, 1_000, None, clerk, Role.SHOP, now).recorded
    assert (recorded.points, active(db, emma)) == (0, 0)
    assert give_back(db, clerk, now, lines=((1, 1),)).points_back == 0
    assert give_back(db, clerk, now, lines=((1, 1),)).points_back == 1_000
    assert [line.returned_quantity for line in lines_of(db, recorded.purchase_id)] == [2]
    assert active(db, emma) == 1_000


def test_a_refused_sale_leaves_the_points(db: Session, emma: int, clerk: int, now: datetime) -> None:
    with pytest.raises(ReferenceTaken):
        record_at_counter(db, sale(emma, 5_000, "before"), 1_000, None, clerk, Role.SHOP, now)
    assert db.execute(select(BALANCES.c.active, BALANCES.c.held)).one() == (1_000, 0)


@pytest.mark.proves("F-36")
def test_who_may_not_record_uses_no_points_either(db: Session, emma: int, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        record_at_counter(db, sale(emma, 5_000), 100, None, 1, Role.READ_ONLY, now)
    own = new_colleague(db, now, Role.SHOP, email="emma@example.org").account_id
    with pytest.raises(OwnMembership):
        record_at_counter(db, sale(emma, 5_000), 100, None, own, Role.SHOP, now)
    assert active(db, emma) == 1_000
