"""Publishing an event, calling it off, writing another one like it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.delivery.fields import seen_version
from admin.events.fields import moment_in
from club.events import service
from club.events.models import the_event
from club.events.reading.desk import called_off
from club.events.reading.pictures import first_pictures
from club.events.rules import LONGEST_NOTE, Event, State
from club.permissions import Permission, Role
from club.texts import LANGUAGES
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.forms import Needed, TextField
from web.programme import programme
from web.visitors import staff

A_MONTH = timedelta(days=28)
"""A copy takes place so much later, on the same day of the week."""


class CancelForm(ConfirmForm):
    """The button, and why."""

    why = TextField(_l("Why"), [Needed(_l("Say why, for colleagues who are asked."))], longest=LONGEST_NOTE)


@admin.route("/events/<int:event_id>/publish", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_publish(event_id: int) -> ResponseReturnValue:
    """What publishing means, in words; then the button."""
    view = the_event(db(), event_id)
    if view.state is not State.DRAFT:
        return _to(event_id)

    def act(form: ConfirmForm, now: datetime) -> None:
        service.publish(db(), event_id, seen_version(form.version.data), *by(), now)
        flash(_("Published. Invite whom it is for."), "success")

    def page(form: ConfirmForm) -> str:
        return render_template(
            "admin/events_publish.html",
            form=form,
            view=view,
            image=first_pictures(db(), [event_id]).get(event_id),
            lacks=_lacks(view.event, datetime.now(UTC)),
            words=words,
        )

    return confirmed(ConfirmForm(version=str(view.version)), view.version, act, page, _address(event_id))


@admin.route("/events/<int:event_id>/cancel", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_cancel(event_id: int) -> ResponseReturnValue:
    """Who is told and what comes back when it is called off; then the button."""
    view = the_event(db(), event_id)
    if view.state is not State.PUBLISHED:
        return _to(event_id)

    def act(form: CancelForm, now: datetime) -> None:
        service.cancel_event(db(), event_id, form.why.data or "", *by(), now)
        flash(_("Called off. Mails to whoever was coming are on their way."), "success")

    def page(form: CancelForm) -> str:
        means = called_off(db(), event_id)
        return render_template("admin/events_cancel.html", form=form, view=view, means=means, words=words)

    return confirmed(CancelForm(version=str(view.version)), view.version, act, page, _address(event_id))


@admin.post("/events/<int:event_id>/copy")
@staff_only(Permission.MANAGE_EVENTS)
def events_copy(event_id: int) -> ResponseReturnValue:
    """A draft like this one, some weeks later, to be changed before it is published."""
    view, now = the_event(db(), event_id), datetime.now(UTC)
    copied = service.copy_event(db(), event_id, _later(view.event.starts_at, now), *by(), now)
    flash(_("This is a copy, as a draft. Look at its days first."), "success")
    return redirect(url_for("admin.events_edit", event_id=copied), 303)


def by() -> tuple[int, Role]:
    """Who acts, and as what."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    return who.account_id, who.role


def _later(starts_at: datetime, now: datetime) -> datetime:
    """The same weekday and hour four weeks on, or as many more as it takes to lie ahead."""
    zone = programme().time_zone
    local = starts_at.astimezone(ZoneInfo(zone))
    weeks = max(1, -(-(now - starts_at) // A_MONTH)) if now > starts_at else 1
    return moment_in(local.date() + weeks * A_MONTH, local.time(), zone) or starts_at + weeks * A_MONTH


def _to(event_id: int) -> ResponseReturnValue:
    return redirect(_address(event_id), 303)


def _address(event_id: int) -> str:
    return url_for("admin.events_one", event_id=event_id)


def _lacks(event: Event, now: datetime) -> list[str]:
    """What one should look at before people see it."""
    found = []
    if event.last_moment <= now:
        found.append(_("The time to answer is over already: nobody could book."))
    if not event.place and not event.online_link:
        found.append(_("It says neither a place nor a link to take part online."))
    if not event.words:
        found.append(_("It says only its title, not what awaits one."))
    if sum(len(LANGUAGES) - len(text) for text in (event.title, event.words, event.programme) if text):
        found.append(_("Not every text is there in all languages; there the text in another language is shown."))
    return found
