"""One corrective action: done, its effect looked at, or dropped."""

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from admin.customer.forms import DueForm
from admin.customer.words import how_late
from admin.lost.words import CAUSES
from admin.measures.words import MARKS, STATES, VERDICTS
from club.clock import ONE_DAY
from club.errors import DayInPast, DayTooFar, EffectDayNeeded, Refusal
from club.lost.models import the_case
from club.measures.models import Shown, cases_begun, the_measure
from club.measures.rules import LONGEST_WORDS, WATCHED_DAYS, Effect, Verdict
from club.measures.service import close_measure, drop_measure, mark_done
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, TextAreaField, WholeNumberField
from web.programme import today
from web.refusing import refused
from web.visitors import staff


class DoneForm(DueForm):
    """When somebody looks whether it helped."""

    when = SelectField(_l("Look at its effect"), default="30")


class EffectForm(Form):
    """What was found."""

    looked = DayField(_l("Looked at on"))
    verdict = RadioField(
        _l("Did it help?"),
        [InputRequired(_l("Choose what came of it."))],
        choices=[SelectChoice(one.value, words) for one, words in VERDICTS.items()],
    )
    after = WholeNumberField(_l("The figure now"), [Needed(_l("Enter the figure as it is now."))])
    words = TextAreaField(_l("What was found"), [Needed(_l("Write what was found."))], longest=LONGEST_WORDS)


class DropForm(Form):
    """Why it is not gone on with."""

    why = TextAreaField(_l("Why"), [Needed(_l("Write why it is dropped."))], longest=LONGEST_WORDS, rows=2)


@admin.get("/measures/<int:measure_id>")
@staff_only(Permission.SEE_MEMBERS)
def measures_one(measure_id: int) -> ResponseReturnValue:
    """What it is, and what comes next."""
    return _page(the_measure(db(), measure_id))


@admin.post("/measures/<int:measure_id>/done")
@staff_only(Permission.KEEP_CUSTOMERS)
def measures_done(measure_id: int) -> ResponseReturnValue:
    """It is done; somebody will look whether it helped."""
    found, form, who = the_measure(db(), measure_id), DoneForm(), staff()
    form.offer()
    if not form.validate():
        return _page(found, done_form=form), 422
    task = _("Look whether it helped: %(what)s", what=found.what)
    try:
        mark_done(db(), measure_id, form.due_on, task, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, EffectDayNeeded | DayInPast | DayTooFar) else None)
        return refused(_page(found, done_form=form), refusal)
    flash(_("Done. The look at its effect stands among the tasks."), "success")
    return redirect(url_for("admin.measures_one", measure_id=measure_id), 303)


@admin.post("/measures/<int:measure_id>/effect")
@staff_only(Permission.KEEP_CUSTOMERS)
def measures_effect(measure_id: int) -> ResponseReturnValue:
    """Somebody looked; with that it is closed."""
    found, form, who = the_measure(db(), measure_id), EffectForm(), staff()
    if not form.validate():
        return _page(found, effect_form=form), 422
    assert form.after.data is not None  # needed
    effect = Effect(
        looked_on=form.looked.data,
        verdict=Verdict(form.verdict.data),
        words=form.words.data or "",
        after=form.after.data,
    )
    try:
        close_measure(db(), measure_id, effect, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.looked if isinstance(refusal, EffectDayNeeded) else None)
        return refused(_page(found, effect_form=form), refusal)
    flash(_("Closed, with the figure before and after."), "success")
    return redirect(url_for("admin.measures_one", measure_id=measure_id), 303)


@admin.post("/measures/<int:measure_id>/drop")
@staff_only(Permission.KEEP_CUSTOMERS)
def measures_drop(measure_id: int) -> ResponseReturnValue:
    """It is not gone on with."""
    found, form, who = the_measure(db(), measure_id), DropForm(), staff()
    if not form.validate():
        return _page(found, drop_form=form), 422
    try:
        drop_measure(db(), measure_id, form.why.data or "", who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(found, drop_form=form), refusal)
    flash(_("Dropped, with the reason."), "success")
    return redirect(url_for("admin.measures_one", measure_id=measure_id), 303)


def _page(
    found: Shown,
    *,
    done_form: DoneForm | None = None,
    effect_form: EffectForm | None = None,
    drop_form: DropForm | None = None,
) -> str:
    day = today()
    if done_form is None:
        done_form = DoneForm(formdata=None)
        done_form.offer()
    return render_template(
        "admin/measures_one.html",
        measure=found,
        case=None if found.case_id is None else the_case(db(), found.case_id),
        counted=_counted(found),
        watched=WATCHED_DAYS,
        late=how_late(found.days_late(day)) if found.days_late(day) else None,
        causes=CAUSES,
        states=STATES,
        verdicts=VERDICTS,
        marks=MARKS,
        done_form=done_form,
        effect_form=effect_form or EffectForm(formdata=None, data={"looked": day}),
        drop_form=drop_form or DropForm(formdata=None),
    )


def _counted(found: Shown) -> tuple[int, int] | None:
    """Lost customers of this cause in the days before it was done, and in as many days from then on."""
    if found.done_on is None:
        return None
    span = timedelta(days=WATCHED_DAYS)
    return (
        cases_begun(db(), found.cause, found.done_on - span, found.done_on - ONE_DAY),
        cases_begun(db(), found.cause, found.done_on, found.done_on + span - ONE_DAY),
    )
