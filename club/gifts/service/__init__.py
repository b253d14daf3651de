"""Use cases of gifts. Locks: members' balances first, then offers by id, then vouchers."""

from club.gifts.service.choosing import choose, choose_instead
from club.gifts.service.handing_over import hand_over, take_back
from club.gifts.service.nightly import night
from club.gifts.service.writing import add_rule, change_rule, end_rule

__all__ = ["add_rule", "change_rule", "choose", "choose_instead", "end_rule", "hand_over", "night", "take_back"]
