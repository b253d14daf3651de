"""Money and orders as staff see them; buying on account from the limit to the paid invoice."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.carts.models import Owner
from club.database import transaction
from club.errors import AccountOverdue, CreditExceeded, NotAllowedOnAccount
from club.orders import credit
from club.orders.credit.models import AccountDue, ageing
from club.orders.models import Order
from club.orders.rules import PayBy, State
from club.payments import service
from club.payments.models import Payment, PaymentEvent, Refund
from club.payments.verify import violations
from club.permissions import Role
from club.programme.rules import Club
from tests.conftest import Counted
from tests.order_world import Till, open_shop
from tests.people import SomebodyWithAccount, browser_of, mails_to, new_colleague, new_signed_up_member

MONEY, CREDIT = "/admin/money", "/admin/money/credit"


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    open_shop(db)
    return Till(db, now)


@pytest.fixture
def member(db: Session, till: Till, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def owner(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    return new_colleague(db, now, Role.OWNER)


@pytest.fixture
def office(app: Flask, db: Session, owner: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, owner, now, second_factor=True)


def buy(till: Till, member: SomebodyWithAccount, price: int, **other: Any) -> int:
    wine = till.shelf.thing("Reserva", price=price, on_hand=9)
    return till.order(Owner(person_id=member.person_id), (wine, 1), pay_by=PayBy.ACCOUNT, **other).order_id


def trust(office: FlaskClient, member: SomebodyWithAccount, most: str, seen: int = 0) -> int:
    fields = {"most": most, "days": "30", "is_open": "y", "seen": str(seen)}
    return office.post(f"{CREDIT}/{member.person_id}", data=fields).status_code


def due_since(db: Session, day: date) -> None:
    with transaction(db) as tx:
        tx.execute(update(AccountDue).values(due_on=day))


@pytest.mark.proves("R112")
def test_a_member_buys_on_account_up_to_the_limit_that_staff_set(
    db: Session, till: Till, member: SomebodyWithAccount, office: FlaskClient, app: Flask, now: datetime
) -> None:
    with pytest.raises(NotAllowedOnAccount):
        buy(till, member, 2000)
    assert trust(office, member, "60") == 303
    order_id = buy(till, member, 2000)  # both are in the cart by now
    with pytest.raises(CreditExceeded) as refused:
        buy(till, member, 2000)
    assert refused.value.left == 6000 - 4490
    assert trust(office, member, "10", seen=1) == 422  # below what is open already
    changed = {"most": "100", "days": "30", "is_open": "y", "seen": "0"}
    stale = office.post(f"{CREDIT}/{member.person_id}", data=changed)
    assert stale.status_code == 422  # somebody else changed it meanwhile
    assert re.search(r'<input[^>]*name="seen"[^>]*value="1"', stale.text), "saved again, it counts"
    long = office.post(f"{CREDIT}/{member.person_id}", data={**changed, "seen": "1", "days": "999"})
    assert (long.status_code, 'href="#days"' in long.text, 'href="#most"' in long.text) == (422, True, False)
    mine = browser_of(app, db, member, now).get("/me/account").text
    assert "44,90" in mine
    assert "15,10" in mine
    due_id = db.scalar(select(AccountDue.id).where(AccountDue.order_id == order_id))
    db.rollback()
    for _ in range(2):
        assert office.post(f"/admin/money/invoices/{due_id}/paid").status_code == 303
    order = db.execute(select(Order.state, Order.paid).where(Order.id == order_id)).one()
    assert tuple(order) == (State.PLACED, 4490)
    assert violations(db) == []
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("credit.")).order_by(AuditEntry.id)).all()
    assert acts == ["credit.set", "credit.paid"]


def test_what_is_given_back_of_an_unpaid_order_is_owed_no_more(
    db: Session, till: Till, member: SomebodyWithAccount, office: FlaskClient, now: datetime
) -> None:
    trust(office, member, "100")
    order_id = buy(till, member, 4000)
    with transaction(db) as tx:
        assert service.ask_refund_in(tx, order_id, 1000, "return", 1, None, "", now) is None
    assert ageing(db, now.date()).whole == 3490
    assert violations(db) == []
    db.rollback()
    with transaction(db) as tx:
        service.invoice_paid_in(tx, order_id, 1, now)
        refund_id = service.ask_refund_in(tx, order_id, 500, "return", 2, None, "", now)
    assert db.execute(select(Refund.id, Refund.state, Refund.amount)).one() == (refund_id, "by_hand", 500)
    db.rollback()
    assert "To be paid out by hand" in office.get(f"{MONEY}?view=refunds").text
    assert office.post(f"/admin/money/refunds/{refund_id}/paid-out").status_code == 303
    assert db.scalar(select(Refund.state)) == "done"
    assert violations(db) == []


def test_an_overdue_invoice_blocks_ages_and_is_reminded_of_in_three_steps(
    db: Session, till: Till, member: SomebodyWithAccount, office: FlaskClient, now: datetime
) -> None:
    trust(office, member, "100")
    buy(till, member, 1000)
    today = now.date()
    for days, part in ((0, "not_due"), (1, "to_30"), (31, "to_60"), (61, "to_90"), (91, "over_90")):
        due_since(db, today - timedelta(days=days))
        sums = ageing(db, today)
        assert (getattr(sums, part), sums.whole) == (1490, 1490)
    with pytest.raises(AccountOverdue):
        buy(till, member, 1000)
    for night, reminded in ((2, 0), (3, 1), (3, 1), (13, 1), (14, 2), (28, 3), (90, 3)):
        due_since(db, today - timedelta(days=night))
        service.night(db, today - timedelta(days=1), now)
        db.rollback()
        assert db.scalar(select(AccountDue.reminded)) == reminded
    acts = [mail.act for mail in mails_to(db, "ana@example.org") if mail.act.startswith("account.")]
    assert acts == ["account.reminder1", "account.reminder2", "account.reminder3"]
    assert "90 days late" in office.get(CREDIT).text


def test_who_may_not_set_a_limit_is_refused(
    app: Flask, db: Session, till: Till, member: SomebodyWithAccount, now: datetime
) -> None:
    desk = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    assert trust(desk, member, "60") == 403
    assert credit.offer_of(db, member.person_id or 0, now.date()) is None


def test_payments_that_do_not_fit_stand_first_and_lists_ask_few_questions(
    db: Session,
    till: Till,
    member: SomebodyWithAccount,
    office: FlaskClient,
    now: datetime,
    count_queries: Callable[[], AbstractContextManager[Counted]],
) -> None:
    assert "Money and orders agree." in office.get(MONEY).text
    wine = till.shelf.thing("Reserva", on_hand=99)
    placed = till.order(Owner(person_id=member.person_id), (wine, 1))
    with transaction(db) as tx:
        for attempt in range(1, 8):
            tx.execute(
                insert(Payment).values(
                    order_id=placed.order_id, attempt=attempt, key=f"k{attempt}", state="strange", url="",
                    amount=100, currency="EUR", received=90, refunded=0, is_surplus=False, trouble="amount",
                    made_at=now, closes_at=now, next_look_at=now, session_id=f"cs{attempt}", intent_id=f"pi{attempt}",
                )
            )  # fmt: skip
            tx.execute(
                insert(PaymentEvent).values(
                    event_id=f"e{attempt}", kind="payment_intent.succeeded", object_id=f"pi{attempt}",
                    happened_at=now, heard_at=now, outcome="quarantined", why="mode",
                )
            )  # fmt: skip
    first = office.get(MONEY).text
    assert first.count("Money came that does not fit its order") == 7
    assert placed.number in first
    assert "The amount is not the one of the order." in office.get(f"{MONEY}?view=payments").text
    with count_queries() as queries:
        said = office.get(f"{MONEY}?view=messages").text
    assert said.count("Test money and real money were mixed up.") == 7
    assert len(queries) <= 15
    event_id = db.scalar(select(PaymentEvent.id).order_by(PaymentEvent.id))
    db.rollback()
    assert office.post(f"/admin/money/messages/{event_id}/seen").status_code == 303
    assert office.get(f"{MONEY}?view=messages").text.count("Test money and real money were mixed up.") == 6
