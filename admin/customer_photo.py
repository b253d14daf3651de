"""The photo that a member gave, for staff who meet them."""

from flask import Response
from flask.typing import ResponseReturnValue

from admin import admin
from club.members.models import the_person
from club.permissions import Permission
from club.profile.photo import photo_of
from web.access import staff_only
from web.database import db
from web.papers import uploads
from web.payment_pages import private


@admin.get("/customers/<int:person_id>/photo")
@staff_only(Permission.SEE_CONTACT)
def customers_photo(person_id: int) -> ResponseReturnValue:
    """The picture itself."""
    person = the_person(db(), person_id)
    return private(Response(photo_of(db(), uploads(), person.person_id), mimetype="image/jpeg"))
