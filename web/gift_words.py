"""Gifts of the club in words: what a rule looks at, and what is wrong with one."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from club.gifts.rules import Fault, Kind, What

KINDS: Mapping[Kind, Any] = {
    Kind.BIRTHDAY: _l("Birthday"),
    Kind.ANNIVERSARY: _l("Anniversary of joining"),
    Kind.GROWTH: _l("Growth"),
    Kind.MILESTONE: _l("Milestone between tiers"),
}

WHATS: Mapping[What, Any] = {
    What.POINTS: _l("Points"),
    What.VOUCHER: _l("Voucher"),
    What.BENEFIT: _l("Benefit"),
}

GIFT_FAULTS: dict[str, Any] = {
    Fault.TITLE: _l("Enter a title of at most 120 characters."),
    Fault.OPTIONS: _l("Choose what is given: one thing, or at a milestone up to three different ones."),
    Fault.POINTS: _l("Enter 1 to 1,000,000 points."),
    Fault.OFFER: _l("Choose an offer that comes as a gift alone and still runs."),
    Fault.BENEFIT: _l("Choose a benefit that is not archived."),
    Fault.RUNG: _l("Choose the tier on which members stand."),
    Fault.HOLD: _l("Enter 1 to 3,650 days, or leave it empty."),
    Fault.PERIOD: _l("A period is a quarter, a half-year or a year."),
    Fault.THRESHOLD: _l("Enter a percentage from 1 to 1,000."),
    Fault.LEAST: _l("Enter an amount above zero: without a purchase before there is nothing to grow from."),
    Fault.WAIT: _l("Enter 0 to 180 days."),
    Fault.AT: _l("Enter a percentage from 1 to 99."),
    Fault.CHOOSE: _l("Enter 1 to 366 days to choose in."),
}
"""What to do about a fault of a rule."""
