"""The household of a customer, and ending it."""

from datetime import datetime

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.customer_points import LONGEST_WORDS
from club.household.models import household_id_of, members_of
from club.household.service import dissolve
from club.members.models import the_member
from club.permissions import Permission
from club.points.pool import lent_to
from web.access import staff_only
from web.database import db
from web.forms import Needed, TextAreaField
from web.programme import today
from web.visitors import staff


class DissolveForm(ConfirmForm):
    """Why."""

    why = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)


@admin.route("/customers/<int:person_id>/household", methods=["GET", "POST"])
@staff_only(Permission.ADJUST_POINTS)
def customers_household(person_id: int) -> ResponseReturnValue:
    """Who belongs to it and who lends what; ending it, with a reason."""
    member = the_member(db(), person_id)

    def act(form: DissolveForm, now: datetime) -> None:
        who = staff()
        dissolve(db(), household_id_of(db(), person_id), form.why.data or "", who.account_id, who.role, now)
        flash(_("The household is dissolved. Everybody keeps the own points and is told by mail."), "success")

    def page(form: DissolveForm) -> str:
        household_id = household_id_of(db(), person_id)
        return render_template(
            "admin/customers_household.html",
            form=form,
            member=member,
            members=[] if household_id is None else members_of(db(), household_id),
            lent={one.member_id: one.points for one in lent_to(db(), person_id, today())},
            today=today(),
        )

    return confirmed(DissolveForm(), 0, act, page, url_for("admin.customers_household", person_id=person_id))
