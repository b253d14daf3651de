"""One person's answer, written down by a colleague: by phone, out of turn, or taken back."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.events.acts import by
from club.errors import EventFull, Refusal, TooManyGuests
from club.events import service
from club.events.models import EventView, the_event
from club.events.reading.desk import SaidBefore, said_before
from club.events.rules import LONGEST_NEED, LONGEST_NOTE, MOST_GUESTS, Answer, Party
from club.events.service import Answered
from club.members.models import the_person
from club.permissions import Permission
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.formats import number
from web.forms import Form, Needed, TextAreaField, TextField, WholeNumberField
from web.refusing import refused

YES, NO = "going", "not_going"
LONGEST_NAMES = 2_000


class AnswerForm(Form):
    """What somebody said on the phone."""

    says = RadioField(_l("They say"), choices=[SelectChoice(YES, _l("I will come")), SelectChoice(NO, _l("I cannot"))])
    guests = WholeNumberField(_l("Guests"), most=MOST_GUESTS)
    names = TextAreaField(_l("Names of the guests"), longest=LONGEST_NAMES, render_kw={"class": "form-control"})
    diet = TextField(_l("What they do not eat"), longest=LONGEST_NEED, render_kw={"autocomplete": "off"})
    access = TextField(_l("What they need to get in and around"), longest=LONGEST_NEED)
    note = TextField(_l("Note"), longest=LONGEST_NEED, render_kw={"autocomplete": "off"})
    waits = BooleanField(_l("Put them on the waiting list if there is no room"))

    def party(self) -> Party:
        """The guests, named or not, and what they need."""
        names = [line.strip() for line in (self.names.data or "").splitlines() if line.strip()]
        unnamed = max(0, (self.guests.data or 0) - len(names))
        return Party(
            guests=(*names, *([""] * unnamed)),
            diet=self.diet.data or "",
            access=self.access.data or "",
            note=self.note.data or "",
        )


class OfferForm(Form):
    """Why somebody gets a seat before their turn."""

    why = TextField(_l("Why out of turn"), [Needed(_l("Say why, for the log."))], longest=LONGEST_NOTE)


@admin.route("/events/<int:event_id>/answers/<int:person_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_answer(event_id: int, person_id: int) -> ResponseReturnValue:
    """What they said before; sent, what they say now. Their windows and the deadline do not hold on the phone."""
    view, now = the_event(db(), event_id), datetime.now(UTC)
    mine = said_before(db(), event_id, person_id)
    form = AnswerForm(**_given(mine))
    if not form.validate_on_submit():
        return _page(view, mine, person_id, form), 422 if form.errors else 200
    account_id, role = by()
    try:
        if form.says.data == NO:
            answered = service.decline(db(), event_id, person_id, now, by=account_id, role=role)
        else:
            answered = service.answer(
                db(), event_id, person_id, form.party(), now, or_waitlist=form.waits.data, by=account_id, role=role
            )
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(view, mine, person_id, form), refusal)
    flash(_saved(answered), "success")
    return redirect(url_for("admin.events_answers", event_id=event_id, show=answered.state.value), 303)


@admin.post("/events/<int:event_id>/answers/<int:person_id>/offer")
@staff_only(Permission.MANAGE_EVENTS)
def events_answer_offer(event_id: int, person_id: int) -> ResponseReturnValue:
    """Keep a free seat for somebody whose turn it is not, and say why."""
    view, now, form = the_event(db(), event_id), datetime.now(UTC), OfferForm()
    mine = said_before(db(), event_id, person_id)
    if form.validate():
        try:
            service.offer_out_of_turn(db(), event_id, person_id, form.why.data or "", *by(), now)
            flash(_("The seat is kept for them, and a mail tells them so."), "success")
            return redirect(url_for("admin.events_answers", event_id=event_id, show=Answer.OFFERED.value), 303)
        except Refusal as refusal:
            form.refuse(refusal, form.why)
    return _page(view, mine, person_id, AnswerForm(formdata=None, data=_given(mine)), form), 422


def _given(mine: SaidBefore) -> dict[str, object]:
    party, said = mine.party, mine.answer
    return {
        "says": NO if said is Answer.NOT_GOING else YES,
        "guests": len(party.guests) or None,
        "names": "\n".join(_named(party.guests)),
        "diet": party.diet,
        "access": party.access,
        "note": party.note,
        "waits": said is Answer.WAITLIST,
    }


def _named(guests: Sequence[str]) -> list[str]:
    return [name for name in guests if name]


def _saved(answered: Answered) -> str:
    match answered.state:
        case Answer.GOING:
            return _("Written down: they come. The ticket is on its way by mail.")
        case Answer.WAITLIST:
            return _("No room now: they wait at place %(place)s.", place=number(answered.place or 1))
    return _("Written down: they do not come. Their seats go to the next in line.")


def _field_of(form: AnswerForm, refusal: Refusal) -> Field | None:
    match refusal:
        case TooManyGuests():
            return form.guests
        case EventFull():
            return form.waits
    return None


def _page(view: EventView, mine: SaidBefore, person_id: int, form: AnswerForm, offer: OfferForm | None = None) -> str:
    return render_template(
        "admin/events_answer.html",
        view=view,
        mine=mine,
        person=the_person(db(), person_id),
        form=form,
        offer=offer or OfferForm(formdata=None),
        may_be_offered=mine.answer is Answer.WAITLIST,
        words=words,
    )
