"""The member's card, to be shown at the counter: one click from any page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from club.members.models import the_member
from club.members.rules import grouped
from portal import portal
from web.access import members_only
from web.database import db
from web.glance import status_today
from web.visitors import member_id


@portal.get("/me/card")
@members_only
def card() -> ResponseReturnValue:
    """Club, tier, name, number and its code, as large as the screen allows."""
    who = member_id()
    member, status = the_member(db(), who), status_today(who)
    assert member.member_number is not None
    return render_template(
        "portal/card.html", member=member, number=grouped(member.member_number), rung=status.rung, until=status.until
    )
