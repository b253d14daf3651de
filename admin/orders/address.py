"""The address of an order is put right, until its goods are on their way."""

from datetime import UTC, datetime

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.orders.acts import overtaken, seen_version, to_order
from club.errors import AddressMissing, MoveNotAllowed, NotFound, OrderChanged, Refusal
from club.orders.moves import require_move
from club.orders.reading import order_of
from club.orders.rules import Delivery, Move
from club.orders.service.correcting import Address, correct_address
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.visitors import staff


class AddressForm(Form):
    """Where a parcel goes and to whom. What it says is somebody else's: nothing is filled in by the browser."""

    full_name = TextField(_l("Name"), [Needed(_l("Enter the name."))], render_kw={"autocomplete": "off"})
    company = TextField(_l("Company"), render_kw={"autocomplete": "off"})
    address = TextField(_l("Street and number"), render_kw={"autocomplete": "off"})
    address_more = TextField(_l("Floor, door, entrance"), render_kw={"autocomplete": "off"})
    postcode = TextField(_l("Postcode"), longest=20, render_kw={"autocomplete": "off"})
    city = TextField(_l("Town"), longest=100, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), longest=40, render_kw={"autocomplete": "off", "inputmode": "tel"})

    def wanted(self) -> Address:
        """What was typed, as a value."""
        names = ("full_name", "company", "address", "address_more", "postcode", "city", "phone")
        return Address(**{name: self[name].data or "" for name in names})


@admin.route("/orders/<number>/address", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_ORDERS)
def orders_address(number: str) -> ResponseReturnValue:
    """Change it, with the right to see it."""
    found, who = order_of(db(), number), staff()
    if found.contact is None:
        raise NotFound
    try:
        require_move(Move.CHANGED, found.fulfilment, Delivery(found.delivery))
    except MoveNotAllowed as refusal:
        return overtaken(found, refusal)
    form = AddressForm(obj=found.contact)
    if form.validate_on_submit():
        try:
            is_changed = correct_address(
                db(), found.id, form.wanted(), who.account_id, who.role, datetime.now(UTC), seen_version=seen_version()
            )
        except AddressMissing as refusal:
            form.refuse(refusal, form.address if not form.address.data else form.city)
        except OrderChanged as refusal:
            form.refuse(refusal)
            found = order_of(db(), number)
        except Refusal as refusal:
            return overtaken(found, refusal)
        else:
            flash(_("The address is changed.") if is_changed else _("Nothing was changed."), "success")
            return to_order(found)
    return render_template("admin/orders_address.html", order=found, form=form), 422 if form.errors else 200
