"""Use cases of orders. Rows in one order everywhere: the order, its cart, members, lots, stock, limits."""

from club.orders.service.cancelling import Cancelled, cancel, cancel_in, purchase_is_left, tell_cancelled
from club.orders.service.claiming import claim_guest_orders_in, claim_orders
from club.orders.service.delivering import delivered_in
from club.orders.service.exchanging import (
    EXCHANGE,
    WAITS_FOR,
    AsBefore,
    Exchange,
    Exchanged,
    check_age,
    place_exchange_in,
)
from club.orders.service.letting_go import let_go_expired, let_go_in, payment_begun_in
from club.orders.service.mailing import tell
from club.orders.service.placing import place_order
from club.orders.service.rows import Placed, Wanted
from club.orders.service.settling import money_came_in, money_went_back, settle_in
from club.orders.service.taking_again import take_again_in

__all__ = [
    "EXCHANGE",
    "WAITS_FOR",
    "AsBefore",
    "Cancelled",
    "Exchange",
    "Exchanged",
    "Placed",
    "Wanted",
    "cancel",
    "cancel_in",
    "check_age",
    "claim_guest_orders_in",
    "claim_orders",
    "delivered_in",
    "let_go_expired",
    "let_go_in",
    "money_came_in",
    "money_went_back",
    "payment_begun_in",
    "place_exchange_in",
    "place_order",
    "purchase_is_left",
    "settle_in",
    "take_again_in",
    "tell",
    "tell_cancelled",
]
