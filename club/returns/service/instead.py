"""Something else instead of money: what was asked for is set aside from the approval on, until the goods come."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, update

from club.catalogue.models import Variant
from club.catalogue.service.stock import Cause, lock, lock_aside, release, reserve
from club.database import Transaction
from club.errors import NoLongerSold
from club.orders.models import OrderLine
from club.orders.service import EXCHANGE
from club.returns.models import ReturnCase, ReturnLine

KEPT_AFTER = timedelta(days=14)
"""So long after the day by which the goods are to be sent, what goes out for them lies ready."""


def check_instead(tx: Transaction, instead: Mapping[int, int]) -> None:
    """Raise `NoLongerSold` unless each of these variants is in the shop."""
    wanted = set(instead.values())
    if not wanted:
        return
    known = set(tx.scalars(select(Variant.id).where(Variant.id.in_(wanted), Variant.is_active)))
    if wanted - known:
        raise NoLongerSold


def wanted_of(tx: Transaction, case_id: int, *, arrived: bool) -> dict[int, int]:
    """Variant → how many are to go out: as many as were announced, or as arrived."""
    pieces = ReturnLine.received if arrived else ReturnLine.quantity
    rows = tx.execute(
        select(ReturnLine.instead_id, pieces)
        .where(ReturnLine.case_id == case_id, ReturnLine.instead_id.is_not(None), pieces > 0)
        .order_by(ReturnLine.line_id)
    )
    found: dict[int, int] = {}
    for variant_id, quantity in rows:
        assert variant_id is not None
        found[variant_id] = found.get(variant_id, 0) + quantity
    return found


def set_aside_in(tx: Transaction, case_id: int, now: datetime) -> None:
    """What is to go out lies ready until some time after the goods are to come. Raises `OutOfStock`."""
    wanted = wanted_of(tx, case_id, arrived=False)
    if not wanted:
        return
    send_by = tx.execute(select(ReturnCase.send_by).where(ReturnCase.id == case_id)).scalar_one()
    until = datetime.combine(send_by + KEPT_AFTER, time(), UTC)
    reserve(tx, Cause(EXCHANGE, case_id), wanted, until, now)


def money_instead_in(tx: Transaction, case_id: int) -> None:
    """Nothing goes out for it: money and points go back."""
    tx.execute(update(ReturnLine).where(ReturnLine.case_id == case_id).values(instead_id=None))


def lock_stock(tx: Transaction, case_id: int) -> None:
    """Hold what is set aside for a case, then the stock of all that comes and goes, before any of it changes."""
    rows = tx.execute(
        select(OrderLine.variant_id, ReturnLine.instead_id)
        .join(ReturnLine, ReturnLine.line_id == OrderLine.id)
        .where(ReturnLine.case_id == case_id)
    ).all()
    if any(row.instead_id is not None for row in rows):
        lock_aside(tx, Cause(EXCHANGE, case_id))
        lock(tx, {id_ for row in rows for id_ in row if id_ is not None})


def let_go_in(tx: Transaction, case_id: int, now: datetime) -> None:
    """What was set aside for it can be sold again."""
    release(tx, Cause(EXCHANGE, case_id), now)
