"""Staff pack an order, send it or hand it over, in one parcel or in several.

Each act is one transaction under the order's lock and takes the version that was seen: of two clerks at once one acts,
the other is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import CodeNotRight, MoneyNotTaken, MoveNotAllowed, ReasonMissing
from club.orders.models import Order, Parcel, ParcelLine
from club.orders.moves import MEANS_NUMBER, Means, chosen, is_code, require_move
from club.orders.rules import Actor, Delivery, Move, PayBy
from club.orders.service.delivering import delivered_in
from club.orders.service.holding import Held, count_lines, hold_order
from club.orders.service.mailing import tell
from club.orders.service.numbers import new_pickup_code
from club.orders.service.settling import money_came_in
from club.orders.service.steps import move
from club.permissions import Permission, Role, require
from club.programme.models import the_club

SENT = "order.sent"
READY = "order.ready"

Wanted = Mapping[int, int] | None
"""Pieces by line; None: all that is left."""


@dataclass(frozen=True, kw_only=True)
class OnItsWay:
    """Who carries a parcel, and how it is followed; each may be empty."""

    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AtTheCounter:
    """How goods are handed over: the code that was said, or why it is done without; how the money was taken."""

    code: str = ""
    reason: str = ""
    means: Means | None = None


def pack(
    db: Session, order_id: int, wanted: Wanted, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> int:  # fmt: skip
    """Goods are packed; how many pieces. Raises `NotAllowed` and what `_begin` and `chosen` raise."""
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.PACKED, seen_version)
        pieces = chosen({line.line_id: line.to_pack for line in order.lines}, wanted)
        count_lines(tx, packed=pieces)
        _note(tx, "order.packed", order, Move.PACKED, by, now, pieces=sum(pieces.values()))
    return sum(pieces.values())


def unpack(
    db: Session, order_id: int, wanted: Wanted, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> int:  # fmt: skip
    """Goods that were packed and not sent are taken out again; how many pieces."""
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.UNPACKED, seen_version)
        pieces = chosen({line.line_id: line.to_send for line in order.lines}, wanted)
        count_lines(tx, packed={line_id: -count for line_id, count in pieces.items()})
        tx.execute(update(Order).where(Order.id == order_id).values(ready_at=None))
        _note(tx, "order.unpacked", order, Move.UNPACKED, by, now, pieces=sum(pieces.values()))
    return sum(pieces.values())


def send(
    db: Session, order_id: int, wanted: Wanted, way: OnItsWay, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> int:  # fmt: skip
    """What is packed goes out in one parcel, and its buyer is told; the parcel's id."""
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.SENT, seen_version)
        if order.delivery is not Delivery.SHIP:
            raise MoveNotAllowed(move=Move.SENT.value, stands=order.stands.value)
        pieces = chosen({line.line_id: line.to_send for line in order.lines}, wanted)
        parcel_id = _go_out(tx, order, pieces, way, by, now)
        _note(tx, "order.sent", order, Move.SENT, by, now, parcel=parcel_id, pieces=sum(pieces.values()))
        said = {"order": order.number, "carrier": way.carrier, "tracking": way.tracking}
        tell(tx, SENT, order_id, now, occurrence=f"parcel:{parcel_id}", more=said)
    return parcel_id


def ready_for_pickup(
    db: Session, order_id: int, by: int, role: Role | None, now: datetime, *, seen_version: int | None = None
) -> str:
    """All of it waits at the counter, and its buyer is told with the code to say there; the code."""
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.READY, seen_version)
        code = order.pickup_code or new_pickup_code()
        tx.execute(update(Order).where(Order.id == order_id).values(ready_at=now, pickup_code=code))
        _note(tx, "order.ready", order, Move.READY, by, now)
        said = {"order": order.number, "code": code}
        tell(tx, READY, order_id, now, occurrence=f"ready:{order.version}", more=said)
    return code


def hand_over(
    db: Session, order_id: int, handed: AtTheCounter, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> int:  # fmt: skip
    """What is packed is given to whoever fetches it, and what is due for it is taken; the money that was taken.

    Raises `CodeNotRight`, `ReasonMissing` without a code, and `MoneyNotTaken` where money is due and none is noted.
    """
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.SENT, seen_version)
        if order.delivery is not Delivery.PICKUP:
            raise MoveNotAllowed(move=Move.SENT.value, stands=order.stands.value)
        _check_code(order, handed)
        taken = _take_money(tx, order, handed.means, by, now)
        pieces = chosen({line.line_id: line.to_send for line in order.lines}, None)
        parcel_id = _go_out(tx, order, pieces, OnItsWay(), by, now)
        without_code = int(not handed.code)
        counted = {"parcel": parcel_id, "pieces": sum(pieces.values()), "without_code": without_code}
        _note(tx, "order.handed_over", order, Move.SENT, by, now, why=handed.reason if without_code else "", **counted)
        if not any(line.to_pack for line in order.lines):
            delivered_in(tx, order_id, club_day(now, the_club(tx).time_zone), now, actor=Actor.STAFF, by=by)
    return taken


def delivered(
    db: Session, order_id: int, day: date | None, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> None:  # fmt: skip
    """All of it has arrived, today or on an earlier day: from then on its return window and its points are reckoned."""
    require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        order = _begin(tx, order_id, Move.DELIVERED, seen_version)
        record(tx, "order.delivered", "order", order.id, by=by, now=now, person_id=order.person_id)
        delivered_in(tx, order_id, day or club_day(now, the_club(tx).time_zone), now, actor=Actor.STAFF, by=by)


def _begin(tx: Transaction, order_id: int, move: Move, seen_version: int | None) -> Held:
    """The order under its lock, at a moment for this move. Raises `NotFound`, `OrderChanged`, `MoveNotAllowed`."""
    order = hold_order(tx, order_id, seen_version)
    require_move(move, order.stands, order.delivery)
    return order


def _go_out(tx: Transaction, order: Held, pieces: dict[int, int], way: OnItsWay, by: int, now: datetime) -> int:
    parcel = insert(Parcel).values(
        order_id=order.id, carrier=way.carrier, tracking=way.tracking, tracking_url=way.tracking_url, sent_at=now,
        sent_by=by,
    )  # fmt: skip
    parcel_id = int(tx.execute(parcel.returning(Parcel.id)).scalar_one())
    rows = [{"parcel_id": parcel_id, "line_id": line_id, "quantity": count} for line_id, count in pieces.items()]
    tx.execute(insert(ParcelLine), rows)
    count_lines(tx, sent=pieces)
    return parcel_id


def _check_code(order: Held, handed: AtTheCounter) -> None:
    if handed.code:
        if not is_code(handed.code, order.pickup_code):
            raise CodeNotRight
    elif not handed.reason.strip():
        raise ReasonMissing


def _take_money(tx: Transaction, order: Held, means: Means | None, by: int, now: datetime) -> int:
    due = order.total - order.paid if order.pay_by is PayBy.PICKUP else 0
    if not due:
        return 0
    if means is None:
        raise MoneyNotTaken(due)
    money_came_in(tx, order.id, due, now)
    move(tx, order.id, Move.PAID, Actor.STAFF, now, by=by, amount=due, means=MEANS_NUMBER[means])
    return due


def _note(
    tx: Transaction, act: str, order: Held, kind: Move, by: int, now: datetime, *, why: str = "", **numbers: int
) -> None:
    """A row of the order's history, and one of the audit log."""
    move(tx, order.id, kind, Actor.STAFF, now, by=by, **numbers)
    record(tx, act, "order", order.id, by=by, now=now, why=why, person_id=order.person_id, words=None, **numbers)
