"""Goods that come back to the demonstration club's shop: one to be exchanged, one on its way, one refunded."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Stock, Variant
from club.orders.models import Order, OrderLine
from club.orders.reading import order_with
from club.permissions import Role
from club.returns.reading import Asked, case_with, lines_of_order
from club.returns.rules import AskedBy, Reason, barred
from club.returns.service import Wanted, approve, ask_return, receive_and_refund, take_back

STORIES = (
    (Reason.CHANGED_MIND, "", "asked"),
    (Reason.DAMAGED, "Бутылка пришла с трещиной.", "approved"),
    (Reason.WRONG, "", "refunded"),
)


def fill_returns(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """One piece of each of the first orders that their buyers have."""
    there = select(Order.id).where(Order.delivered_on.is_not(None)).order_by(Order.id).limit(len(STORIES))
    orders = list(db.scalars(there))
    db.rollback()
    for order_id, (reason, comment, then) in zip(orders, STORIES, strict=False):
        _live(db, order_id, reason, comment, then, staff[Role.SHOP], now - timedelta(hours=20))


def _live(db: Session, order_id: int, reason: Reason, comment: str, then: str, by: int, now: datetime) -> None:
    order = order_with(db, order_id)
    can_come = [one.line for one in lines_of_order(db, order_id) if not barred(AskedBy.BUYER, one.line, reason)]
    db.rollback()
    if not can_come:
        return
    line = can_come[0]
    instead = {line.id: _another(db, line.id)} if then == "asked" and order.person_id else {}
    wanted = Wanted(order_id=order_id, pieces={line.id: 1}, reason=reason, comment=comment, instead=instead)
    if order.person_id is None or then == "refunded":
        asked = take_back(db, wanted, by, Role.SHOP, now)
    else:
        asked = ask_return(db, order.person_id, wanted, now)
        if then == "approved":
            approve(db, asked.case_id, by, Role.SHOP, now + timedelta(hours=2))
    if then == "refunded":
        _refund(db, asked, by, now + timedelta(hours=3))


def _refund(db: Session, asked: Asked, by: int, now: datetime) -> None:
    pieces = {line.line_id: line.quantity for line in case_with(db, asked.case_id).lines}
    db.rollback()
    receive_and_refund(db, asked.case_id, pieces, pieces, by, Role.SHOP, now, with_delivery=False)


def _another(db: Session, line_id: int) -> int:
    """What goes out for it: the first article of another product of which there are many."""
    own = select(OrderLine.product_id).where(OrderLine.id == line_id).scalar_subquery()
    there = (
        select(Variant.id)
        .join(Stock, Stock.variant_id == Variant.id)
        .where(Variant.is_active, Stock.is_counted, Stock.on_hand - Stock.reserved > 10, Variant.product_id != own)
    )
    found = db.execute(there.order_by(Variant.id).limit(1)).scalar_one()
    db.rollback()
    return found
