"""Deciding on a corrective action: from a lost customer, from a cause, or from nothing."""

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.forms import DueForm
from admin.lost.words import CAUSES, cause_choices
from club.care.models import colleagues_at_work
from club.care.rules import LONGEST_WHAT
from club.clock import ONE_DAY
from club.errors import DayInPast, DayTooFar, Refusal
from club.lost.models import Case, the_case
from club.lost.rules import Cause
from club.measures.models import cases_begun
from club.measures.rules import LONGEST_FIGURE, LONGEST_WORDS, WATCHED_DAYS, NewMeasure
from club.measures.service import add_measure
from club.permissions import Permission
from web.access import staff_only
from web.database import db, id_in
from web.forms import Needed, TextAreaField, TextField, WholeNumberField
from web.programme import today
from web.refusing import refused
from web.visitors import staff


class MeasureForm(DueForm):
    """What changes, who sees to it by when, and the figure by which its effect is seen."""

    because = SelectField(_l("Cause"), [Needed(_l("Choose the cause that it is against."))])
    was = TextAreaField(_l("How we do it until now"), longest=LONGEST_WORDS, rows=2)
    what = TextField(
        _l("What we will do instead"),
        [Needed(_l("Write what will be done."))],
        longest=LONGEST_WHAT,
        render_kw={"autocomplete": "off"},
    )
    owner = SelectField(_l("Who does it"))
    when = SelectField(_l("By when"), default="14")
    figure = TextField(
        _l("The figure by which we will see it"),
        [Needed(_l("Name the figure that should change."))],
        longest=LONGEST_FIGURE,
        render_kw={"autocomplete": "off"},
    )
    before = WholeNumberField(_l("This figure now"), [Needed(_l("Enter the figure as it is now."))])
    case = HiddenField()

    def offer_to(self, account_id: int) -> None:
        """The causes, the days ahead, and whoever works here; unless chosen, whoever asks."""
        self.offer()
        self.because.choices = cause_choices(_("Choose"))
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in colleagues_at_work(db())]
        if not self.owner.raw_data:
            self.owner.data = str(account_id)

    def measure(self, account_id: int) -> NewMeasure:
        """As a value."""
        assert self.before.data is not None  # needed
        return NewMeasure(
            cause=Cause(self.because.data),
            what=self.what.data or "",
            was=self.was.data or "",
            owner_id=int(self.owner.data),
            due_on=self.due_on,
            figure=self.figure.data or "",
            before=self.before.data,
            case_id=id_in(self.case.data),
            once=self.cause(account_id),
        )


@admin.route("/measures/new", methods=["GET", "POST"])
@staff_only(Permission.KEEP_CUSTOMERS)
def measures_new() -> ResponseReturnValue:
    """The cause, and how often it was found lately, come from where the button stood."""
    who = staff()
    form = MeasureForm()
    form.offer_to(who.account_id)
    case = _case(request.values.get("case", ""))
    if not form.is_submitted():
        _fill(form, case)
        return _page(form, case)
    if not form.validate():
        return _page(form, case), 422
    try:
        measure_id = add_measure(db(), form.measure(who.account_id), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, DayInPast | DayTooFar) else None)
        return refused(_page(form, case), refusal)
    flash(_("Decided. It stands among the tasks of whoever does it."), "success")
    return redirect(url_for("admin.measures_one", measure_id=measure_id), 303)


def _case(typed: str) -> Case | None:
    number = id_in(typed)
    return None if number is None else the_case(db(), number)


def _fill(form: MeasureForm, case: Case | None) -> None:
    asked = request.args.get("cause", "")
    cause = case.cause if case is not None else Cause(asked) if asked in set(Cause) else None
    form.case.data = "" if case is None else str(case.id)
    if cause is None:
        return
    day = today()
    form.because.data = cause.value
    words = _("Lost customers in %(days)s days: %(cause)s", days=WATCHED_DAYS, cause=CAUSES[cause])
    form.figure.data = words[:LONGEST_FIGURE]
    form.before.data = cases_begun(db(), cause, day - timedelta(days=WATCHED_DAYS) + ONE_DAY, day)


def _page(form: MeasureForm, case: Case | None) -> str:
    return render_template("admin/measures_new.html", form=form, case=case)
