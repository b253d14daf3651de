"""An order is called off by staff, with a reason."""

from datetime import UTC, datetime

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.orders.acts import overtaken, to_order
from club.errors import MoveNotAllowed, Refusal
from club.orders.moves import LONGEST_REASON, require_move
from club.orders.reading import order_of
from club.orders.rules import Actor, Delivery, Move
from club.payments.listing import can_go_back
from club.payments.service import cancel
from club.payments.troubles import StripeTrouble
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import money
from web.forms import Form, Needed, TextAreaField
from web.gateway import gateway
from web.visitors import staff


class CancelForm(Form):
    """Why."""

    reason = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_REASON, rows=2)


@admin.route("/orders/<number>/cancel", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_ORDERS)
def orders_cancel(number: str) -> ResponseReturnValue:
    """First what goes back, then the button."""
    found, form, who = order_of(db(), number), CancelForm(), staff()
    try:
        require_move(Move.CANCELLED, found.fulfilment, Delivery(found.delivery))
    except MoveNotAllowed as refusal:
        return overtaken(found, refusal)
    if form.validate_on_submit():
        try:
            done = cancel(
                db(), found.id, Actor.STAFF, who.account_id, who.role, gateway(), datetime.now(UTC),
                form.reason.data or "",
            )  # fmt: skip
        except StripeTrouble:
            flash(_("Stripe does not answer at the moment. Nothing was changed."), "warning")
            return to_order(found)
        except Refusal as refusal:
            return overtaken(found, refusal)
        flash(_("The order is cancelled. The buyer gets a mail."), "success")
        if done.refund:
            flash(_("%(money)s goes back to the buyer.", money=money(done.refund)), "info")
        return to_order(found)
    return render_template(
        "admin/orders_cancel.html", order=found, form=form, back=can_go_back(db(), found.id)
    ), 422 if form.errors else 200
