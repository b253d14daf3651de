"""The rows of attempts as the use cases read them, and the few statements that change them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.database import Transaction
from club.errors import NotFound
from club.orders.models import Order
from club.orders.service import WAITS_FOR
from club.payments.models import Payment

LOOKS_EVERY = timedelta(minutes=3)
"""How often Stripe is asked about an open page whose messages do not come."""

LIVE = ("made", "open")


class Attempt(NamedTuple):
    """One attempt as it stands."""

    id: int
    order_id: int
    attempt: int
    key: str
    state: str
    session_id: str | None
    intent_id: str | None
    url: str
    amount: int
    currency: str
    received: int
    refunded: int
    is_surplus: bool
    trouble: str
    first_sent_at: datetime | None
    closes_at: datetime


class Owed(NamedTuple):
    """An order as far as its money goes."""

    id: int
    number: str
    state: str
    pay_by: str
    cause: str
    total: int
    carried: int
    paid: int
    refunded: int
    currency: str
    language: str
    person_id: int | None
    purchase_id: int | None
    expires_at: datetime | None
    """Until when somebody must have begun to pay; None once they have."""
    exchange_of: int | None
    placed_at: datetime

    @property
    def waits_until(self) -> datetime | None:
        """An exchange waits so long, whatever becomes of a page; None for what a buyer ordered."""
        return None if self.exchange_of is None else self.placed_at + WAITS_FOR

    @property
    def by_card(self) -> int:
        """What the card pays: all but what another order carries."""
        return self.total - self.carried


_P, _O = Payment.__table__.c, Order.__table__.c
_ATTEMPTS = select(*(_P[name] for name in Attempt._fields)).order_by(_P.attempt)
_OWED = select(*(_O[name] for name in Owed._fields))


def attempts_of(db: Session, order_id: int) -> list[Attempt]:
    """Every attempt of an order, first to last."""
    return [Attempt(*row) for row in db.execute(_ATTEMPTS.where(_P.order_id == order_id))]


def attempt_with(db: Session, payment_id: int) -> Attempt:
    return Attempt(*db.execute(_ATTEMPTS.where(_P.id == payment_id)).one())


def owed(db: Session, order_id: int) -> Owed | None:
    """The order's money."""
    row = db.execute(_OWED.where(_O.id == order_id)).one_or_none()
    return None if row is None else Owed(*row)


def locked(tx: Transaction, order_id: int) -> Owed:
    """The order's money; nobody else settles it meanwhile. Raises `NotFound`."""
    row = tx.execute(_OWED.where(_O.id == order_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return Owed(*row)


def change(tx: Transaction, payment_id: int, **values: object) -> None:
    tx.execute(update(Payment).where(_P.id == payment_id).values(**values))
