"""My orders: follow them, repeat them, call them off."""

from collections.abc import Iterable
from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from club.carts.models import Owner
from club.carts.service import Shopper
from club.catalogue.visitors import buyer_with
from club.errors import CartFrozen, NotFound, PackedAlready, PaymentOpen
from club.orders.again import Difference, Differs, order_again
from club.orders.reading import OrderView, order_of, orders_of
from club.payments.troubles import StripeTrouble
from portal import portal
from portal.signin import ButtonForm
from web.access import members_only
from web.cancelling import call_off
from web.database import db
from web.delivery_words import country_name
from web.formats import money
from web.forms import Form, OnceKeyField
from web.glance import status_today
from web.languages import in_language
from web.lists import LAST_PAGE
from web.messages import words_for
from web.orders import links_of, shown_order, state_look, state_words
from web.payment_pages import leads_to_payment, private
from web.programme import today
from web.refusing import refused
from web.visitors import member_id

PER_PAGE = 20
LONGEST_NUMBER = 16
MOST_NOTES = 5


class AgainForm(Form):
    """Once more, and once only however often it is sent."""

    key = OnceKeyField()


@portal.get("/me/orders")
@members_only
def orders() -> ResponseReturnValue:
    """All of them, the newest first."""
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    rows, total = orders_of(db(), member_id(), number, PER_PAGE)
    return render_template(
        "portal/orders.html",
        form=AgainForm(formdata=None),
        rows=rows,
        total=total,
        number=number,
        state_words=state_words,
        state_look=state_look,
        before=url_for("portal.orders", page=number - 1) if number > 1 else None,
        after=url_for("portal.orders", page=number + 1) if number * PER_PAGE < total else None,
    )


@portal.get("/me/orders/<number>")
@members_only
def order(number: str) -> ResponseReturnValue:
    """One of them, with what can be done."""
    return private(leads_to_payment(_page(_own(number), ButtonForm())))


@portal.post("/me/orders/<number>/cancel")
@members_only
def order_cancel(number: str) -> ResponseReturnValue:
    """Call it off, until anything of it is packed."""
    found, form = _own(number), ButtonForm()
    if not form.validate_on_submit():
        return private(leads_to_payment(_page(found, form), 422))
    try:
        call_off(found, datetime.now(UTC))
    except (PackedAlready, PaymentOpen) as refusal:
        form.refuse(refusal)
        return private(leads_to_payment(refused(_page(_own(number), form), refusal)))
    except StripeTrouble:
        flash(_("The payment page cannot be closed at the moment. Try again in a minute."), "warning")
    else:
        flash(_("The order is cancelled."))
    return redirect(url_for("portal.order", number=found.number), 303)


@portal.post("/me/orders/<number>/again")
@members_only
def reorder(number: str) -> ResponseReturnValue:
    """Into the cart with the same goods; what is different now is said there."""
    found, form = _own(number), AgainForm()
    if not form.validate_on_submit():
        return private(leads_to_payment(_page(found, form), 422))
    who = member_id()
    buyer = buyer_with(db(), who, status_today(who), today())
    shopper = Shopper(owner=Owner(person_id=who), buyer=buyer, day=today(), address=request.remote_addr or "")
    try:
        differences = order_again(db(), found, shopper, form.key.data or "", datetime.now(UTC))
    except CartFrozen as refusal:
        flash(words_for(refusal), "warning")
        return redirect(url_for("shop.cart"), 303)
    for words in _again_words(differences):
        flash(words, "warning")
    if len(differences) < len(found.lines) or any(one.how is not Differs.GONE for one in differences):
        flash(_("The goods of the order are in your cart."))
    return redirect(url_for("shop.cart"), 303)


def _own(number: str) -> OrderView:
    """The order of this number, if it is this member's."""
    try:
        found = order_of(db(), number[:LONGEST_NUMBER])
    except NotFound:
        abort(404)
    return found if found.person_id == member_id() else abort(404)


def _page(found: OrderView, form: Form) -> str:
    return render_template(
        "portal/order.html",
        form=form,
        again=AgainForm(formdata=None),
        country_name=country_name,
        pay_address=url_for("shop.pay", key=found.key),
        cancel_address=url_for("portal.order_cancel", number=found.number),
        order_links=links_of(found, is_own=True),
        **shown_order(found, is_own=True),
    )


def _again_words(differences: Iterable[Difference]) -> list[str]:
    """What of an order is different when it is made again, the first few of it."""
    said = [_difference(one) for one in differences]
    more = len(said) - MOST_NOTES
    if more > 0:
        said = [
            *said[:MOST_NOTES],
            ngettext("%(num)d more line is different.", "%(num)d more lines are different.", more),
        ]
    return said


def _difference(one: Difference) -> str:
    name = in_language(one.name)
    match one.how:
        case Differs.GONE:
            return _("%(name)s: not to be had now.", name=name)
        case Differs.FEWER:
            return ngettext(
                "%(name)s: only %(num)d can be had now.",
                "%(name)s: only %(num)d can be had now.",
                one.quantity,
                name=name,
            )
        case Differs.PRICE:
            return _(
                "%(name)s: it costs %(now)s now, it was %(before)s.",
                name=name,
                now=money(one.price),
                before=money(one.price_before),
            )
