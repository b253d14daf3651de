"""The way to the payment page, from the checkout and from an order that waits for its payment."""

from datetime import UTC, datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.errors import NotPayable
from club.payments.service import start
from club.payments.troubles import StripeTrouble
from web.database import db
from web.gateway import gateway, payment_urls


def to_payment(order_id: int, key: str) -> ResponseReturnValue:
    """Send the buyer there. Where that fails the order stays, and its page offers to try again."""
    there = gateway()
    if there is None:
        flash(_("Card payments are closed at the moment. The order is kept: try again later, or ask us."), "warning")
        return redirect(url_for("shop.order", key=key), 303)
    try:
        return redirect(start(db(), order_id, payment_urls(key), there, datetime.now(UTC)), 303)
    except NotPayable:
        return redirect(url_for("shop.order", key=key), 303)
    except StripeTrouble:
        flash(_("The payment page does not answer at the moment. The order is kept: try again in a minute."), "warning")
        return redirect(url_for("shop.order", key=key), 303)
