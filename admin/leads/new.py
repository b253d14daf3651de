"""A field note: whom somebody met, in twenty seconds, on a phone."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.forms import DueForm
from club.care.rules import LONGEST_WHAT
from club.errors import BadEmail, BadPhone, ContactMissing, DayInPast, DayTooFar, NameMissing, Refusal
from club.leads.models import sources
from club.leads.rules import LONGEST_MESSAGE, NewLead, SourceKind
from club.permissions import Permission
from club.pipeline.service import note_meeting
from club.pipeline.service.noting import NextStep
from web.access import staff_only
from web.database import db
from web.formats import day_month
from web.forms import EmailField, Needed, TextAreaField, TextField
from web.languages import language
from web.leads import KINDS, source_name
from web.programme import today
from web.refusing import refused
from web.visitors import staff

OWN = "own:"
MET = (SourceKind.NOTE, SourceKind.COUNTER, SourceKind.EVENT, SourceKind.REFERRAL)
"""Where staff meet people without a source of its own."""


class NoteForm(DueForm):
    """Who, one way to reach them, what was said, what comes next."""

    name = TextField(_l("Name"), [Needed(_l("Enter the name."))], render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "autocomplete": "off"})
    email = EmailField(_l("E-mail"), render_kw={"autocomplete": "off"})
    words = TextAreaField(_l("What was said"), longest=LONGEST_MESSAGE, rows=2)
    what = TextField(
        _l("Next step"), [Needed(_l("Write what comes next."))], longest=LONGEST_WHAT, render_kw={"autocomplete": "off"}
    )
    source = SelectField(_l("Where we met"))

    def offer_to(self) -> None:
        """The days ahead; where people are met, and the sources of the registry."""
        self.offer()
        known = [SelectChoice(str(one.id), source_name(one.kind, one.name)) for one in sources(db()) if one.name]
        self.source.choices = [*(SelectChoice(OWN + kind.value, KINDS[kind]) for kind in MET), *known]

    def lead(self) -> NewLead:
        """As a value."""
        chosen = self.source.data or ""
        source = SourceKind(chosen.removeprefix(OWN)) if chosen.startswith(OWN) else int(chosen)
        return NewLead(
            full_name=self.name.data or "",
            language=language(),
            source=source,
            email=self.email.data or "",
            phone=self.phone.data or "",
            message=self.words.data or "",
        )


@admin.route("/leads/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def leads_new() -> ResponseReturnValue:
    """Whoever is known already is joined, and the answer says so with the way there."""
    form, who = NoteForm(), staff()
    form.offer_to()
    if not form.is_submitted():
        form.what.data = _("Call")
        return render_template("admin/leads_new.html", form=form)
    if not form.validate():
        return render_template("admin/leads_new.html", form=form), 422
    then = NextStep(form.what.data or "", form.due_on)
    try:
        kept = note_meeting(
            db(), form.lead(), then, who.account_id, who.role, datetime.now(UTC), once=form.cause(who.account_id)
        )
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(render_template("admin/leads_new.html", form=form), refusal)
    if kept.is_first:
        flash(_("Noted, with the next step among your tasks on %(day)s", day=_day(then)), "success")
        return redirect(url_for("admin.leads_new"), 303)
    flash(_("The club knows this person already. The note stands with their record: this is it."), "info")
    return redirect(url_for("admin.pipeline_one", person_id=kept.person_id), 303)


def _day(then: NextStep) -> str:
    return _("today") if then.due_on == today() else day_month(then.due_on)


def _explain(form: NoteForm, refusal: Refusal) -> None:
    fields: dict[type[Refusal], str] = {
        NameMissing: "name",
        ContactMissing: "phone",
        BadPhone: "phone",
        BadEmail: "email",
        DayInPast: "day",
        DayTooFar: "day",
    }
    name = fields.get(type(refusal))
    form.refuse(refusal, form[name] if name else None)
