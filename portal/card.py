"""The member's card: shown at the counter, one click from any page; printed as large as a bank card, or on A4."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from club.errors import PressFailed
from club.members.models import the_member
from club.members.rules import grouped
from club.notices.printing import SIZES, Holder, card_file
from club.notices.saved import saved_in
from club.tiers.models import ladder_on
from portal import portal
from web.access import members_only
from web.database import db
from web.glance import status_today
from web.languages import in_language, language
from web.messages import words_for
from web.papers import pdf
from web.programme import today
from web.visitors import member_id


@portal.get("/me/card")
@members_only
def card() -> ResponseReturnValue:
    """Club, tier, name, number and its code, as large as the screen allows; what was saved this year."""
    who = member_id()
    member, status = the_member(db(), who), status_today(who)
    assert member.member_number is not None
    return render_template(
        "portal/card.html",
        member=member,
        number=grouped(member.member_number),
        rung=status.rung,
        until=status.until,
        saved=saved_in(db(), who, today().replace(month=1, day=1), today()),
    )


@portal.get("/me/card/<size>.pdf")
@members_only
def card_print(size: str) -> ResponseReturnValue:
    """The same to print: as large as a bank card, or on A4 to cut out."""
    if size not in SIZES:
        abort(404)
    try:
        data = card_file(db(), holder_of(member_id()), size, language(), datetime.now(UTC))
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("portal.card"), 303)
    return pdf(data, f"card-{size}.pdf")


def holder_of(who: int) -> Holder:
    """A member as their papers name them."""
    member, status = the_member(db(), who), status_today(who)
    assert member.member_number is not None
    has_ladder = len(ladder_on(db(), today()).ladder.rungs) > 1
    return Holder(
        member_id=who,
        full_name=member.full_name,
        number=member.member_number,
        grouped=grouped(member.member_number),
        tier=in_language(status.rung.name) if has_ladder else "",
        until=status.until,
    )
