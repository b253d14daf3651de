"""The door of an event: a field for the scanner or three letters, and an answer that is read from two steps away."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from admin import admin
from admin.events.acts import by
from club.errors import Refusal
from club.events import service
from club.events.models import EventView, the_event
from club.events.reading.answers import at_the_door, find_guests
from club.events.reading.desk import AtHand, at_hand, doors, last_in
from club.events.rules import Door, State
from club.permissions import Permission
from club.profile.photo import with_photo
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.formats import number, time_or_moment
from web.lists import asked_for
from web.messages import words_for
from web.movements import rung_name
from web.programme import today
from web.security import WITH_CAMERA

MOST_FOUND = 12
LAST_IN = 5
LONGEST_TYPED = 200
MOST_DIGITS = 18


@dataclass(frozen=True)
class Said:
    """What the door answers: the look, the word in large letters, a name, and what else has to be known."""

    kind: Door
    title: str
    name: str = ""
    lines: tuple[str, ...] = ()
    answer_id: int | None = None
    """Whom one may take back, or let another guest in with."""
    photo_of: int | None = None
    """Whose photo there is to look at."""
    may_add: bool = False
    guests_in: int = 0


@admin.get("/check-in")
@staff_only(Permission.CHECK_IN)
def checkin() -> ResponseReturnValue:
    """Whose door is open now, or soon."""
    return render_template("admin/checkin.html", rows=doors(db(), datetime.now(UTC)), words=words)


@admin.route("/events/<int:event_id>/checkin", methods=["GET", "POST"])
@staff_only(Permission.CHECK_IN)
def checkin_one(event_id: int) -> ResponseReturnValue:
    """A ticket or a name in, a word out. The word stands in the address, so that looking again lets nobody in."""
    if request.method == "POST":
        return _let_in(event_id)
    view, typed = the_event(db(), event_id), asked_for("q", LONGEST_TYPED)
    said = _said(view)
    page = render_template(
        "admin/events_checkin.html",
        view=view,
        inside=at_the_door(db(), event_id),
        said=said,
        asked=typed,
        found=find_guests(db(), event_id, typed, MOST_FOUND) if typed else [],
        last=[] if typed else last_in(db(), event_id, LAST_IN),
        is_open=view.state in {State.PUBLISHED, State.OVER},
        door_key=token_hex(16),
        words=words,
    )
    return page, {"Permissions-Policy": WITH_CAMERA}


@admin.post("/events/<int:event_id>/checkin/undo")
@staff_only(Permission.CHECK_IN)
def checkin_undo(event_id: int) -> ResponseReturnValue:
    """It was somebody else."""
    try:
        service.undo_check_in(db(), event_id, _answer(), *by(), datetime.now(UTC))
        flash(_("Taken back: nobody is in with this ticket."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.checkin_one", event_id=event_id), 303)


@admin.post("/events/<int:event_id>/checkin/guest")
@staff_only(Permission.CHECK_IN)
def checkin_guest(event_id: int) -> ResponseReturnValue:
    """One more of their guests is there."""
    answer_id = _answer()
    try:
        seen = _number(request.form.get("seen", ""))
        service.one_more_guest(db(), event_id, answer_id, *by(), datetime.now(UTC), seen=seen)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("admin.checkin_one", event_id=event_id), 303)
    return shown(event_id, Door.WELCOME, answer_id)


def shown(event_id: int, result: Door, answer_id: int | None = None) -> ResponseReturnValue:
    """To the page that says so."""
    return redirect(url_for("admin.checkin_one", event_id=event_id, result=result.value, guest=answer_id), 303)


def _let_in(event_id: int) -> ResponseReturnValue:
    now, key = datetime.now(UTC), request.form.get("door_key", "").replace("\0", "")[:64]
    person_id = _number(request.form.get("person", ""))
    typed = request.form.get("said", "").replace("\0", "").strip()[:LONGEST_TYPED]
    try:
        if person_id:
            found = service.check_in_person(db(), event_id, person_id, *by(), now, door_key=key)
        elif typed:
            found = service.check_in(db(), event_id, typed, *by(), now, door_key=key)
        else:
            return redirect(url_for("admin.checkin_one", event_id=event_id), 303)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("admin.checkin_one", event_id=event_id), 303)
    if found.result is Door.UNKNOWN and not person_id and not _is_like_a_ticket(typed):
        return redirect(url_for("admin.checkin_one", event_id=event_id, q=typed), 303)
    return shown(event_id, found.result, found.answer_id)


def _is_like_a_ticket(typed: str) -> bool:
    """Names have no digits and no slashes; what a scanner types has."""
    return any(char.isdigit() or char == "/" for char in typed)


def _answer() -> int:
    return _number(request.form.get("answer", ""))


def _number(text: str) -> int:
    """An id that came with the request; 0, which nobody has, for nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def _said(view: EventView) -> Said | None:
    """What the address says happened, as it is now: whoever was taken back is not welcomed again."""
    asked = asked_for("result")
    if asked not in set(Door):
        return None
    result = Door(asked)
    if result is Door.UNKNOWN:
        return Said(result, _("Unknown"), lines=(_("No ticket of the club has this code. Look for the name."),))
    guest = at_hand(db(), _number(asked_for("guest")))
    if guest is None or (result is Door.OTHER_EVENT) != (guest.event_id != view.id):
        return None
    match result:
        case Door.WELCOME if guest.in_at is not None:
            return Said(
                result, _("Welcome"), guest.full_name, _about(guest), guest.answer_id, photo_of=_photo_of(guest),
                may_add=guest.guests_left > 0, guests_in=guest.guests_in,
            )  # fmt: skip
        case Door.ALREADY_IN if guest.in_at is not None:
            return Said(
                result, _("Already in"), guest.full_name, (_when(guest), *_guests(guest)), guest.answer_id,
                photo_of=_photo_of(guest), may_add=guest.guests_left > 0, guests_in=guest.guests_in,
            )  # fmt: skip
        case Door.OTHER_EVENT:
            other = the_event(db(), guest.event_id)
            line = _("This ticket is for another one: %(event)s.", event=words.named(other.event))
            return Said(result, _("Other event"), guest.full_name, (line,))
        case Door.CANCELLED:
            return Said(result, _("Cancelled"), guest.full_name, (_why_not(view, guest),))
    return None


