"""Something else instead: what comes back pays for what goes out, once, whichever of the two costs more."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Variant
from club.catalogue.service.stock import level_of, release_expired
from club.database import transaction
from club.errors import DifferenceNotPayable, ExchangeNeedsAge, OutOfStock, ReturnMovedOn
from club.orders.models import Order, OrderLine
from club.orders.reading import OrderView
from club.orders.rules import Actor, PayBy, PaymentStatus, State
from club.orders.service import delivered_in, let_go_expired, money_came_in, settle_in
from club.orders.verify import violations
from club.payments import service as payments
from club.payments.models import Dispute, Payment, Refund
from club.payments.service.attempts import attempts_of, locked
from club.payments.service.refunding import left_of, take_refunds_in
from club.payments.service.settling import take_in
from club.payments.values import Refund as Said
from club.payments.values import RefundStatus
from club.payments.verify import violations as money_violations
from club.permissions import Role
from club.points.models import balance_of
from club.points.verify import violations as points_violations
from club.programme.rules import Club
from club.purchases.models import bought
from club.returns import service
from club.returns.reading import case_with
from club.returns.rules import Reason
from club.returns.rules import State as CaseState
from club.returns.service import Arrived, Swapped, Wanted
from tests.order_world import COUNTER, POSTAGE
from tests.people import SomebodyWithAccount, mails_to, new_colleague, new_signed_up_member
from tests.return_world import TODAY, Desk


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


def card_of(db: Session, order: OrderView, now: datetime) -> int:
    """The card payment that settled an order."""
    values = {
        "order_id": order.id, "attempt": 1, "key": f"pay:{order.id}", "state": "paid", "intent_id": f"pi_{order.id}",
        "amount": order.total - order.carried, "currency": "EUR", "received": order.total - order.carried,
        "refunded": 0, "is_surplus": False, "made_at": now, "closes_at": now, "next_look_at": now, "paid_at": now,
    }  # fmt: skip
    with transaction(db) as tx:
        payment = Payment(**values)
        tx.add(payment)
        tx.flush()
        return payment.id


def asked_for(
    db: Session,
    desk: Desk,
    ana: int,
    order: OrderView,
    other: int,
    clerk: SomebodyWithAccount,
    now: datetime,
    reason: Reason = Reason.CHANGED_MIND,
) -> int:
    """One of the first line against one of the other: asked for and approved."""
    line = order.lines[0]
    wanted = Wanted(
        order_id=order.id, pieces={line.id: 1}, reason=reason, instead={line.id: other}
    )  # fmt: skip
    case_id = service.ask_return(db, ana, wanted, now).case_id
    service.approve(db, case_id, clerk.account_id, Role.SHOP, now)
    return case_id


def swapped(
    db: Session, desk: Desk, case_id: int, clerk: SomebodyWithAccount, now: datetime, *, takes_cards: bool = True
) -> Swapped:
    line_id = case_with(db, case_id).lines[0].line_id
    db.rollback()
    arrived = Arrived(pieces={line_id: 1}, restocked={line_id: 1}, takes_cards=takes_cards)
    shown = service.effect_of_exchange(db, case_id, arrived, clerk.account_id, Role.SHOP, now)
    done = service.exchange(db, case_id, arrived, clerk.account_id, Role.SHOP, now)
    assert (shown.back, shown.order.total, shown.order.carried, shown.order.to_pay) == (
        done.back, done.order.total, done.order.carried, done.order.to_pay,
    )  # fmt: skip
    return done


def all_holds(db: Session) -> None:
    """But for the parcels: the goods of the first order were handed over without one."""
    db.rollback()
    assert [one for one in violations(db) if "parcels" not in one.what] == []
    assert money_violations(db) == []
    assert points_violations(db) == []
    db.rollback()


def refunds(db: Session) -> list[tuple[int, str, int, str, bool]]:
    db.rollback()
    rows = db.execute(select(Refund).order_by(Refund.id)).scalars()
    return [(one.order_id, one.cause_kind, one.amount, one.state, one.payment_id is not None) for one in rows]


@pytest.mark.proves("F-12")
def test_a_cheaper_one_goes_out_and_the_rest_goes_back_to_the_card(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    dear, cheap = desk.till.shelf.thing(price=2400), desk.till.shelf.thing(price=1500)
    desk.till.give_points(ana, 1000)
    order = desk.delivered(ana, (dear, 2), points=400)  # each piece: 22 € in money, 200 points
    card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, cheap, clerk, now)
    assert (level_of(db, cheap).on_hand, level_of(db, cheap).reserved) == (50, 1)
    done = swapped(db, desk, case_id, clerk, now)
    assert (done.returned.money, done.returned.points) == (2200, 200)
    assert (done.order.total, done.order.points, done.order.carried, done.order.to_pay, done.back) == (
        1300, 200, 1300, 0, 900,
    )  # fmt: skip
    new, old = desk.seen(done.order.order_id), desk.seen(order.id)
    assert (new.state, new.payment_status, new.paid, new.delivery_price) == (State.PLACED, PaymentStatus.PAID, 1300, 0)
    assert (old.refunded, new.exchange_of) == (2200, order.id)
    assert bought(db, "shop", new.number).amount == 1300
    assert refunds(db) == [(order.id, "exchange", 1300, "done", False), (order.id, "return", 900, "waiting", True)]
    assert (level_of(db, cheap).on_hand, level_of(db, cheap).reserved, level_of(db, dear).on_hand) == (49, 0, 49)
    db.rollback()
    assert balance_of(db, ana, TODAY).active == 600
    case = case_with(db, case_id)
    assert (case.state, case.exchange_number, case.lines[0].instead_id) == (CaseState.REFUNDED, new.number, cheap)
    db.rollback()
    acts = [mail.act for mail in mails_to(db, "ana@example.org") if mail.act.startswith(("return.", "order.placed"))]
    assert acts == ["order.placed", "return.received", "return.approved", "order.placed", "return.exchanged"]
    with pytest.raises(ReturnMovedOn):
        service.exchange(db, case_id, Arrived(pieces=None), clerk.account_id, Role.SHOP, now)
    all_holds(db)


def test_a_dearer_one_waits_for_the_card_and_gives_all_back_where_nobody_pays(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    order = desk.delivered(ana, (cheap, 1))
    card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, dear, clerk, now)
    with pytest.raises(DifferenceNotPayable):
        swapped(db, desk, case_id, clerk, now, takes_cards=False)
    done = swapped(db, desk, case_id, clerk, now)
    assert (done.order.carried, done.order.to_pay, done.back, done.order.pay_by) == (1500, 900, 0, PayBy.CARD)
    assert desk.seen(done.order.order_id).state is State.PENDING
    all_holds(db)
    assert let_go_expired(db, now + timedelta(days=6)) == 0
    assert (let_go_expired(db, now + timedelta(days=8)), payments.give_carried_back(db, now)) == (1, 1)
    assert payments.give_carried_back(db, now) == 0
    assert refunds(db) == [(order.id, "exchange", 1500, "waiting", True)]
    assert level_of(db, dear).reserved == 0
    assert db.scalar(select(Payment.refunded)) == 1500
    assert [mail.act for mail in mails_to(db, "ana@example.org")][-1] == "order.refunded"
    all_holds(db)


@pytest.mark.proves("F-12")
def test_what_staff_sent_back_at_stripe_is_not_given_back_once_more(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    for sent, left in ((1500, 0), (1000, 500)):
        order = desk.delivered(ana, (cheap, 1))
        payment_id = card_of(db, order, now)
        new = swapped(db, desk, asked_for(db, desk, ana, order, dear, clerk, now), clerk, now).order
        outside = Said(
            id=f"re_{sent}", status=RefundStatus.SUCCEEDED, amount=POSTAGE + sent, key="", currency="EUR",
            intent_id=f"pi_{order.id}", failure="",
        )  # fmt: skip
        with transaction(db) as tx:
            (paid,) = attempts_of(tx, order.id)
            take_refunds_in(tx, order.id, paid, [outside], now)
        assert (let_go_expired(db, now + timedelta(days=8)), payments.give_carried_back(db, now)) == (1, 1)
        assert desk.seen(new.order_id).state is State.CANCELLED
        of_order = [row[1:] for row in refunds(db) if row[0] == order.id]
        still = [("exchange", left, "waiting", True)] if left else []
        assert of_order == [*still, ("outside", POSTAGE + sent, "done", True)]
        assert db.get_one(Payment, payment_id).refunded == order.total
        assert payments.give_carried_back(db, now) == 0
        all_holds(db)


@pytest.mark.proves("F-12")
def test_what_a_bank_took_is_not_given_back_once_more(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    for taken, left in ((1500, 0), (500, 1000)):
        order = desk.delivered(ana, (cheap, 1))
        payment_id = card_of(db, order, now)
        swapped(db, desk, asked_for(db, desk, ana, order, dear, clerk, now), clerk, now)
        values = {"payment_id": payment_id, "amount": POSTAGE + taken, "currency": "EUR", "reason": "fraudulent"}
        with transaction(db) as tx:
            lost = {"stripe_id": f"dp_{taken}", "state": "lost", "opened_at": now, "closed_at": now}
            tx.add(Dispute(order_id=order.id, **values, **lost))
        assert (let_go_expired(db, now + timedelta(days=8)), payments.give_carried_back(db, now)) == (1, 1)
        back = [("exchange+", left, "waiting", True)] if left else []
        assert [row[1:] for row in refunds(db) if row[0] == order.id] == [("exchange", taken, "done", False), *back]
        assert db.get_one(Payment, payment_id).refunded == left
        assert payments.give_carried_back(db, now) == 0
        all_holds(db)


def test_what_an_exchange_paid_goes_back_to_both_cards(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    order = desk.delivered(ana, (cheap, 1))
    card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, dear, clerk, now)
    new_id = swapped(db, desk, case_id, clerk, now).order.order_id
    with transaction(db) as tx:
        settle_in(tx, new_id, 900, now)
    new = desk.seen(new_id)
    assert (new.state, new.paid, new.payment_status) == (State.PLACED, 2400, PaymentStatus.PAID)
    card_of(db, new, now)
    all_holds(db)
    done = payments.cancel(db, new_id, Actor.BUYER, None, None, None, now)
    assert done.refund == 2400
    assert refunds(db)[1:] == [
        (new_id, "cancellation", 900, "waiting", True), (new_id, "cancellation+", 1500, "waiting", True),
    ]  # fmt: skip
    all_holds(db)


def test_what_was_set_aside_is_free_again_when_nothing_comes_and_money_can_go_back_all_the_same(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    one, rare = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=1500, on_hand=1)
    order = desk.delivered(ana, (one, 2))
    card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, rare, clerk, now)
    with pytest.raises(OutOfStock):
        asked_for(db, desk, ana, order, rare, clerk, now)
    later = now + timedelta(days=40)
    assert release_expired(db, later) == 1
    done = swapped(db, desk, case_id, clerk, later)
    assert (done.order.to_pay, level_of(db, rare).on_hand) == (0, 0)
    waiting = case_with(db, case_id + 1)
    service.approve(db, waiting.id, clerk.account_id, Role.SHOP, now, money_only=True)
    pieces = {waiting.lines[0].line_id: 1}
    back = service.receive_and_refund(
        db, waiting.id, pieces, pieces, clerk.account_id, Role.SHOP, now, with_delivery=False
    )  # fmt: skip
    assert (back.money, desk.seen(order.id).left) == (1500, POSTAGE)
    all_holds(db)


def test_an_exchange_waits_its_seven_days_although_the_payment_page_was_left(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    order = desk.delivered(ana, (cheap, 1))
    card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, dear, clerk, now)
    new_id = swapped(db, desk, case_id, clerk, now).order.order_id
    with transaction(db) as tx:  # its page was opened, and is over
        tx.execute(update(Order).where(Order.id == new_id).values(expires_at=None))
    with transaction(db) as tx:
        take_in(tx, new_id, [], now + timedelta(minutes=40), is_live=False)
    assert (desk.seen(new_id).state, desk.seen(new_id).expires_at) == (State.PENDING, now + timedelta(days=7))
    with transaction(db) as tx:
        tx.execute(update(Order).where(Order.id == new_id).values(expires_at=None))
    with transaction(db) as tx:
        take_in(tx, new_id, [], now + timedelta(days=7, minutes=20), is_live=False)
    assert desk.seen(new_id).state is State.CANCELLED


def test_what_was_faulty_goes_out_again_for_nothing_and_cents_are_given(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    wine, other = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2430)
    order = desk.delivered(ana, (wine, 3))
    card_of(db, order, now)
    desk.till.shelf.costs(wine, 2400)
    faulty = asked_for(db, desk, ana, order, wine, clerk, now, Reason.DAMAGED)
    done = swapped(db, desk, faulty, clerk, now)
    assert (done.order.total, done.order.carried, done.order.to_pay, done.back) == (1500, 1500, 0, 0)
    mind = asked_for(db, desk, ana, order, wine, clerk, now)
    assert swapped(db, desk, mind, clerk, now).order.to_pay == 900
    desk.till.shelf.costs(other, 1530)
    cents = asked_for(db, desk, ana, order, other, clerk, now)
    done = swapped(db, desk, cents, clerk, now)
    assert (done.order.total, done.order.to_pay, done.order.pay_by) == (1500, 0, PayBy.NOTHING)
    all_holds(db)


def test_who_withdraws_from_an_exchange_that_is_half_paid_at_the_counter_gets_what_it_carried(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime
) -> None:
    cheap, dear = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=2400)
    order = desk.delivered(ana, (cheap, 1), pay_by=PayBy.PICKUP, method_id=COUNTER)
    with transaction(db) as tx:
        money_came_in(tx, order.id, order.total, now)
    case_id = asked_for(db, desk, ana, order, dear, clerk, now)
    new = desk.seen(swapped(db, desk, case_id, clerk, now).order.order_id)
    assert (new.state, new.paid, new.total) == (State.PLACED, 1500, 2400)
    everything = Wanted(order_id=new.id, pieces={new.lines[0].id: 1}, reason=Reason.NONE)
    assert service.withdraw(db, everything, now).case_id
    assert desk.seen(new.id).refunded == 1500
    assert refunds(db)[-1][:4] == (new.id, "return", 1500, "by_hand")


@pytest.mark.parametrize("by_bank", [True, False])
def test_money_that_the_first_card_took_back_is_not_given_by_the_exchange_too(
    db: Session, desk: Desk, ana: int, clerk: SomebodyWithAccount, now: datetime, *, by_bank: bool
) -> None:
    one, other = desk.till.shelf.thing(price=1500), desk.till.shelf.thing(price=1500)
    order = desk.delivered(ana, (one, 1))
    payment_id = card_of(db, order, now)
    case_id = asked_for(db, desk, ana, order, other, clerk, now)
    new_id = swapped(db, desk, case_id, clerk, now).order.order_id
    with transaction(db) as tx:
        assert left_of(tx, locked(tx, new_id)) == 1500
    with transaction(db) as tx:
        if by_bank:
            values = {"payment_id": payment_id, "amount": order.total, "currency": "EUR", "reason": "fraudulent"}
            lost = {"stripe_id": "dp_1", "state": "lost", "opened_at": now, "closed_at": now}
            tx.add(Dispute(order_id=order.id, **values, **lost))
        else:
            said = Said(
                id="re_out", amount=order.total, currency="EUR", status=RefundStatus.SUCCEEDED, key="", failure="",
                intent_id="",
            )  # fmt: skip
            take_refunds_in(tx, order.id, attempts_of(tx, order.id)[0], [said], now)
    with transaction(db) as tx:
        assert left_of(tx, locked(tx, new_id)) == 0
    assert desk.seen(order.id).refunded == (1500 if by_bank else order.total)
    all_holds(db)


@pytest.mark.proves("F-12")
def test_a_guest_confirms_an_age_and_what_went_out_is_exchanged_once_more(
    db: Session, desk: Desk, clerk: SomebodyWithAccount, now: datetime
) -> None:
    juice, wine, sherry = (desk.till.shelf.thing(price=price) for price in (2400, 2000, 1500))
    with transaction(db) as tx:
        of_age = select(Variant.product_id).where(Variant.id.in_([wine, sherry]))
        tx.execute(update(Product).where(Product.id.in_(of_age)).values(min_age=18))
    order = desk.delivered(None, (juice, 1))
    payment_id = card_of(db, order, now)

    def exchange(of: OrderView, other: int, age: int, *, by_staff: bool = False) -> OrderView:
        line = of.lines[0].id
        wanted = Wanted(
            order_id=of.id, pieces={line: 1}, reason=Reason.CHANGED_MIND, instead={line: other}, confirmed_age=age
        )
        if by_staff:
            case_id = service.take_back(db, wanted, clerk.account_id, Role.SHOP, now).case_id
        else:
            case_id = service.ask_return(db, None, wanted, now).case_id
            service.approve(db, case_id, clerk.account_id, Role.SHOP, now)
        assert level_of(db, other).reserved == 1
        done = swapped(db, desk, case_id, clerk, now)
        with transaction(db) as tx:
            sent = {"packed": OrderLine.quantity, "sent": OrderLine.quantity}
            tx.execute(update(OrderLine).where(OrderLine.order_id == done.order.order_id).values(sent))
            delivered_in(tx, done.order.order_id, TODAY, now)
        return desk.seen(done.order.order_id)

    for age in (0, 17):
        with pytest.raises(ExchangeNeedsAge):
            exchange(order, wine, age)
    second = exchange(order, wine, 18)
    third = exchange(second, sherry, 0, by_staff=True)
    assert [(one.total, one.carried, one.exchange_of) for one in (second, third)] == [
        (2000, 2000, order.id), (1500, 1500, second.id),
    ]  # fmt: skip
    assert refunds(db) == [
        (order.id, "exchange", 2000, "done", False), (order.id, "return", 400, "waiting", True),
        (second.id, "exchange", 1500, "done", False), (second.id, "return", 500, "waiting", True),
    ]  # fmt: skip
    assert db.get_one(Payment, payment_id).refunded == 900
    assert [level_of(db, one).on_hand for one in (juice, wine)] == [50, 50]
    all_holds(db)
