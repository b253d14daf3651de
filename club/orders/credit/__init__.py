"""Buying on account: a limit a member, what is due by invoice, what is overdue."""

from club.orders.credit.models import AccountDue, CreditLine, CreditOffer, at_the_till, offer_of
from club.orders.credit.service import give_back_in, pay_off_in, set_limit, take_in

__all__ = [
    "AccountDue",
    "CreditLine",
    "CreditOffer",
    "at_the_till",
    "give_back_in",
    "offer_of",
    "pay_off_in",
    "set_limit",
    "take_in",
]
