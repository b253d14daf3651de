"""Friends in the words of the staff: the evidence, why one does not count, how they came."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.referrals.rules import Cause, Evidence, Signal
from web.formats import number

SIGNALS: Mapping[Signal, Any] = {
    Signal.MAILBOX: _l("Nearly the same e-mail address"),
    Signal.PHONE: _l("The same phone number"),
    Signal.HOUSEHOLD: _l("The same postal address"),
    Signal.DEVICE: _l("The same browser from the same network address"),
    Signal.CARD: _l("Paid with the same card"),
    Signal.CIRCLE: _l("Looks like somebody who brought the member, directly or by way of others"),
    Signal.MANY: _l("One of many on a day"),
    Signal.NO_VOUCHER: _l("The voucher cannot be given: its offer is over or used up"),
}

CAUSES: Mapping[str, Any] = {
    "": "–",
    Cause.NOT_NEW: _l("Had bought before joining"),
    Cause.SAME_PERSON: _l("Friend and member are one person"),
    Cause.STAFF: _l("Refused by a colleague"),
    Cause.MERGED: _l("Part of another record"),
    Cause.RETURNED: _l("The goods were returned"),
}

WAYS: Mapping[str, Any] = {
    "link": _l("By link or code"),
    "mail": _l("Invited by mail"),
    "counter": _l("At the counter"),
}


def evidence_words(one: Evidence) -> str:
    """One signal in a sentence; the person that it points to stands beside it."""
    words = str(SIGNALS[one.signal])
    if one.count is not None:
        return _("%(signal)s: number %(count)s of that day", signal=words, count=number(one.count))
    return words
