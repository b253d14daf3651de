"""The demonstration club lets members pass points on and share them in a household: some have done so."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from club.household import service as households
from club.household.models import invitations_of
from club.members.models import person_with_email
from club.permissions import Role
from club.programme.models import the_club
from club.programme.service import change
from club.transfers.service import Wanted, send

GIVES, GETS = "carmen@example.org", "alexandra@example.org"
POINTS = 150
JOINS = "owen@example.org"


def share_points(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Allowed since long ago; Carmen passed some on five days ago."""
    change(
        db,
        replace(the_club(db), transfers_allowed=True, households_allowed=True),
        staff[Role.OWNER],
        now - timedelta(days=300),
    )
    giver, getter = person_with_email(db, GIVES), person_with_email(db, GETS)
    if giver is None or getter is None or giver.account_id is None or getter.member_number is None:
        raise RuntimeError("those who pass points on are not in the history")
    wanted = Wanted(getter.member_number, getter.full_name, POINTS)
    _found_household(db, giver.person_id, giver.account_id, now)
    send(db, giver.person_id, wanted, b"demonstration".ljust(32), giver.account_id, now - timedelta(days=5))


def _found_household(db: Session, person_id: int, account_id: int, now: datetime) -> None:
    """Owen said yes yesterday: the points of the two are shared soon. Somebody else has not answered yet."""
    joins = person_with_email(db, JOINS)
    if joins is None or joins.account_id is None:
        raise RuntimeError("whoever joins the household is not in the history")
    asked, joined = now - timedelta(days=2), now - timedelta(days=1)
    households.invite(db, person_id, JOINS, share=True, by=account_id, now=asked)
    invitation = invitations_of(db, joins.person_id, joined)[-1]
    households.accept(db, joins.person_id, invitation.id, share=True, by=joins.account_id, now=joined)
    households.invite(db, person_id, "pablo@example.org", share=True, by=account_id, now=joined)
