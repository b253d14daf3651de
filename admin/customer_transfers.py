"""Points that a customer passed on and got, and undoing it."""

from datetime import datetime

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.customer_points import LONGEST_WORDS
from club.members.models import the_member
from club.permissions import Permission
from club.transfers.models import the_transfer, transfers_of
from club.transfers.service import undo
from web.access import staff_only
from web.database import db
from web.formats import points
from web.forms import Needed, TextAreaField
from web.lists import PAGE, asked, page_of
from web.visitors import staff


class UndoForm(ConfirmForm):
    """Why."""

    why = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)


@admin.get("/customers/<int:person_id>/transfers")
@staff_only(Permission.ADJUST_POINTS)
def customers_transfers(person_id: int) -> ResponseReturnValue:
    """All of them, latest first."""
    member = the_member(db(), person_id)
    this = asked((), (), "")
    page = page_of(transfers_of(db(), person_id, PAGE + 1, this.offset), this)
    return render_template("admin/customers_transfers.html", member=member, page=page)


@admin.route("/customers/transfers/<int:transfer_id>/undo", methods=["GET", "POST"])
@staff_only(Permission.ADJUST_POINTS)
def customers_transfer_undo(transfer_id: int) -> ResponseReturnValue:
    """What undoing does, then doing it."""
    view = the_transfer(db(), transfer_id)

    def act(form: UndoForm, now: datetime) -> None:
        who = staff()
        back = undo(db(), transfer_id, form.why.data or "", who.account_id, who.role, now)
        flash(_("Undone: %(points)s are back.", points=points(back)), "success")

    def page(form: UndoForm) -> str:
        return render_template("admin/customers_transfer_undo.html", form=form, view=the_transfer(db(), transfer_id))

    to = url_for("admin.customers_transfers", person_id=view.from_id)
    return confirmed(UndoForm(), 0, act, page, to)
