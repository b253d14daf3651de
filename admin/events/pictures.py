"""Pictures of an event: its own, and photos that were taken there."""

from datetime import UTC, datetime
from pathlib import Path

from flask import current_app, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from admin import admin
from admin.events.acts import by
from admin.events.after import MOST_AT_ONCE, after_page, to_after
from admin.events.pictures_form import PicturesForm
from club.catalogue.pictures import MOST_BYTES
from club.errors import NotFound, Refusal
from club.events.models import the_event
from club.events.reading.pictures import images_of
from club.events.service.pictures import add_image, remove_image
from club.permissions import Permission
from club.settings import Settings
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.security import may_repeat


@admin.post("/events/<int:event_id>/pictures")
@staff_only(Permission.MANAGE_EVENTS)
@may_repeat("pictures")
def events_pictures(event_id: int) -> ResponseReturnValue:
    """Take in one or several pictures; what cannot be used is named and the others stay."""
    view, form = the_event(db(), event_id), PicturesForm()
    sent = [one for one in request.files.getlist("pictures") if one.filename]
    if not sent:
        form.pictures.errors = [_("Choose a JPEG, PNG or WebP picture.")]
    elif len(sent) > MOST_AT_ONCE:
        form.pictures.errors = [
            ngettext("At most %(num)d picture at once.", "At most %(num)d pictures at once.", MOST_AT_ONCE)
        ]
    elif form.validate():
        problems = _take(event_id, form, [one.stream.read(MOST_BYTES + 1) for one in sent])
        if not problems:
            flash(_("Taken in. The sizes are made within a minute."), "success")
            return to_after(event_id)
        form.pictures.errors = problems
    return after_page(view, upload=form), 422


@admin.post("/events/<int:event_id>/pictures/<int:image_id>/remove")
@staff_only(Permission.MANAGE_EVENTS)
def events_picture_remove(event_id: int, image_id: int) -> ResponseReturnValue:
    """Take a picture away."""
    if image_id not in {image.id for image in images_of(db(), [event_id]).get(event_id, [])}:
        raise NotFound
    remove_image(db(), _uploads(), image_id, *by(), datetime.now(UTC))
    flash(_("The picture is taken away."), "success")
    return to_after(event_id)


def _take(event_id: int, form: PicturesForm, sent: list[bytes]) -> list[str]:
    """What is wrong with those that were not taken in."""
    problems = []
    for given in sent:
        try:
            now = datetime.now(UTC)
            add_image(db(), _uploads(), event_id, given, form.alt(), *by(), now, is_photo=form.is_photo.data)
        except Refusal as refusal:
            problems.append(words_for(refusal))
    return problems


def _uploads() -> Path:
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path
