"""Use cases of carts. Every one locks the cart first; carts come before orders, members, lots and stock."""

from club.carts.service.changing import Shopper, add, bring_back, change, empty, remove
from club.carts.service.claims import clear, close, freeze, freeze_for_good, thaw
from club.carts.service.codes import drop_voucher, use_code
from club.carts.service.keeping import forget_old
from club.carts.service.merging import merge_at_sign_in
from club.carts.service.noting import note_seen, use_points

__all__ = [
    "Shopper",
    "add",
    "bring_back",
    "change",
    "clear",
    "close",
    "drop_voucher",
    "empty",
    "forget_old",
    "freeze",
    "freeze_for_good",
    "merge_at_sign_in",
    "note_seen",
    "remove",
    "thaw",
    "use_code",
    "use_points",
]
