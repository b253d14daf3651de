"""Today: what needs me, then how we are doing."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.home_charts import charts
from admin.home_figures import PERIOD_WORDS, is_old, kept_figures, usual_period
from admin.needs import needs
from club.errors import FiguresBeingMade
from club.insight.models import last_made
from club.insight.service import ask_to_refresh
from club.lost.service import follow
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.navigation import address_of, may_do
from web.programme import today
from web.visitors import staff

BACK_TO = ("admin.home", "admin.home_days", "admin.first_hour", "admin.lost")


@admin.get("", strict_slashes=False)
@staff_only(Permission.SEE_ADMIN)
def home() -> ResponseReturnValue:
    """What waits, and, for those who may see them, the figures of a period beside the one before."""
    who = "all" if request.args.get("who") == "all" else "mine"
    shown: dict[str, Any] = {"who": who, "needs": needs(who), "has_figures": False}
    if may_do("see_figures"):
        made, period = last_made(db()), usual_period()
        shown |= {"made": made, "is_old": is_old(made), "period": period, "periods": PERIOD_WORDS, "charts": []}
        if made is not None:
            shown["has_figures"] = True
            shown["figures"], sheets = kept_figures(period)
            shown["charts"] = charts(sheets, ladder_on(db(), today()).ladder, made.as_of)
    return render_template("admin/home.html", **shown)


@admin.post("/refresh")
@staff_only(Permission.SEE_FIGURES)
def home_refresh() -> ResponseReturnValue:
    """Make the figures anew, as of now."""
    who, now = staff(), datetime.now(UTC)
    try:
        ask_to_refresh(db(), who.account_id, who.role, now)
    except FiguresBeingMade as refusal:
        flash(words_for(refusal), "info")
    else:
        follow(db(), today(), now)
        flash(_("The figures are as of now."), "success")
    back = request.form.get("to", "")
    return redirect((address_of(back) if back in BACK_TO else None) or url_for("admin.home"), 303)
