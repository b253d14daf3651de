"""Cartons: the sizes that lie ready; packing slips say which of them an order needs."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.delivery.cartons import Carton, cartons
from club.delivery.service.cartons import MOST_GRAMS, MOST_PIECES, add_carton, remove_carton
from club.errors import BadDelivery, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField, WholeNumberField
from web.visitors import staff

LONGEST_NAME = 80


class CartonForm(Form):
    """One size."""

    name = TextField(
        _l("Name of the carton"), [Needed(_l("Enter a name."))], longest=LONGEST_NAME,
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    pieces = WholeNumberField(_l("Pieces that go into it"), [Needed(_l("Enter a number."))], least=1, most=MOST_PIECES)
    most_grams = WholeNumberField(
        _l("Most weight of goods, in grams"), [Needed(_l("Enter a number."))], least=1, most=MOST_GRAMS
    )
    own_grams = WholeNumberField(_l("Weight of the empty carton, in grams"), most=MOST_GRAMS)

    def carton(self) -> Carton:
        """What was typed, as a value."""
        return Carton(
            name=self.name.data or "",
            pieces=self.pieces.data or 0,
            most_grams=self.most_grams.data or 0,
            own_grams=self.own_grams.data or 0,
        )


@admin.route("/shop/cartons", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
def delivery_cartons() -> ResponseReturnValue:
    """All sizes, and one more."""
    form = CartonForm()
    if form.validate_on_submit():
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            add_carton(db(), form.carton(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal, form.name if isinstance(refusal, BadDelivery) else None)
        else:
            flash(_("The carton is added. Packing slips name it from now on."), "success")
            return redirect(url_for("admin.delivery_cartons"), 303)
    page = render_template("admin/delivery_cartons.html", form=form, cartons=cartons(db()))
    return page, 422 if form.mistakes() else 200


@admin.post("/shop/cartons/<int:carton_id>/remove")
@staff_only(Permission.EDIT_SHOP)
def delivery_cartons_remove(carton_id: int) -> ResponseReturnValue:
    """Take one out that is not used any more."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    remove_carton(db(), carton_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The carton is removed."), "success")
    return redirect(url_for("admin.delivery_cartons"), 303)
