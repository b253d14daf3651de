"""Fills a migrated database with the club that the browser tests walk through."""

from datetime import UTC, datetime

from club.clock import club_day
from club.database import make_engine, sessions
from club.programme import service as programme


def fill(url: str) -> None:
    """The demonstration club, as of today."""
    now = datetime.now(UTC)
    engine = make_engine(url)
    with sessions(engine)() as db:
        programme.set_up(db, programme.defaults(club_day(now, programme.DEFAULTS.time_zone)), now)
    engine.dispose()
