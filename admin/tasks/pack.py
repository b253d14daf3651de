"""The hand-over pack: everything that a successor has to know, to print."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from admin import admin
from admin.customer.words import DIRECTIONS, KINDS, SOURCES, TO_DO, how_late
from club.care.models import hand_over_pack, staff_names
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.programme import today

MOST_CUSTOMERS = 200


@admin.get("/tasks/pack/<int:account_id>")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_pack(account_id: int) -> ResponseReturnValue:
    """Each customer with open tasks and promises, pinned notes and the last contacts."""
    names = staff_names(db())
    if account_id not in names:
        abort(404)
    return render_template(
        "admin/tasks_pack.html",
        name=names[account_id],
        names=names,
        pack=hand_over_pack(db(), account_id, MOST_CUSTOMERS),
        most=MOST_CUSTOMERS,
        today=today(),
        account_id=account_id,
        KINDS=KINDS,
        DIRECTIONS=DIRECTIONS,
        SOURCES=SOURCES,
        TO_DO=TO_DO,
        how_late=how_late,
    )
