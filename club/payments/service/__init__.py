"""Use cases of being paid by card: start, settle, hear, give back, sweep; and of invoices."""

from club.payments.service.calling_off import CANCELLATION, cancel
from club.payments.service.carrying import carry_in, give_carried_back, money_of_return_in
from club.payments.service.disputing import freeze_more
from club.payments.service.events import seen_to
from club.payments.service.finding import find_unnamed
from club.payments.service.hearing import Heard, hear
from club.payments.service.on_account import invoice_paid, invoice_paid_in, night
from club.payments.service.refunding import ask_refund_in, paid_out, send_again
from club.payments.service.sending import send_refunds
from club.payments.service.settling import Settled, settle, standing_of
from club.payments.service.starting import start
from club.payments.service.sweeping import catch_up, sweep
from club.payments.service.telling import money_back, tell_refund_in

__all__ = [
    "CANCELLATION",
    "Heard",
    "Settled",
    "ask_refund_in",
    "cancel",
    "carry_in",
    "catch_up",
    "find_unnamed",
    "freeze_more",
    "give_carried_back",
    "hear",
    "invoice_paid",
    "invoice_paid_in",
    "money_back",
    "money_of_return_in",
    "night",
    "paid_out",
    "seen_to",
    "send_again",
    "send_refunds",
    "settle",
    "standing_of",
    "start",
    "sweep",
    "tell_refund_in",
]
