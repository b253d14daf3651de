"""The list of requests: without a next step first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.pipeline.words import MARKS, ONE, STEPS
from club.leads.models import sources
from club.leads.rules import SourceKind
from club.permissions import Permission
from club.pipeline.models.requests import (
    WantedRequests,
    count_requests,
    counted_requests,
    every_request,
    requests,
)
from club.pipeline.rules import Stage
from club.pipeline.service import note_export
from web.access import staff_only
from web.database import db, id_in
from web.formats import number
from web.forms import Form
from web.leads import KINDS, source_name
from web.lists import PAGE, Asked, asked, page_of
from web.navigation import may_do
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.visitors import staff

VIEWS: dict[str, Any] = {"": _l("Open"), "none": _l("Without a next step"), "all": _l("All requests")}


class SourceFilter(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    source = SelectField(_l("Source"))

    @classmethod
    def of(cls, this: Asked) -> "SourceFilter":
        """The filter as it is asked for."""
        form = cls(data=dict(this.filters))
        known = [SelectChoice(str(one.id), source_name(one.kind, one.name)) for one in sources(db())]
        form.source.choices = [SelectChoice("", _("All sources")), *known]
        return form


@admin.get("/leads")
@staff_only(Permission.SEE_MEMBERS)
def leads() -> ResponseReturnValue:
    """A page of it."""
    this, day = asked(("view", "source"), (), ""), today()
    form = SourceFilter.of(this)
    return render_template(
        "admin/leads.html",
        page=page_of(requests(db(), _wanted(this.filters), day, PAGE + 1, this.offset), this),
        form=form,
        views=_views(this),
        applied=_applied(this, form),
        source_name=source_name,
        day=day,
        ONE=ONE,
        STEPS=STEPS,
        MARKS=MARKS,
    )


@admin.post("/leads/export")
@staff_only(Permission.EXPORT_DATA)
def leads_export() -> ResponseReturnValue:
    """The list as a table, with contact data for whoever may see it; the log says that it was taken."""
    wanted, who, day = _wanted(request.form), staff(), today()
    note_export(db(), count_requests(db(), wanted, day), who.account_id, who.role, datetime.now(UTC))
    heads = (
        _("When"), _("Reference"), _("Name"), _("E-mail"), _("Phone"), _("Kind of source"), _("Source"), _("Campaign"),
        _("Stage"),
    )  # fmt: skip
    return csv_file("requests", heads, _rows(wanted, with_contact=may_do(Permission.SEE_CONTACT)))


def _rows(wanted: WantedRequests, *, with_contact: bool) -> Iterator[tuple[Any, ...]]:
    zone = ZoneInfo(programme().time_zone)
    for at, reference, name, email, phone, kind, source, campaign, stage in every_request(db(), wanted, today()):
        contact = (email or "", phone or "") if with_contact else ("", "")
        said = str(ONE[Stage(stage)]) if stage else ""
        sort, when = SourceKind(kind), at.astimezone(zone).isoformat(timespec="minutes")
        yield when, reference, name, *contact, str(KINDS[sort]), source_name(sort, source), campaign, said


def _wanted(given: Any) -> WantedRequests:
    view = given.get("view", "")
    return WantedRequests(view=view if view in VIEWS and view else "open", source_id=id_in(given.get("source", "")))


def _views(this: Asked) -> list[tuple[Any, str, bool, str]]:
    known, now = counted_requests(db(), today()), this.filters.get("view", "")
    return [(words, _view(this, key), key == now, number(known[key or "open"])) for key, words in VIEWS.items()]


def _view(this: Asked, key: str) -> str:
    return this.with_filter("view", key) if key else this.without("view")


def _applied(this: Asked, form: SourceFilter) -> list[tuple[str, Any]]:
    source = this.filters.get("source", "")
    return [("source", choice.label) for choice in form.source.choices if source and choice.value == source]
