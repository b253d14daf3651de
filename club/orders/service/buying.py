"""A settled order of a member is a purchase: the same one way in as every other channel."""

from datetime import date, datetime

from sqlalchemy import bindparam, update

from club.accrual.service import record_purchase_in
from club.database import Transaction
from club.offers import service as offers
from club.orders.service.steps import ORDER, ORDERS, Held, Line
from club.programme.models import the_club
from club.purchases.rules import SHOP, NewLine, NewPurchase
from club.texts import Texts

LONGEST_DESCRIPTION = 300

_BOUGHT = update(ORDERS).where(ORDERS.c.id == bindparam("order")).values(purchase_id=bindparam("purchase"))


def record_purchase_of(
    tx: Transaction, order: Held, lines: list[Line], person_id: int, day: date, now: datetime, delivered_on: date | None
) -> int:
    """Record what was paid for goods, each line at the order's position; those that earn nothing earn nothing."""
    main = the_club(tx).main_language
    new = NewPurchase(
        member_id=person_id,
        channel=SHOP,
        reference=order.number,
        bought_on=day,
        amount=sum(line.paid for line in lines),
        tax=sum(line.tax for line in lines),
        lines=tuple(
            NewLine(
                amount=line.paid,
                category=line.category,
                sku=line.sku,
                description=Texts(line.name).into(main)[:LONGEST_DESCRIPTION],
                quantity=line.quantity,
                tax=line.tax,
                earns=line.earns_points,
            )
            for line in lines
        ),
    )
    cause = offers.Cause(ORDER, order.id)
    campaigns = offers.campaigns_in(tx, cause) if order.offers else ()
    recorded = record_purchase_in(tx, new, None, now, delivered_on=delivered_on, campaigns=campaigns)
    tx.execute(_BOUGHT, {"order": order.id, "purchase": recorded.purchase_id})
    if order.offers:
        offers.settle_in(tx, cause, now, recorded.extra_points)
    return recorded.purchase_id
