"""All colleagues, what each role may do, and a new invitation."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from club.access.service import add_staff
from club.accounts.models import login_with_email
from club.accounts.rules import LINK_MINUTES, is_lower
from club.accounts.service import end_all_sessions
from club.accounts.team import Standing, team
from club.errors import BadEmail, NameMissing, Refusal
from club.members.rules import LONGEST_NAME
from club.permissions import Permission, Role
from web.access import staff_only
from web.database import db
from web.forms import EmailField, Form, Needed, TextField
from web.roles import ROLE_NAMES, ROLE_PURPOSES, role_name, tasks_of
from web.visitors import staff as current_staff

admin.add_app_template_filter(role_name, "role_name")

STANDINGS = {
    Standing.ACTIVE: _l("Works here"),
    Standing.INVITED: _l("Invited"),
    Standing.INVITATION_OVER: _l("Invitation expired"),
    Standing.NO_SECOND_STEP: _l("Second step missing"),
    Standing.FORMER: _l("Left"),
}


class InviteForm(Form):
    """Who is to work here, and as what."""

    name = TextField(_l("Full name"), [Needed(_l("Enter the name."))], longest=LONGEST_NAME)
    email = EmailField(_l("E-mail"), [Needed(_l("Enter an e-mail address like name@example.org."))])
    role = RadioField(
        _l("Role"),
        [InputRequired(_l("Choose a role."))],
        choices=[SelectChoice(role.value, ROLE_NAMES[role]) for role in Role],
    )


class EverybodyOutForm(Form):
    """A tick, because whoever works now is interrupted."""

    sure = BooleanField(
        _l("Sign everybody out, members and staff, this browser too"),
        [InputRequired(_l("Tick the box to sign everybody out."))],
    )


@admin.get("/staff")
@staff_only(Permission.SEE_ADMIN)
def staff() -> ResponseReturnValue:
    """The colleagues; how to reach them and how they sign in is for those who manage staff."""
    found = team(db(), datetime.now(UTC))
    here = [one for one in found if one.standing is not Standing.FORMER]
    former = [one for one in found if one.standing is Standing.FORMER]
    return render_template("admin/staff.html", here=here, former=former, standings=STANDINGS, roles=ROLE_NAMES)


@admin.get("/staff/roles")
@staff_only(Permission.SEE_ADMIN)
def staff_roles() -> ResponseReturnValue:
    """What each role may do, in words."""
    own = current_staff().role
    asked = request.args.get("role", own or "")
    role = Role(asked) if asked in set(Role) else Role.OWNER
    may, may_not = tasks_of(role)
    return render_template(
        "admin/staff_roles.html",
        role=role,
        names=ROLE_NAMES,
        purpose=ROLE_PURPOSES[role],
        tasks=may,
        not_tasks=may_not,
        may_look=own is not None and is_lower(role, own),
    )


@admin.route("/staff/invite", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STAFF)
def staff_invite() -> ResponseReturnValue:
    """Mail somebody an invitation."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _invite_page(form), 422 if form.errors else 200
    who, now = current_staff(), datetime.now(UTC)
    if _works_here(form.email.data):
        form.email.errors = [_("Somebody with this address works here already. Change their role on their own page.")]
        return _invite_page(form), 422
    try:
        add_staff(
            db(),
            form.email.data,
            name=form.name.data,
            staff_role=Role(form.role.data),
            by=who.account_id,
            role=who.role,
            now=now,
        )
    except Refusal as refusal:
        form.refuse(refusal, {BadEmail: form.email, NameMissing: form.name}.get(type(refusal)))
        return _invite_page(form), 422
    flash(_("%(name)s is invited. The link in the mail works for %(hours)s hours.", **_told(form.name.data)), "success")
    return redirect(url_for("admin.staff"), 303)


@admin.route("/staff/everybody-out", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STAFF)
def staff_everybody_out() -> ResponseReturnValue:
    """For the day a password list leaks: every session of everybody ends."""
    form = EverybodyOutForm()
    if not form.validate_on_submit():
        return render_template("admin/staff_everybody_out.html", form=form), 422 if form.errors else 200
    who = current_staff()
    end_all_sessions(db(), who.account_id, who.role, datetime.now(UTC))
    flash(_("Everybody is signed out."), "success")
    return redirect(url_for("portal.sign_in"), 303)


def _invite_page(form: InviteForm) -> str:
    return render_template("admin/staff_invite.html", form=form, purposes=ROLE_PURPOSES, names=ROLE_NAMES)


def _works_here(email: str) -> bool:
    login = login_with_email(db(), email)
    return login is not None and login.role is not None


def _told(name: str) -> dict[str, object]:
    return {"name": name, "hours": LINK_MINUTES["staff"] // 60}
