"""One event as its page shows it: to a member with their answer and the form, to others with what they can do."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _

from club.errors import AnswersClosed, EventNotForYou, Refusal
from club.events.models import EventView
from club.events.reading.mine import MyEventPage, my_event, public_event
from club.events.reading.pictures import images_of
from club.events.rules import Answer, Audience, Caller, Event, Party, points_come_back, why_closed
from club.family.models import family_of
from portal.event_forms import PartyForm, SignUpForm, party_form, wants_another_row
from web import event_words as words
from web.database import db
from web.findable import about
from web.formats import moment, points
from web.glance import spendable_today
from web.languages import in_language
from web.messages import words_for
from web.payment_pages import private
from web.programme import today
from web.visitors import member_id, visitor


@dataclass(frozen=True)
class Price:
    """What an answer costs: `due` points now for so many seats, of what the member has."""

    seats: int
    due: int
    have: int

    @property
    def after(self) -> int:
        """What is left."""
        return self.have - self.due

    @property
    def missing(self) -> int:
        """How many points are missing; 0: none."""
        return max(0, -self.after)


def member_or_none() -> int | None:
    """The member who is signed in."""
    who = visitor()
    return None if who is None else who.person_id


def shown_to_member(event_id: int, who: int) -> MyEventPage:
    """An event as one member sees it. Raises `NotFound` for a draft, and for one by invitation that is not theirs."""
    return my_event(db(), event_id, who, datetime.now(UTC))


def shown_to_all(event_id: int) -> EventView:
    """An event as strangers see it. Raises `NotFound` for what is not shown to them."""
    return public_event(db(), event_id)


def member_page(
    answering: MyEventPage, form: PartyForm | None = None, price: Price | None = None, *, is_full: bool = False
) -> Response:
    """For a member: the event, their answer, and what they can do. `price`: it waits for their word."""
    mine = answering.mine
    event = mine.view.event
    is_full = is_full or has_no_room(answering)
    form = form or party_form(event, answering.party)
    page = render_template(
        "portal/event.html",
        **_about(mine.view),
        is_member=True,
        mine=mine,
        answering=answering,
        answer_said=mine.answer,
        form=form,
        family=_family_to_bring(event, form),
        price=price,
        why_not=words_for(answering.closed) if answering.closed else "",
        way_on=_way_on(answering.closed),
        is_full=is_full,
        is_adding=wants_another_row(),
        go_words=_go_words(event, is_full=is_full),
        comes_back_words=comes_back(event),
    )
    return private(make_response(page, 422 if form.mistakes() else 200))


def public_page(view: EventView, form: SignUpForm | None = None) -> Response:
    """For everybody else: the event, and a form where strangers may come."""
    closed = why_closed(view.event, view.state, Caller(is_member=False), datetime.now(UTC))
    page = render_template(
        "portal/event.html",
        **_about(view),
        is_member=False,
        mine=None,
        answering=None,
        form=form or party_form(view.event, Party(), SignUpForm),
        why_not=words_for(closed) if closed else "",
        is_full=view.left < 1,
    )
    return make_response(page, 422 if form is not None and form.mistakes() else 200)


def has_no_room(answering: MyEventPage) -> bool:
    """Whether whoever holds no place yet can only wait."""
    return answering.mine.answer in {None, Answer.NOT_GOING} and answering.mine.view.left < 1


def price_of(answering: MyEventPage, party: Party, who: int) -> Price:
    """The points that are still to be paid for so many seats, beside what the member has."""
    due = max(0, party.seats * answering.mine.view.event.points - answering.points_paid)
    return Price(party.seats, due, spendable_today(who))


def comes_back(event: Event) -> str:
    """What becomes of points that were paid, if the place is given back."""
    if not points_come_back(event, datetime.now(UTC)):
        return _("The points do not come back: the time to answer is over.")
    until = words.last_minute(event.last_moment)
    return _("Given back in time, the place gives its points back. In time is: %(moment)s.", moment=moment(until))


def _family_to_bring(event: Event, form: PartyForm) -> list[str]:
    """Whom of the family one button makes a guest: who is none yet, while there is room for one; one query."""
    named = {field.data for field in form.guests if field.data}
    if len(named | form.nameless) >= event.most_guests:
        return []
    known = (one.relative.name for one in family_of(db(), member_id(), today()))
    return [name for name in known if name not in named]


def _about(view: EventView) -> dict[str, Any]:
    event, now = view.event, datetime.now(UTC)
    images = images_of(db(), [view.id]).get(view.id, [])
    is_past = view.is_past(now)
    image = next((one for one in images if not one.is_photo), None)
    if event.who is not Audience.INVITED:
        about(_description(event), picture=image, kind="article")
    return {
        "view": view,
        "image": image,
        "photos": [one for one in images if one.is_photo],
        "is_past": is_past,
        "words": words,
    }


def _description(event: Event) -> str:
    """When and where, then what awaits one."""
    told = " ".join(in_language(event.words).split()) if event.words else ""
    parts = [words.when(event.starts_at, event.ends_at), event.place, told]
    return ". ".join(part for part in parts if part)


def _go_words(event: Event, *, is_full: bool) -> str:
    if is_full:
        return _("Join the waitlist")
    return _("I will come: %(points)s a place", points=points(event.points)) if event.points else _("I will come")


def _way_on(closed: Refusal | None) -> tuple[str, str, bool] | None:
    """Where to go instead: address, words, whether it is the main thing to do."""
    match closed:
        case AnswersClosed():
            return url_for("portal.landing") + "#help", _("Ask the club"), False
        case EventNotForYou():
            return url_for("portal.tier"), _("See the way there"), False
    return None
