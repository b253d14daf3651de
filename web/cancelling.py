"""A buyer calls an order off: an open payment page is closed first, and what was paid goes back."""

from datetime import datetime

from club.orders.reading import OrderView
from club.orders.rules import Actor, PayBy, State
from club.payments.service import cancel
from web.database import db
from web.gateway import gateway
from web.visitors import visitor


def call_off(order: OrderView, now: datetime) -> None:
    """The order is theirs. Raises `PackedAlready`, `PaymentOpen`, and `StripeTrouble`: nothing happened then."""
    has_page = order.state == State.PENDING and order.pay_by == PayBy.CARD
    who = visitor()
    cancel(db(), order.id, Actor.BUYER, who.account_id if who else None, None, gateway() if has_page else None, now)
