"""Changing a note or the summary of a call, and what stands on top of the page."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.customer.words import DIRECTIONS, KINDS
from club.care.models import Written, the_entry
from club.care.rules import LONGEST_SUMMARY
from club.care.service import edit_entry, may_edit, pin_entry
from club.errors import NotAllowed, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextAreaField
from web.refusing import refused
from web.visitors import staff


class EntryForm(Form):
    """Other words for the same thing."""

    summary = TextAreaField(
        _l("What was said"), [Needed(_l("Write a few words first."))], longest=LONGEST_SUMMARY, rows=6
    )


@admin.route("/customers/entries/<int:entry_id>", methods=["GET", "POST"])
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_entry(entry_id: int) -> ResponseReturnValue:
    """Change what stands there; what stood there before stays in the log."""
    entry, who = the_entry(db(), entry_id), staff()
    form = EntryForm(summary=entry.summary)
    if form.validate_on_submit():
        try:
            edit_entry(db(), entry_id, form.summary.data or "", who.account_id, who.role, datetime.now(UTC))
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.refuse(refusal, form.summary)
            return refused(_page(entry, form), refusal)
        flash(_("Changed. What stood there before is kept in the log."), "success")
        return redirect(url_for("admin.customers_one", person_id=entry.person_id), 303)
    return _page(entry, form), 422 if form.errors else 200


@admin.post("/customers/entries/<int:entry_id>/pin")
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_pin(entry_id: int) -> ResponseReturnValue:
    """Keep it on top of the page, or let it go."""
    who = staff()
    is_pinned = request.form.get("pinned") == "yes"
    person_id = pin_entry(db(), entry_id, is_pinned, who.account_id, who.role, datetime.now(UTC))
    return redirect(url_for("admin.customers_one", person_id=person_id), 303)


def _page(entry: Written, form: EntryForm) -> str:
    return render_template(
        "admin/customers_entry.html",
        entry=entry,
        form=form,
        may_change=may_edit(entry.by, staff().account_id, staff().role),
        kinds=KINDS,
        directions=DIRECTIONS,
    )
