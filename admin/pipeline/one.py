"""One person on the way: the stage and why, what they asked, what comes next, lost and back."""

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.forms import DueForm
from admin.customer.words import how_late
from admin.lost.words import CAUSES, cause_choices
from admin.pipeline.words import HOWS, MARKS, ONE, STAGES, STEPS, rule_words
from club.care.models import colleagues_at_work, the_customer, to_do
from club.care.rules import LONGEST_WHAT, NewTask
from club.care.service import add_task
from club.errors import DayInPast, DayTooFar, NotFound, Refusal, StageEndNeeded
from club.leads.models import leads_of
from club.lost.rules import Cause
from club.permissions import Permission
from club.pipeline.models.people import boundaries_now, moves_of, stage_of_person
from club.pipeline.rules import LONGEST_WHY, ByHand, Stage
from club.pipeline.rules import STAGES as ALL
from club.pipeline.service import as_the_rules_say, lose, place_by_hand, take_up
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, TextAreaField, TextField
from web.leads import CHANNELS, source_name
from web.programme import today
from web.refusing import refused
from web.visitors import staff

MOST_MOVES = 20
MOST_REQUESTS = 10
USUAL_HAND = timedelta(days=90)


class MoveForm(Form):
    """Another stage than the rules say."""

    to = SelectField(_l("Stage"), choices=[SelectChoice(one.value, words) for one, words in STAGES.items()])
    why = TextAreaField(_l("Why"), [Needed(_l("Write why the rules are wrong here."))], longest=LONGEST_WHY, rows=2)
    until = DayField(_l("Holds until"))
    seen = HiddenField()


class StepForm(DueForm):
    """What comes next, by whom and when."""

    what = TextField(
        _l("Next step"), [Needed(_l("Write what comes next."))], longest=LONGEST_WHAT, render_kw={"autocomplete": "off"}
    )
    owner = SelectField(_l("Who does it"))

    def offer_to(self, account_id: int) -> None:
        """The days ahead, and whoever works here; unless chosen, whoever asks."""
        self.offer()
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in colleagues_at_work(db())]
        if not self.owner.raw_data:
            self.owner.data = str(account_id)


class LoseForm(Form):
    """Why nobody works on it any more."""

    because = SelectField(_l("Cause"), [Needed(_l("Choose the cause."))])
    words = TextAreaField(_l("In own words"), longest=LONGEST_WHY, rows=2)
    seen = HiddenField()


@admin.get("/pipeline/<int:person_id>")
@staff_only(Permission.SEE_MEMBERS)
def pipeline_one(person_id: int) -> ResponseReturnValue:
    """Where they stand, and what can be done."""
    return _page(person_id)


@admin.post("/pipeline/<int:person_id>/move")
@staff_only(Permission.MANAGE_LEADS)
def pipeline_move(person_id: int) -> ResponseReturnValue:
    """To another stage by hand, or as the rules say again."""
    form, who, now = MoveForm(), staff(), datetime.now(UTC)
    if not form.validate():
        return _page(person_id, move_form=form), 422
    try:
        hand = ByHand(Stage(form.to.data), form.why.data or "", form.until.data)
        place_by_hand(db(), person_id, _seen(form.seen.data), hand, who.account_id, who.role, now)
    except Refusal as refusal:
        form.refuse(refusal, form.until if isinstance(refusal, StageEndNeeded) else None)
        return refused(_page(person_id, move_form=form), refusal)
    flash(_("Moved. The rules decide again after the day you chose."), "success")
    return redirect(url_for("admin.pipeline_one", person_id=person_id), 303)


@admin.post("/pipeline/<int:person_id>/rules")
@staff_only(Permission.MANAGE_LEADS)
def pipeline_rules(person_id: int) -> ResponseReturnValue:
    """The hand lets go."""
    who, seen = staff(), _seen(request.form.get("seen"))
    as_the_rules_say(db(), person_id, seen, who.account_id, who.role, datetime.now(UTC))
    flash(_("The rules decide again."), "success")
    return redirect(url_for("admin.pipeline_one", person_id=person_id), 303)


@admin.post("/pipeline/<int:person_id>/step")
@staff_only(Permission.KEEP_CUSTOMERS)
def pipeline_step(person_id: int) -> ResponseReturnValue:
    """A next step, among the tasks of whoever does it."""
    form, who = StepForm(), staff()
    form.offer_to(who.account_id)
    if not form.validate():
        return _page(person_id, step_form=form), 422
    new = NewTask(
        what=form.what.data or "",
        due_on=form.due_on,
        owner_id=int(form.owner.data),
        person_id=person_id,
        cause=form.cause(who.account_id),
    )
    try:
        add_task(db(), new, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, DayInPast | DayTooFar) else None)
        return refused(_page(person_id, step_form=form), refusal)
    flash(_("Noted. It stands among the tasks of whoever does it."), "success")
    return redirect(url_for("admin.pipeline_one", person_id=person_id), 303)


@admin.post("/pipeline/<int:person_id>/lose")
@staff_only(Permission.MANAGE_LEADS)
def pipeline_lose(person_id: int) -> ResponseReturnValue:
    """Nobody works on it any more; a cause is needed."""
    form, who = LoseForm(), staff()
    form.because.choices = cause_choices(_("Choose"))
    if not form.validate():
        return _page(person_id, lose_form=form), 422
    try:
        lose(
            db(), person_id, _seen(form.seen.data), Cause(form.because.data), form.words.data or "", who.account_id,
            who.role, datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(person_id, lose_form=form), refusal)
    flash(_("Noted as lost. A purchase or a new request brings them back."), "success")
    return redirect(url_for("admin.pipeline_one", person_id=person_id), 303)


@admin.post("/pipeline/<int:person_id>/back")
@staff_only(Permission.MANAGE_LEADS)
def pipeline_back(person_id: int) -> ResponseReturnValue:
    """Worked on again."""
    who = staff()
    take_up(db(), person_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("Taken up again, at the stage of the rules."), "success")
    return redirect(url_for("admin.pipeline_one", person_id=person_id), 303)


def _seen(typed: str | None) -> Stage:
    if typed not in set(ALL):
        raise NotFound
    return Stage(typed)


def _page(
    person_id: int,
    *,
    move_form: MoveForm | None = None,
    step_form: StepForm | None = None,
    lose_form: LoseForm | None = None,
) -> str:
    standing, day = stage_of_person(db(), person_id), today()
    if standing is None:
        raise NotFound
    if step_form is None:
        step_form = StepForm(formdata=None)
        step_form.offer_to(staff().account_id)
    if lose_form is None:
        lose_form = LoseForm(formdata=None, data={"seen": standing.stage.value})
        lose_form.because.choices = cause_choices(_("Choose"))
    usual = {"to": standing.stage.value, "until": day + USUAL_HAND, "seen": standing.stage.value}
    return render_template(
        "admin/pipeline_one.html",
        customer=the_customer(db(), person_id),
        standing=standing,
        requests=leads_of(db(), person_id, MOST_REQUESTS),
        moves=moves_of(db(), person_id, MOST_MOVES),
        items=to_do(db(), None, person_id=person_id, limit=MOST_MOVES),
        move_form=move_form or MoveForm(formdata=None, data=usual),
        step_form=step_form,
        lose_form=lose_form,
        bounds=boundaries_now(db(), day),
        day=day,
        rule_words=rule_words,
        how_late=how_late,
        source_name=source_name,
        STAGES=STAGES,
        ONE=ONE,
        HOWS=HOWS,
        STEPS=STEPS,
        MARKS=MARKS,
        CAUSES=CAUSES,
        CHANNELS=CHANNELS,
    )
