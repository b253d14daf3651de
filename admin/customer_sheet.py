"""A member on one sheet for any days: what was bought, given back and done with points; to print or to download."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.home_figures import DaysForm
from admin.report import in_major, period_of, period_sent
from admin.rules_words import channel_name
from club.benefits.rules import year_of
from club.insight.models import figures_of
from club.insight.report import points_in, sheet_of
from club.insight.rows import note_export
from club.insight.rules import Period
from club.members.models import the_member
from club.permissions import Permission
from club.tiers.models import status_of
from web.access import staff_only
from web.database import db
from web.programme import today
from web.spreadsheet import csv_file
from web.visitors import staff


@admin.get("/customers/<int:person_id>/sheet")
@staff_only(Permission.SEE_MEMBERS)
def customers_sheet(person_id: int) -> ResponseReturnValue:
    """This year so far, or any days."""
    member = the_member(db(), person_id)
    form = DaysForm(request.args or None, data={"first": year_of(today())[0], "last": today()})
    key = status_of(db(), person_id, today()).key
    shown: dict[str, Any] = {"member": member, "form": form, "rung_key": key, "period": None}
    if not request.args or form.validate():
        period = period_of(form)
        happened = sheet_of(db(), person_id, period)
        shown |= {
            "period": period,
            "happened": happened,
            "sold": sum(one.amount for one in happened if one.amount > 0),
            "given_back": -sum(one.amount for one in happened if one.amount < 0),
            "points": points_in(db(), person_id, period),
            "figures": figures_of(db(), person_id),
            "channel_name": channel_name,
        }
    return render_template("admin/customers_sheet.html", **shown), 422 if form.errors else 200


@admin.post("/customers/<int:person_id>/sheet.csv")
@staff_only(Permission.EXPORT_DATA)
def customers_sheet_csv(person_id: int) -> ResponseReturnValue:
    """The same for a spreadsheet; whoever takes it is noted."""
    member, period, who = the_member(db(), person_id), period_sent(), staff()
    note_export(db(), "sheet", period, who.account_id, who.role, datetime.now(UTC), person_id=person_id)
    heads = [_("Day"), _("Place"), _("Receipt number"), _("Amount")]
    return csv_file(f"sheet-{member.member_number}-{period.first}-{period.last}", heads, _rows(person_id, period))


def _rows(person_id: int, period: Period) -> Iterator[list[Any]]:
    for one in sheet_of(db(), person_id, period):
        yield [one.day.isoformat(), channel_name(one.channel), one.reference, *in_major(one.amount)]
