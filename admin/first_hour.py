"""The first look: one page to print, from the purchases alone."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from admin import admin
from admin.home_figures import freshness
from club.insight.first_look import named, the_first_look
from club.insight.ladder import TOP, UPPER
from club.insight.models import the_rhythm
from club.insight.rules import MOST_OF_SALES_PERCENT, NEAR_PERCENT, permille
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.figures import share


@admin.get("/first-look")
@staff_only(Permission.SEE_FIGURES)
def first_hour() -> ResponseReturnValue:
    """Who carries the club, who went quiet, who is close, and what three tiers would look like."""
    fresh, look = freshness(), the_first_look(db())
    if look is None:
        return render_template("admin/first_hour.html", fresh=fresh, look=None)
    people = named(db(), look)
    return render_template(
        "admin/first_hour.html",
        fresh=fresh,
        look=look,
        as_of=date.fromisoformat(look.as_of),
        first_day=date.fromisoformat(look.first_day),
        last_day=date.fromisoformat(look.last_day),
        quiet=[people[one] for one in look.named_quiet if one in people],
        near=[(people[one], spent) for one, spent in look.named_near if one in people],
        rhythm=the_rhythm(db()),
        part_of=lambda part, whole: share(permille(part, whole)),
        most=MOST_OF_SALES_PERCENT,
        near_percent=NEAR_PERCENT,
        tops=(100, 100 // UPPER, 100 // TOP),
    )
