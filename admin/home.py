"""What this member of staff can do here."""

from flask import render_template
from flask.typing import ResponseReturnValue

from admin import admin
from club.permissions import Permission
from web.access import staff_only


@admin.get("", strict_slashes=False)
@staff_only(Permission.SEE_ADMIN)
def home() -> ResponseReturnValue:
    """The tasks of this role, each a link."""
    return render_template("admin/home.html")
