"""The list: what runs, what is late, and what was changed with its figures before and after."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.words import how_late
from admin.lost.words import CAUSES, cause_choices
from admin.measures.words import MARKS, STATES, VERDICTS
from club.lost.rules import Cause
from club.measures.models import Wanted, counted
from club.measures.models import measures as found_measures
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import number
from web.forms import Form
from web.lists import PAGE, Asked, asked, page_of
from web.programme import today
from web.visitors import staff

FILTERS = ("state", "cause", "owner")
VIEWS: dict[str, Any] = {
    "": _l("Running"),
    "late": _l("Overdue"),
    "closed": _l("What has changed"),
    "all": _l("All actions"),
}


class MeasureFilter(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    cause = SelectField(_l("Cause"))
    owner = SelectField(_l("Whose"), choices=[SelectChoice("", _l("Everybody’s")), SelectChoice("mine", _l("Mine"))])


@admin.get("/measures")
@staff_only(Permission.SEE_MEMBERS)
def measures() -> ResponseReturnValue:
    """A page of it; what is due first stands first."""
    this, day = asked(FILTERS, (), ""), today()
    form = MeasureFilter(data=dict(this.filters))
    form.cause.choices = cause_choices(_("All causes"))
    return render_template(
        "admin/measures.html",
        page=page_of(found_measures(db(), _wanted(this), day, PAGE + 1, this.offset), this),
        form=form,
        views=_views(this),
        applied=_applied(this),
        causes=CAUSES,
        states=STATES,
        verdicts=VERDICTS,
        marks=MARKS,
        how_late=how_late,
        day=day,
    )


def _wanted(this: Asked) -> Wanted:
    state, cause = this.filters.get("state", ""), this.filters.get("cause", "")
    return Wanted(
        state=state if state in VIEWS and state else "running",
        cause=cause if cause in set(Cause) else "",
        owner_id=staff().account_id if this.filters.get("owner") == "mine" else None,
    )


def _views(this: Asked) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many."""
    known, now = counted(db(), today()), this.filters.get("state", "")
    return [(words, _view(this, key), key == now, number(known[key or "running"])) for key, words in VIEWS.items()]


def _view(this: Asked, key: str) -> str:
    return this.with_filter("state", key) if key else this.without("state")


def _applied(this: Asked) -> list[tuple[str, Any]]:
    shown: list[tuple[str, Any]] = []
    if this.filters.get("cause") in set(Cause):
        shown.append(("cause", CAUSES[Cause(this.filters["cause"])]))
    if this.filters.get("owner") == "mine":
        shown.append(("owner", _("Mine")))
    return shown
