"""Money goes back while the goods stay: once a form, with its paper and one mail, and never twice with the goods."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.carts.models import Owner
from club.database import transaction
from club.errors import NotAllowed, OwnMembership, RefundTooHigh
from club.orders import credit
from club.orders.reading import OrderView
from club.orders.rules import Fulfilment, PayBy, PaymentStatus
from club.papers.models import Paper
from club.papers.service import issue_due, issue_for_money_alone
from club.payments.models import Dispute, Payment, Refund
from club.permissions import Role
from club.points.models import balance_of
from club.programme.rules import Club
from club.returns import service
from club.returns.service import give_money_back
from tests.order_world import COUNTER
from tests.people import SomebodyWithAccount, mails_to, new_colleague, new_signed_up_member
from tests.return_world import TODAY, Desk, wanted

KEY = b"a form"


@pytest.fixture
def desk(db: Session, club: Club, now: datetime) -> Desk:
    return Desk(db, now).open()


@pytest.fixture
def ana(db: Session, desk: Desk, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def clerk(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


def given(db: Session, order: OrderView, amount: int, by: int, now: datetime, key: bytes = KEY) -> int:
    return give_money_back(db, order.id, amount, "a scratch", key, by, Role.SHOP, now)


def credited(db: Session, order_id: int) -> list[tuple[str, int]]:
    db.rollback()
    asked = select(Paper.cause, Paper.total).where(Paper.order_id == order_id, Paper.total < 0).order_by(Paper.id)
    return [(cause.split(":")[0], total) for cause, total in db.execute(asked)]


def refunded(db: Session, order_id: int) -> list[int]:
    db.rollback()
    return list(db.scalars(select(Refund.amount).where(Refund.order_id == order_id).order_by(Refund.id)))


def test_it_goes_back_once_with_a_paper_and_a_mail_and_the_goods_bring_only_the_rest(
    db: Session, desk: Desk, ana: SomebodyWithAccount, clerk: int, now: datetime
) -> None:
    order = desk.delivered(ana.person_id, (desk.till.shelf.thing(price=1000), 3))
    first = given(db, order, 700, clerk, now)
    assert given(db, order, 700, clerk, now) == first
    assert (refunded(db, order.id), credited(db, order.id)) == ([700], [("goodwill", -700)])
    assert ana.person_id is not None
    assert balance_of(db, ana.person_id, TODAY).pending == 30  # nothing came back, so nothing is taken
    (mail,) = [one for one in mails_to(db, "ana@example.org") if one.act == "order.refunded"]
    paper = db.scalar(select(Paper.number).where(Paper.total < 0))
    assert (mail.data["to_account"], mail.data["paper"], mail.data["to_card"]) == (700, paper, 0)
    for pieces in (2, 1):
        asked = service.take_back(db, wanted(order, pieces), clerk, Role.SHOP, now)
        service.receive_and_refund(
            db, asked.case_id, {order.lines[0].id: pieces}, {}, clerk, Role.SHOP, now, with_delivery=True
        )
    assert sum(refunded(db, order.id)) == order.total == -sum(total for _, total in credited(db, order.id))
    assert desk.seen(order.id).payment_status is PaymentStatus.REFUNDED
    with pytest.raises(RefundTooHigh):
        given(db, order, 1, clerk, now, b"another")


def test_of_an_order_on_account_less_is_to_be_paid(
    db: Session, desk: Desk, ana: SomebodyWithAccount, clerk: int, now: datetime
) -> None:
    owner = new_colleague(db, now, Role.OWNER).account_id
    assert ana.person_id is not None
    credit.set_limit(db, ana.person_id, 100_000, 30, True, 0, owner, Role.OWNER, now)
    placed = desk.till.order(Owner(ana.person_id), (desk.till.shelf.thing(price=1000), 2), pay_by=PayBy.ACCOUNT)
    order = desk.seen(placed.order_id)
    given(db, order, 500, clerk, now)
    after = desk.seen(order.id)
    assert (after.due, refunded(db, order.id), credited(db, order.id)) == (
        order.total - 500, [], [("goodwill", -500)],
    )  # fmt: skip
    (mail,) = [one for one in mails_to(db, "ana@example.org") if one.act == "order.refunded"]
    assert (mail.data["refund"], mail.data["less"]) == (0, 500)
    assert (after.account_due_on is not None) and after.payment_status is PaymentStatus.DUE


def test_only_whoever_may_and_never_for_their_own_order(
    db: Session, desk: Desk, ana: SomebodyWithAccount, clerk: int, now: datetime
) -> None:
    order = desk.delivered(ana.person_id, (desk.till.shelf.thing(price=1000), 1))
    with pytest.raises(NotAllowed):
        give_money_back(db, order.id, 100, "why", KEY, clerk, Role.MARKETING, now)
    with pytest.raises(OwnMembership):
        given(db, order, 100, ana.account_id, now)
    with pytest.raises(RefundTooHigh):
        given(db, order, order.total + 1, clerk, now)
    assert (refunded(db, order.id), credited(db, order.id)) == ([], [])
    given(db, order, 100, clerk, now)
    db.rollback()
    numbers = db.scalar(select(AuditEntry.numbers).where(AuditEntry.act == "order.goodwill"))
    assert numbers is not None and numbers["amount"] == 100


def test_what_a_bank_took_has_its_paper_and_the_goods_bring_nothing_more(
    db: Session, desk: Desk, clerk: int, now: datetime
) -> None:
    order = desk.delivered(None, (desk.till.shelf.thing(price=1000), 2))
    with transaction(db) as tx:
        payment = Payment(
            order_id=order.id, attempt=1, key="k", state="paid", amount=order.total, currency="EUR",
            received=order.total, made_at=now, closes_at=now, paid_at=now, next_look_at=now,
        )  # fmt: skip
        tx.add(payment)
        tx.flush()
        dispute = Dispute(
            stripe_id="dp_1", order_id=order.id, payment_id=payment.id, amount=order.total + 900, currency="EUR",
            reason="fraudulent", state="lost", opened_at=now, closed_at=now,
        )  # fmt: skip
        tx.add(dispute)
    assert (issue_due(db, now), issue_for_money_alone(db, now), issue_for_money_alone(db, now)) == (1, 1, 0)
    assert credited(db, order.id) == [("dispute", -order.total)]
    asked = service.take_back(db, wanted(order, 2), clerk, Role.SHOP, now)
    done = service.receive_and_refund(
        db, asked.case_id, {order.lines[0].id: 2}, {}, clerk, Role.SHOP, now, with_delivery=True
    )  # fmt: skip
    assert (done.money, refunded(db, order.id)) == (0, [])


def test_what_was_to_be_paid_at_the_counter_and_was_withdrawn_whole_is_due_no_more(
    db: Session, desk: Desk, ana: SomebodyWithAccount, now: datetime
) -> None:
    thing = desk.till.shelf.thing(price=1000)
    placed = desk.till.order(Owner(ana.person_id), (thing, 2), pay_by=PayBy.PICKUP, method_id=COUNTER)
    order = desk.seen(placed.order_id)
    assert (order.due, order.payment_status) == (2000, PaymentStatus.DUE)
    service.withdraw(db, wanted(order, 2), now)
    after = desk.seen(order.id)
    assert (after.due, after.payment_status, after.fulfilment) == (0, PaymentStatus.NOTHING_DUE, Fulfilment.RETURNED)
    assert (refunded(db, order.id), credited(db, order.id)) == ([], [("return", -2000)])
    (mail,) = [one for one in mails_to(db, "ana@example.org") if one.act == "return.refunded"]
    assert (mail.data["refund"], mail.data["less"]) == (0, 2000)
