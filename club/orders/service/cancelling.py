"""An order is called off, by its buyer or by staff, as long as nothing of it is packed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, column, table, update
from sqlalchemy.orm import Session

from club import audit
from club.accrual.service import record_return_in
from club.catalogue.service.stock import give_back
from club.clock import club_day
from club.database import BigId, Transaction, UtcDateTime, transaction
from club.errors import NothingToCancel, PackedAlready, PaymentOpen
from club.orders import credit
from club.orders.rules import Actor, Cause, Move, PayBy, State
from club.orders.service.letting_go import let_go
from club.orders.service.mailing import CANCELLED, tell
from club.orders.service.steps import (
    LINES,
    ORDERS,
    Held,
    Line,
    cause_of,
    give_limits_back,
    give_offers_back,
    held,
    lines_of,
    move,
)
from club.permissions import Permission, Role, require
from club.points.service import give_back_rest
from club.programme.models import the_club
from club.purchases.models import find_bought
from club.purchases.models import lines_of as bought_lines
from club.purchases.rules import SHOP, ReturnOf

GIVEN_BACK = "order.given_back"
"""Points that were spent on an order that was called off."""

_C = ORDERS.c
_CANCEL = (
    update(ORDERS)
    .where(_C.id == bindparam("order"))
    .values(
        state=State.CANCELLED.value,
        cancelled_at=bindparam("moment", type_=_C.cancelled_at.type),
        cause=bindparam("why"),
        version=_C.version + 1,
    )
)
_TAKE_OUT = (
    update(LINES)
    .where(LINES.c.order_id == bindparam("order"))
    .values(returned=LINES.c.quantity, taken_out=LINES.c.quantity)
)
_CASES = table(
    "return_case", column("order_id", BigId), column("state", String), column("decided_at", UtcDateTime)
)  # returns stand above orders, and end with them
_CLOSE_CASES = (
    update(_CASES)
    .where(_CASES.c.order_id == bindparam("order"), _CASES.c.state.in_(("asked", "approved", "received")))
    .values(state="closed", decided_at=bindparam("moment", type_=UtcDateTime))
)


@dataclass(frozen=True)
class Cancelled:
    """`refund` is what came in and has to go back; whoever calls sends it, and tells the buyer by `tell_cancelled`."""

    order_id: int
    refund: int
    less: int = 0
    """What of its invoice need not be paid any more."""
    is_undone: bool = False
    """Whether it was settled, and ended by this call: then its buyer hears of it."""


def cancel(
    db: Session, order_id: int, actor: Actor, by: int | None, role: Role | None, now: datetime, why: str = ""
) -> Cancelled:
    """Call an order off in a transaction of its own; once more changes nothing.

    Whoever calls it for a buyer knows that the order is theirs. Raises `NotAllowed` for staff who may not, `NotFound`,
    `PackedAlready`, `NothingToCancel`, `PaymentOpen`.
    """
    if actor is Actor.STAFF:
        require(role, Permission.MANAGE_ORDERS)
    with transaction(db) as tx:
        done = cancel_in(tx, order_id, actor, by, now, why)
        tell_cancelled(tx, done, now)
        return done


def tell_cancelled(tx: Transaction, done: Cancelled, now: datetime, more: Mapping[str, object] = {}) -> None:
    """The mail about it; `more` says how the money goes back."""
    if done.is_undone:
        tell(tx, CANCELLED, done.order_id, now, more={"refund": done.refund, "less": done.less, **more})


def cancel_in(tx: Transaction, order_id: int, actor: Actor, by: int | None, now: datetime, why: str = "") -> Cancelled:
    """The same as a step; whoever calls it has asked who may."""
    order = held(tx, order_id)
    if order.state == State.CANCELLED:
        return Cancelled(order_id, 0)
    cause = Cause.STAFF if actor is Actor.STAFF else Cause.BUYER
    if order.state == State.PENDING:
        if order.expires_at is None:
            raise PaymentOpen
        let_go(tx, order, cause, now, by)
        done = Cancelled(order_id, 0)
    else:
        done = _undo(tx, order, cause, actor, by, now)
    if actor is Actor.STAFF:
        audit.record(
            tx, "order.cancelled", "order", order_id, by=by, now=now, why=why, person_id=order.person_id,
            refund=done.refund,
        )  # fmt: skip
    return done


def _undo(tx: Transaction, order: Held, cause: Cause, actor: Actor, by: int | None, now: datetime) -> Cancelled:
    """Take back what settling it did, in the order that everybody keeps: purchase, member, stock, limits.

    Returns of it that are open are closed: nothing of it comes any more.
    """
    lines = lines_of(tx, order.id)
    if all(line.returned >= line.quantity for line in lines):
        raise NothingToCancel
    if order.state != State.PLACED or any(line.packed for line in lines):
        raise PackedAlready
    today = club_day(now, the_club(tx).time_zone)
    tx.execute(_CANCEL, {"order": order.id, "moment": now, "why": cause.value})
    tx.execute(_CLOSE_CASES, {"order": order.id, "moment": now})
    if order.purchase_id is not None and purchase_is_left(tx, order.number):
        whole = ReturnOf(
            channel=SHOP,
            reference=order.number,
            own_reference=f"{order.number}-C",
            corrected_on=today,
            kind="cancellation",
        )
        record_return_in(tx, whole, by, now)
    if order.hold_id is not None:
        give_back_rest(tx, order.hold_id, GIVEN_BACK, order.id, today, now)
    less = credit.give_back_in(tx, order.id, order.total, now) if order.pay_by == PayBy.ACCOUNT else 0
    give_back(tx, cause_of(order.id), _pieces(lines), by, now)
    give_limits_back(tx, order, lines)
    give_offers_back(tx, order, now)
    tx.execute(_TAKE_OUT, {"order": order.id})
    refund = order.paid - order.refunded
    move(tx, order.id, Move.CANCELLED, actor, now, by=by, refund=refund)
    return Cancelled(order.id, refund, less, is_undone=True)


def purchase_is_left(tx: Transaction, number: str) -> bool:
    """Whether anything of an order's purchase still counts; a dispute that was lost leaves nothing."""
    bought = find_bought(tx, SHOP, number)
    if bought is None:
        return False
    pieces_left = any(line.returned_quantity < line.quantity for line in bought_lines(tx, bought.id))
    return bought.net_amount > 0 or (bought.amount == 0 and pieces_left)


def _pieces(lines: list[Line]) -> dict[int, int]:
    """What stands on the shelf again, by variant; what was taken out before does so already."""
    back: dict[int, int] = {}
    for line in lines:
        if line.quantity > line.returned:
            back[line.variant_id] = back.get(line.variant_id, 0) + line.quantity - line.returned
    return back
