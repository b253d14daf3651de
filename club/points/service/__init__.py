"""Use cases of the ledger. Every one locks the member's balance first, then takes lots by id."""

from club.points.rules import Earned
from club.points.service.by_hand import adjust_by_hand, adjust_in
from club.points.service.due import activate_due, expire_due
from club.points.service.earning import earn, open_account, set_dates
from club.points.service.holding import give_back, give_back_rest, hold, lock_givers, release, spend_hold
from club.points.service.passing import Passing, pass_back, pass_on, passable
from club.points.service.reversing import reverse

__all__ = [
    "Earned",
    "Passing",
    "activate_due",
    "adjust_by_hand",
    "adjust_in",
    "earn",
    "expire_due",
    "give_back",
    "give_back_rest",
    "hold",
    "lock_givers",
    "open_account",
    "pass_back",
    "pass_on",
    "passable",
    "release",
    "reverse",
    "set_dates",
    "spend_hold",
]
