"""The stock of one variant: its figures, its log, arrivals and losses, and from when on it is low."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.stock import product_words
from club.accounts.models import names_of_accounts
from club.catalogue.rules.products import MOST_QUANTITY
from club.catalogue.rules.stock import Reason
from club.catalogue.service.counting import LONGEST_WHY
from club.catalogue.service.stock import move_stock, set_limits
from club.catalogue.shelves import Counted, stock_of
from club.catalogue.stocks import movements_of
from club.errors import NotFound, Refusal
from club.permissions import Permission
from web import lists
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField, WholeNumberField
from web.languages import language
from web.visitors import staff

REASONS: dict[Reason, Any] = {
    Reason.ARRIVAL: _l("Arrived"),
    Reason.COUNT: _l("Counted"),
    Reason.SALE: _l("Sold"),
    Reason.RETURN: _l("Given back"),
    Reason.DAMAGE: _l("Broken or lost"),
    Reason.CORRECTION: _l("Put right"),
}
ARRIVED, LOST, MORE, LESS, COUNTED = "arrived", "lost", "more", "less", "counted"
ACTS: dict[str, tuple[Any, Reason, int]] = {
    ARRIVED: (_l("Arrived from the supplier"), Reason.ARRIVAL, 1),
    LOST: (_l("Broken, lost or used"), Reason.DAMAGE, -1),
    COUNTED: (_l("Counted: so many are there"), Reason.COUNT, 1),
    MORE: (_l("Put right: so many more"), Reason.CORRECTION, 1),
    LESS: (_l("Put right: so many fewer"), Reason.CORRECTION, -1),
}
"""What staff may write: in words, as a reason, and whether the number adds or takes away."""


class MoveForm(Form):
    """Goods that came or went."""

    what = SelectField(_l("What happened"), choices=[SelectChoice(key, act[0]) for key, act in ACTS.items()])
    quantity = WholeNumberField(_l("How many"), [Needed(_l("Enter how many."))], most=MOST_QUANTITY)
    why = TextField(_l("Why, or the number of the delivery note"), longest=LONGEST_WHY)


class LimitsForm(Form):
    """From when on it is low, and how many can be ordered before they come."""

    low_mark = WholeNumberField(_l("Low from so many on"), most=MOST_QUANTITY)
    back_order_limit = WholeNumberField(_l("So many can be ordered ahead"), most=MOST_QUANTITY)
    is_counted = BooleanField(_l("It is counted"))


@admin.route("/stock/<int:variant_id>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STOCK)
def stock_one(variant_id: int) -> ResponseReturnValue:
    """The figures and the log of a variant; sent, one more movement."""
    row, form = _row(variant_id), MoveForm()
    if not form.validate_on_submit():
        return _page(row, form), 422 if form.errors else 200
    who = staff()
    assert who.role is not None  # the door let nobody else in
    _words, reason, sign = ACTS[form.what.data]
    try:
        move_stock(
            db(), variant_id, reason, sign * (form.quantity.data or 0), who.account_id, who.role, datetime.now(UTC),
            form.why.data or "",
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal, form.quantity)
        return _page(row, form), 422
    flash(_("Written down."), "success")
    return redirect(url_for("admin.stock_one", variant_id=variant_id), 303)


@admin.post("/stock/<int:variant_id>/limits")
@staff_only(Permission.MANAGE_STOCK)
def stock_limits(variant_id: int) -> ResponseReturnValue:
    """Low mark, ordering ahead, and whether it is counted."""
    row, form = _row(variant_id), LimitsForm()
    if not form.validate():
        return _page(row, MoveForm(formdata=None), form), 422
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        set_limits(
            db(), variant_id, back_order_limit=form.back_order_limit.data or 0, low_mark=form.low_mark.data or 0,
            is_counted=bool(form.is_counted.data), by=who.account_id, role=who.role, now=datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(row, MoveForm(formdata=None), form), 422
    flash(_("Saved."), "success")
    return redirect(url_for("admin.stock_one", variant_id=variant_id), 303)


def _row(variant_id: int) -> Counted:
    rows = stock_of(db(), [variant_id], language())
    if not rows:
        raise NotFound
    return rows[0]


def _page(row: Counted, form: MoveForm, limits: LimitsForm | None = None) -> str:
    this = lists.asked((), (), "")
    moved = movements_of(db(), row.variant_id, lists.PAGE + 1, this.offset)
    level = row.level
    given = {"low_mark": level.low_mark, "back_order_limit": level.back_order_limit, "is_counted": level.is_counted}
    return render_template(
        "admin/stock_one.html",
        row=row,
        form=form,
        limits=limits or LimitsForm(formdata=None, data=given),
        page=lists.page_of(moved, this),
        names=names_of_accounts(db(), [one.by for one in moved if one.by is not None]),
        reasons=REASONS,
        heading=product_words(row),
    )
