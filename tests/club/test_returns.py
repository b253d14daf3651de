"""Goods come back: what goes back to whom, once, and that nobody can give back more than was bought."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.carts.models import Owner
from club.catalogue.service.stock import level_of
from club.errors import (
    MoreThanCameBack,
    MoreUnitsThanBought,
    NotAllowed,
    NotFound,
    NotPaidYet,
    NotSentYet,
    OwnMembership,
    ReturnMovedOn,
    ReturnPeriodOver,
)
from club.offers.models import the_offer
from club.offers.rules import Kind
from club.orders.models import OrderMove
from club.orders.reading import OrderView
from club.orders.rules import Fulfilment, PayBy, PaymentStatus
from club.payments.models import Refund
from club.permissions import Role
from club.points.models import MOVEMENTS, balance_of
from club.points.service import activate_due
from club.programme.rules import Club
from club.purchases.models import Correction, bought
from club.returns import service
from club.returns.models import ReturnCase, ReturnLine
from club.returns.reading import case_with
from club.returns.rules import AskedBy, State
from club.returns.service import Counted, Refunded
from club.tiers.models import status_of
from tests.offer_world import an_offer, running
from tests.order_world import COUNTER, POSTAGE
from tests.people import SomebodyWithAccount, mails_to, new_colleague, new_signed_up_member
from tests.return_world import TODAY, Desk, wanted

DAY = timedelta(days=1)


@pytest.fixture
def desk(db: Session, club: Club, now: datetime) -> Desk:
    return Desk(db, now).open()


@pytest.fixture
def ana(db: Session, desk: Desk, now: datetime) -> int:
    member = new_signed_up_member(db, now)
    assert member.person_id is not None
    return member.person_id


@pytest.fixture
def clerk(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    return new_colleague(db, now, Role.SHOP)


def _all_of(order: OrderView) -> dict[int, int]:
    return {line.id: line.quantity for line in order.lines}


def _returned_whole(db: Session, desk: Desk, order: OrderView, person_id: int, by: int, now: datetime) -> Refunded:
    """Asked for, approved, here, refunded."""
    asked = service.ask_return(db, person_id, wanted(order, *(line.quantity for line in order.lines)), now)
    service.approve(db, asked.case_id, by, Role.SHOP, now)
    pieces = _all_of(order)
    return service.receive_and_refund(
        db, asked.case_id, pieces, pieces, by, Role.SHOP, now, with_delivery=False
    )  # fmt: skip


def _balance(db: Session, member_id: int) -> tuple[int, int]:
    """Points that can be spent, points that wait."""
    db.rollback()
    found = balance_of(db, member_id, TODAY)
    return found.active, found.pending


def _refunds(db: Session, order_id: int) -> list[int]:
    db.rollback()
    return list(db.scalars(select(Refund.amount).where(Refund.order_id == order_id).order_by(Refund.id)))


def test_a_whole_return_leaves_nothing_of_the_order(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    thing = desk.till.shelf.thing(price=2400)
    desk.till.give_points(ana, 1000)
    order = desk.delivered(ana, (thing, 3), points=500)
    assert _balance(db, ana) == (500, 67)  # 72 € less 5 € paid with points
    done = _returned_whole(db, desk, order, ana, clerk.account_id, now)
    assert (done.money, done.points, done.points_taken, done.delivery) == (6700, 500, 67, 0)
    assert _balance(db, ana) == (1000, 0)
    assert _refunds(db, order.id) == [6700]
    after = desk.seen(order.id)
    assert (after.payment_status, after.fulfilment) == (PaymentStatus.PARTLY_REFUNDED, Fulfilment.RETURNED)
    assert after.refunded == 6700
    purchase = bought(db, "shop", order.number)
    assert (purchase.net_amount, purchase.net_points) == (0, 0)
    assert level_of(db, thing).on_hand == 50
    db.rollback()
    assert [mail.act for mail in mails_to(db, "ana@example.org") if mail.act.startswith("return.")] == [
        "return.received", "return.approved", "return.refunded",
    ]  # fmt: skip


@pytest.mark.proves("F-10")
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=some.permutations([(0, 1), (0, 1), (0, 1), (1, 1), (1, 1)]))
def test_parts_in_any_order_leave_nothing_over(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime, parts: list[tuple[int, int]]
) -> None:
    first, second = desk.till.shelf.thing(price=1001), desk.till.shelf.thing(price=333)
    desk.till.give_points(ana, 101)
    before = _balance(db, ana)
    order = desk.delivered(ana, (first, 3), (second, 2), points=101)
    for line, count in parts:
        pieces = [0, 0]
        pieces[line] = count
        asked = service.take_back(db, wanted(order, *pieces), clerk.account_id, Role.SHOP, now)
        came = {order.lines[line].id: count}
        service.receive_and_refund(
            db, asked.case_id, came, {}, clerk.account_id, Role.SHOP, now, with_delivery=False
        )  # fmt: skip
    assert sum(_refunds(db, order.id)) == order.total - order.delivery_price
    assert _balance(db, ana) == before
    assert bought(db, "shop", order.number).net_amount == 0


@pytest.mark.proves("F-12")
def test_twenty_presses_give_back_once(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    desk.till.give_points(ana, 300)
    order = desk.delivered(ana, (desk.till.shelf.thing(price=2400), 2), points=300)
    asked = service.take_back(db, wanted(order, 2), clerk.account_id, Role.SHOP, now)
    service.receive(db, asked.case_id, _all_of(order), {}, clerk.account_id, Role.SHOP, now)
    told = 0
    for _ in range(20):
        try:
            service.refund(
                db, asked.case_id, with_delivery=True, by=clerk.account_id, role=Role.SHOP, now=now
            )  # fmt: skip
        except ReturnMovedOn:
            told += 1
    assert told == 19
    assert _refunds(db, order.id) == [4500 + POSTAGE]
    assert _balance(db, ana) == (300, 0)
    kinds = select(MOVEMENTS.c.kind).where(MOVEMENTS.c.kind.in_(["return.given_back", "purchase.reversed"]))
    assert sorted(db.scalars(kinds)) == ["purchase.reversed", "return.given_back"]
    assert db.scalar(select(func.count()).select_from(Correction)) == 1


@pytest.mark.proves("F-12")
def test_points_go_back_to_the_lot_that_they_came_from(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    desk.till.give_points(ana, 300)
    ends = balance_of(db, ana, TODAY).expiring
    order = desk.delivered(ana, (desk.till.shelf.thing(price=2400), 1), points=300)
    _returned_whole(db, desk, order, ana, clerk.account_id, now)
    db.rollback()
    assert balance_of(db, ana, TODAY).expiring == ends


@pytest.mark.proves("F-11")
def test_points_that_were_spent_meanwhile_become_a_debt_never_a_negative_balance(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(price=10_000), 1))
    assert _balance(db, ana) == (0, 100)
    other = desk.till.shelf.thing(price=2400)
    later = now + 20 * DAY
    from_then = Desk(db, later)
    activate_due(db, later.date(), later)
    from_then.paid(ana, (other, 1), points=100)
    asked = service.take_back(db, wanted(order, 1), clerk.account_id, Role.SHOP, later)
    done = service.receive_and_refund(
        db, asked.case_id, _all_of(order), {}, clerk.account_id, Role.SHOP, later, with_delivery=False
    )  # fmt: skip
    assert (done.money, done.points_taken) == (10_000, 100)
    db.rollback()
    found = balance_of(db, ana, later.date())
    assert (found.active, found.owed) == (0, 100)


@pytest.mark.proves("F-13")
def test_the_tier_that_the_goods_had_brought_goes_with_them(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(price=60_000), 1))
    assert status_of(db, ana, TODAY).key == "gold"
    db.rollback()
    done = _returned_whole(db, desk, order, ana, clerk.account_id, now)
    assert (done.tier_before, done.tier_after) == ("gold", "member")
    assert status_of(db, ana, TODAY).key == "member"


def test_what_is_shown_before_is_what_happens_and_showing_it_changes_nothing(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    desk.till.give_points(ana, 200)
    order = desk.delivered(ana, (desk.till.shelf.thing(price=6000), 2), points=200)
    wish = wanted(order, 1)
    asked_for = service.effect_of_asking(db, AskedBy.BUYER, wish, now, ana)
    assert db.scalar(select(func.count()).select_from(ReturnCase)) == 0
    assert desk.seen(order.id) == order
    asked = service.ask_return(db, ana, wish, now)
    service.approve(db, asked.case_id, clerk.account_id, Role.SHOP, now)
    came = Counted(arrived=wish.pieces)
    shown = service.effect_of_refund(db, asked.case_id, came, clerk.account_id, Role.SHOP, now)
    assert case_with(db, asked.case_id).state == State.APPROVED
    done = service.receive_and_refund(
        db, asked.case_id, wish.pieces, {}, clerk.account_id, Role.SHOP, now, with_delivery=False
    )  # fmt: skip
    seen = (done.money, done.points, done.points_taken, done.tier_before, done.tier_after)
    assert seen == (5900, 100, 59, "silver", "member")
    for shown_before in (asked_for, shown):
        effect = shown_before
        assert (effect.money, effect.points, effect.points_taken, effect.tier_before, effect.tier_after) == seen


def test_an_open_case_speaks_for_its_pieces(db: Session, desk: Desk, ana: int, now: datetime) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(), 3))
    service.ask_return(db, ana, wanted(order, 2), now)
    with pytest.raises(MoreUnitsThanBought):
        service.ask_return(db, ana, wanted(order, 2), now)
    service.ask_return(db, ana, wanted(order, 1), now)


def test_the_same_form_twice_is_one_return(db: Session, desk: Desk, ana: int, now: datetime) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(), 3))
    first = service.ask_return(db, ana, wanted(order, 1, key=b"form"), now)
    again = service.ask_return(db, ana, wanted(order, 1, key=b"form"), now)
    assert (again.case_id, again.number, again.is_new) == (first.case_id, first.number, False)
    assert db.scalar(select(func.count()).select_from(ReturnCase)) == 1
    assert len([mail for mail in mails_to(db, "ana@example.org") if mail.act == "return.received"]) == 1


def test_who_may_ask_and_until_when(db: Session, desk: Desk, ana: int, now: datetime) -> None:
    luis = new_signed_up_member(db, now, name="Luis Soto", email="luis@example.org").person_id
    assert luis is not None
    order = desk.delivered(ana, (desk.till.shelf.thing(), 1))
    unsent = desk.paid(ana, (desk.till.shelf.thing(), 1))
    with pytest.raises(NotFound):
        service.ask_return(db, luis, wanted(order, 1), now)
    with pytest.raises(NotSentYet):
        service.ask_return(db, ana, wanted(unsent, 1), now)
    with pytest.raises(ReturnPeriodOver):
        service.ask_return(db, ana, wanted(order, 1), now + 15 * DAY)
    service.ask_return(db, ana, wanted(order, 1), now + 14 * DAY)


def test_who_withdraws_before_anything_is_packed_has_the_money_at_once_with_the_delivery(
    db: Session, desk: Desk, ana: int, now: datetime
) -> None:
    thing = desk.till.shelf.thing(price=2400)
    desk.till.give_points(ana, 100)
    offer_id = running(db, an_offer(Kind.MULTIPLIER, limit_member=1), now)
    order = desk.paid(ana, (thing, 2), points=100)
    assert the_offer(db, offer_id).taken == 1
    asked = service.withdraw(db, wanted(order, 2), now)
    assert (the_offer(db, offer_id).taken, the_offer(db, offer_id).spent) == (0, 0)
    case = case_with(db, asked.case_id)
    assert (case.state, case.money, case.delivery, case.points) == (State.REFUNDED, 4700 + POSTAGE, POSTAGE, 100)
    assert _refunds(db, order.id) == [order.total]
    assert _balance(db, ana) == (100, 0)
    assert level_of(db, thing).on_hand == 50
    mails = [mail for mail in mails_to(db, "ana@example.org") if mail.act.startswith("return.")]
    assert [mail.act for mail in mails] == ["return.withdrawn", "return.refunded"]
    assert (mails[0].data["came"], mails[0].data["clock"]) == ("2026-06-15", "12:00")


def test_a_guest_withdraws_from_part_of_it_and_staff_wait_for_the_goods(
    db: Session, desk: Desk, clerk: SomebodyWithAccount, now: datetime
) -> None:
    order = desk.delivered(None, (desk.till.shelf.thing(price=1001), 3))
    asked = service.withdraw(db, wanted(order, 1), now)
    assert case_with(db, asked.case_id).state == State.APPROVED
    assert _refunds(db, order.id) == []
    done = service.receive_and_refund(
        db, asked.case_id, wanted(order, 1).pieces, {}, clerk.account_id, Role.SHOP, now, with_delivery=False
    )  # fmt: skip
    assert (done.money, done.points_taken, done.tier_before) == (1001, 0, "")
    rest = service.withdraw(db, wanted(order, 2), now)
    last = service.receive_and_refund(
        db, rest.case_id, wanted(order, 2).pieces, {}, clerk.account_id, Role.SHOP, now, with_delivery=False
    )  # fmt: skip
    assert (last.money, last.delivery) == (2002 + POSTAGE, POSTAGE)
    assert desk.seen(order.id).payment_status is PaymentStatus.REFUNDED


def test_the_price_of_delivery_goes_back_once_an_order(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(price=1000), 2))
    paid_back = []
    for _ in range(2):
        asked = service.take_back(db, wanted(order, 1), clerk.account_id, Role.SHOP, now)
        done = service.receive_and_refund(
            db, asked.case_id, wanted(order, 1).pieces, {}, clerk.account_id, Role.SHOP, now, with_delivery=True
        )  # fmt: skip
        paid_back.append(done.money)
    assert paid_back == [1000 + POSTAGE, 1000]


def test_part_of_what_is_to_be_paid_at_the_counter_cannot_be_withdrawn_from_before_all_of_it_can(
    db: Session, desk: Desk, ana: int, now: datetime
) -> None:
    thing = desk.till.shelf.thing()
    placed = desk.till.order(Owner(person_id=ana), (thing, 2), method_id=COUNTER, pay_by=PayBy.PICKUP)
    order = desk.seen(placed.order_id)
    with pytest.raises(NotPaidYet):
        service.withdraw(db, wanted(order, 1), now)
    asked = service.withdraw(db, wanted(order, 2), now)
    assert case_with(db, asked.case_id).state == State.REFUNDED
    assert _refunds(db, order.id) == []
    assert level_of(db, thing).on_hand == 50


def test_fewer_pieces_than_announced_are_paid_and_the_others_can_still_come(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    thing = desk.till.shelf.thing(price=1000)
    order = desk.delivered(ana, (thing, 3))
    line = order.lines[0].id
    asked = service.take_back(db, wanted(order, 3), clerk.account_id, Role.SHOP, now)
    with pytest.raises(MoreThanCameBack):
        service.receive(db, asked.case_id, {line: 4}, {}, clerk.account_id, Role.SHOP, now)
    with pytest.raises(MoreThanCameBack):
        service.receive(db, asked.case_id, {line: 2}, {line: 3}, clerk.account_id, Role.SHOP, now)
    service.receive(db, asked.case_id, {line: 2}, {line: 1}, clerk.account_id, Role.SHOP, now)
    assert level_of(db, thing).on_hand == 48
    db.rollback()
    done = service.refund(db, asked.case_id, with_delivery=False, by=clerk.account_id, role=Role.SHOP, now=now)
    assert done.money == 2000
    assert service.ask_return(db, ana, wanted(order, 1), now).is_new


def test_a_refused_or_closed_return_frees_its_pieces_and_gives_nothing_back(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(), 1))
    first = service.ask_return(db, ana, wanted(order, 1), now)
    service.refuse(db, first.case_id, "It was opened", clerk.account_id, Role.SHOP, now)
    second = service.ask_return(db, ana, wanted(order, 1), now)
    service.approve(db, second.case_id, clerk.account_id, Role.SHOP, now)
    service.close(db, second.case_id, "Nothing came", clerk.account_id, Role.SHOP, now)
    assert case_with(db, first.case_id).answer == "It was opened"
    for case_id in (first.case_id, second.case_id):
        with pytest.raises(ReturnMovedOn):
            service.receive(db, case_id, _all_of(order), {}, clerk.account_id, Role.SHOP, now)
    assert _refunds(db, order.id) == []
    assert desk.seen(order.id) == order


def test_only_whoever_may_refunds_and_never_their_own_goods(db: Session, desk: Desk, ana: int, now: datetime) -> None:
    support = new_colleague(db, now, Role.SUPPORT)
    ana_works_here = new_colleague(db, now, Role.MANAGER, email="ana@example.org")
    order = desk.delivered(ana, (desk.till.shelf.thing(), 2))
    asked = service.ask_return(db, ana, wanted(order, 1), now)
    with pytest.raises(NotAllowed):
        service.approve(db, asked.case_id, support.account_id, Role.SUPPORT, now)
    with pytest.raises(OwnMembership):
        service.approve(db, asked.case_id, ana_works_here.account_id, Role.MANAGER, now)
    with pytest.raises(OwnMembership):
        service.take_back(db, wanted(order, 1), ana_works_here.account_id, Role.MANAGER, now)
    assert case_with(db, asked.case_id).state == State.ASKED


def test_every_act_leaves_a_row(db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime) -> None:
    order = desk.delivered(ana, (desk.till.shelf.thing(price=1000), 1))
    _returned_whole(db, desk, order, ana, clerk.account_id, now)
    db.rollback()
    entries = select(AuditEntry.act, AuditEntry.by).where(AuditEntry.subject == "return").order_by(AuditEntry.id)
    assert [tuple(row) for row in db.execute(entries)] == [
        ("return.asked", None), ("return.approved", clerk.account_id), ("return.goods_came", clerk.account_id),
        ("return.refunded", clerk.account_id),
    ]  # fmt: skip
    moves = db.scalars(select(OrderMove.kind).where(OrderMove.order_id == order.id).order_by(OrderMove.id))
    assert list(moves)[-2:] == ["refunded", "returned"]
    line = db.execute(select(ReturnLine.money, ReturnLine.received, ReturnLine.restocked)).one()
    assert tuple(line) == (1000, 1, 1)
