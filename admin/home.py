"""Today: what needs me, then how we are doing."""

from datetime import UTC, datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import admin
from admin.home_charts import charts
from admin.home_figures import PERIOD_WORDS, charted, freshness, kept_figures, usual_period
from admin.needs import needs
from club.customers.listing import figures_as_of
from club.insight.on_request import ask_to_refresh
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.lasting import lasting
from web.navigation import may_do
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
        fresh, period = freshness(), usual_period()
        shown |= {"fresh": fresh, "period": period, "periods": PERIOD_WORDS}
        made, day = fresh.made, today()
        if made is not None and lasting("somebody", made, lambda: figures_as_of(db()) is not None):
            shown |= {"has_figures": True, "figures": kept_figures(made, period), "made": made, "day": day}
            shown["charts"] = lambda: charts(charted(), ladder_on(db(), day).ladder, made.as_of)
    return render_template("admin/home.html", **shown)


@admin.post("/refresh")
@staff_only(Permission.SEE_FIGURES)
def home_refresh() -> ResponseReturnValue:
    """Ask the worker for new figures; the page says how far they are."""
    who = staff()
    ask_to_refresh(db(), who.account_id, who.role, datetime.now(UTC))
    back = request.form.get("to", "")
    return redirect(url_for(back if back in BACK_TO else "admin.home"), 303)
