"""An order is called off, whatever its money does: an open payment page is closed first, money that came goes back."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import PaymentOpen
from club.orders.models import Order
from club.orders.rules import Actor, Cause, State
from club.orders.service import Cancelled, cancel_in, tell_cancelled
from club.payments.asking import Gateway
from club.payments.service.attempts import LIVE, attempts_of, change, locked
from club.payments.service.refunding import ask_refund_in, left_of
from club.payments.service.settling import settle
from club.payments.service.telling import money_back
from club.permissions import Permission, Role, require

CANCELLATION = "cancellation"
SURELY_CLOSED = timedelta(hours=1)
"""So long after its end a page counts as closed where nobody can be asked."""


def cancel(  # noqa: PLR0917 - one argument a fact
    db: Session, order_id: int, actor: Actor, by: int | None, role: Role | None, gateway: Gateway | None, now: datetime,
    why: str = "",
) -> Cancelled:  # fmt: skip
    """Call an order off, and let what was paid for it go back, in one transaction; once more changes nothing.

    Whoever calls it for a buyer knows that the order is theirs. Raises `NotAllowed`, `NotFound`, `PackedAlready`, and
    `StripeTrouble` where a payment page is open and cannot be closed: nothing happened then. A club that takes no
    cards any more can ask nobody: staff with a reason go on once the page is over for long; else `PaymentOpen`.
    """
    if actor is Actor.STAFF:
        require(role, Permission.MANAGE_ORDERS)
    try:
        return _cancelled(db, order_id, actor, by, now, why)
    except PaymentOpen:
        if gateway is None:
            if actor is not Actor.STAFF or not why.strip():
                raise
            return _cancelled(db, order_id, actor, by, now, why, ends_pages=True)
        cause = Cause.STAFF if actor is Actor.STAFF else Cause.BUYER
        settled = settle(db, order_id, gateway, now, ends=cause)  # closed, or paid in the moment before
        if actor is Actor.STAFF and settled.state is State.CANCELLED:
            _note(db, order_id, by, now, why)
        return _cancelled(db, order_id, actor, by, now, why)


def _cancelled(
    db: Session, order_id: int, actor: Actor, by: int | None, now: datetime, why: str, *, ends_pages: bool = False
) -> Cancelled:
    with transaction(db) as tx:
        if ends_pages:
            _end_pages_unasked(tx, order_id, now)
        done = cancel_in(tx, order_id, actor, by, now, why)
        if done.refund:  # what a bank took back goes back only once
            done = replace(done, refund=min(done.refund, left_of(tx, locked(tx, order_id))))
        refund_id = None
        if done.refund:
            refund_id = ask_refund_in(tx, order_id, done.refund, CANCELLATION, order_id, by, why, now)
        money = dict(money_back(tx, order_id, done.refund, refund_id)) | {"less": done.less}
        tell_cancelled(tx, done, now, {**money, "follows": bool(money["refund"] or done.less)})
    return done


def _note(db: Session, order_id: int, by: int | None, now: datetime, why: str) -> None:
    with transaction(db) as tx:
        order = locked(tx, order_id)
        record(tx, "order.cancelled", "order", order_id, by=by, now=now, why=why, person_id=order.person_id, refund=0)


def _end_pages_unasked(tx: Transaction, order_id: int, now: datetime) -> None:
    """Nobody can pay there any more, by the time that it is. Raises `PaymentOpen` where that is not sure."""
    locked(tx, order_id)
    live = [one for one in attempts_of(tx, order_id) if one.state in LIVE]
    if any(one.closes_at > now - SURELY_CLOSED for one in live):
        raise PaymentOpen
    for one in live:
        change(tx, one.id, state="closed", trouble="unasked")
    is_pending = Order.state == State.PENDING.value
    tx.execute(update(Order).where(Order.id == order_id, is_pending).values(expires_at=now))
