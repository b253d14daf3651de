"""Lists that are kept under a name."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from admin import admin
from admin.customers.asking import asked, query_of
from club.customers.models import the_view
from club.customers.rules import LONGEST_VIEW_NAME
from club.customers.service import delete_view, may_change, rename_view, save_view
from club.errors import NotAllowed, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.navigation import may_do
from web.visitors import staff


class ViewForm(Form):
    """What a view is called, and who sees it."""

    name = TextField(_l("Name of the view"), [Needed(_l("Enter a name for this view."))], longest=LONGEST_VIEW_NAME)
    for_all = BooleanField(_l("All colleagues see it"))


class NameForm(Form):
    """What a view is called."""

    name = TextField(_l("Name of the view"), [Needed(_l("Enter a name for this view."))], longest=LONGEST_VIEW_NAME)


@admin.route("/customers/views/new", methods=["GET", "POST"])
@staff_only(Permission.SEE_MEMBERS)
def customers_keep_view() -> ResponseReturnValue:
    """Keep the filters and the order of the address."""
    this, form, who = asked(), ViewForm(), staff()
    if form.validate_on_submit():
        try:
            save_view(
                db(), form.name.data, query_of(this), for_all=form.for_all.data, by=who.account_id, role=who.role,
                now=datetime.now(UTC),
            )  # fmt: skip
        except Refusal as refusal:
            form.refuse(refusal, form.name)
        else:
            flash(_("The view «%(name)s» is kept.", name=form.name.data), "success")
            return redirect(this.address(), 303)
    page = render_template(
        "admin/customers_keep_view.html", form=form, asked=this, may_share=may_do(Permission.KEEP_CUSTOMERS)
    )
    return page, 422 if form.errors or form.form_errors else 200


@admin.route("/customers/views/<int:view_id>", methods=["GET", "POST"])
@staff_only(Permission.SEE_MEMBERS)
def customers_view(view_id: int) -> ResponseReturnValue:
    """Rename a view, or delete it."""
    who = staff()
    view = the_view(db(), view_id, who.account_id)
    if not may_change(view, who.account_id, who.role):
        raise NotAllowed
    form = NameForm(name=view.name)
    if form.validate_on_submit():
        rename_view(db(), view_id, form.name.data, by=who.account_id, role=who.role, now=datetime.now(UTC))
        flash(_("The view is called «%(name)s» now.", name=form.name.data), "success")
        return redirect(f"{url_for('admin.customers')}?{view.query}", 303)
    return render_template("admin/customers_view.html", form=form, view=view), 422 if form.errors else 200


@admin.post("/customers/views/<int:view_id>/delete")
@staff_only(Permission.SEE_MEMBERS)
def customers_delete_view(view_id: int) -> ResponseReturnValue:
    """Forget a view; nobody in it changes."""
    who = staff()
    delete_view(db(), view_id, by=who.account_id, role=who.role, now=datetime.now(UTC))
    flash(_("The view is deleted. The customers in it stay as they are."), "success")
    return redirect(url_for("admin.customers"), 303)
