"""Everything that a phone's bar has no room for, as a page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import portal
from web.access import open_to_all


@portal.get("/menu")
@open_to_all
def menu() -> ResponseReturnValue:
    """All destinations, languages, signing out."""
    return render_template("portal/menu.html")
