"""Words about offers that several pages share."""

from typing import Any

from flask_babel import lazy_gettext as _l

from club.offers.rules import Fault

FAULTS: dict[str, Any] = {
    Fault.TITLE: _l("Enter a title of at most 120 characters."),
    Fault.PERCENT: _l("Enter a percentage from 1 to 100."),
    Fault.AMOUNT: _l("Enter an amount above zero."),
    Fault.GIFT: _l("Choose the product that is given, and 1 to 12 pieces of it."),
    Fault.MULTIPLIER: _l("Points are multiplied by more than 1 and at most 10."),
    Fault.RUNG: _l("Choose the tier from which on the offer holds."),
    Fault.DATES: _l("The last day lies before the first one."),
    Fault.POINTS: _l("An offer for points needs its price in points; no other offer has one."),
    Fault.LEAST: _l("Enter a smaller amount of goods."),
    Fault.LIMITS: _l("A limit is a whole number above zero, and not below what was taken already."),
    Fault.BUDGET: _l("Enter a budget above zero, or leave it empty."),
    Fault.DAYS: _l("A voucher is good for 0 to 3,650 days."),
    Fault.GOODS: _l("Points are multiplied for categories or for all goods, not for single products."),
    Fault.PLACE: _l("Free delivery is an offer of the shop alone."),
    Fault.WAY: _l("A partner's codes go to members who activate or redeem the offer, and only this kind has codes."),
    Fault.GIVEN: _l(
        "What comes as a gift alone is activated, for all members, without limits, budget and held back members, and is"
        " no benefit of a partner."
    ),
    Fault.HELD_BACK: _l("At most 50% of the members are held back."),
    "picked": _l("Nobody is picked yet. Add members, then publish."),
    "codes": _l("There are no codes yet. Add the partner's codes, then publish."),
}
"""What to do about a fault of an offer."""
