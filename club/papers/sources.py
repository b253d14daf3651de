"""An order as its papers need it: read at once, in the transaction that issues them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.offers.overview import uses_for
from club.offers.rules import REDUCES
from club.orders.credit.models import AccountDue
from club.orders.models import Order, OrderContact, OrderLine
from club.orders.service.steps import ORDER
from club.papers.rules import DELIVERY, PAYMENT_CODES, Line, Offered, Party, Payment
from club.programme.rules import Club


@dataclass(frozen=True)
class Source:
    """What an order gives to a paper."""

    number: str
    language: str
    currency: str
    ordered_on: date
    delivered_on: date | None
    buyer: Party
    lines: tuple[Line, ...]
    payment: Payment
    offers: tuple[Offered, ...]


def source_of(db: Session, order_id: int, club: Club) -> Source:
    """The order with its lines, its buyer as far as they are still known, and how it is paid."""
    order = db.execute(select(*Order.__table__.c).where(Order.id == order_id)).one()
    return Source(
        number=order.number,
        language=order.language,
        currency=order.currency,
        ordered_on=club_day(order.placed_at, club.time_zone),
        delivered_on=order.delivered_on,
        buyer=_buyer(db, order),
        lines=(*_goods(db, order, club), *_delivery(order, club)),
        payment=_payment(db, order, club),
        offers=_offers(db, order, club),
    )


def _buyer(db: Session, order: Row[Any]) -> Party:
    contact = db.execute(select(*OrderContact.__table__.c).where(OrderContact.order_id == order.id)).one_or_none()
    if contact is None:
        return Party(name="", country=order.country)
    return Party(
        name=contact.full_name,
        company=contact.company,
        tax_number=contact.tax_number,
        address=contact.address,
        address_more=contact.address_more,
        postcode=contact.postcode,
        city=contact.city,
        country=contact.country,
    )


def _goods(db: Session, order: Row[Any], club: Club) -> list[Line]:
    line = OrderLine
    rows = db.execute(
        select(
            line.id, line.sku, line.name, line.quantity, line.unit_price, line.amount, line.discount, line.points,
            line.points_value, line.paid, line.tax, line.tax_rate,
        )
        .where(line.order_id == order.id)
        .order_by(line.position)
    )  # fmt: skip
    return [
        Line(
            line_id=row.id,
            sku=row.sku,
            name=row.name.into(order.language, club.main_language),
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
            discount=row.discount,
            points=row.points,
            points_value=row.points_value,
            paid=row.paid,
            tax=row.tax,
            tax_rate=row.tax_rate,
        )
        for row in rows
    ]


def _delivery(order: Row[Any], club: Club) -> list[Line]:
    price = order.delivery_price
    if not price:
        return []
    return [
        Line(
            line_id=DELIVERY,
            sku="",
            name=order.method_name.into(order.language, club.main_language),
            quantity=1,
            unit_price=price,
            amount=price,
            paid=price,
            tax=order.delivery_tax,
            tax_rate=order.delivery_tax_rate,
        )
    ]


def _offers(db: Session, order: Row[Any], club: Club) -> tuple[Offered, ...]:
    if not order.offers or not order.discount:
        return ()
    return tuple(
        Offered(offer.title.into(order.language, club.main_language), use.saves)
        for use, offer in uses_for(db, ORDER, order.id)
        if use.saves and offer.kind in REDUCES
    )


def _payment(db: Session, order: Row[Any], club: Club) -> Payment:
    by = order.pay_by if order.total else "nothing"
    is_paid = order.paid >= order.total and order.settled_at is not None and order.total
    due_on = None
    if by == "account" and not is_paid:
        due_on = db.scalar(select(AccountDue.due_on).where(AccountDue.order_id == order.id))
    on = club_day(order.settled_at, club.time_zone) if is_paid else None
    carried = 0 if is_paid else order.carried
    left = order.total - carried if carried else 0
    return Payment(by=by, code=PAYMENT_CODES[by], on=on, due_on=due_on, carried=carried, left=left)
