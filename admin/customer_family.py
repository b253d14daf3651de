"""The family that a customer named; minors only for those who keep members' data."""

from flask import render_template
from flask.typing import ResponseReturnValue

from admin import admin
from club.family.models import family_of
from club.members.models import the_member
from club.permissions import Permission, may
from web.access import staff_only
from web.database import db
from web.family_words import RELATIONS
from web.programme import today
from web.visitors import staff


@admin.get("/customers/<int:person_id>/family")
@staff_only(Permission.SEE_CONTACT)
def customers_family(person_id: int) -> ResponseReturnValue:
    """Names, relations, birthdays."""
    member, named = the_member(db(), person_id), family_of(db(), person_id, today())
    shown = [one for one in named if not one.is_minor or may(staff().role, Permission.EDIT_MEMBERS)]
    return render_template(
        "admin/customers_family.html",
        member=member,
        family=shown,
        hidden=len(named) - len(shown),
        relations=RELATIONS,
    )
