"""What to do about a fault in the terms of bringing friends."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

REFERRAL_FAULTS: Mapping[str, Any] = {
    "points": _l("Enter the points, from 1 to 1,000,000."),
    "offer": _l(
        "Choose an offer that comes as a gift alone and runs now, without a last day, a budget, or a limit for all or"
        " for each member."
    ),
    "range": _l("Enter an amount of 0 or more, at most 365 days, and a limit from 1 to 1,000 friends."),
    "landing": _l("Use at most 600 characters in each language."),
}
