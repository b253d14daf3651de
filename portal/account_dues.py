"""What a member has on account: open invoices and what was paid lately."""

from flask import render_template
from flask.typing import ResponseReturnValue

from club.orders import credit
from club.orders.credit.models import ageing, open_dues, paid_dues
from club.orders.credit.rules import days_overdue
from portal import portal
from web.access import members_only
from web.database import db
from web.programme import today
from web.visitors import member_id

MOST = 200
PAID_SHOWN = 20


@portal.get("/me/account")
@members_only
def account_dues() -> ResponseReturnValue:
    """The statement: what is open, until when, and what was paid."""
    who, day = member_id(), today()
    return render_template(
        "portal/account_dues.html",
        line=credit.offer_of(db(), who, day),
        dues=open_dues(db(), MOST, person_id=who),
        paid=paid_dues(db(), who, PAID_SHOWN),
        sums=ageing(db(), day, who),
        days_overdue=days_overdue,
        day=day,
    )
