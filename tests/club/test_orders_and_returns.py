"""Orders of which something comes back, is called off, is disputed or is claimed: what is left of them, and no more."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.carts.models import Owner, cart_of
from club.catalogue.service.stock import level_of
from club.database import transaction
from club.errors import ChangedMeanwhile, DateTooOld, NothingToCancel, NotPaidYet, OrderCancelled
from club.members.models import Person
from club.orders import credit, service
from club.orders.again import order_again
from club.orders.models import Order
from club.orders.reading import OrderView, orders_of
from club.orders.rules import Actor, Fulfilment, PayBy, PaymentStatus, State
from club.orders.service import claiming, letting_go, place_order
from club.orders.service.packing import OnItsWay, pack, send
from club.orders.verify import violations
from club.papers.models import Paper
from club.papers.service import issue_due, issuing
from club.payments.models import Dispute, Payment
from club.payments.service import ask_refund_in
from club.payments.service.on_account import invoice_paid_in
from club.permissions import Role
from club.points.models import balance_of
from club.programme.rules import Club
from club.returns import service as returns
from club.returns.reading import case_with
from club.returns.rules import State as CaseState
from tests.people import new_colleague, new_signed_up_member
from tests.return_world import TODAY, Desk, wanted


@pytest.fixture
def desk(db: Session, club: Club, now: datetime) -> Desk:
    return Desk(db, now).open()


@pytest.fixture
def ana(db: Session, desk: Desk, now: datetime) -> int:
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    return person_id


@pytest.fixture
def clerk(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


def give_back(db: Session, order: OrderView, by: int, now: datetime, *pieces: int) -> None:
    """So many of each line are here, stand on the shelf again, and their money goes back."""
    wish = wanted(order, *pieces)
    case_id = returns.take_back(db, wish, by, Role.SHOP, now).case_id
    returns.receive_and_refund(
        db, case_id, wish.pieces, wish.pieces, by, Role.SHOP, now, with_delivery=False
    )  # fmt: skip


def pieces(order: OrderView) -> list[tuple[int, int, int, int]]:
    return [(line.packed, line.sent, line.returned, line.taken_out) for line in order.lines]


def test_what_the_buyer_sends_back_takes_nothing_from_what_is_still_to_be_sent(
    db: Session, desk: Desk, clerk: int, now: datetime
) -> None:
    order = desk.paid(None, (desk.till.shelf.thing(), 3))
    line = order.lines[0].id
    pack(db, order.id, {line: 2}, clerk, Role.SHOP, now)
    send(db, order.id, None, OnItsWay(), clerk, Role.SHOP, now)
    give_back(db, order, clerk, now, 1)
    assert pieces(desk.seen(order.id)) == [(2, 2, 1, 0)]
    assert pack(db, order.id, None, clerk, Role.SHOP, now) == 1
    send(db, order.id, None, OnItsWay(), clerk, Role.SHOP, now)
    after = desk.seen(order.id)
    assert (pieces(after), after.fulfilment) == ([(3, 3, 1, 0)], Fulfilment.SENT)
    give_back(db, order, clerk, now, 2)
    assert (desk.seen(order.id).fulfilment, desk.seen(order.id).state) == (Fulfilment.RETURNED, State.DONE)


def test_what_was_refunded_before_it_left_is_not_sent_any_more(
    db: Session, desk: Desk, clerk: int, now: datetime
) -> None:
    thing = desk.till.shelf.thing()
    order = desk.paid(None, (thing, 3))
    pack(db, order.id, {order.lines[0].id: 2}, clerk, Role.SHOP, now)
    give_back(db, order, clerk, now, 2)
    after = desk.seen(order.id)
    assert (pieces(after), after.fulfilment) == ([(1, 0, 2, 2)], Fulfilment.PACKED)
    send(db, order.id, None, OnItsWay(), clerk, Role.SHOP, now)
    after = desk.seen(order.id)
    assert (pieces(after), after.fulfilment) == ([(1, 1, 2, 2)], Fulfilment.SENT)
    assert [parcel.pieces for parcel in after.parcels] == [{order.lines[0].id: 1}]
    assert level_of(db, thing).on_hand == 49


def test_the_rest_of_an_order_is_called_off_and_its_open_returns_end(
    db: Session, desk: Desk, ana: int, clerk: int, now: datetime
) -> None:
    first, second = desk.till.shelf.thing(price=1000), desk.till.shelf.thing(price=2000)
    order = desk.paid(ana, (first, 1), (second, 2))
    give_back(db, order, clerk, now, 1, 0)
    asked = returns.withdraw(db, wanted(order, 0, 1), now)
    assert service.cancel(db, order.id, Actor.BUYER, None, None, now).refund == order.total - 1000
    assert [level_of(db, thing).on_hand for thing in (first, second)] == [50, 50]
    assert pieces(desk.seen(order.id)) == [(0, 0, 1, 1), (0, 0, 2, 2)]
    assert case_with(db, asked.case_id).state == CaseState.CLOSED
    db.rollback()
    with pytest.raises(OrderCancelled):
        returns.withdraw(db, wanted(order, 0, 1), now)
    assert violations(db) == []


def test_nothing_is_left_to_cancel_once_everything_was_given_back(
    db: Session, desk: Desk, ana: int, now: datetime
) -> None:
    order = desk.paid(ana, (desk.till.shelf.thing(), 1))
    returns.withdraw(db, wanted(order, 1), now)
    assert (desk.seen(order.id).state, desk.seen(order.id).fulfilment) == (State.DONE, Fulfilment.RETURNED)
    with pytest.raises(NothingToCancel):
        service.cancel(db, order.id, Actor.BUYER, None, None, now)


def test_an_order_that_waits_for_its_money_is_not_withdrawn_from(
    db: Session, desk: Desk, ana: int, now: datetime
) -> None:
    placed = desk.till.order(Owner(ana), (desk.till.shelf.thing(), 1))
    with pytest.raises(NotPaidYet):
        returns.withdraw(db, wanted(desk.seen(placed.order_id), 1), now)


def test_goods_that_came_and_are_not_paid_for_end_their_return(
    db: Session, desk: Desk, ana: int, clerk: int, now: datetime
) -> None:
    thing = desk.till.shelf.thing()
    order = desk.delivered(ana, (thing, 1))
    wish = wanted(order, 1)
    case_id = returns.take_back(db, wish, clerk, Role.SHOP, now).case_id
    returns.receive(db, case_id, wish.pieces, wish.pieces, clerk, Role.SHOP, now)
    returns.close(db, case_id, "Paid back by the bank", clerk, Role.SHOP, now)
    case = case_with(db, case_id)
    assert (case.state, case.answer, case.money) == (CaseState.CLOSED, "Paid back by the bank", 0)
    assert level_of(db, thing).on_hand == 50
    assert desk.seen(order.id).counts.returned == 0


def test_an_invoice_that_is_paid_after_a_part_came_back_leaves_nothing_due(
    db: Session, desk: Desk, ana: int, clerk: int, now: datetime
) -> None:
    owner = new_colleague(db, now, Role.OWNER).account_id
    credit.set_limit(db, ana, 100_000, 30, True, 0, owner, Role.OWNER, now)
    placed = desk.till.order(Owner(ana), (desk.till.shelf.thing(price=1000), 2), pay_by=PayBy.ACCOUNT)
    with transaction(db) as tx:
        ask_refund_in(tx, placed.order_id, 1000, "return", 1, clerk, "", now)
    order = desk.seen(placed.order_id)
    assert (order.payment_status, order.due) == (PaymentStatus.DUE, placed.total - 1000)
    with transaction(db) as tx:
        invoice_paid_in(tx, order.id, clerk, now)
    order = desk.seen(placed.order_id)
    assert (order.payment_status, order.due, order.paid) == (PaymentStatus.PAID, 0, placed.total - 1000)
    assert orders_of(db, ana, 1, 10)[0][0].payment_status is PaymentStatus.PAID


def test_nothing_arrives_before_it_was_ordered(db: Session, desk: Desk, now: datetime) -> None:
    order = desk.paid(None, (desk.till.shelf.thing(), 1))
    with pytest.raises(DateTooOld), transaction(db) as tx:
        service.delivered_in(tx, order.id, TODAY - timedelta(days=1), now)


def test_a_record_that_has_just_become_part_of_another_orders_nothing(
    db: Session, desk: Desk, ana: int, now: datetime
) -> None:
    wish = desk.till.wanted(desk.till.cart(Owner(ana), (desk.till.shelf.thing(), 1)), ana)
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == ana).values(merged_into=99, merged_at=now))
    with pytest.raises(ChangedMeanwhile):
        place_order(db, wish, now)
    assert db.scalar(select(func.count()).select_from(Order)) == 0


def test_the_same_form_for_another_order_is_another_one(db: Session, desk: Desk, ana: int, now: datetime) -> None:
    thing = desk.till.shelf.thing()
    orders = [desk.paid(ana, (thing, count)) for count in (1, 2)]
    for order in (orders[0], orders[0], orders[1], orders[1]):
        order_again(db, order, desk.till.shelf.shopper(Owner(ana)), "form", now)
    cart = cart_of(db, Owner(ana), now)
    assert cart is not None
    assert cart.pieces == 3


# --- one that is wrong holds up no other


def test_an_order_that_cannot_be_let_go_holds_up_no_other(
    db: Session, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (desk.till.order(Owner(), (desk.till.shelf.thing(), 1)) for _ in range(2))
    with transaction(db) as tx:  # points that are held nowhere
        tx.execute(update(Order).where(Order.id == bad.order_id).values(hold_id=99))
    monkeypatch.setattr(letting_go, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(letting_go, "_OVER", letting_go._OVER.limit(1))
    assert service.let_go_expired(db, now + timedelta(hours=1)) == 1
    assert [desk.seen(one.order_id).state for one in (bad, good)] == [State.PENDING, State.CANCELLED]


def test_an_order_that_cannot_have_its_invoice_holds_up_no_other(
    db: Session, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (desk.paid(None, (desk.till.shelf.thing(), 1)) for _ in range(2))
    issue = issuing.issue_invoice_in

    def issue_or_fail(tx: object, order_id: int, then: datetime) -> int:
        if order_id == bad.id:
            raise RuntimeError
        return issue(tx, order_id, then)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "issue_invoice_in", issue_or_fail)
    monkeypatch.setattr(issuing, "A_ROUND", 1)
    assert issue_due(db, now) == 1
    assert db.scalar(select(Paper.order_id)) == good.id


def test_the_night_claims_what_was_not_claimed_at_joining_and_nothing_that_the_bank_took_back(
    db: Session, desk: Desk, now: datetime
) -> None:
    kept, disputed = (desk.paid(None, (desk.till.shelf.thing(price=2400), 1)) for _ in range(2))
    with transaction(db) as tx:
        _lose(tx, disputed, now)
    ana = new_signed_up_member(db, now).person_id
    assert ana is not None
    assert [claiming.night(db, TODAY, now) for _ in range(2)] == [1, 0]
    assert [desk.seen(one.id).person_id for one in (kept, disputed)] == [ana, None]
    assert balance_of(db, ana, TODAY).pending == 24
    db.rollback()
    assert violations(db) == []


def _lose(tx: Session, order: OrderView, now: datetime) -> None:
    payment = {
        "order_id": order.id, "attempt": 1, "key": "one", "state": "paid", "session_id": "cs_1", "intent_id": "pi_1",
        "amount": order.total, "currency": "EUR", "received": order.total, "made_at": now, "closes_at": now,
        "paid_at": now, "next_look_at": now,
    }  # fmt: skip
    payment_id = tx.execute(insert(Payment).values(payment).returning(Payment.id)).scalar_one()
    dispute = {
        "stripe_id": "dp_1", "order_id": order.id, "payment_id": payment_id, "amount": order.total, "currency": "EUR",
        "reason": "fraudulent", "state": "lost", "opened_at": now, "closed_at": now,
    }  # fmt: skip
    tx.execute(insert(Dispute).values(dispute))
