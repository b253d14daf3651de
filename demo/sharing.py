"""The demonstration club lets members pass points on: one has done so."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from club.members.models import person_with_email
from club.permissions import Role
from club.programme.models import the_club
from club.programme.service import change
from club.transfers.service import Wanted, send

GIVES, GETS = "carmen@example.org", "alexandra@example.org"
POINTS = 150


def share_points(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Allowed since long ago; Carmen passed some on five days ago."""
    change(db, replace(the_club(db), transfers_allowed=True), staff[Role.OWNER], now - timedelta(days=300))
    giver, getter = person_with_email(db, GIVES), person_with_email(db, GETS)
    if giver is None or getter is None or giver.account_id is None or getter.member_number is None:
        raise RuntimeError("those who pass points on are not in the history")
    wanted = Wanted(getter.member_number, getter.full_name, POINTS)
    send(db, giver.person_id, wanted, b"demonstration".ljust(32), giver.account_id, now - timedelta(days=5))
