"""Handing over: all or the chosen customers, tasks and promises; and who covers while somebody is away."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.care.models import Colleague, away, colleagues_at_work, customers_of, staff_names, to_do
from club.care.service import announce_absence, end_absence
from club.errors import DayInPast, DayTooFar, LastDayBeforeFirst, NotFound, Refusal
from club.lost.models import open_cases_of
from club.permissions import Permission
from club.support.handing_over import Chosen, hand_over, held_by, questions_of
from web.access import staff_only
from web.database import db
from web.formats import listed_together
from web.forms import DayField, Form, Needed
from web.messages import cases_in_words, questions_in_words
from web.navigation import may_do
from web.programme import today
from web.refusing import refused
from web.security import may_repeat
from web.visitors import staff

MOST_LISTED = 200


class HandOverForm(Form):
    """To whom, and whether everything."""

    to = SelectField(_l("Who takes over"))
    scope = RadioField(
        _l("What"),
        choices=[SelectChoice("all", _l("Everything that is open")), SelectChoice("chosen", _l("Only what is ticked"))],
        default="all",
    )


class AwayForm(Form):
    """From when to when, and who covers."""

    cover = SelectField(_l("Who covers"))
    first = DayField(_l("First day away"), [Needed(_l("Enter the first day away."))])
    last = DayField(_l("Last day away"), [Needed(_l("Enter the last day away."))])


@admin.route("/tasks/hand-over/<int:account_id>", methods=["GET", "POST"])
@staff_only(Permission.KEEP_CUSTOMERS)
@may_repeat("person", "task", "promise", "case", "question")
def tasks_hand_over(account_id: int) -> ResponseReturnValue:
    """Give what somebody has in hand to a colleague: one's own, or anybody's with the right to."""
    colleagues = colleagues_at_work(db())
    form, who = HandOverForm(), staff()
    form.to.choices = _others(colleagues, account_id)
    if not form.validate_on_submit():
        return _page(account_id, form, None), 422 if form.errors else 200
    chosen = None
    if form.scope.data == "chosen":
        chosen = Chosen(
            person_ids=_ticked("person"), task_ids=_ticked("task"), promise_ids=_ticked("promise"),
            case_ids=_ticked("case"), question_ids=_ticked("question"),
        )  # fmt: skip
        if chosen == Chosen(person_ids=[], task_ids=[], promise_ids=[], case_ids=[], question_ids=[]):
            form.scope.errors = [_("Tick what is handed over, or choose everything.")]
            return _page(account_id, form, None), 422
    try:
        given = hand_over(db(), account_id, int(form.to.data), who.account_id, who.role, datetime.now(UTC), chosen)
    except Refusal as refusal:
        form.refuse(refusal, form.to)
        return refused(_page(account_id, form, None), refusal)
    parts = [
        ngettext("%(num)d customer", "%(num)d customers", given.customers),
        ngettext("%(num)d open task", "%(num)d open tasks", given.tasks),
        ngettext("%(num)d open promise", "%(num)d open promises", given.commitments),
        *([cases_in_words(given.cases)] if given.cases else []),
        *([questions_in_words(given.questions)] if given.questions else []),
    ]
    flash(_("Handed over: %(what)s.", what=listed_together(parts)), "success")
    return redirect(url_for("admin.tasks_hand_over", account_id=account_id), 303)


@admin.post("/tasks/away/<int:account_id>")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_away(account_id: int) -> ResponseReturnValue:
    """Somebody will be away, and somebody covers."""
    colleagues = colleagues_at_work(db())
    form, who = AwayForm(), staff()
    form.cover.choices = _others(colleagues, account_id)
    plain = HandOverForm(formdata=None)
    plain.to.choices = form.cover.choices
    if not form.validate_on_submit():
        return _page(account_id, plain, form), 422
    assert form.first.data is not None and form.last.data is not None  # needed
    days = (form.first.data, form.last.data)
    try:
        announce_absence(db(), account_id, int(form.cover.data), days, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        is_about_days = isinstance(refusal, DayInPast | DayTooFar | LastDayBeforeFirst)
        form.refuse(refusal, form.last if is_about_days else form.cover)
        return refused(_page(account_id, plain, form), refusal)
    flash(_("Noted. Meanwhile the tasks stand in both lists."), "success")
    return redirect(url_for("admin.tasks_hand_over", account_id=account_id), 303)


@admin.post("/tasks/away/<int:absence_id>/end")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_back(absence_id: int) -> ResponseReturnValue:
    """They are back, or do not leave."""
    who = staff()
    end_absence(db(), absence_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The absence has ended."), "success")
    return redirect(url_for("admin.tasks"), 303)


def _others(colleagues: list[Colleague], account_id: int) -> list[SelectChoice]:
    return [SelectChoice(str(one.account_id), one.name) for one in colleagues if one.account_id != account_id]


def _ticked(name: str) -> list[int]:
    found = [one for one in request.form.getlist(name)[: MOST_LISTED * 2] if one.isascii() and one.isdigit()]
    return [int(one) for one in found if len(one) < 19]


def _page(account_id: int, form: HandOverForm, away_form: AwayForm | None) -> str:
    if away_form is None:
        away_form = AwayForm(formdata=None)
        away_form.cover.choices = form.to.choices
    names = staff_names(db())
    if account_id not in names:
        raise NotFound
    return render_template(
        "admin/tasks_hand_over.html",
        account_id=account_id,
        name=names[account_id],
        may_change=account_id == staff().account_id or may_do(Permission.HAND_OVER),
        counts=held_by(db(), account_id),
        customers=customers_of(db(), account_id, MOST_LISTED),
        cases=open_cases_of(db(), account_id, MOST_LISTED),
        questions=questions_of(db(), account_id, MOST_LISTED),
        items=to_do(db(), [account_id], limit=MOST_LISTED),
        most=MOST_LISTED,
        absences=[one for one in away(db(), today()) if one.account_id == account_id],
        form=form,
        away_form=away_form,
        today=today(),
        is_own=account_id == staff().account_id,
    )
