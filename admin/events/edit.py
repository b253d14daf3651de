"""Writing an event: the form, beside it how members read it; who is in the way when seats are taken away."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.events.examples import usual
from admin.events.form import EventForm, filled_from, form_for
from club.errors import BadEvent, ChangedMeanwhile, Refusal, SeatsBelowTaken
from club.events.models import EventView, the_event
from club.events.reading.desk import last_to_answer
from club.events.rules import Event, Kind, State
from club.events.service import add_event, change_event
from club.permissions import Permission
from club.tiers.models import ladder_on
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.forms import once
from web.languages import OWN_NAMES, in_language
from web.programme import programme, today
from web.visitors import staff

SHOW = "show"
MOST_NAMED = 20


@admin.route("/events/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_new() -> ResponseReturnValue:
    """One more event, as a draft; `kind` fills in what is usual for it."""
    return _edited(None)


@admin.route("/events/<int:event_id>/edit", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_edit(event_id: int) -> ResponseReturnValue:
    """Change an event; whoever comes is told when its time or place moves."""
    view = the_event(db(), event_id)
    if view.state not in {State.DRAFT, State.PUBLISHED}:
        return redirect(url_for("admin.events_one", event_id=event_id), 303)
    return _edited(view)


def _edited(view: EventView | None) -> ResponseReturnValue:
    form = _form_of(view)
    if not form.is_submitted():
        return _page(form, view, view.event if view else None)
    event = _typed(form, view)
    if event is None:
        return _page(form, view, None), 422
    if request.form.get("do") == SHOW:
        return _page(form, view, event)
    try:
        event_id = _save(form, event, view)
    except SeatsBelowTaken as refusal:
        form.refuse(refusal, form.seats)
        return _page(form, view, event, over=refusal.taken - event.seats), 422
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        assert view is not None  # nobody else changes what is not there
        form.version.data = str(view.version)  # saving again puts this form in place of theirs
        return _page(form, view, event), 422
    except Refusal as refusal:
        form.show_refusal(refusal)
        return _page(form, view, event), 422
    if view is not None and view.state is State.PUBLISHED:
        flash(_("Saved. People see it from now on."), "success")
    else:
        flash(_("Saved as a draft. Nobody outside sees it before it is published."), "success")
    return redirect(url_for("admin.events_one", event_id=event_id), 303)


def _form_of(view: EventView | None) -> EventForm:
    rungs = ladder_on(db(), today()).ladder.rungs
    kind = form_for(tuple((rung.key, in_language(rung.name)) for rung in rungs))
    form = kind(**(filled_from(view.event, view.version) if view else _usual()))
    form.offer_choices(rungs, view.event.rung_key if view else None)
    if view is not None:
        del form.key  # what is there already is told by its version
    if view is not None and view.state is State.PUBLISHED:
        del form.points  # what a place costs stays as people saw it
    return form


def _usual() -> dict[str, object]:
    asked = request.args.get("kind", "")
    return usual(Kind(asked) if asked in set(Kind) else Kind.SOCIAL, today())


def _typed(form: EventForm, view: EventView | None) -> Event | None:
    """What was typed, or None with the complaints at their fields."""
    is_right = form.validate()
    language = programme().main_language
    title = form[f"title_{language}"]
    if not title.data and not title.errors:
        title.errors = [_("Enter the title in %(language)s.", language=OWN_NAMES[language])]
        is_right = False
    if not is_right:
        return None
    event = form.event(view.event.points if view and view.state is State.PUBLISHED else None)
    if event is None:
        return None
    if view is not None:  # shares and windows of tiers that are not on the ladder any more stay
        gone = {key: seats for key, seats in view.event.quotas.items() if key not in form.keys}
        event = replace(event, quotas={**gone, **event.quotas})
    try:
        event.check()
    except BadEvent as refusal:
        form.show_refusal(refusal)
        return None
    return event


def _save(form: EventForm, event: Event, view: EventView | None) -> int:
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    if view is None:
        content = once(f"{form.key.data}:{event!r}", who.account_id)  # typed anew on the same page, it is another one
        return add_event(db(), event, who.account_id, who.role, now, content=content)
    change_event(db(), view.id, event, form.seen_version, who.account_id, who.role, now)
    return view.id


def _page(form: EventForm, view: EventView | None, shown: Event | None, over: int = 0) -> str:
    return render_template(
        "admin/events_edit.html",
        form=form,
        view=view,
        shown=shown,
        too_many=last_to_answer(db(), view.id, min(over, MOST_NAMED)) if view and over > 0 else [],
        words=words,
    )
