"""What is usual for an event of each kind: where to begin when nothing is there yet."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from club.events.rules import Event, Kind

PURPOSES: Mapping[Kind, Any] = {
    Kind.CORPORATE: _l("Partners and companies at one table. By invitation, with a plate that suits everybody."),
    Kind.CULTURAL: _l("A concert, a talk, an exhibition. Open to everybody: strangers come and become known."),
    Kind.FAMILY: _l("A day for members and their families. More guests for each, at daytime."),
    Kind.SOCIAL: _l("An evening among members: a dinner, a tasting, a toast."),
    Kind.TRAINING: _l("A class in a small group, with points for whoever was there."),
}

_USUAL: Mapping[Kind, Mapping[str, Any]] = {
    Kind.CORPORATE: {"hours": (19, 22), "seats": 40, "most_guests": 1, "asks_diet": True, "who": "invited"},
    Kind.CULTURAL: {"hours": (20, 22), "seats": 120, "most_guests": 3, "is_public": True, "asks_access": True},
    Kind.FAMILY: {"hours": (11, 16), "seats": 80, "most_guests": 5, "asks_diet": True, "asks_access": True},
    Kind.SOCIAL: {"hours": (20, 23), "seats": 40, "most_guests": 1, "asks_diet": True},
    Kind.TRAINING: {"hours": (18, 20), "seats": 16, "most_guests": 0, "attend_points": 100},
}
_IN_DAYS, _ANSWER_DAYS = 30, 7


def usual(kind: Kind, today: date) -> dict[str, Any]:
    """The form of an event of a kind, filled in: a month from now, answers until a week before."""
    said = dict(_USUAL[kind])
    begins, ends = said.pop("hours")
    day = today + timedelta(days=_IN_DAYS)
    return {
        "kind": kind.value,
        "who": "all",
        "starts_on": day,
        "starts_at": time(begins),
        "ends_at": time(ends),
        "answer_by_on": day - timedelta(days=_ANSWER_DAYS),
        "accept_hours": Event.accept_hours,
        "version": "0",
        **said,
    }
