"""A colleague leaves: a successor takes over what is open, then the account is closed to the house."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.accounts.team import Standing, Teammate, team, teammate
from club.errors import NotFound, OpenItems, Refusal
from club.permissions import Permission
from club.support.handing_over import held_by, leave
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.roles import role_name
from web.visitors import staff as current_staff


class LeaveForm(Form):
    """Who takes over."""

    successor = SelectField(_l("Who takes over"), coerce=int, default=0)


@admin.route("/staff/<int:account_id>/leave", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STAFF)
def staff_leave(account_id: int) -> ResponseReturnValue:
    """What is open, who takes it over, and the button."""
    now, who = datetime.now(UTC), current_staff()
    one = teammate(db(), account_id, now)
    if one.standing is Standing.FORMER:
        raise NotFound
    form = _form(account_id, now)
    if not form.validate_on_submit():
        return _page(one, form), 422 if form.errors else 200
    try:
        leave(db(), account_id, form.successor.data or None, who.account_id, who.role, now)
    except Refusal as refusal:
        form.refuse(refusal, form.successor if isinstance(refusal, OpenItems) else None)
        return _page(one, form), 422
    flash(_("%(name)s no longer works here and is signed out everywhere.", name=one.name), "success")
    return redirect(url_for("admin.staff"), 303)


def _form(leaving: int, now: datetime) -> LeaveForm:
    form = LeaveForm()
    others = [one for one in team(db(), now) if one.standing is not Standing.FORMER and one.account_id != leaving]
    form.successor.choices = [
        SelectChoice(0, _("Nobody")),
        *(SelectChoice(one.account_id, f"{one.name} ({role_name(one.role)})") for one in others),
    ]
    return form


def _page(one: Teammate, form: LeaveForm) -> str:
    return render_template("admin/staff_leave.html", one=one, form=form, left=held_by(db(), one.account_id))
