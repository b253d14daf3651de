"""Staff give money of an order back although its goods stay with the buyer."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import Refusal
from club.orders.moves import LONGEST_REASON
from club.orders.reading import OrderView, order_of
from club.payments.listing import can_go_back
from club.permissions import Permission
from club.returns.service import give_money_back
from web.access import staff_only
from web.database import db
from web.forms import Form, MoneyField, Needed, OnceKeyField, TextAreaField, once
from web.refusing import refused
from web.visitors import staff


class MoneyBackForm(Form):
    """How much, and why."""

    amount = MoneyField(_l("Amount"), [Needed(_l("Enter how much goes back."))], least=1)
    why = TextAreaField(_l("Why"), [Needed(_l("Say why in a few words."))], longest=LONGEST_REASON, rows=2)
    key = OnceKeyField()


@admin.route("/orders/<number>/money-back", methods=["GET", "POST"])
@staff_only(Permission.REFUND_ORDERS)
def order_money_back(number: str) -> ResponseReturnValue:
    """What is left of the order's money, how much of it goes back, and why."""
    found, form, who = order_of(db(), number), MoneyBackForm(), staff()
    if not form.validate_on_submit():
        return _page(found, form), 422 if form.errors else 200
    try:
        give_money_back(
            db(), found.id, form.amount.data or 0, form.why.data or "", once(form.key.data or "", who.account_id),
            who.account_id, who.role, datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(order_of(db(), number), form), refusal)
    flash(_("Done. The buyer gets a mail with the paper about it."), "success")
    return redirect(url_for("admin.order", number=number), 303)


def _page(order: OrderView, form: MoneyBackForm) -> str:
    left = can_go_back(db(), order.id) + (order.account_due or 0)
    return render_template("admin/order_money_back.html", order=order, form=form, left=left)
