"""The club's row as a value, read once a request."""

from datetime import UTC, date, datetime

from club.clock import club_day
from club.errors import NoProgramme
from club.programme.models import find_club
from club.programme.rules import Club
from web.database import db
from web.kept import forget, kept
from web.visitors import visitor


def programme() -> Club:
    """The club; raises `NoProgramme` before `club init`."""
    club = programme_or_none()
    if club is None:
        raise NoProgramme
    return club


def programme_or_none() -> Club | None:
    """The club, or None before `club init`."""
    return kept("programme", _found)


def _found() -> Club | None:
    visitor()  # whoever is signed in is asked for anyway, and that question brings the club's stamp along
    return find_club(db())


def today() -> date:
    """The day it is in the club."""
    return club_day(datetime.now(UTC), programme().time_zone)


def forget_programme() -> None:
    """It was changed on this request: ask for it anew."""
    for name in ("programme", "locale"):
        forget(name)
