"""What staff do about money: ask Stripe, send a refund again, tick off what was paid out or looked into."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.errors import Refusal
from club.payments import service
from club.payments.troubles import StripeTrouble
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.gateway import gateway
from web.messages import words_for
from web.visitors import staff


@admin.post("/money/orders/<int:order_id>/ask")
@staff_only(Permission.MANAGE_ORDERS)
def settle_order(order_id: int) -> ResponseReturnValue:
    """Ask Stripe now about everything that belongs to an order."""
    asked = gateway()
    if asked is None:
        flash(_("The club takes no cards: nobody can be asked."), "warning")
        return _back("payments")
    try:
        settled = service.settle(db(), order_id, asked, datetime.now(UTC), is_whole=True)
    except StripeTrouble:
        flash(_("Stripe does not answer at the moment. Nothing was changed."), "warning")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        said = _("Stripe was asked: the money of this order is here.")
        flash(said if settled.is_paid else _("Stripe was asked: there is no money for this order."), "success")
    return _back("payments")


@admin.post("/money/refunds/<int:refund_id>/again")
@staff_only(Permission.REFUND_ORDERS)
def money_refund_again(refund_id: int) -> ResponseReturnValue:
    """A refund that came back is tried once more."""
    return _do("refunds", lambda by, role, now: service.send_again(db(), refund_id, by, role, now),
               _("The refund goes out with the next round, within a minute."))  # fmt: skip


@admin.post("/money/refunds/<int:refund_id>/paid-out")
@staff_only(Permission.REFUND_ORDERS)
def money_refund_paid(refund_id: int) -> ResponseReturnValue:
    """The money was given back by hand."""
    return _do("refunds", lambda by, role, now: service.paid_out(db(), refund_id, by, role, now),
               _("Noted: the money was paid out."))  # fmt: skip


@admin.post("/money/messages/<int:event_id>/seen")
@staff_only(Permission.REFUND_ORDERS)
def money_message_seen(event_id: int) -> ResponseReturnValue:
    """Somebody looked into a message that was put aside."""
    return _do("messages", lambda by, role, now: service.seen_to(db(), event_id, by, role, now),
               _("Noted: this message was looked into."))  # fmt: skip


@admin.post("/money/invoices/<int:due_id>/paid")
@staff_only(Permission.REFUND_ORDERS)
def money_invoice_paid(due_id: int) -> ResponseReturnValue:
    """The money of an invoice has come."""
    return _do("credit", lambda by, role, now: service.invoice_paid(db(), due_id, by, role, now),
               _("Noted: the invoice is paid."))  # fmt: skip


def _do(view: str, act: Callable[..., None], said: str) -> ResponseReturnValue:
    who = staff()
    if Form().validate_on_submit():
        try:
            act(who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            flash(words_for(refusal), "danger")
        else:
            flash(said, "success")
    return _back(view)


def _back(view: str) -> ResponseReturnValue:
    if request.form.get("to") == "order" and request.form.get("number"):
        return redirect(url_for("admin.order", number=request.form["number"]), 303)
    return redirect(url_for("admin.money_credit") if view == "credit" else url_for("admin.money", view=view), 303)
