"""The ticket: shown, printed, put into a calendar, given back. Whoever has its address has the ticket."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, abort, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.errors import NotFound, PressFailed, Refusal
from club.events.models import former_for
from club.events.reading.mine import Ticket, ticket_by_key
from club.events.rules import Answer, State
from club.events.service import answer_mailed
from club.messages.calendars import Appointment, event_entry, event_uid
from club.offers.codes import in_groups
from club.papers.tickets import ticket_file
from portal import portal
from portal.event_view import comes_back, member_or_none
from portal.signin import ButtonForm
from web import event_words as words
from web.access import open_to_all
from web.database import db
from web.languages import in_language, language
from web.messages import words_for
from web.pages import club_name
from web.papers import pdf
from web.payment_pages import private
from web.refusing import refused

KEPT = "private, max-age=60, stale-if-error=604800"
"""A browser without a line at the door shows the copy that it has."""
HAS_PLACE = frozenset({Answer.GOING, Answer.ATTENDED, Answer.ABSENT})


@portal.get("/t/<key>")
@open_to_all
def ticket(key: str) -> ResponseReturnValue:
    """QR and code on white, who, when, where; or what became of the place."""
    found = _of(key)
    page = render_template("portal/ticket.html", **_about(found))
    answer = private(make_response(page))
    if _is_good(found):
        answer.headers["Cache-Control"] = KEPT
    return answer


@portal.get("/t/<key>/ticket.pdf")
@open_to_all
def ticket_print(key: str) -> ResponseReturnValue:
    """The same to print."""
    found = _of(key)
    if not _is_good(found):
        abort(404)
    try:
        data = ticket_file(db(), found, language(), datetime.now(UTC))
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("portal.event", event_id=found.view.id), 303)
    return private(pdf(data, f"ticket-{found.code}.pdf"))


@portal.get("/t/<key>/event.ics")
@open_to_all
def ticket_calendar(key: str) -> ResponseReturnValue:
    """The event for the guest's own calendar; opened again after a change, it replaces the entry of before."""
    found = _of(key)
    if not _is_good(found) and found.view.state is not State.CANCELLED:
        abort(404)
    answer = Response(event_entry(_appointment(found)), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="event-{found.view.id}.ics"'
    return private(answer)


@portal.route("/t/<key>/give-back", methods=["GET", "POST"])
@open_to_all
def ticket_give_back(key: str) -> ResponseReturnValue:
    """What giving the place back does, in words; then the button."""
    found, form, who = _of(key), ButtonForm(), member_or_none()
    if found.state is not Answer.GOING:
        return redirect(url_for("portal.ticket", key=key), 303)
    if who is not None and who != found.person_id:
        abort(404)
    if form.validate_on_submit():
        try:
            answer_mailed(db(), key, going=False, party=None, now=datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal)
            return refused(_give_back_page(found, form), refusal)
        return redirect(url_for("portal.ticket", key=key), 303)
    return _give_back_page(found, form)


def _of(key: str) -> Ticket:
    try:
        return ticket_by_key(db(), key)
    except NotFound:
        abort(404)


def _is_good(found: Ticket) -> bool:
    """Whether somebody is let in with it."""
    return found.view.state in {State.PUBLISHED, State.OVER} and found.state in HAS_PLACE


def _about(found: Ticket) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "ticket": found,
        "view": found.view,
        "code": in_groups(found.code),
        "is_good": _is_good(found),
        "is_past": found.view.is_past(now),
        "former": former_for(db(), found.view, found.answered_at, now),
        "is_own": member_or_none() == found.person_id,
        "words": words,
    }


def _give_back_page(found: Ticket, form: ButtonForm) -> Response:
    page = render_template(
        "portal/ticket_give_back.html", **_about(found), form=form, comes_back_words=comes_back(found.view.event)
    )
    return private(make_response(page, 422 if form.mistakes() else 200))


def _appointment(found: Ticket) -> Appointment:
    event = found.view.event
    address = url_for("portal.ticket", key=found.key, _external=True)
    where = ", ".join(part for part in (event.place, " ".join(event.address.split())) if part) or event.online_link
    told = [
        _("Ticket code: %(code)s", code=in_groups(found.code)),
        event.online_link,
        address,
    ]
    return Appointment(
        uid=event_uid(found.view.id, urlsplit(current_app.config["OWN_ORIGIN"]).hostname or ""),
        sequence=found.view.sequence,
        made_at=datetime.now(UTC),
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        summary=f"{in_language(event.title)}, {club_name()}",
        where=where,
        words="\n".join(part for part in told if part),
        address=address,
        is_cancelled=found.view.state is State.CANCELLED,
    )
