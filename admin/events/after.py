"""What is left of an event: who came, what it cost and brought, photos, what is said afterwards."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from admin.delivery.fields import seen_version
from admin.events.acts import by
from admin.events.pictures_form import PicturesForm
from club.errors import BadEvent, ChangedMeanwhile, Refusal
from club.events import service
from club.events.models import EventView, the_event
from club.events.reading.after import result_of
from club.events.reading.pictures import images_of
from club.events.rules import LONGEST_LINK, LONGEST_WORDS, State
from club.money import LARGEST_AMOUNT
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.forms import Form, MoneyField, TextAreaField, TextField
from web.languages import OWN_NAMES
from web.refusing import refused

MOST_AT_ONCE = 4
"""So many of the largest fit into one request."""


def _lines(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    return TextAreaField(OWN_NAMES[language], longest=LONGEST_WORDS, rows=3, render_kw=look)


class AfterForm(Form):
    """What is said afterwards, the survey, what it cost."""

    after_en, after_es, after_ru = _lines("en"), _lines("es"), _lines("ru")
    survey_link = TextField(_l("Link to a survey"), longest=LONGEST_LINK, render_kw={"inputmode": "url"})
    cost = MoneyField(_l("What it costs the club"), most=LARGEST_AMOUNT)
    version = HiddenField()


@admin.route("/events/<int:event_id>/after", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_EVENTS)
def events_after(event_id: int) -> ResponseReturnValue:
    """How it went; sent, what is said afterwards is kept."""
    view = the_event(db(), event_id)
    form = AfterForm(**_given(view))
    if not form.validate_on_submit():
        return after_page(view, form), 422 if form.errors else 200
    event = replace(
        view.event,
        after=Texts({language: form[f"after_{language}"].data or "" for language in LANGUAGES}),
        survey_link=form.survey_link.data or "",
        cost=form.cost.data,
    )
    try:
        service.change_event(db(), event_id, event, seen_version(form.version.data), *by(), datetime.now(UTC))
    except BadEvent as refusal:
        form.refuse(refusal, form.survey_link)
        return refused(after_page(view, form), refusal)
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        form.version.data = str(view.version)  # saving again puts this form in place of theirs
        return refused(after_page(view, form), refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(after_page(view, form), refusal)
    flash(_("Saved."), "success")
    return to_after(event_id)


def _given(view: EventView) -> dict[str, object]:
    event = view.event
    texts = {f"after_{language}": event.after.get(language, "") for language in LANGUAGES}
    return {**texts, "survey_link": event.survey_link, "cost": event.cost, "version": str(view.version)}


def after_page(view: EventView, form: AfterForm | None = None, upload: PicturesForm | None = None) -> str:
    """How it went, with one of its two forms as it was sent."""
    has_begun = view.event.starts_at <= datetime.now(UTC)
    return render_template(
        "admin/events_after.html",
        view=view,
        form=form or AfterForm(formdata=None, data=_given(view)),
        upload=upload or PicturesForm(formdata=None, data={"is_photo": has_begun}),
        images=images_of(db(), [view.id]).get(view.id, []),
        most_at_once=MOST_AT_ONCE,
        result=result_of(db(), view.id),
        is_over=view.state is State.OVER,
        has_begun=has_begun,
        words=words,
    )


def to_after(event_id: int) -> ResponseReturnValue:
    """Back to it."""
    return redirect(url_for("admin.events_after", event_id=event_id), 303)
