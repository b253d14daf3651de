"""What the buyer is told by mail, in the order's language; the button leads to the order, without signing in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from club.database import Transaction
from club.messages.service import queue
from club.offers.overview import uses_for
from club.offers.rules import REDUCES
from club.orders.credit.models import DUE_OF_ORDER
from club.orders.models import OrderContact
from club.orders.rules import PayBy, State, money_due
from club.orders.service.steps import LINES, ORDER, ORDERS

PLACED, CANCELLED = "order.placed", "order.cancelled"

_CONTACT = OrderContact.__table__.c
_ABOUT = (
    select(
        *(
            ORDERS.c[name]
            for name in (
                "number", "key", "person_id", "language", "currency", "pay_by", "method_name", "goods", "discount",
                "points", "points_value", "delivery_price", "total", "paid",
                "state", "offers",
            )
        ),
        DUE_OF_ORDER.label("account_due"),
        _CONTACT.email,
        _CONTACT.full_name,
        LINES.c.name,
        LINES.c.quantity,
        LINES.c.amount,
    )
    .join(OrderContact, _CONTACT.order_id == ORDERS.c.id)
    .join(LINES, LINES.c.order_id == ORDERS.c.id)
    .where(ORDERS.c.id == bindparam("order_id"))
    .order_by(LINES.c.position)
)  # fmt: skip
"""The order and one of its lines in each row."""


def tell(
    tx: Transaction, act: str, order_id: int, now: datetime, *, occurrence: str = "", more: Mapping[str, object] = {}
) -> None:
    """Queue a mail about an order with its lines and sums; once for an occurrence, by default once for ever.

    Nobody is written to whose address was cleared.
    """
    rows = tx.execute(_ABOUT, {"order_id": order_id}).mappings().all()
    if rows:
        if rows[0]["offers"] and rows[0]["discount"]:
            more = {"offers": _offers(tx, order_id), **more}
        say(tx, act, order_id, rows[0], rows, now, occurrence=occurrence, more=more)


def say(
    tx: Transaction, act: str, order_id: int, about: Mapping[Any, Any], lines: Sequence[Mapping[Any, Any]],
    now: datetime, *, occurrence: str = "", more: Mapping[str, object] = {},
) -> None:  # fmt: skip
    """The same with what was read, or written, already: the columns of the order with its contact, and of its lines.

    `offers` of `more`: those that lowered the prices, each with its `title` and what it `saves`.
    """
    if not about["email"]:
        return
    items = [{"name": dict(line["name"]), "quantity": line["quantity"], "amount": line["amount"]} for line in lines]
    due = money_due(State(about["state"]), PayBy(about["pay_by"]), about["total"], about["paid"], about["account_due"])
    queue(
        tx,
        act,
        occurrence=f"order:{order_id}{occurrence and ':'}{occurrence}",
        recipient=about["email"],
        language=about["language"],
        person_id=about["person_id"],
        addressee=f"order:{order_id}",
        data={
            "name": about["full_name"],
            "key": about["key"],
            "order": about["number"],
            "currency": about["currency"],
            "items": items,
            "goods": about["goods"],
            "discount": about["discount"],
            "offers": [],
            "spent": about["points"],
            "spent_value": about["points_value"],
            "delivery_price": about["delivery_price"],
            "way": dict(about["method_name"]),
            "total": about["total"],
            "due": due,
            **more,
        },
        now=now,
    )


def _offers(tx: Transaction, order_id: int) -> list[dict[str, object]]:
    """The offers that lowered the prices, each with what it took off."""
    return [
        {"title": dict(offer.title), "saves": use.saves}
        for use, offer in uses_for(tx, ORDER, order_id)
        if use.saves and offer.kind in REDUCES
    ]
