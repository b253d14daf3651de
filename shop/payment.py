"""What Stripe tells us, and where a buyer comes back to from the payment page."""

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.orders.reading import OrderView
from club.orders.rules import PayBy, State
from club.payments import service
from club.payments.service import Heard, Settled
from club.payments.troubles import StripeTrouble
from club.signed import ForgedMessage
from shop import shop
from shop.theirs import their_order
from web.access import open_to_all
from web.database import db
from web.forms import Form
from web.gateway import gateway
from web.payment_pages import leads_to_payment, private
from web.security import body_of_at_most, csrf

log = logging.getLogger(__name__)

LARGEST_MESSAGE_BYTES = 256 * 1024

REFUSED: dict[str, Any] = {
    "insufficient_funds": _l("The card has too little money on it."),
    "expired_card": _l("The card has expired."),
    "incorrect_cvc": _l("The security code was not right."),
    "lost_card": _l("The bank does not accept this card."),
    "stolen_card": _l("The bank does not accept this card."),
}
"""Why a bank said no, where saying it helps; else only that it did."""


@shop.post("/payments/stripe")
@csrf.exempt
@open_to_all
def webhook() -> ResponseReturnValue:
    """A message of Stripe. 2xx only once it is taken in; whatever else lets Stripe send it again."""
    asked = gateway()
    if asked is None:
        abort(404)
    body, now = body_of_at_most(LARGEST_MESSAGE_BYTES), datetime.now(UTC)
    try:
        event = asked.verify_webhook(body, request.headers.get("Stripe-Signature", ""), now)
    except ForgedMessage as forged:
        log.warning("a message in Stripe's name was refused: %s", forged)
        return _said("not accepted", 400)
    try:
        heard = service.hear(db(), event, asked, now)
    except StripeTrouble as trouble:
        log.warning("event %s has to wait: %s", event.id, trouble)
        return _said("later", 503)
    return _said(heard.value, 503 if heard is Heard.TOO_EARLY else 200)


@shop.get("/orders/<key>/payment")
@open_to_all
def payment_return(key: str) -> ResponseReturnValue:
    """Back from the payment page, or looked at later: what is known, without asking anybody."""
    order, settled = _order(key)
    if order.state in {State.PLACED, State.DONE}:
        return redirect(url_for("shop.thanks", key=key), 303)
    return private(leads_to_payment(_page(order, settled)))


@shop.post("/orders/<key>/payment")
@open_to_all
def payment_look(key: str) -> ResponseReturnValue:
    """Ask Stripe now."""
    order, _known = _order(key)
    asked = gateway()
    if asked is not None and Form().validate_on_submit():
        try:
            service.settle(db(), order.id, asked, datetime.now(UTC))
        except StripeTrouble as trouble:
            log.warning("order %s cannot be looked at: %s", order.number, trouble)
            flash(_("Stripe does not answer at the moment. Nothing is lost: the order stays as it is."), "warning")
    return redirect(url_for("shop.payment_return", key=key), 303)


def _order(key: str) -> tuple[OrderView, Settled]:
    """An order that is paid by card, under the unguessable part of its address."""
    order = their_order(key)
    settled = service.standing_of(db(), order.id) if order.pay_by == PayBy.CARD else None
    return (order, settled) if settled is not None else abort(404)


def _page(order: OrderView, settled: Settled) -> str:
    refused = "" if settled.is_strange or not settled.code else REFUSED.get(settled.code, _("The bank gave no reason."))
    return render_template("shop/payment.html", order=order, settled=settled, refused=refused, form=Form())


def _said(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
