"""Holding two records at once without standing in anybody's way: what cannot be had at once is tried again."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.errors import ImportBeingUndone
from club.imports.models import RUNS
from club.imports.rules import State
from club.members.models import Person
from club.orders.models import Order
from club.purchases.models import Purchase

TRIES = 6
FIRST_PAUSE_SECONDS = 0.1
_NOT_AT_ONCE = {"55P03", "40P01"}
"""Somebody holds it; somebody waits in a circle with us."""

T = TypeVar("T")


def with_patience(db: Session, act: Callable[[Transaction], T]) -> T:
    """One transaction; where somebody holds one of the rows, all is let go and tried again a little later.

    Whoever records a purchase holds the person and waits for the balance; whoever holds points, the other way round.
    So a merge waits for balances only, and takes the rest at once or not at all: it never waits in a circle.
    """
    pause = FIRST_PAUSE_SECONDS
    for _ in range(TRIES - 1):
        try:
            with transaction(db) as tx:
                return act(tx)
        except OperationalError as busy:
            if getattr(busy.orig, "sqlstate", None) not in _NOT_AT_ONCE:
                raise
        time.sleep(pause)
        pause *= 2
    with transaction(db) as tx:
        return act(tx)


def hold_imports(tx: Transaction, now: datetime) -> None:
    """No import begins to be taken back before we are through. Raises `ImportBeingUndone` where one is already.

    First of all that is held: the worker holds an import's row before anything that came with it.
    """
    columns = RUNS.c
    in_question = or_(columns.undo_until > now, columns.state.in_((State.UNDO_WAITING, State.UNDOING)))
    held = select(columns.state).where(in_question).order_by(columns.id).with_for_update(read=True, nowait=True)
    if State.UNDOING in tx.scalars(held).all():
        raise ImportBeingUndone


def hold_orders(tx: Transaction, *person_ids: int) -> None:
    """Their orders, at once: whoever works on one holds it before balances, and so does a merge."""
    orders = Order.__table__.c
    of_them = select(orders.id).where(orders.person_id.in_(person_ids)).order_by(orders.id)
    tx.execute(of_them.with_for_update(nowait=True)).all()


def hold(tx: Transaction, *person_ids: int) -> None:
    """The records and their purchases, at once. The balances are held already."""
    people, bought = Person.__table__.c, Purchase.__table__.c
    tx.execute(select(people.id).where(people.id.in_(person_ids)).order_by(people.id).with_for_update(nowait=True))
    tx.execute(select(bought.id).where(bought.member_id.in_(person_ids)).with_for_update(nowait=True)).all()
