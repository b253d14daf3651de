"""The way to the payment page, from the checkout and from an order that waits for its payment."""

import logging
from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.errors import NotPayable, TooManyTries
from club.orders.rules import State
from club.payments.service import standing_of, start
from club.payments.troubles import StripeTrouble
from club.payments.values import Asker
from web.cart_cookie import cart_token
from web.database import db
from web.gateway import gateway, payment_urls
from web.messages import words_for
from web.visitors import visitor

log = logging.getLogger(__name__)


def to_payment(order_id: int, key: str) -> ResponseReturnValue:
    """Send the buyer there. Where that fails the order stays, and its page offers to try again."""
    there = gateway()
    if there is None:
        flash(_("Card payments are closed at the moment. The order is kept: try again later, or ask us."), "warning")
        return redirect(url_for("shop.order", key=key), 303)
    try:
        return redirect(start(db(), order_id, payment_urls(key), there, datetime.now(UTC), _asker()), 303)
    except NotPayable:
        return _without_page(order_id, key)
    except TooManyTries as refusal:
        log.warning("no further payment page is opened for order %s: too many cards were tried", order_id)
        flash(words_for(refusal), "warning")
        return redirect(url_for("shop.order", key=key), 303)
    except StripeTrouble:
        flash(_("The payment page does not answer at the moment. The order is kept: try again in a minute."), "warning")
        return redirect(url_for("shop.order", key=key), 303)


def _asker() -> Asker:
    """By what tries are counted: the account of who is signed in, else the cart of this browser."""
    who = visitor()
    browser = f"account:{who.account_id}" if who is not None else cart_token() or ""
    return Asker(address=request.remote_addr or "", browser=browser)


def _without_page(order_id: int, key: str) -> ResponseReturnValue:
    """Where an answer is awaited, its page says so. Where no page can be opened any more, that is said here."""
    settled = standing_of(db(), order_id)
    if settled is not None and (settled.is_open or settled.is_strange):
        return redirect(url_for("shop.payment_return", key=key), 303)
    if settled is not None and settled.state is State.PENDING:
        flash(
            _("No further payment page can be opened for this order. Cancel it and order again, or ask us."), "warning"
        )
    return redirect(url_for("shop.order", key=key), 303)
