"""Orders on account at once, each a process of its own: nobody ever owes more than their limit."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import CreditExceeded
from club.orders import credit
from club.orders.credit.models import AccountDue, CreditLine
from club.orders.models import Order
from club.permissions import Role
from club.programme.rules import Club
from club.texts import Texts
from tests.people import new_colleague, new_signed_up_member
from tests.races.test_purchases import TILLS, at_all_tills

pytestmark = pytest.mark.races

ORDERS_EACH = 4
LIMIT, AMOUNT = 10_000, 1_500


def _order(db: Session, number: int, person_id: int, now: datetime) -> None:
    """A bare row to put on account; what is in it does not matter here."""
    row = {
        "number": f"A{number}", "key": f"key-{number}", "state": "placed", "person_id": person_id, "cart_id": number,
        "language": "en", "currency": "EUR", "pay_by": "account", "delivery": "pickup", "method_name": Texts({}),
        "country": "ES", "goods": AMOUNT, "discount": 0, "points": 0, "points_value": 0, "delivery_price": 0,
        "delivery_tax": 0, "delivery_tax_rate": 0, "tax": 0, "total": AMOUNT, "paid": 0, "refunded": 0,
        "placed_at": now, "settled_at": now, "cause": "", "version": 1,
    }  # fmt: skip
    with transaction(db) as tx:
        tx.execute(insert(Order).values(row))


@pytest.fixture
def member(db: Session, club: Club, now: datetime) -> int:
    """May owe 100 euros, and has placed orders of 15 euros each."""
    person_id = new_signed_up_member(db, now).person_id
    assert person_id is not None
    by = new_colleague(db, now, Role.OWNER).account_id
    credit.set_limit(db, person_id, LIMIT, 30, True, 0, by, Role.OWNER, now)
    for number in range(1, TILLS * ORDERS_EACH + 1):
        _order(db, number, person_id, now)
    return person_id


def _guarded(db: Session, till: int, now: datetime) -> int:
    """Put one order after the other on account, as far as it goes."""
    taken = 0
    for number in range(ORDERS_EACH):
        order_id = till * ORDERS_EACH + number + 1
        try:
            with transaction(db) as tx:
                credit.take_in(tx, person_id=1, order_id=order_id, amount=AMOUNT, today=now.date(), now=now)
        except CreditExceeded:
            continue
        taken += 1
    return taken


def _unguarded(db: Session, till: int, now: datetime) -> int:
    """The twin: looks, decides, and writes what it worked out."""
    taken = 0
    for number in range(ORDERS_EACH):
        used = db.scalar(select(CreditLine.used)) or 0
        db.rollback()
        if used + AMOUNT > LIMIT:
            continue
        row = {"order_id": till * ORDERS_EACH + number + 1, "person_id": 1, "amount": AMOUNT, "reminded": 0}
        with transaction(db) as tx:
            tx.execute(insert(AccountDue).values(**row, bought_on=now.date(), due_on=now.date()))
            tx.execute(update(CreditLine).values(used=used + AMOUNT))
        taken += 1
    return taken


@pytest.mark.proves("R112")
def test_nobody_owes_more_than_their_limit(
    db: Session, member: int, engine: Engine, database_url: str, now: datetime
) -> None:
    assert sum(at_all_tills(database_url, now, _guarded)) == LIMIT // AMOUNT
    line = db.execute(select(CreditLine.used, CreditLine.most)).one()
    assert tuple(line) == (LIMIT // AMOUNT * AMOUNT, LIMIT)
    assert sum(db.scalars(select(AccountDue.amount))) == line.used
    db.rollback()
    with pytest.raises(IntegrityError), transaction(db) as tx:
        tx.execute(update(CreditLine).values(used=LIMIT + 1))


def test_without_the_guard_they_would(
    db: Session, member: int, engine: Engine, database_url: str, now: datetime
) -> None:
    at_all_tills(database_url, now, _unguarded)
    assert sum(db.scalars(select(AccountDue.amount))) > (db.scalar(select(CreditLine.used)) or 0)


def _first_limit(db: Session, till: int, now: datetime) -> str:
    credit.set_limit(db, 1, LIMIT + till, 30, True, 0, 1, Role.OWNER, now)
    return "set"


def test_of_owners_who_set_the_first_limit_at_once_one_does(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    assert new_colleague(db, now, Role.OWNER).account_id == 1
    assert new_signed_up_member(db, now).person_id == 1
    assert sorted(at_all_tills(database_url, now, _first_limit)) == ["ChangedMeanwhile"] * (TILLS - 1) + ["set"]