def _photo_of(guest: AtHand) -> int | None:
    return guest.person_id if with_photo(db(), [guest.person_id]) else None


def _about(guest: AtHand) -> tuple[str, ...]:
    """How to address them, their tier, whose birthday it is, who is still to come."""
    said = []
    if guest.call_name and guest.call_name != guest.full_name:
        said.append(_("Address as: %(name)s", name=guest.call_name))
    if guest.rung_key:
        said.append(_("Tier: %(tier)s", tier=rung_name(guest.rung_key)))
    if (guest.birth_month, guest.birth_day) == (today().month, today().day):
        said.append(_("Birthday today"))
    return (*said, *_guests(guest))


def _guests(guest: AtHand) -> list[str]:
    """How many of theirs are in, and still to come."""
    if guest.seats == 1:
        return [_("Comes alone")]
    inside = ngettext("%(count)s guest in", "%(count)s guests in", guest.guests_in, count=number(guest.guests_in))
    left = ngettext(
        "%(count)s guest still to come", "%(count)s guests still to come", guest.guests_left,
        count=number(guest.guests_left),
    )  # fmt: skip
    return [" · ".join([inside, left] if guest.guests_left else [inside])]


def _when(guest: AtHand) -> str:
    assert guest.in_at is not None  # whoever is in came in at some time
    if guest.in_by_name:
        return _("%(time)s, let in by %(name)s", time=time_or_moment(guest.in_at), name=guest.in_by_name)
    return time_or_moment(guest.in_at)


def _why_not(view: EventView, guest: AtHand) -> str:
    if view.state is State.CANCELLED:
        return _("The event was called off.")
    return _("Their answer: %(answer)s. No place is kept for them.", answer=words.ANSWERS[guest.state])
