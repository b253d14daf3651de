"""Whether an article was helpful, as members answer below it."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.content.opinions import answer
from portal import portal
from portal.news import reader_now
from web.access import members_only
from web.database import db
from web.visitors import member_id


@portal.post("/news/<slug>/helpful")
@members_only
def news_helpful(slug: str) -> ResponseReturnValue:
    """Say whether it was helpful; answered again, the last answer counts."""
    said = request.form.get("helpful")
    if said not in {"yes", "no"}:
        abort(400)
    answer(db(), slug, member_id(), reader_now(), datetime.now(UTC), is_helpful=said == "yes")
    flash(_("Thank you. The club sees how many found it helpful, not who."), "success")
    return redirect(url_for("portal.news_article", slug=slug, _anchor="helpful"), 303)
