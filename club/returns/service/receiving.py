"""Goods arrive: they are counted, and what can be sold again stands on the shelf."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.service.stock import Cause
from club.catalogue.service.stock import give_back as give_goods_back
from club.catalogue.service.wishes import tell_who_waits
from club.database import Transaction, transaction
from club.errors import MoreThanCameBack, NothingComesBack
from club.orders.models import OrderLine
from club.permissions import Permission, Role, require
from club.returns.models import ReturnLine
from club.returns.rules import State
from club.returns.service.steps import Held, hold_case, move, pieces_of, refuse_own

Pieces = Mapping[int, int]
"""Line id → how many."""


def receive(
    db: Session, case_id: int, arrived: Pieces, restocked: Pieces, by: int, role: Role | None, now: datetime
) -> None:
    """So many arrived, and so many of them can be sold again.

    Raises `NotAllowed`, `OwnMembership`, `NotFound`, `ReturnMovedOn`, `NothingComesBack` and `MoreThanCameBack`.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = hold_case(tx, case_id)
        refuse_own(tx, by, held)
        arrived_in(tx, held, arrived, restocked, by, now)
        put_on_shelf(tx, held, restocked, by, now)


def arrived_in(tx: Transaction, held: Held, arrived: Pieces, restocked: Pieces, by: int | None, now: datetime) -> None:
    """Count them. The shelf comes last, after money and points: `put_on_shelf`."""
    if not any(arrived.values()):
        raise NothingComesBack
    move(tx, held, State.RECEIVED, received_at=now, received_by=by)
    for line_id, announced in pieces_of(tx, held.id).items():
        came, again = arrived.get(line_id, 0), restocked.get(line_id, 0)
        if not 0 <= again <= came:
            raise MoreThanCameBack(came)
        counted = tx.execute(
            update(ReturnLine)
            .where(ReturnLine.case_id == held.id, ReturnLine.line_id == line_id, ReturnLine.quantity >= came)
            .values(received=came, restocked=again)
        )
        if cast("CursorResult[Any]", counted).rowcount != 1:
            raise MoreThanCameBack(announced)
    record(
        tx, "return.goods_came", "return", held.id, by=by, now=now, order=held.order_id,
        pieces=sum(arrived.values()), restocked=sum(restocked.values()),
    )  # fmt: skip


def put_on_shelf(tx: Transaction, held: Held, restocked: Pieces, by: int | None, now: datetime) -> None:
    """What can be sold again is there again; whoever waits for it hears of it."""
    wanted = [line_id for line_id, pieces in restocked.items() if pieces]
    rows = tx.execute(select(OrderLine.id, OrderLine.variant_id).where(OrderLine.id.in_(wanted)))
    back: dict[int, int] = {}
    for line_id, variant_id in rows:
        back[variant_id] = back.get(variant_id, 0) + restocked[line_id]
    give_goods_back(tx, Cause("return", held.id), back, by, now)
    for variant_id in sorted(back):
        tell_who_waits(tx, variant_id, now)
