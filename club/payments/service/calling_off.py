"""An order is called off, whatever its money does: an open payment page is closed first, money that came goes back."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import PaymentOpen
from club.orders.rules import Actor, Cause
from club.orders.service import Cancelled, cancel_in
from club.payments.asking import Gateway
from club.payments.service.refunding import ask_refund_in
from club.payments.service.settling import settle
from club.permissions import Permission, Role, require

CANCELLATION = "cancellation"


def cancel(  # noqa: PLR0917 - one argument a fact
    db: Session, order_id: int, actor: Actor, by: int | None, role: Role | None, gateway: Gateway | None, now: datetime,
    why: str = "",
) -> Cancelled:  # fmt: skip
    """Call an order off, and let what was paid for it go back, in one transaction; once more changes nothing.

    Whoever calls it for a buyer knows that the order is theirs. Raises `NotAllowed`, `NotFound`, `PackedAlready`, and
    `StripeTrouble` where a payment page is open and cannot be closed: nothing happened then.
    """
    if actor is Actor.STAFF:
        require(role, Permission.MANAGE_ORDERS)
    try:
        return _cancelled(db, order_id, actor, by, now, why)
    except PaymentOpen:
        if gateway is None:
            raise
        cause = Cause.STAFF if actor is Actor.STAFF else Cause.BUYER
        settle(db, order_id, gateway, now, ends=cause)  # closed, or paid in the moment before
        return _cancelled(db, order_id, actor, by, now, why)


def _cancelled(db: Session, order_id: int, actor: Actor, by: int | None, now: datetime, why: str) -> Cancelled:
    with transaction(db) as tx:
        done = cancel_in(tx, order_id, actor, by, now, why)
        if done.refund:
            ask_refund_in(tx, order_id, done.refund, CANCELLATION, order_id, by, why, now)
    return done
