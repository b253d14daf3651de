"""A member's own photo: put there, looked at, taken away."""

from datetime import UTC, datetime

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.catalogue.pictures import MOST_BYTES
from club.errors import Refusal
from club.profile.photo import photo_of, put_photo, remove_photo
from portal import portal
from portal.profile import PhotoForm, account_id, photo_refused
from portal.signin import ButtonForm
from web.access import members_only
from web.database import db
from web.papers import uploads
from web.payment_pages import private
from web.visitors import member_id


@portal.get("/me/profile/photo")
@members_only
def profile_photo() -> ResponseReturnValue:
    """The picture itself, for its owner."""
    return private(Response(photo_of(db(), uploads(), member_id()), mimetype="image/jpeg"))


@portal.post("/me/profile/photo")
@members_only
def profile_photo_put() -> ResponseReturnValue:
    """Keep it; what cannot be used is said beside the field."""
    form, now = PhotoForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return photo_refused(form), 422
    sent = form.photo.data.stream.read(MOST_BYTES + 1)
    try:
        put_photo(db(), uploads(), member_id(), sent, by=account_id(), address=request.remote_addr or "", now=now)
    except Refusal as refusal:
        form.refuse(refusal, form.photo)
        return photo_refused(form), 422
    flash(_("Your photo is here."), "success")
    return redirect(url_for("portal.profile", _anchor="picture"), 303)


@portal.post("/me/profile/photo/remove")
@members_only
def profile_photo_remove() -> ResponseReturnValue:
    """Nobody sees it any more."""
    if ButtonForm().validate_on_submit():
        remove_photo(db(), uploads(), member_id(), by=account_id(), now=datetime.now(UTC))
        flash(_("Your photo is removed."), "success")
    return redirect(url_for("portal.profile", _anchor="picture"), 303)
