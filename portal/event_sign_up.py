"""Strangers at a public event: they sign up, open the mailed link, press its button."""

from datetime import UTC, datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from club.errors import LinkExpired, NotFound, Refusal, TooManyTries
from club.events.models import EventView, the_event
from club.events.rules import Party
from club.events.service import strangers
from portal import portal
from portal.event_forms import SignUpForm, party_form, wants_another_row
from portal.event_view import member_or_none, public_page, shown_to_all
from portal.signin import ButtonForm, private
from web import event_words as words
from web.access import open_to_all
from web.database import db
from web.languages import language
from web.refusing import refused
from web.visitors import asking


@portal.post("/events/<int:event_id>/sign-up")
@open_to_all
def event_sign_up(event_id: int) -> ResponseReturnValue:
    """The answer is the same for known and unknown addresses, and for programs that fill in everything."""
    if member_or_none() is not None:
        return redirect(url_for("portal.event", event_id=event_id), 303)
    view = shown_to_all(event_id)
    form = party_form(view.event, Party(), SignUpForm)
    assert isinstance(form, SignUpForm)
    if wants_another_row() or not form.validate_on_submit():
        return public_page(view, form)
    if not form.website.data:
        who = strangers.Stranger(
            form.name.data or "", form.email.data or "", language(), wants_news=bool(form.news.data)
        )
        try:
            strangers.ask_for_place(db(), event_id, who, form.party(), asking(), datetime.now(UTC))
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
            return refused(public_page(view, form), refusal)
    return redirect(url_for("portal.event_signed_up", event_id=event_id), 303)


@portal.get("/events/<int:event_id>/check-your-mail")
@open_to_all
def event_signed_up(event_id: int) -> ResponseReturnValue:
    """The place is theirs once they have opened the mail and pressed its button."""
    return render_template("portal/event_signed_up.html", view=shown_to_all(event_id))


@portal.route("/events/confirm/<token>", methods=["GET", "POST"])
@open_to_all
def event_confirm(token: str) -> ResponseReturnValue:
    """The mailed link opens a ready page; its button makes the person and gives the place."""
    now, form = datetime.now(UTC), ButtonForm()
    try:
        waiting = strangers.waiting_for(db(), token, now)
        view = None if waiting.event_id is None else the_event(db(), waiting.event_id)
        if form.validate_on_submit():
            done = strangers.confirm(db(), token, asking(), now)
            return redirect(url_for("portal.ticket", key=done.key) if done else url_for("portal.events_hears"), 303)
    except (LinkExpired, TooManyTries) as refusal:
        page = private(render_template("portal/event_link_expired.html"), 410)
        return refused(page, refusal) if isinstance(refusal, TooManyTries) else page
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(private(_ready(form, view)), refusal)
    return private(_ready(form, view), 422 if form.errors else 200)


@portal.get("/events/hears")
@open_to_all
def events_hears() -> ResponseReturnValue:
    """Whoever wanted to hear of the next programme will."""
    return render_template("portal/events_hears.html")


def _ready(form: ButtonForm, view: EventView | None) -> str:
    return render_template("portal/event_confirm.html", form=form, view=view, words=words)
