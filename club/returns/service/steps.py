"""What every act on a return begins and ends with: the order's lock, the case's next state, the mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from club.database import Transaction
from club.errors import NotFound, OwnMembership, ReturnMovedOn
from club.members.models import is_own
from club.messages.service import queue
from club.orders.models import Order, OrderContact, OrderLine
from club.purchases.rules import units_of
from club.returns.models import ReturnCase, ReturnLine
from club.returns.rules import AskedBy, State, require_move


@dataclass(frozen=True)
class Held:
    """A case and its order, the order being locked."""

    id: int
    number: str
    order_id: int
    state: State
    asked_by: AskedBy
    order_number: str
    person_id: int | None
    hold_id: int | None
    purchase_id: int | None
    delivery_price: int


def lock_order(tx: Transaction, order_id: int) -> None:
    """Nobody else moves this order or its returns until the transaction ends; raises `NotFound`."""
    if tx.execute(select(Order.id).where(Order.id == order_id).with_for_update()).one_or_none() is None:
        raise NotFound


def hold_case(tx: Transaction, case_id: int) -> Held:
    """Lock the order of a case, then read the case; raises `NotFound`."""
    order_id = tx.scalar(select(ReturnCase.order_id).where(ReturnCase.id == case_id))
    if order_id is None:
        raise NotFound
    lock_order(tx, order_id)
    row = tx.execute(
        select(
            ReturnCase.id, ReturnCase.number, ReturnCase.order_id, ReturnCase.state, ReturnCase.asked_by, Order.number,
            Order.person_id, Order.hold_id, Order.purchase_id, Order.delivery_price,
        )
        .join(Order, Order.id == ReturnCase.order_id)
        .where(ReturnCase.id == case_id)
    ).one()  # fmt: skip
    values: tuple[Any, ...] = (*row[:3], State(row[3]), AskedBy(row[4]), *row[5:])
    return Held(*values)


def refuse_own(tx: Transaction, by: int | None, held: Held) -> None:
    """Nobody decides about their own goods; raises `OwnMembership`."""
    if held.person_id is not None and is_own(tx, by, held.person_id):
        raise OwnMembership


def move(tx: Transaction, held: Held, after: State, **values: object) -> None:
    """The case's next state, guarded: whoever comes second is told by `ReturnMovedOn`."""
    require_move(held.state, after)
    moved = tx.execute(
        update(ReturnCase)
        .where(ReturnCase.id == held.id, ReturnCase.state == held.state)
        .values(state=after.value, **values)
    )
    if cast("CursorResult[Any]", moved).rowcount != 1:
        raise ReturnMovedOn(after.value)


def pieces_of(tx: Transaction, case_id: int) -> dict[int, int]:
    """Line id → how many were announced."""
    rows = tx.execute(
        select(ReturnLine.line_id, ReturnLine.quantity)
        .where(ReturnLine.case_id == case_id)
        .order_by(ReturnLine.line_id)
    )
    return {row[0]: row[1] for row in rows}


def tell(tx: Transaction, held: Held, act: str, now: datetime, **data: object) -> None:
    """A mail to the buyer in the order's language; none where the address was erased."""
    found = tx.execute(
        select(OrderContact.email, OrderContact.full_name, Order.language, Order.key, Order.currency)
        .join(Order, Order.id == OrderContact.order_id)
        .where(OrderContact.order_id == held.order_id)
    ).one_or_none()
    if found is None or not found.email:
        return
    said = {
        "name": found.full_name,
        "number": held.number,
        "order": held.order_number,
        "key": found.key,
        "place": f"{found.key}/returns/{held.number}",
        "currency": found.currency,
        "items": _items(tx, held.id),
    }
    queue(
        tx,
        act,
        occurrence=f"return:{held.id}",
        recipient=found.email,
        language=found.language,
        person_id=held.person_id,
        addressee=None if held.person_id else f"order:{held.order_id}",
        data={**said, **data},
        now=now,
    )


def _items(tx: Transaction, case_id: int) -> list[dict[str, object]]:
    """So many of what, and what they cost: what went back, or what will if all of it comes."""
    rows = tx.execute(
        select(
            OrderLine.name, OrderLine.paid, OrderLine.quantity, OrderLine.returned, ReturnLine.quantity,
            ReturnLine.received, ReturnLine.money,
        )
        .join(OrderLine, OrderLine.id == ReturnLine.line_id)
        .where(ReturnLine.case_id == case_id)
        .order_by(OrderLine.position)
    )  # fmt: skip
    items: list[dict[str, object]] = []
    for name, paid, bought, returned, announced, received, money in rows:
        pieces = received or announced
        amount = money or units_of(paid, bought, min(returned, bought - pieces), pieces)
        items.append({"name": dict(name), "quantity": pieces, "amount": amount})
    return items
