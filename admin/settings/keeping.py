"""How long what is kept, in words. The periods are those of the program."""

from flask import render_template
from flask.typing import ResponseReturnValue

from admin import admin
from club.accounts.rules import LINK_MINUTES, LONGEST_WINDOW, MEMBER_TERM, REMEMBERED_TERM, STAFF_TERM
from club.permissions import Permission
from web.access import staff_only


@admin.get("/settings/keeping")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_keeping() -> ResponseReturnValue:
    """A table to read, and to copy from into the privacy notice."""
    return render_template(
        "admin/settings_keeping.html",
        member=MEMBER_TERM,
        remembered=REMEMBERED_TERM,
        staff=STAFF_TERM,
        tries=LONGEST_WINDOW,
        longest_link=max(LINK_MINUTES.values()) // 60,
    )
