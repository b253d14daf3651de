"""The front door: why join, what each tier brings, what somebody would earn."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import portal
from web.access import open_to_all


@portal.get("/")
@open_to_all
def landing() -> ResponseReturnValue:
    """A1."""
    return render_template("portal/landing.html")
