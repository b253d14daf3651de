"""An order for whoever has its address: a guest, or the member who made it. Nobody else can guess it."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.accounts.rules import LEAST_PASSWORD
from club.errors import PackedAlready, PaymentOpen
from club.orders.reading import OrderView
from club.orders.rules import State
from club.payments.troubles import StripeTrouble
from club.tiers.standing import standing
from shop import shop
from shop.buyers import member_or_none
from shop.cart_forms import ButtonForm
from shop.paying import to_payment
from shop.theirs import is_own, their_order
from web.access import open_to_all
from web.cancelling import call_off
from web.database import db
from web.delivery_words import country_name
from web.forms import Form
from web.glance import status_today
from web.orders import links_of, shown_order
from web.payment_pages import leads_to_payment, private
from web.programme import today
from web.refusing import refused
from web.standing import missing_in_words
from web.visitors import visitor


@shop.get("/orders/<key>")
@open_to_all
def order(key: str) -> ResponseReturnValue:
    """Where it stands, what is in it, what can be done."""
    return private(leads_to_payment(_page(their_order(key), ButtonForm())))


@shop.get("/orders/<key>/thanks")
@open_to_all
def thanks(key: str) -> ResponseReturnValue:
    """The confirmation: it may be reloaded and kept."""
    found = their_order(key)
    if found.state in {State.PENDING, State.CANCELLED}:
        return redirect(url_for("shop.order", key=key), 303)
    who = member_or_none()
    shown = _shown(found)
    page = render_template(
        "shop/thanks.html",
        **shown,
        offers_join=visitor() is None and found.person_id is None and found.contact is not None,
        least=LEAST_PASSWORD,
        place=None if who is None else standing(db(), who, today(), status_today(who)),
        missing=missing_in_words,
    )  # fmt: skip
    return private(make_response(page))


@shop.post("/orders/<key>/pay")
@open_to_all
def pay(key: str) -> ResponseReturnValue:
    """To the payment page, as often as it takes."""
    found = their_order(key)
    form = ButtonForm()
    if not form.validate_on_submit():
        return private(leads_to_payment(_page(found, form), 422))
    return to_payment(found.id, key)


@shop.post("/orders/<key>/cancel")
@open_to_all
def order_cancel(key: str) -> ResponseReturnValue:
    """Call it off, until anything of it is packed."""
    found = their_order(key)
    form = ButtonForm()
    if not form.validate_on_submit():
        return private(leads_to_payment(_page(found, form), 422))
    try:
        call_off(found, datetime.now(UTC))
    except (PackedAlready, PaymentOpen) as refusal:
        form.refuse(refusal)
        return private(leads_to_payment(refused(_page(their_order(key), form), refusal), 422))
    except StripeTrouble:
        flash(
            _("The payment page does not answer at the moment, so it cannot be closed. Try again in a minute."),
            "warning",
        )
        return redirect(url_for("shop.order", key=key), 303)
    flash(_("The order is cancelled."))
    return redirect(url_for("shop.order", key=key), 303)


def _shown(found: OrderView) -> dict[str, Any]:
    return {
        **shown_order(found, is_own=is_own(found)),
        "is_member": member_or_none() is not None,
        "country_name": country_name,
        "order_address": url_for("shop.order", key=found.key),
        "pay_address": url_for("shop.pay", key=found.key),
        "cancel_address": url_for("shop.order_cancel", key=found.key),
    }


def _page(found: OrderView, form: Form) -> str:
    links = links_of(found, is_own=is_own(found))
    return render_template("shop/order.html", form=form, order_links=links, **_shown(found))
