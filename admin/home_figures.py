"""Figures of a period beside the one before, their dictionary and the rows behind them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.care.models import commitments_kept
from club.insight.models import Made, sheets, standing_figures
from club.insight.periods import Figures, figures_between
from club.insight.rows import buyers_in, days_in, note_export
from club.insight.rules import PERIODS, STALE_AFTER, Period, before
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.figures import INDICATORS, KEPT, Shown, shown
from web.formats import percent
from web.forms import DayField, Form, Needed
from web.health import worker_is_up
from web.languages import locale
from web.lasting import lasting
from web.spreadsheet import csv_file
from web.visitors import staff

USUAL = "days30"
CHARTED = ("shared", "tiers", "owed", "again", "cohorts")
PERIOD_WORDS = {
    "days30": _l("Last 30 days"),
    "month": _l("This month"),
    "quarter": _l("This quarter"),
    "year": _l("This year"),
}


class DaysForm(Form):
    """From which day to which."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    first = DayField(_l("First day"), [Needed(_l("Enter the first day of the period."))])
    last = DayField(_l("Last day"), [Needed(_l("Enter the last day of the period."))])

    def validate(self, extra_validators: Any = None) -> bool:
        """Days stand in their order."""
        if not super().validate(extra_validators):
            return False
        assert self.first.data is not None  # validated
        assert self.last.data is not None
        if self.first.data > self.last.data:
            self.last.errors = [_("Enter a last day that is not before the first one.")]
            return False
        return True


@dataclass(frozen=True)
class Compared:
    """Two periods and their figures."""

    now: Figures
    before: Figures
    lines: list[Shown]
    kept: tuple[str, str]
    """Promises kept, now and before; empty where none was due."""


@dataclass(frozen=True)
class Freshness:
    """What the head of every page of figures says. `has_worker` is looked at where something is asked for."""

    made: Made | None
    is_old: bool
    asked_at: datetime | None
    begun_at: datetime | None
    has_worker: bool


def usual_period() -> str:
    """The period that the address asks for; without one that is known, the last 30 days."""
    asked = request.args.get("period", USUAL)
    return asked if asked in PERIODS else USUAL


def kept_figures(made: Made, period: str) -> Compared:
    """What the last night or refresh made of a period. The figures are read and written out once after each."""
    found: _Figures = lasting("figures", (made, period, locale()), lambda: _read(period))
    return _with_promises(*found)


def charted() -> dict[str, dict[str, Any]]:
    """The tables of the charts, as the last night or refresh made them."""
    return sheets(db(), *CHARTED)


_Figures = tuple[Figures, Figures, list[Shown]]


def _read(period: str) -> _Figures:
    kept = sheets(db(), f"now.{period}", f"before.{period}")
    return _written(Figures.read(kept[f"now.{period}"]), Figures.read(kept[f"before.{period}"]))


def _written(now: Figures, earlier: Figures) -> _Figures:
    return now, earlier, [shown(indicator, now, earlier) for indicator in INDICATORS]


def _with_promises(now: Figures, earlier: Figures, lines: list[Shown]) -> Compared:
    return Compared(now, earlier, lines, (_promises(now.period), _promises(earlier.period)))


def _promises(period: Period) -> str:
    kept = commitments_kept(db(), period.first, period.last).percent
    return "" if kept is None else percent(kept)


@admin.get("/figures/days")
@staff_only(Permission.SEE_FIGURES)
def home_days() -> ResponseReturnValue:
    """The figures of any days, worked out now, beside as many days before them."""
    fresh = freshness()
    form = DaysForm(request.args or None)
    figures = None
    if fresh.made is not None and request.args and form.validate():
        assert form.first.data is not None  # validated
        assert form.last.data is not None
        period = Period(form.first.data, form.last.data)
        figures = _with_promises(*_written(*figures_between(db(), period, before(period))))
    status = 422 if form.errors else 200
    return render_template("admin/home_days.html", form=form, figures=figures, fresh=fresh), status


def freshness() -> Freshness:
    """As of when the figures are, and whether new ones are on their way."""
    standing = standing_figures(db())
    made, asked_at = standing.made, standing.asked_at
    return Freshness(
        made=made,
        is_old=made is not None and datetime.now(UTC) - made.made_at > STALE_AFTER,
        asked_at=asked_at,
        begun_at=standing.begun_at,
        has_worker=asked_at is None or worker_is_up(current_app.extensions["club_settings"]),
    )


@admin.get("/figures")
@staff_only(Permission.SEE_FIGURES)
def home_dictionary() -> ResponseReturnValue:
    """How each figure is counted, in one place."""
    return render_template("admin/home_dictionary.html", indicators=INDICATORS, kept=KEPT)


@admin.post("/figures/<any(buyers,days):rows>.csv")
@staff_only(Permission.EXPORT_DATA)
def home_rows(rows: str) -> ResponseReturnValue:
    """What stands behind the figures of a period: who bought, or what each day adds. Whoever takes it is noted."""
    period = _asked_period()
    note_export(db(), rows, period, staff().account_id, staff().role, datetime.now(UTC))
    name = f"{rows}-{period.first}-{period.last}"
    if rows == "days":
        heads = [_("Day"), _("Sold"), _("Given back"), _("Points issued"), _("Points used"), _("Points expired")]
        return csv_file(name, heads, days_in(db(), period))
    heads = [
        _("Member number"), _("Name"), _("Orders"), _("Bought for"), _("First order ever"), _("Third order ever"),
        _("Repeated orders"),
    ]  # fmt: skip
    return csv_file(name, heads, buyers_in(db(), period))


def _asked_period() -> Period:
    try:
        first, last = (date.fromisoformat(request.args.get(end, "")) for end in ("first", "last"))
    except ValueError:
        abort(404)
    if first > last:
        abort(404)
    return Period(first, last)
