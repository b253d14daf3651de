"""The figures of the demonstration club, as its last night would have made them."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.clock import club_day
from club.insight.service import refresh
from club.permissions import Role
from club.programme.models import the_club


def fill_insight(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Make them as of today."""
    refresh(db, club_day(now, the_club(db).time_zone), now)
