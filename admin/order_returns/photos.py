"""Photos of goods that are not as they should be, for whoever decides about the return."""

from flask import Response
from flask.typing import ResponseReturnValue

from admin import admin
from club.permissions import Permission
from club.returns.service.photos import photo_of
from web.access import staff_only
from web.database import db
from web.papers import uploads


@admin.get("/returns/<int:case_id>/photos/<int:photo_id>")
@staff_only(Permission.MANAGE_ORDERS)
def return_photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    """One photo of a case."""
    answer = Response(photo_of(db(), uploads(), case_id, photo_id), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "no-store"
    return answer
