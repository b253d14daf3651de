"""Ways of delivery: the list in its order, and one way with its prices."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.delivery.fields import seen_version, weight
from admin.delivery.form import KINDS, MORE_ROWS, MethodForm, given, rows_sent, with_rows
from club.delivery.checks import MOST_PRICES
from club.delivery.quoting import ways
from club.delivery.rules import Kind, Method
from club.delivery.service import add_method, change_method, move_method
from club.errors import ChangedMeanwhile, Refusal
from club.permissions import Permission
from club.texts import Texts
from web.access import staff_only
from web.database import db
from web.visitors import staff

EMPTY = Method(kind=Kind.SHIP, name=Texts({}), words=Texts({}))


@admin.get("/shop/delivery")
@staff_only(Permission.EDIT_SHOP)
def delivery() -> ResponseReturnValue:
    """All ways in the order in which the checkout offers them."""
    known = ways(db())
    zones = {zone.id: zone.name for zone in known.zones}
    return render_template("admin/delivery.html", methods=known.methods, zones=zones, kinds=KINDS, weight=weight)


@admin.route("/shop/delivery/new", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
def delivery_new() -> ResponseReturnValue:
    """One more way."""
    form = _form(EMPTY)
    if _is_saved(form):
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            add_method(db(), form.method(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("The way of delivery is made."), "success")
            return redirect(url_for("admin.delivery"), 303)
    return _page(form, None), 422 if form.mistakes() else 200


@admin.route("/shop/delivery/<int:method_id>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
def delivery_edit(method_id: int) -> ResponseReturnValue:
    """Change a way and its prices."""
    method = ways(db()).method(method_id)
    form = _form(method)
    if _is_saved(form):
        who, now = staff(), datetime.now(UTC)
        assert who.role is not None  # the door let nobody else in
        seen = seen_version(form.version.data)
        try:
            change_method(db(), method_id, form.method(), seen, who.account_id, who.role, now)
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            form.version.data = str(ways(db()).method(method_id).version)
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("admin.delivery", _anchor=f"way-{method_id}"), 303)
    return _page(form, method), 422 if form.mistakes() else 200


@admin.post("/shop/delivery/<int:method_id>/<any(up, down):act>")
@staff_only(Permission.EDIT_SHOP)
def delivery_act(method_id: int, act: str) -> ResponseReturnValue:
    """Move a way in the list."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    move_method(db(), method_id, -1 if act == "up" else 1, who.account_id, who.role, datetime.now(UTC))
    return redirect(url_for("admin.delivery", _anchor=f"way-{method_id}"), 303)


def _form(method: Method) -> MethodForm:
    """As many prices as there are, and room for more."""
    rows = rows_sent(list(request.form)) or len(method.prices) + MORE_ROWS
    if request.form.get("do") == "more":
        rows += MORE_ROWS
    form = with_rows(min(rows, MOST_PRICES))(**given(method))
    form.offer(ways(db()).zones)
    return form


def _is_saved(form: MethodForm) -> bool:
    """Whether the button was pressed that saves, and what was typed can be read."""
    return request.form.get("do") != "more" and form.validate_on_submit()


def _page(form: MethodForm, method: Method | None) -> str:
    return render_template(
        "admin/delivery_edit.html", form=form, method=method, zones=ways(db()).zones, most=MOST_PRICES
    )
