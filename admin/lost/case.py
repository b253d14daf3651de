"""One case: what is known, what was said, why they stay away, and how it ends."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from admin.customer.words import DIRECTIONS, KINDS, OUTCOMES, choices
from admin.lost.words import CAUSES, INCIDENTS, STEPS, cause_choices, incident_words
from admin.measures.words import MARKS, STATES, VERDICTS
from club.care.models import colleagues_at_work
from club.care.rules import LONGEST_SUMMARY, Direction, Entry, Kind, Outcome
from club.errors import Refusal, ReturnDayNeeded
from club.insight.models import figures_of, the_rhythm
from club.lost import service
from club.lost.evidence import days_before_silence, evidence_of
from club.lost.models import Case, last_words, moves_of, the_case
from club.lost.rules import LONGEST_COMPETITOR, LONGEST_WORDS, OPEN, Cause, Step, Why
from club.measures.models import Wanted as WantedMeasures
from club.measures.models import measures
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, OnceKeyField, TextAreaField, TextField, once
from web.messages import words_for
from web.programme import programme, today
from web.visitors import staff

MOST_MEASURES = 20


class ContactForm(Form):
    """What was said, and who began."""

    kind = SelectField(_l("How"), choices=choices({kind: words for kind, words in KINDS.items() if kind != Kind.NOTE}))
    direction = RadioField(
        _l("Who began"), [InputRequired(_l("Choose who began: the customer or us."))], choices=choices(DIRECTIONS)
    )
    outcome = SelectField(_l("Outcome"), choices=choices(OUTCOMES))
    summary = TextAreaField(_l("What was said"), [Needed(_l("Write what was said."))], longest=LONGEST_SUMMARY)
    key = OnceKeyField()


class CauseForm(Form):
    """Why they stay away."""

    cause = SelectField(_l("Cause"), [Needed(_l("Choose a cause, or “Not known”."))])
    competitor = TextField(_l("Which competitor"), longest=LONGEST_COMPETITOR, render_kw={"autocomplete": "off"})
    words = TextAreaField(_l("In their own words"), longest=LONGEST_WORDS, rows=2)
    is_temporary = BooleanField(_l("It passes: they are expected back"))
    back_on = DayField(_l("Expected back on"))


class OwnerForm(Form):
    """Who works the case."""

    owner = SelectField(_l("Owner"))


@admin.get("/lost/<int:case_id>")
@staff_only(Permission.SEE_FIGURES)
def lost_one(case_id: int) -> ResponseReturnValue:
    """All that is known of one case."""
    found = the_case(db(), case_id)
    return _page(found, _cause_form(found), ContactForm())


@admin.post("/lost/<int:case_id>/<any(verify, close):act>")
@staff_only(Permission.KEEP_CUSTOMERS)
def lost_move(case_id: int, act: str) -> ResponseReturnValue:
    """They really stay away; or we let them go."""
    who, now, seen = staff(), datetime.now(UTC), _seen()
    move = service.verify if act == "verify" else service.close
    try:
        move(db(), case_id, seen, who.account_id, who.role, now)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Verified.") if act == "verify" else _("The case is closed."), "success")
    return redirect(url_for("admin.lost_one", case_id=case_id), 303)


@admin.post("/lost/<int:case_id>/contact")
@staff_only(Permission.KEEP_CUSTOMERS)
def lost_contact(case_id: int) -> ResponseReturnValue:
    """What was said is kept with the customer; the case is contacted."""
    found, form, who = the_case(db(), case_id), ContactForm(), staff()
    if not form.validate_on_submit():
        return _page(found, _cause_form(found), form), 422
    entry = Entry(
        kind=Kind(form.kind.data),
        summary=form.summary.data or "",
        direction=Direction(form.direction.data),
        outcome=Outcome(form.outcome.data),
    )
    key = f"form:{once(form.key.data or '', who.account_id).hex()}"
    try:
        service.contact(db(), case_id, entry, who.account_id, who.role, datetime.now(UTC), cause=key)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(found, _cause_form(found), form), 422
    flash(_("Kept with the customer."), "success")
    return redirect(url_for("admin.lost_one", case_id=case_id), 303)


@admin.post("/lost/<int:case_id>/cause")
@staff_only(Permission.KEEP_CUSTOMERS)
def lost_cause(case_id: int) -> ResponseReturnValue:
    """Why they stay away, and whether it passes."""
    found, who = the_case(db(), case_id), staff()
    form = _cause_form(None)
    if not form.validate_on_submit():
        return _page(found, form, ContactForm()), 422
    why = Why(
        cause=Cause(form.cause.data),
        competitor=form.competitor.data or "",
        words=form.words.data or "",
        is_temporary=bool(form.is_temporary.data),
        back_on=form.back_on.data,
    )
    try:
        seen, last_move = _seen(), _last_move()
        service.set_cause(db(), case_id, seen, why, who.account_id, who.role, datetime.now(UTC), last_move=last_move)
    except Refusal as refusal:
        form.refuse(refusal, form.back_on if isinstance(refusal, ReturnDayNeeded) else None)
        return _page(found, form, ContactForm()), 422
    flash(_("The cause is kept."), "success")
    return redirect(url_for("admin.lost_one", case_id=case_id), 303)


@admin.post("/lost/<int:case_id>/owner")
@staff_only(Permission.KEEP_CUSTOMERS)
def lost_owner(case_id: int) -> ResponseReturnValue:
    """Who works it from now on; an empty answer: nobody."""
    who, form = staff(), _owner_form(None)
    if not form.validate_on_submit():
        abort(404)
    owner = int(form.owner.data) if form.owner.data else None
    try:
        service.give_to(db(), case_id, owner, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.lost_one", case_id=case_id), 303)


@admin.post("/lost/<int:case_id>/undo/<int:move_id>")
@staff_only(Permission.KEEP_CUSTOMERS)
def lost_undo(case_id: int, move_id: int) -> ResponseReturnValue:
    """Take the last step back."""
    who = staff()
    try:
        service.undo(db(), case_id, move_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("The step is taken back."), "success")
    return redirect(url_for("admin.lost_one", case_id=case_id), 303)


def _seen() -> Step:
    """Where the case stood on the page that was sent."""
    try:
        return Step(request.form.get("seen", ""))
    except ValueError:
        abort(404)


def _last_move() -> int | None:
    """The last step that the page showed; a form without it is checked by its step alone."""
    typed = request.form.get("last_move", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _cause_form(found: Case | None) -> CauseForm:
    known = {} if found is None or found.cause is None else {
        "cause": found.cause.value,
        "competitor": found.competitor,
        "words": found.own_words,
        "is_temporary": found.is_temporary,
        "back_on": found.back_on,
    }  # fmt: skip
    form = CauseForm(formdata=None, data=known) if found is not None else CauseForm()
    form.cause.choices = cause_choices(_("Choose"))
    return form


def _owner_form(found: Case | None) -> OwnerForm:
    known = "" if found is None or found.owner_id is None else str(found.owner_id)
    form = OwnerForm(formdata=None, data={"owner": known}) if found is not None else OwnerForm()
    people = [SelectChoice(str(one.account_id), one.name) for one in colleagues_at_work(db())]
    form.owner.choices = [SelectChoice("", _("Nobody")), *people]
    return form


def _page(found: Case, cause: CauseForm, contact: ContactForm) -> str:
    moves = moves_of(db(), found.id)
    days = days_before_silence(found, the_rhythm(db()), programme().time_zone)
    return render_template(
        "admin/lost_one.html",
        case=found,
        figures=figures_of(db(), found.person_id),
        is_open=found.step in OPEN,
        steps=STEPS,
        causes=CAUSES,
        moves=moves,
        words=last_words(db(), [found.person_id]).get(found.person_id),
        cause_form=cause,
        contact_form=contact,
        owner_form=_owner_form(found),
        day=today(),
        evidence=evidence_of(db(), found.person_id, days),
        days=days,
        incidents=INCIDENTS,
        incident_words=incident_words,
        measures=measures(db(), WantedMeasures("all", case_id=found.id), today(), MOST_MEASURES),
        measure_states=STATES,
        verdicts=VERDICTS,
        marks=MARKS,
    )
