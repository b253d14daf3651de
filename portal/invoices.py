"""My invoices: every paper of the club, by year."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from club.clock import day_starts
from club.papers.reading import papers_between, years_of
from portal import portal
from web.access import members_only
from web.database import db
from web.programme import programme, today
from web.visitors import member_id


@portal.get("/me/invoices")
@members_only
def invoices() -> ResponseReturnValue:
    """The papers of one year, the newest first; the last year that has some unless another is asked for."""
    zone = programme().time_zone
    years = years_of(db(), member_id(), zone)
    asked = request.args.get("year", type=int)
    year = asked if asked in years else (years[0] if years else today().year)
    bounds = (day_starts(today().replace(year=one, month=1, day=1), zone) for one in (year, year + 1))
    rows = papers_between(db(), member_id(), *bounds) if years else []
    return render_template("portal/invoices.html", years=years, year=year, rows=rows)
