"""Invoices: paid, and reminded of by the night in three steps."""

from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import ONE_DAY, club_day
from club.database import Transaction, transaction
from club.errors import NotFound
from club.messages.service import queue
from club.orders import credit
from club.orders.credit.models import AccountDue
from club.orders.credit.rules import REMIND_AFTER, reminded_if_due_by
from club.orders.models import Order, OrderContact, OrderMove
from club.orders.rules import Actor, Move
from club.orders.service import money_came_in
from club.payments.service.attempts import locked
from club.permissions import Permission, Role, require
from club.programme.models import the_club

AT_ONCE = 200
REMINDERS = ("account.reminder1", "account.reminder2", "account.reminder3")
_D = AccountDue.__table__.c


def invoice_paid(db: Session, due_id: int, by: int, role: Role | None, now: datetime) -> None:
    """The money of an invoice has come; paid already: nothing happens. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        order_id = tx.scalar(select(_D.order_id).where(_D.id == due_id))
        if order_id is None:
            raise NotFound
        invoice_paid_in(tx, order_id, by, now)


def invoice_paid_in(tx: Transaction, order_id: int, by: int, now: datetime) -> None:
    """The same as a step."""
    locked(tx, order_id)
    amount = credit.pay_off_in(tx, order_id, club_day(now, the_club(tx).time_zone))
    if not amount:
        return
    money_came_in(tx, order_id, amount, now)
    move = {"order_id": order_id, "at": now, "kind": Move.PAID.value, "actor": Actor.STAFF.value, "by": by}
    tx.execute(insert(OrderMove).values(**move, numbers={"amount": amount}))
    record(tx, "credit.paid", "order", order_id, by=by, now=now, amount=amount)


def night(db: Session, day: date, now: datetime) -> int:
    """Remind of invoices that are overdue, at most one step a night; how many mails were written."""
    today = day + ONE_DAY
    return sum(_remind_all(db, step, today, now) for step in reversed(range(len(REMIND_AFTER))))


def _remind_all(db: Session, step: int, today: date, now: datetime) -> int:
    reminded, is_more = 0, True
    while is_more:
        with transaction(db) as tx:
            found = _remind(tx, step, today, now)
        reminded, is_more = reminded + found, found == AT_ONCE
    return reminded


def _remind(tx: Transaction, step: int, today: date, now: datetime) -> int:
    """Some of those who were reminded `step` times and are due again."""
    rows = tx.execute(
        select(
            _D.id, _D.order_id, _D.person_id, _D.amount, _D.due_on, Order.number, Order.currency, Order.language,
            OrderContact.email, OrderContact.full_name,
        )
        .join(Order, Order.id == _D.order_id)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(_D.paid_on.is_(None), _D.amount > 0, _D.reminded == step)
        .where(_D.due_on <= reminded_if_due_by(step, today))
        .order_by(_D.id)
        .limit(AT_ONCE)
    ).all()  # fmt: skip
    for row in rows:
        if row.email:
            queue(
                tx,
                REMINDERS[step],
                occurrence=f"due:{row.id}",
                recipient=row.email,
                language=row.language,
                person_id=row.person_id,
                data={
                    "name": row.full_name,
                    "number": row.number,
                    "currency": row.currency,
                    "total": row.amount,
                    "until": row.due_on.isoformat(),
                },
                now=now,
            )
    if rows:
        reminded = update(AccountDue).where(_D.id.in_([row.id for row in rows])).values(reminded=step + 1)
        tx.execute(reminded)
    return len(rows)
