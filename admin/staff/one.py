"""One colleague: role, invitation, sessions, second step."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from admin.staff.listing import STANDINGS
from club.access.service import add_staff, invite_again, reset_second_factor
from club.accounts.rules import LINK_MINUTES
from club.accounts.service import end_sessions_of
from club.accounts.team import Standing, Teammate, change_role, teammate
from club.errors import LastOwner, NotFound
from club.permissions import Permission, Role
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.roles import ROLE_NAMES, ROLE_PURPOSES, role_name
from web.visitors import staff as current_staff


class RoleForm(Form):
    """What somebody is to be from now on."""

    role = RadioField(
        _l("Role"),
        [InputRequired(_l("Choose a role."))],
        choices=[SelectChoice(role.value, ROLE_NAMES[role]) for role in Role],
    )


class SecondStepForm(Form):
    """A tick, because whoever reads their mail gets in afterwards."""

    sure = BooleanField(
        _l("I have spoken to this person and know that the request is theirs"),
        [InputRequired(_l("Speak to them first, then tick the box."))],
    )


@admin.route("/staff/<int:account_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STAFF)
def staff_one(account_id: int) -> ResponseReturnValue:
    """Who it is, and their role."""
    one, form = _teammate(account_id), RoleForm()
    if not form.is_submitted():
        form.role.data = one.role.value
    if not form.validate_on_submit():
        return _page(one, form), 422 if form.errors else 200
    who = current_staff()
    try:
        change_role(db(), account_id, Role(form.role.data), who.account_id, who.role, datetime.now(UTC))
    except LastOwner as refusal:
        form.refuse(refusal, form.role)
        return _page(one, form), 422
    flash(_("%(name)s is now: %(role)s.", name=one.name, role=role_name(form.role.data)), "success")
    return redirect(_there(account_id), 303)


@admin.post("/staff/<int:account_id>/invite-again")
@staff_only(Permission.MANAGE_STAFF)
def staff_invite_again(account_id: int) -> ResponseReturnValue:
    """A new invitation; the second step, once set up, stays as it is."""
    one, who = _teammate(account_id), current_staff()
    invite_again(db(), account_id, who.account_id, who.role, datetime.now(UTC))
    hours = LINK_MINUTES["staff"] // 60
    flash(_("%(name)s is invited. The link in the mail works for %(hours)s hours.", name=one.name, hours=hours))
    return redirect(_there(account_id), 303)


@admin.post("/staff/<int:account_id>/sign-out")
@staff_only(Permission.MANAGE_STAFF)
def staff_sign_out(account_id: int) -> ResponseReturnValue:
    """End every session of a colleague."""
    one, who = _teammate(account_id), current_staff()
    ended = end_sessions_of(db(), account_id, who.account_id, who.role, datetime.now(UTC))
    flash(
        ngettext("%(num)d session of %(name)s ended.", "%(num)d sessions of %(name)s ended.", ended, name=one.name),
        "success",
    )
    return redirect(_there(account_id), 303)


@admin.route("/staff/<int:account_id>/second-step", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STAFF)
def staff_second_step(account_id: int) -> ResponseReturnValue:
    """A phone is lost: forget authenticator and password, and invite anew. It takes somebody else than its owner."""
    one, who, form = _teammate(account_id), current_staff(), SecondStepForm()
    if one.standing is Standing.FORMER:
        raise NotFound
    if not form.validate_on_submit() or account_id == who.account_id:
        page = render_template("admin/staff_second_step.html", one=one, form=form, is_own=account_id == who.account_id)
        return page, 422 if form.is_submitted() else 200
    reset_second_factor(db(), account_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The second step of %(name)s is taken away. An invitation is on its way.", name=one.name), "success")
    return redirect(_there(account_id), 303)


@admin.post("/staff/<int:account_id>/back")
@staff_only(Permission.MANAGE_STAFF)
def staff_back(account_id: int) -> ResponseReturnValue:
    """Somebody who left works here again, as before; they are invited anew."""
    one, who = _teammate(account_id), current_staff()
    if one.standing is not Standing.FORMER:
        raise NotFound
    add_staff(
        db(),
        one.email,
        name=one.name,
        staff_role=one.role,
        by=who.account_id,
        role=who.role,
        now=datetime.now(UTC),
    )
    flash(_("%(name)s works here again. An invitation is on its way.", name=one.name), "success")
    return redirect(_there(account_id), 303)


def _teammate(account_id: int) -> Teammate:
    return teammate(db(), account_id, datetime.now(UTC))


def _page(one: Teammate, form: RoleForm) -> str:
    return render_template(
        "admin/staff_one.html",
        one=one,
        form=form,
        standing=STANDINGS[one.standing],
        is_own=one.account_id == current_staff().account_id,
        purposes=ROLE_PURPOSES,
    )


def _there(account_id: int) -> str:
    return url_for("admin.staff_one", account_id=account_id)
