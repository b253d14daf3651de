"""Returns: a buyer asks or withdraws, staff decide, goods arrive, money and points go back."""

from club.returns.service.asking import Wanted, ask_return, count_asking, take_back, withdraw
from club.returns.service.deciding import approve, close, refuse
from club.returns.service.effect import (
    Counted,
    effect_of_asking,
    effect_of_asking_instead,
    effect_of_exchange,
    effect_of_refund,
)
from club.returns.service.exchanging import Arrived, Swapped, exchange
from club.returns.service.goodwill import give_money_back
from club.returns.service.receiving import receive
from club.returns.service.refunding import Refunded, receive_and_refund, refund

__all__ = [
    "Arrived",
    "Counted",
    "Refunded",
    "Swapped",
    "Wanted",
    "approve",
    "ask_return",
    "close",
    "count_asking",
    "effect_of_asking",
    "effect_of_asking_instead",
    "effect_of_exchange",
    "effect_of_refund",
    "exchange",
    "give_money_back",
    "receive",
    "receive_and_refund",
    "refund",
    "refuse",
    "take_back",
    "withdraw",
]
