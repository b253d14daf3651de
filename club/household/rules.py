"""How many may belong to a household, and from when on points are shared."""

from dataclasses import dataclass
from datetime import date, timedelta

from club.errors import HouseholdFull, HouseholdsClosed

INVITATION_LIVES = timedelta(days=14)
LONGEST_SOUGHT = 254


@dataclass(frozen=True)
class Terms:
    """What the club allows, in people and days."""

    most: int
    wait_days: int


def may_have_one_more(terms: Terms, members: int, invited: int) -> None:
    """Whoever is invited counts as if they were there; raises `HouseholdFull`."""
    if members + invited >= terms.most:
        raise HouseholdFull(terms.most)


def shares_from(terms: Terms, today: date) -> date:
    """The first day on which points of whoever says yes today are the others', and theirs are open to them.

    It counts for both sides, so that nobody who took over an account empties it through a household made for that.
    """
    return today + timedelta(days=terms.wait_days)


def terms_of(*, allowed: bool, most: int, wait_days: int) -> Terms:
    """What the club allows; raises `HouseholdsClosed`."""
    if not allowed:
        raise HouseholdsClosed
    return Terms(most, wait_days)
