"""The report of any days: the club as a whole, groups side by side, members one by one. All add up to each other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.home_figures import DaysForm
from admin.rules_words import channel_name
from club.benefits.rules import year_of
from club.insight.report import By, Line, members_in, side_by_side, whole
from club.insight.rows import note_export
from club.insight.rules import Period, permille
from club.members.rules import grouped
from club.money import to_major
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.figures import share
from web.movements import rung_name
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.visitors import staff

LEVELS: dict[By, Any] = {By.TIER: _l("Tier beside tier"), By.CHANNEL: _l("Place beside place")}
HEADS = {By.TIER: _l("Tier"), By.CHANNEL: _l("Place")}


@admin.get("/report")
@staff_only(Permission.SEE_FIGURES)
def report() -> ResponseReturnValue:
    """This year so far, or any days, by tier or by place."""
    form = DaysForm(request.args if "first-day" in request.args else None, data=_usual())
    by = By(request.args["by"]) if request.args.get("by") in set(By) else By.TIER
    shown: dict[str, Any] = {"form": form, "by": by, "levels": LEVELS, "head": str(HEADS[by]), "period": None}
    if "first-day" not in request.args or form.validate():
        period = period_of(form)
        club = whole(db(), period)
        shown |= {
            "period": period,
            "club": club,
            "lines": side_by_side(db(), period, by, _first_rung()),
            "name_of": lambda line: name_of(line, by),
            "part_of": lambda line: share(permille(max(line.net, 0), club.net)),
            "addresses": {level: _address(period, level) for level in LEVELS},
        }
    return render_template("admin/report.html", **shown), 422 if form.errors else 200


@admin.post("/report/<any(tier, channel, members):level>.csv")
@staff_only(Permission.EXPORT_DATA)
def report_csv(level: str) -> ResponseReturnValue:
    """A level of the report for a spreadsheet; whoever takes it is noted."""
    period = period_sent()
    rows = "members" if level == "members" else "report"
    note_export(db(), rows, period, staff().account_id, staff().role, datetime.now(UTC))
    sums = [_("Purchases"), _("Sold"), _("Given back"), _("Together")]
    if level == "members":
        return csv_file(
            f"members-{period.first}-{period.last}", [_("Member number"), _("Name"), *sums], _members(period)
        )
    by = By(level)
    heads = [str(HEADS[by]), _("Members who bought"), *sums]
    return csv_file(f"{level}-{period.first}-{period.last}", heads, _groups(period, by))


def _groups(period: Period, by: By) -> Iterator[list[Any]]:
    lines = side_by_side(db(), period, by, _first_rung())
    named = [(name_of(line, by), line) for line in lines] + [(_("The whole club"), whole(db(), period))]
    for name, line in named:
        yield [name, line.members, line.purchases, *in_major(line.sold, line.given_back, line.net)]


def _members(period: Period) -> Iterator[list[Any]]:
    for one in members_in(db(), period):
        sums = in_major(one.sold, one.given_back, one.sold - one.given_back)
        yield [grouped(one.member_number) if one.member_number else "", one.full_name, one.purchases, *sums]


def in_major(*amounts: int) -> list[Any]:
    """Amounts as spreadsheets take them."""
    return [to_major(amount, programme().currency) for amount in amounts]


def name_of(line: Line, by: By) -> str:
    """A group by name."""
    return rung_name(line.key) if by is By.TIER else channel_name(line.key)


def period_of(form: DaysForm) -> Period:
    """What was asked for, or this year so far."""
    assert form.first.data is not None  # validated, or filled from `_usual`
    assert form.last.data is not None
    return Period(form.first.data, form.last.data)


def period_sent() -> Period:
    """The days that a button carries in its address."""
    try:
        first, last = (date.fromisoformat(request.args.get(end, "")) for end in ("first", "last"))
    except ValueError:
        abort(404)
    if first > last:
        abort(404)
    return Period(first, last)


def _usual() -> dict[str, date]:
    return {"first": year_of(today())[0], "last": today()}


def _address(period: Period, by: By) -> str:
    ends = {"first": period.first, "last": period.last}
    parts = {f"{end}-{part}": getattr(day, part) for end, day in ends.items() for part in ("day", "month", "year")}
    return url_for("admin.report", by=by.value, **parts)


def _first_rung() -> str:
    return ladder_on(db(), today()).ladder.rungs[0].key
