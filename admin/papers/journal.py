"""Every paper by its number, the check for gaps, and the data for other programs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from flask import Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.clock import day_starts
from club.errors import DateInFuture
from club.papers.export import HEADS, data_between, note_export, rows_of
from club.papers.reading import Filters, all_series, journal
from club.papers.sellers import seller_of
from club.permissions import Permission
from web import lists
from web.access import staff_only
from web.database import db, id_in
from web.forms import DayField, Form, Needed
from web.papers import KINDS
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.visitors import staff

FILTERS = ("series", "kind", "number")
MOST_DAYS = 732


class ExportForm(Form):
    """Which papers to take along, and how they are written."""

    first = DayField(_l("First day"), [Needed(_l("Enter the first day."))])
    last = DayField(_l("Last day"), [Needed(_l("Enter the last day."))])
    form = SelectField(
        _l("As"), choices=[SelectChoice("csv", _l("Table (CSV)")), SelectChoice("json", _l("All data (JSON)"))]
    )

    def days(self) -> tuple[date, date] | None:
        """First and last day, if they are in order and not too far apart."""
        if not self.validate_on_submit():
            return None
        first, last = self.first.data, self.last.data
        assert first is not None
        assert last is not None
        if first > last or last - first > timedelta(days=MOST_DAYS):
            self.last.errors = [_("Enter two days in order, at most two years apart.")]
            return None
        if last > today():
            self.refuse(DateInFuture(), self.last)
            return None
        return first, last


@admin.get("/shop/papers")
@staff_only(Permission.MANAGE_ORDERS)
def papers() -> ResponseReturnValue:
    """One page of the journal, the newest first, under all series."""
    form = ExportForm(formdata=None)
    form.first.typed = _parts(today().replace(day=1))
    form.last.typed = _parts(today())
    return _page(form)


@admin.post("/shop/papers/export")
@staff_only(Permission.EXPORT_DATA)
def papers_export() -> ResponseReturnValue:
    """The papers of these days for another program; that they were taken along stands in the log."""
    form = ExportForm()
    days = form.days()
    if days is None:
        return _page(form), 422
    who, zone = staff(), programme().time_zone
    since, until = day_starts(days[0], zone), day_starts(days[1] + timedelta(days=1), zone)
    note_export(db(), who.account_id, who.role, datetime.now(UTC), since, until, form.form.data)
    name = f"invoices-{days[0].isoformat()}-{days[1].isoformat()}"
    if form.form.data == "json":
        headers = {"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "no-store"}
        return Response(stream_with_context(_as_json(since, until)), mimetype="application/json", headers=headers)
    return csv_file(name, HEADS, _as_rows(since, until))


def _page(form: ExportForm) -> str:
    this = replace(lists.asked(FILTERS, (), ""), endpoint="admin.papers", parts={})
    kind = this.filters.get("kind", "")
    filters = Filters(
        series_id=id_in(this.filters.get("series")),
        kind=kind if kind in KINDS else "",
        number=this.filters.get("number", ""),
    )
    series = all_series(db())
    rows = journal(db(), filters, lists.PAGE + 1, this.offset)
    seller, version = seller_of(db())
    return render_template(
        "admin/papers.html",
        page=lists.page_of(rows, this),
        series=series,
        kinds=KINDS,
        applied=_applied(this, {str(one.id): one.prefix for one in series}),
        seller=seller,
        is_said=version > 0,
        form=form,
    )


def _applied(this: lists.Asked, prefixes: dict[str, str]) -> list[tuple[str, str]]:
    found = dict(this.filters)
    words = {
        "series": prefixes.get(found.get("series", ""), ""),
        "kind": str(KINDS.get(found.get("kind", ""), "")),
        "number": found.get("number", ""),
    }
    return [(name, words[name] or found[name]) for name in FILTERS if name in found]


def _parts(day: date) -> dict[str, str]:
    return {part: str(getattr(day, part)) for part in DayField.parts}


def _as_rows(since: datetime, until: datetime) -> Iterator[tuple[str, ...]]:
    """The session is asked for here: the view's own is closed before the first row is sent."""
    for data in data_between(db(), since, until):
        yield from rows_of(data)


def _as_json(since: datetime, until: datetime) -> Iterator[str]:
    yield '{"papers": ['
    for index, data in enumerate(data_between(db(), since, until)):
        yield (",\n" if index else "\n") + json.dumps(data, ensure_ascii=False)
    yield "\n]}\n"
