"""The list: what runs, what is late, and what was changed with its figures before and after."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.customer.words import how_late
from admin.lost.narrowing import FILTERS, CauseAndOwnerFilter, applied_of, wanted_cause, wanted_owner
from admin.lost.words import CAUSES
from admin.measures.words import MARKS, STATES, VERDICTS
from club.measures.models import Wanted, counted
from club.measures.models import measures as found_measures
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import number
from web.lists import PAGE, Asked, asked, page_of
from web.programme import today

VIEWS: dict[str, Any] = {
    "": _l("Running"),
    "late": _l("Overdue"),
    "closed": _l("What has changed"),
    "all": _l("All actions"),
}


@admin.get("/measures")
@staff_only(Permission.SEE_MEMBERS)
def measures() -> ResponseReturnValue:
    """A page of it; what is due first stands first."""
    this, day = asked(FILTERS, (), ""), today()
    return render_template(
        "admin/measures.html",
        page=page_of(found_measures(db(), _wanted(this), day, PAGE + 1, this.offset), this),
        form=CauseAndOwnerFilter.of(this),
        views=_views(this),
        applied=applied_of(this),
        causes=CAUSES,
        states=STATES,
        verdicts=VERDICTS,
        marks=MARKS,
        how_late=how_late,
        day=day,
    )


def _wanted(this: Asked) -> Wanted:
    state = this.filters.get("state", "")
    return Wanted(
        state=state if state in VIEWS and state else "running",
        cause=wanted_cause(this),
        owner_id=wanted_owner(this),
    )


def _views(this: Asked) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many."""
    known, now = counted(db(), today()), this.filters.get("state", "")
    return [(words, _view(this, key), key == now, number(known[key or "running"])) for key, words in VIEWS.items()]


def _view(this: Asked, key: str) -> str:
    return this.with_filter("state", key) if key else this.without("state")
