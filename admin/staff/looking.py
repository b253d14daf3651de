"""An owner looks at the house as a colleague sees it. Nothing can be changed meanwhile."""

from datetime import UTC, datetime

from flask import flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField
from wtforms.validators import AnyOf

from admin import admin
from club.accounts.team import look_as, look_as_oneself
from club.errors import NotFound
from club.permissions import Permission, Role
from web.access import staff_only, while_looking
from web.database import db
from web.forms import Form
from web.visitors import renew_cookie
from web.visitors import staff as current_staff


class LookForm(Form):
    """The role to look as."""

    role = HiddenField(validators=[AnyOf([role.value for role in Role])])


@admin.post("/staff/look")
@staff_only(Permission.MANAGE_STAFF)
def staff_look() -> ResponseReturnValue:
    """Begin."""
    form, who = LookForm(), current_staff()
    if not form.validate_on_submit():
        raise NotFound
    cookie = look_as(db(), who.session_id, Role(form.role.data), who.account_id, who.role, datetime.now(UTC))
    return renew_cookie(make_response(redirect(url_for("admin.home"), 303)), cookie)


@admin.post("/staff/look/end")
@while_looking
@staff_only(Permission.SEE_ADMIN)
def staff_look_end() -> ResponseReturnValue:
    """End it; whoever does not look is not hurt."""
    who = current_staff()
    cookie = look_as_oneself(db(), who.session_id, who.account_id, datetime.now(UTC))
    flash(_("You see the house as yourself again."), "success")
    return renew_cookie(make_response(redirect(url_for("admin.staff_roles"), 303)), cookie)
