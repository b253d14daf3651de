"""My points: every movement, checkable."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.clock import ONE_DAY, add_months, month_end
from club.errors import PressFailed
from club.notices.printing import MOST_LINES, Line, statement_file
from club.notices.saved import saved_in
from club.notices.statements import ACTS
from club.points.models import BalanceView, StatementRow, Sums, statement, sums_until
from portal import portal
from portal.card import holder_of
from web.access import members_only
from web.database import db
from web.forms import DayField, Form
from web.glance import balance_today
from web.languages import language
from web.messages import words_for
from web.movements import sentence
from web.papers import pdf
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.visitors import member_id

PAGE = 50
LAST_PAGE = 1_000_000
"""Further on no database counts rows."""

_CHOICES = {"period", "kind", *(f"{end}-{part}" for end in ("first", "last") for part in DayField.parts)}
"""What of the address is kept from page to page."""

PERIODS = [
    SelectChoice("year", _l("Last 12 months")),
    SelectChoice("month", _l("This month")),
    SelectChoice("quarter", _l("This quarter")),
    SelectChoice("all", _l("Everything")),
    SelectChoice("days", _l("From one day to another")),
]

KINDS = [
    SelectChoice("", _l("All movements")),
    SelectChoice("earned", _l("Earned")),
    SelectChoice("used", _l("Spent")),
    SelectChoice("expired", _l("Expired")),
    SelectChoice("corrected", _l("Corrected")),
    SelectChoice("passed", _l("Passed on or got from members")),
]


class StatementForm(Form):
    """Which part of the statement to show."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    period = SelectField(_l("Period"), choices=PERIODS, default="year")
    kind = SelectField(_l("What"), choices=KINDS, default="")
    first = DayField(_l("First day"))
    last = DayField(_l("Last day"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Days are needed in order when the period is one from day to day."""
        if not super().validate(extra_validators):
            return False
        if self.period.data != "days":
            return True
        if self.first.data is None or self.last.data is None:
            self.first.errors = [_("Enter the first and the last day of the period.")]
            return False
        if self.first.data > self.last.data:
            self.first.errors = [_("The first day lies after the last one.")]
            return False
        return True


@dataclass(frozen=True)
class Month:
    """What expires at the end of a month, and what is left then if nothing is earned or spent."""

    last_day: date
    points: int


@portal.get("/me/points")
@members_only
def points() -> ResponseReturnValue:
    """Balance, what expires when, and the movements of a period with their sums."""
    who = member_id()
    form = StatementForm(request.args)
    is_right = form.validate()
    first, last = _period(form) if is_right else (None, None)
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    rows = statement(db(), who, first, last, ACTS.get(form.kind.data), limit=PAGE + 1, offset=(number - 1) * PAGE)
    balance = balance_today(who)
    page = render_template(
        "portal/points.html",
        form=form,
        balance=balance,
        months=expiring_by_month(balance),
        rows=rows[:PAGE],
        sentence=sentence,
        period=(first, last),
        opening=_opening(who, first),
        closing=sums_until(db(), who, last),
        before=_address("portal.points", number - 1) if number > 1 else None,
        after=_address("portal.points", number + 1) if len(rows) > PAGE else None,
        number=number,
        saved=saved_in(db(), who, today().replace(month=1, day=1), today()),
        csv_address=_address("portal.points_csv", number=None),
        pdf_address=_address("portal.points_pdf", number=None),
        can_pass_on=programme().transfers_allowed,
    )
    return page, 200 if is_right else 422


@portal.get("/me/points.csv")
@members_only
def points_csv() -> ResponseReturnValue:
    """The same movements as a table for spreadsheets."""
    form = StatementForm(request.args)
    if not form.validate():
        return points()
    first, last = _period(form)
    rows = statement(db(), member_id(), first, last, ACTS.get(form.kind.data), limit=None)
    heads = [_("Date"), _("What"), _("Points"), _("Pending"), _("Balance")]
    return csv_file(f"points-{today().isoformat()}", heads, _table(rows))


@portal.get("/me/points.pdf")
@members_only
def points_pdf() -> ResponseReturnValue:
    """The statement of the period to print or to keep: always every kind of movement, so that the sums are whole."""
    form = StatementForm(request.args)
    if not form.validate():
        return points()
    who, period = member_id(), _period(form)
    rows = statement(db(), who, *period, limit=MOST_LINES)
    lines = [
        Line(
            row.dated_on,
            row.words or sentence(row.kind, row.why),
            row.active or row.pending,
            not row.active and row.pending != 0,
            row.active_after,
        )
        for row in rows
    ]
    try:
        data = statement_file(db(), holder_of(who), period, lines, language(), today(), datetime.now(UTC))
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("portal.points"), 303)
    return pdf(data, f"points-{today().isoformat()}.pdf")


def expiring_by_month(balance: BalanceView) -> list[Month]:
    """What expires in each month, soonest first."""
    months: dict[date, int] = {}
    for part in balance.expiring:
        end = month_end(part.last_day)
        months[end] = months.get(end, 0) + part.points
    return [Month(last_day, count) for last_day, count in sorted(months.items())]


def _period(form: StatementForm) -> tuple[date | None, date | None]:
    """First and last day, both included; None: without end."""
    day = today()
    match form.period.data:
        case "month":
            return day.replace(day=1), day
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), day
        case "all":
            return None, None
        case "days":
            return form.first.data, form.last.data
    return add_months(day, -12) + ONE_DAY, day


def _opening(who: int, first: date | None) -> Sums:
    return Sums(0, 0, 0, 0) if first is None else sums_until(db(), who, first, before=True)


def _address(endpoint: str, number: int | None) -> str:
    """The same choice on another page or as a table."""
    chosen: dict[str, Any] = {name: value for name, value in request.args.items() if name in _CHOICES}
    return url_for(endpoint, page=number, **chosen)


def _table(rows: list[StatementRow]) -> Iterator[tuple[str | int, ...]]:
    for row in rows:
        said = row.words or sentence(row.kind, row.why)
        yield row.dated_on.isoformat(), str(said), row.active, row.pending, row.active_after
