"""Orders in the words of the staff."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.orders.listing import View
from club.orders.moves import Means
from club.orders.rules import Delivery, Fulfilment, Move, PayBy, PaymentStatus, State

VIEWS: dict[View, Any] = {
    View.TO_PACK: _l("To pack"),
    View.TO_SEND: _l("Packed"),
    View.READY: _l("At the counter"),
    View.SENT: _l("Sent"),
    View.TO_PAY: _l("To be paid"),
    View.PROBLEMS: _l("Problems"),
    View.ALL: _l("All"),
}
"""In the order in which they are shown."""

EMPTY: dict[View, Any] = {
    View.TO_PACK: _l("Nothing to pack. New orders come here as soon as their money is there or sure."),
    View.TO_SEND: _l("Nothing waits packed."),
    View.READY: _l("Nothing waits to be picked up."),
    View.SENT: _l("Nothing is on its way."),
    View.TO_PAY: _l("No order waits for its payment."),
    View.PROBLEMS: _l("No order has a problem: all payments came in time, all goods are there."),
    View.ALL: _l("Nobody has ordered yet. What is bought in the shop comes here."),
}

STATES: dict[State, Any] = {
    State.PENDING: _l("Waits for its payment"),
    State.PLACED: _l("Under way"),
    State.DONE: _l("Done"),
    State.CANCELLED: _l("Cancelled"),
}

FULFILMENTS: dict[Fulfilment, Any] = {
    Fulfilment.WAITING: _l("Waits for its payment"),
    Fulfilment.TO_PACK: _l("To pack"),
    Fulfilment.PARTLY_PACKED: _l("Partly packed"),
    Fulfilment.PACKED: _l("Packed"),
    Fulfilment.PARTLY_SENT: _l("Partly sent"),
    Fulfilment.SENT: _l("Sent"),
    Fulfilment.DELIVERED: _l("Delivered"),
    Fulfilment.CANCELLED: _l("Cancelled"),
    Fulfilment.RETURNED: _l("Came back"),
}

LOOKS: dict[Fulfilment, str] = {
    Fulfilment.TO_PACK: "warning",
    Fulfilment.PARTLY_PACKED: "warning",
    Fulfilment.PARTLY_SENT: "warning",
    Fulfilment.DELIVERED: "success",
}

PAYMENTS: dict[PaymentStatus, Any] = {
    PaymentStatus.NOTHING_DUE: _l("Nothing to pay"),
    PaymentStatus.WAITING: _l("Not paid yet"),
    PaymentStatus.DUE: _l("To be paid later"),
    PaymentStatus.PAID: _l("Paid"),
    PaymentStatus.PARTLY_REFUNDED: _l("Partly given back"),
    PaymentStatus.REFUNDED: _l("Given back"),
}

PAY_BY: dict[PayBy, Any] = {
    PayBy.CARD: _l("By card"),
    PayBy.PICKUP: _l("At pick-up"),
    PayBy.ACCOUNT: _l("By invoice"),
    PayBy.NOTHING: _l("Nothing to pay"),
}


def paid_with(pay_by: PayBy, *, carried: int, points: int) -> str:
    """The way of payment; where nothing was left to pay, what paid for it."""
    if pay_by is not PayBy.NOTHING or not (carried or points):
        return str(PAY_BY[pay_by])
    return _("With what came back") if carried else _("With points alone")


DELIVERIES: dict[Delivery, Any] = {Delivery.SHIP: _l("By parcel"), Delivery.PICKUP: _l("Pick-up")}

MEANS: dict[Means, Any] = {Means.CASH: _l("In cash"), Means.TERMINAL: _l("By card at the counter")}

MOVES: dict[Move, Any] = {
    Move.PLACED: _l("Order placed"),
    Move.PAID: _l("Money came in, or is sure"),
    Move.PAID_LATE: _l("Money came after the goods were let go"),
    Move.PACKED: _l("Packed"),
    Move.UNPACKED: _l("Unpacked"),
    Move.SENT: _l("Sent"),
    Move.READY: _l("Ready to be picked up, buyer told"),
    Move.DELIVERED: _l("Arrived"),
    Move.CANCELLED: _l("Cancelled"),
    Move.EXPIRED: _l("Not paid in time, goods let go"),
    Move.RETURNED: _l("Goods came back"),
    Move.REFUNDED: _l("Money given back"),
    Move.DISPUTED: _l("Payment disputed"),
    Move.CHANGED: _l("Address put right"),
}
HANDED_OVER = _l("Handed over")

ACTORS: dict[str, Any] = {"buyer": _l("by the buyer"), "system": _l("by itself"), "staff": _l("by a colleague")}
