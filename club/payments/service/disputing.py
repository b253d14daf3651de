"""A buyer's bank asks for the money back: the points of the order are frozen, and taken if the dispute is lost."""

import logging
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.accrual.service import record_return_in
from club.accrual.service.purchase import EARNED
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotEnoughPoints, Refusal
from club.orders.models import OrderMove
from club.orders.rules import Actor, Move
from club.payments.models import Dispute, DisputeHold
from club.payments.service.attempts import Attempt, Owed, locked
from club.payments.values import Dispute as Said
from club.payments.values import DisputeStatus
from club.points.models import LOTS, MOVEMENTS
from club.points.service import hold, release
from club.programme.models import the_club
from club.purchases.rules import SHOP, ReturnOf

log = logging.getLogger(__name__)

AT_ONCE = 200
FROZEN = "dispute"
"""What holds of a disputed order are called by."""

_ENQUIRIES = {
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW,
    DisputeStatus.WARNING_CLOSED,
}
_WON = {DisputeStatus.WON, DisputeStatus.PREVENTED}
_D, _H = Dispute.__table__.c, DisputeHold.__table__.c


def state_of(status: DisputeStatus) -> str:
    """What a dispute is here; "" for an early enquiry, which takes no money and is not written down."""
    if status in _ENQUIRIES:
        return ""
    if status is DisputeStatus.LOST:
        return "lost"
    return "won" if status in _WON else "open"


def take_disputes_in(tx: Transaction, order: Owed, one: Attempt, said: Said, now: datetime) -> None:
    """Bring a dispute to what Stripe says of it. Early enquiries take no money and change nothing."""
    state = state_of(said.status)
    if not state:
        return
    found = tx.execute(select(_D.id, _D.state).where(_D.stripe_id == said.id)).one_or_none()
    dispute_id = _opened(tx, order, one, said, now) if found is None else found.id
    if found is not None and found.state != "open":
        return
    if state == "open":
        _freeze(tx, order, dispute_id, now)
        return
    _close(tx, order, dispute_id, state, now)
    if state == "lost":
        _take_points(tx, order, dispute_id, now)


def freeze_more(db: Session, now: datetime) -> int:
    """Points that became active while a dispute is open are frozen too; how many disputes were looked at."""
    looked, last = 0, 0
    asked = select(_D.id, _D.order_id).where(_D.state == "open").order_by(_D.id).limit(AT_ONCE)
    while open_ones := db.execute(asked.where(_D.id > last)).all():
        for dispute_id, order_id in open_ones:
            try:
                _freeze_again(db, order_id, dispute_id, now)
            except Exception:
                log.exception("the points of dispute %s cannot be frozen", dispute_id)
        looked, last = looked + len(open_ones), open_ones[-1].id
    db.rollback()
    return looked


def _freeze_again(db: Session, order_id: int, dispute_id: int, now: datetime) -> None:
    with transaction(db) as tx:
        order = locked(tx, order_id)
        if tx.scalar(select(_D.state).where(_D.id == dispute_id)) == "open":
            _freeze(tx, order, dispute_id, now)


def _opened(tx: Transaction, order: Owed, one: Attempt, said: Said, now: datetime) -> int:
    row = {
        "stripe_id": said.id,
        "order_id": order.id,
        "payment_id": one.id,
        "amount": said.amount,
        "currency": said.currency,
        "reason": said.reason[:64],
        "state": "open",
        "opened_at": now,
    }
    dispute_id: int = tx.execute(insert(Dispute).values(row).returning(_D.id)).scalar_one()
    _move(tx, order.id, now, amount=said.amount, dispute=dispute_id)
    record(tx, "dispute.opened", "order", order.id, by=None, now=now, amount=said.amount)
    return dispute_id


def _freeze(tx: Transaction, order: Owed, dispute_id: int, now: datetime) -> None:
    """Set aside what the order brought and the member can spend, as far as it is not set aside yet."""
    if order.purchase_id is None or order.person_id is None:
        return
    lot = tx.execute(
        select(LOTS.c.points, LOTS.c.taken_back, LOTS.c.pending, MOVEMENTS.c.member_id)
        .join(MOVEMENTS, MOVEMENTS.c.id == LOTS.c.movement_id)
        .where(MOVEMENTS.c.kind == EARNED, MOVEMENTS.c.cause_id == order.purchase_id, LOTS.c.parent_id.is_(None))
    ).one_or_none()
    if lot is None:
        return
    frozen = tx.scalar(select(func.coalesce(func.sum(_H.points), 0)).where(_H.dispute_id == dispute_id)) or 0
    wanted = lot.points - lot.taken_back - lot.pending - frozen
    if wanted > 0:
        _set_aside(tx, order.person_id, dispute_id, wanted, now)


def _set_aside(tx: Transaction, person_id: int, dispute_id: int, wanted: int, now: datetime) -> None:
    """So many, or as many as there are."""
    today = club_day(now, the_club(tx).time_zone)
    row_id = tx.execute(insert(DisputeHold).values(dispute_id=dispute_id, points=0).returning(_H.id)).scalar_one()
    try:
        with tx.begin_nested():
            hold_id = hold(tx, person_id, FROZEN, row_id, wanted, today, now, alone=True)
    except NotEnoughPoints as short:
        if short.have <= 0:
            tx.execute(delete(DisputeHold).where(_H.id == row_id))
            return
        wanted = short.have
        hold_id = hold(tx, person_id, FROZEN, row_id, wanted, today, now, alone=True)
    tx.execute(update(DisputeHold).where(_H.id == row_id).values(hold_id=hold_id, points=wanted))


def _close(tx: Transaction, order: Owed, dispute_id: int, state: str, now: datetime) -> None:
    """The dispute is over; what was set aside is free, or taken in the next step."""
    today = club_day(now, the_club(tx).time_zone)
    for hold_id in tx.scalars(select(_H.hold_id).where(_H.dispute_id == dispute_id, _H.hold_id.is_not(None))):
        release(tx, hold_id, today, now)
    tx.execute(update(Dispute).where(_D.id == dispute_id).values(state=state, closed_at=now))
    _move(tx, order.id, now, dispute=dispute_id, won=int(state == "won"))
    record(tx, "dispute.closed", "order", order.id, by=None, now=now, is_won=state == "won")


def _take_points(tx: Transaction, order: Owed, dispute_id: int, now: datetime) -> None:
    """The money is gone: what is left of the purchase counts no more, for points and tier alike."""
    if order.purchase_id is None:
        return
    whole = ReturnOf(
        channel=SHOP,
        reference=order.number,
        own_reference=f"{order.number}-D{dispute_id}",
        corrected_on=club_day(now, the_club(tx).time_zone),
        kind="cancellation",
    )
    try:
        with tx.begin_nested():
            record_return_in(tx, whole, None, now)
    except Refusal:
        return  # all of it came back before


def _move(tx: Transaction, order_id: int, now: datetime, **numbers: int) -> None:
    row = {"order_id": order_id, "at": now, "kind": Move.DISPUTED.value, "actor": Actor.SYSTEM.value, "by": None}
    tx.execute(insert(OrderMove).values(**row, numbers=numbers))
