"""A member's own events, and the answer to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.errors import EventFull, NotFound, Refusal
from club.events.reading.mine import MyEvent, events_for
from club.events.reading.pictures import first_pictures
from club.events.rules import Answer, State
from club.events.service import Answered, answer, decline
from portal import portal
from portal.event_forms import PartyForm, party_form, wants_another_row
from portal.event_view import has_no_room, member_page, price_of, shown_to_member
from web import event_words as words
from web.access import members_only
from web.database import db
from web.formats import number
from web.messages import words_for
from web.refusing import refused
from web.visitors import member_id

HAVE_ANSWERED_YES = frozenset({Answer.GOING, Answer.ATTENDED, Answer.ABSENT})
IN_LINE = frozenset({Answer.WAITLIST, Answer.OFFERED})


@dataclass(frozen=True)
class Mine:
    """Events as one member has to do with them."""

    offered: Sequence[MyEvent]
    invited: Sequence[MyEvent]
    going: Sequence[MyEvent]
    waiting: Sequence[MyEvent]
    open: Sequence[MyEvent]
    past: Sequence[MyEvent]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing, not even what was."""
        return not any((self.offered, self.invited, self.going, self.waiting, self.open, self.past))


@portal.get("/me/events")
@members_only
def my_events() -> ResponseReturnValue:
    """What waits for an answer, where they go, where they wait, what else there is, what was."""
    now = datetime.now(UTC)
    found = events_for(db(), member_id(), now)
    return render_template(
        "portal/my_events.html",
        mine=sorted_for(found, now),
        images=first_pictures(db(), [one.view.id for one in found]),
        chips_of=chips_of,
        words=words,
    )


@portal.post("/events/<int:event_id>/answer")
@members_only
def event_answer(event_id: int) -> ResponseReturnValue:
    """Coming, with whom and what is needed; or not coming. A price is shown before it is paid."""
    who = member_id()
    answering = shown_to_member(event_id, who)
    if request.form.get("answer") == "not_going":
        return _not_going(event_id, who)
    form = party_form(answering.mine.view.event, answering.party)
    if wants_another_row() or not form.validate_on_submit():
        return member_page(answering, form)
    party, may_wait = form.party(), request.form.get("waitlist") == "yes"
    price = price_of(answering, party, who)
    if price.due and not has_no_room(answering) and form.agreed.data != str(price.due):
        form.agreed.data = str(price.due)
        return member_page(answering, form, price)
    try:
        done = answer(db(), event_id, who, party, datetime.now(UTC), or_waitlist=may_wait)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(event_id, who, form, refusal)
    flash(said(done), "success")
    return redirect(url_for("portal.event", event_id=event_id), 303)


def sorted_for(events: Sequence[MyEvent], now: datetime) -> Mine:
    """Each event once, where it belongs."""
    past = [one for one in events if one.view.is_past(now) or one.view.state is not State.PUBLISHED]
    coming = [one for one in events if one not in past]
    silent = [one for one in coming if one.answer is None or one.answer is Answer.NOT_GOING]
    return Mine(
        offered=[one for one in coming if one.answer is Answer.OFFERED],
        invited=[one for one in silent if one.is_invited and one.answer is None],
        going=[one for one in coming if one.answer in HAVE_ANSWERED_YES],
        waiting=[one for one in coming if one.answer is Answer.WAITLIST],
        open=[one for one in silent if not (one.is_invited and one.answer is None)],
        past=sorted(past, key=lambda one: one.view.event.starts_at, reverse=True),
    )


def chips_of(one: MyEvent) -> list[tuple[str, str]]:
    """What a member reads on the card: where they stand, else whether there is room. Words and look."""
    view, answer_given = one.view, one.answer
    if view.state is State.CANCELLED:
        return [(str(words.STATES[view.state]), words.STATE_LOOKS[view.state])]
    if answer_given is Answer.OFFERED and one.offered_until is not None:
        return [(_("yours until %(moment)s", moment=words.short_when(one.offered_until)), "info")]
    if answer_given is Answer.WAITLIST:
        return [(_("number %(place)s in line", place=number(one.place or 1)), "warning")]
    if answer_given is not None:
        guests = [(words.guests(one.seats - 1), "")] if one.seats > 1 and answer_given in HAVE_ANSWERED_YES else []
        return [(str(words.ANSWERS[answer_given]), words.ANSWER_LOOKS[answer_given]), *guests]
    room = [(words.seats_left(view.left), "warning")] if view.left < words.FEW else []
    return [(words.for_whom(view.event), ""), *room]


def said(done: Answered) -> str:
    """What became of an answer, in words."""
    if done.state is Answer.WAITLIST:
        return _("You are on the waitlist, number %(place)s.", place=number(done.place or 1))
    if done.state is Answer.OFFERED:
        return _("A place is free for you. Take it below.")
    return _("The place is yours. This is the ticket.")


def _not_going(event_id: int, who: int) -> ResponseReturnValue:
    try:
        decline(db(), event_id, who, datetime.now(UTC))
        flash(_("Noted: you will not come. Until the time to answer is over you can change your mind."), "success")
    except NotFound:
        raise
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("portal.event", event_id=event_id), 303)


def _refused(event_id: int, who: int, form: PartyForm, refusal: Refusal) -> ResponseReturnValue:
    """Said above the form that was sent; an event that is full by now offers its waitlist."""
    form.refuse(refusal)
    form.agreed.data = ""
    is_full = isinstance(refusal, EventFull)
    return refused(member_page(shown_to_member(event_id, who), form, is_full=is_full), refusal)
