"""Putting orders on account, taking them off it, paying, and how much a member may owe."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.errors import (
    AccountOverdue,
    AmountOutOfRange,
    ChangedMeanwhile,
    CreditExceeded,
    CreditInUse,
    NotAllowedOnAccount,
)
from club.orders.credit.models import AccountDue, CreditLine, offer_of
from club.orders.credit.rules import MOST_DAYS_TO_PAY, due_on
from club.permissions import Permission, Role, require

MOST_CREDIT = 100_000_000
"""Minor units; more is a slip of the finger."""

_L, _D = CreditLine.__table__.c, AccountDue.__table__.c


def take_in(tx: Transaction, *, person_id: int, order_id: int, amount: int, today: date, now: datetime) -> date:
    """Put an order on its buyer's account; the day until which it is to be paid.

    Raises `NotAllowedOnAccount`, `AccountOverdue`, `CreditExceeded`.
    """
    tx.execute(select(_L.person_id).where(_L.person_id == person_id).with_for_update())
    offer = offer_of(tx, person_id, today)
    if offer is None or not offer.is_open:
        raise NotAllowedOnAccount
    if offer.is_overdue:
        raise AccountOverdue
    if not _use(tx, person_id, amount):
        raise CreditExceeded(max(offer.left, 0))
    until = due_on(today, offer.days_to_pay)
    tx.execute(
        insert(AccountDue).values(
            order_id=order_id, person_id=person_id, amount=amount, bought_on=today, due_on=until, reminded=0
        )
    )
    return until


def give_back_in(tx: Transaction, order_id: int, amount: int, now: datetime) -> int:
    """Lower what is still due for an order, as far as it goes; by how much it was lowered. 0 once it is paid."""
    due = tx.execute(
        select(_D.id, _D.person_id, _D.amount, _D.paid_on).where(_D.order_id == order_id).with_for_update()
    ).one_or_none()
    if due is None or due.paid_on is not None:
        return 0
    lowered = min(amount, int(due.amount))
    if lowered:
        tx.execute(update(AccountDue).where(_D.id == due.id).values(amount=due.amount - lowered))
        _free(tx, due.person_id, lowered)
    return lowered


def pay_off_in(tx: Transaction, order_id: int, today: date) -> int:
    """The invoice of an order is paid: the line is free again; how much it was, 0 where nothing was open."""
    paid = tx.execute(
        update(AccountDue)
        .where(_D.order_id == order_id, _D.paid_on.is_(None), _D.amount > 0)
        .values(paid_on=today)
        .returning(_D.person_id, _D.amount)
    ).one_or_none()
    if paid is None:
        return 0
    _free(tx, paid.person_id, paid.amount)
    return int(paid.amount)


def set_limit(  # noqa: PLR0917 - one argument a column
    db: Session, person_id: int, most: int, days_to_pay: int, is_open: bool, seen_version: int, by: int,
    role: Role | None, now: datetime,
) -> None:  # fmt: skip
    """How much a member may owe at a time. `seen_version` is 0 where the page showed no line.

    Raises `NotAllowed`, `AmountOutOfRange`, `CreditInUse` below what is open, `ChangedMeanwhile`.
    """
    require(role, Permission.SET_CREDIT)
    if not 0 <= most <= MOST_CREDIT or not 0 < days_to_pay <= MOST_DAYS_TO_PAY:
        raise AmountOutOfRange(most)
    with transaction(db) as tx:
        line = tx.execute(
            select(_L.most, _L.used, _L.version).where(_L.person_id == person_id).with_for_update()
        ).one_or_none()
        if (0 if line is None else line.version) != seen_version:
            raise ChangedMeanwhile(("most",))
        if line is not None and most < line.used:
            raise CreditInUse(line.used)
        values = {"most": most, "days_to_pay": days_to_pay, "is_open": is_open, "set_at": now, "set_by": by}
        if line is None:
            _begin(tx, person_id, values)
        else:
            tx.execute(update(CreditLine).where(_L.person_id == person_id).values(version=seen_version + 1, **values))
        before = None if line is None else line.most
        record(
            tx, "credit.set", "person", person_id, by=by, now=now, before=before, after=most, days=days_to_pay,
            is_open=is_open,
        )  # fmt: skip


def _begin(tx: Transaction, person_id: int, values: dict[str, Any]) -> None:
    """The first limit of a member. Raises `ChangedMeanwhile` where a colleague has set one at this very moment."""
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    begun = add(CreditLine).values(person_id=person_id, used=0, version=1, **values)
    if tx.execute(begun.on_conflict_do_nothing().returning(_L.person_id)).one_or_none() is None:
        raise ChangedMeanwhile(("most",))


def _use(tx: Transaction, person_id: int, amount: int) -> bool:
    """Take so much of the limit, or nothing."""
    guarded = (
        update(CreditLine)
        .where(_L.person_id == person_id, _L.is_open, _L.used + amount <= _L.most)
        .values(used=_L.used + amount)
    )
    return cast("CursorResult[tuple[()]]", tx.execute(guarded)).rowcount == 1


def _free(tx: Transaction, person_id: int, amount: int) -> None:
    tx.execute(update(CreditLine).where(_L.person_id == person_id).values(used=_L.used - amount))
