"""Words for what payments, refunds and disputes are doing."""

from typing import Any

from flask_babel import lazy_gettext as _l

PAYMENT_STATES: dict[str, Any] = {
    "made": _l("Being opened"),
    "open": _l("Page is open"),
    "paid": _l("Paid"),
    "closed": _l("Not paid"),
    "strange": _l("Does not fit"),
}
PAYMENT_MARKS = {"paid": "success", "strange": "danger", "open": "info", "made": "info"}

REFUND_STATES: dict[str, Any] = {
    "waiting": _l("Waits to be sent"),
    "sent": _l("On its way"),
    "done": _l("Done"),
    "failed": _l("Came back"),
    "by_hand": _l("To be paid out by hand"),
}
REFUND_MARKS = {"failed": "danger", "by_hand": "warning", "waiting": "info", "sent": "info", "done": "success"}

CAUSES: dict[str, Any] = {
    "cancellation": _l("Order cancelled"),
    "return": _l("Goods came back"),
    "exchange": _l("An exchange came to nothing"),
    "surplus": _l("Paid too late, or twice"),
    "outside": _l("Begun in Stripe’s own pages"),
}

DISPUTE_STATES: dict[str, Any] = {"open": _l("Open"), "won": _l("Won"), "lost": _l("Lost")}
DISPUTE_MARKS = {"open": "warning", "won": "success", "lost": "danger"}

DIFFERENCES: dict[str, Any] = {
    "amount": _l("The amount is not the one of the order."),
    "currency": _l("The currency is not the one of the order."),
    "mode": _l("Test money and real money were mixed up."),
    "reference": _l("It belongs to another order."),
    "order": _l("No order of ours has this number."),
    "account": _l("It is about somebody else’s account."),
    "page": _l("Money came that does not fit its order"),
    "error": _l("It could not be taken in for a whole day. The worker’s log says why."),
    "not_found": _l("Stripe does not know what it is about."),
    "resource_missing": _l("Stripe does not know what it is about."),
    "answer_not_under": _l("Stripe’s answer about it was not understood."),
}
"""What of a payment, or of a message, does not fit."""

UNNAMED: dict[str, Any] = {
    "order": _l("No order of ours is named: it was taken in Stripe’s own pages, or by another program."),
    "page": _l("It names this order, and no payment page of this order is known for it."),
}
"""Why money at Stripe belongs to no payment here."""

WRONG: dict[str, Any] = {
    "payment_without_order": _l("Money came, and the order does not count it"),
    "payment_strange": _l("Money came that does not fit its order"),
    "surplus_kept": _l("Money that came too late or twice is still here"),
    "order_without_payment": _l("The order counts as paid by card, and there is no payment"),
    "refunds_of_payment": _l("The refunds of a payment do not sum up"),
    "refunds_of_order": _l("The refunds of an order do not sum up"),
    "account_used": _l("What a member owes does not sum up"),
}
"""What is wrong between money and orders."""
