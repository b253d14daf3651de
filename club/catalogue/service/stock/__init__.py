"""Stock: steps of an order inside its transaction, and what staff and the worker do."""

from club.catalogue.service.stock.expiring import release_expired
from club.catalogue.service.stock.moving import Cause, level_of
from club.catalogue.service.stock.orders import (
    give_back,
    give_limit_back,
    lock,
    lock_aside,
    pass_on,
    release,
    reserve,
    reserve_again,
    sell,
    sell_at_once,
    set_aside,
    take_of_limit,
)
from club.catalogue.service.stock.shelf import hand_out, put_back
from club.catalogue.service.stock.staff import move_stock, set_limits

__all__ = [
    "Cause",
    "give_back",
    "give_limit_back",
    "hand_out",
    "level_of",
    "lock",
    "lock_aside",
    "move_stock",
    "pass_on",
    "put_back",
    "release",
    "release_expired",
    "reserve",
    "reserve_again",
    "sell",
    "sell_at_once",
    "set_aside",
    "set_limits",
    "take_of_limit",
]
