"""Somebody stands at the door without a place: found among all whom the club knows, and let in if there is room."""

from datetime import UTC, datetime

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.events.acts import by
from admin.events.door import shown
from club.errors import Refusal
from club.events import service
from club.events.models import EventView, the_event
from club.events.rules import MOST_GUESTS
from club.members.finding import search
from club.members.models import Known
from club.members.rules import grouped
from club.permissions import Permission
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.forms import Form, WholeNumberField
from web.lists import asked_for
from web.refusing import refused

MOST_FOUND = 8


class WalkInForm(Form):
    """Who it is, and with how many."""

    person = RadioField(_l("Who it is"), coerce=int)
    guests = WholeNumberField(_l("Guests"), most=MOST_GUESTS)


@admin.route("/events/<int:event_id>/checkin/walk-in", methods=["GET", "POST"])
@staff_only(Permission.CHECK_IN)
def checkin_walk_in(event_id: int) -> ResponseReturnValue:
    """Find them, then let them in."""
    view, typed = the_event(db(), event_id), asked_for("q")
    found = search(db(), typed, MOST_FOUND, members_only=False) if typed else []
    form = WalkInForm(**({"person": found[0].person_id} if len(found) == 1 else {}))
    form.person.choices = [SelectChoice(one.person_id, _who(one)) for one in found]
    if not form.validate_on_submit():
        return _page(view, form, found, typed), 422 if form.errors else 200
    try:
        guest = service.walk_in(db(), event_id, form.person.data, form.guests.data or 0, *by(), datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(view, form, found, typed), refusal)
    return shown(event_id, guest.result, guest.answer_id)


def _who(one: Known) -> str:
    """Name and number: two people may have one name."""
    if not one.member_number:
        return _("%(name)s, no member", name=one.full_name)
    return f"{one.full_name}, {grouped(one.member_number)}"


def _page(view: EventView, form: WalkInForm, found: list[Known], typed: str) -> str:
    return render_template(
        "admin/events_walk_in.html",
        view=view,
        form=form,
        found=found,
        asked=typed,
        back=url_for("admin.checkin_one", event_id=view.id),
        words=words,
    )
