"""The checkout: one page, one button. The same cart becomes one order, however often the button is pressed."""

from datetime import UTC, datetime

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from club.carts.models import CartView, cart_of
from club.carts.service import note_seen
from club.errors import (
    AccountOverdue,
    AgeNotConfirmed,
    BadEmail,
    BadPhone,
    CartEmpty,
    CartFrozen,
    CreditExceeded,
    NoSuchDelivery,
    NotAllowedOnAccount,
    NotFound,
    NotSentThere,
    NotSoldThere,
    PhoneNeeded,
    Refusal,
    ValueTooHigh,
)
from club.orders.reading import OrderView, order_of_cart
from club.orders.rules import PayBy
from club.orders.service import Wanted, place_order
from club.programme.legal import text_id
from shop import shop
from shop.buyers import buyer_today, member_or_none
from shop.checkout_forms import LIVE, SHOW, TAKE, CheckoutForm
from shop.checkout_view import Desk, contact_of, desk_of, is_in_order, shown
from shop.paying import to_payment
from web.access import open_to_all
from web.carts import cart_owner
from web.database import db
from web.languages import language
from web.payment_pages import leads_to_payment, private
from web.refusing import refused

CART = "checkout"
"""Under which the browser's own signed cookie names the cart that it took to the checkout last."""

_PLACES = {
    AccountOverdue: "pay_by",
    AgeNotConfirmed: "age",
    BadEmail: "email",
    BadPhone: "phone",
    CreditExceeded: "pay_by",
    NoSuchDelivery: "method",
    NotAllowedOnAccount: "pay_by",
    NotSentThere: "country",
    NotSoldThere: "country",
    PhoneNeeded: "phone",
    ValueTooHigh: "method",
}
"""Beside which field a refusal is said; all others stand on top."""


@shop.route("/checkout", methods=["GET", "POST"])
@open_to_all
def checkout() -> ResponseReturnValue:
    """Contact and delivery, payment, sum; the button places the order."""
    is_sent = request.method == "POST"
    form = CheckoutForm()
    cart = cart_of(db(), cart_owner(), datetime.now(UTC))
    known = _order_already(cart, form if is_sent else None)
    if known is not None:
        return _to_its_place(known)
    if cart is None or not cart.lines:
        return redirect(url_for("shop.cart"), 303)
    desk = desk_of(cart, form, is_sent=is_sent)
    if not desk.draft.priced.lines:
        return redirect(url_for("shop.cart"), 303)
    session[CART] = cart.id
    return _pressed(form, desk) if is_sent else private(_page(form, desk))


def _pressed(form: CheckoutForm, desk: Desk) -> ResponseReturnValue:
    """What one of the buttons asks for."""
    cart = desk.cart
    pressed = request.form.get("do")
    if pressed == TAKE:
        note_seen(db(), cart_owner(), desk.as_it_is, datetime.now(UTC))
        fresh = cart_of(db(), cart_owner(), datetime.now(UTC))
        return private(_page(form, desk_of(fresh or cart, form, is_sent=True)))
    if pressed in {SHOW, LIVE}:
        return private(_page(form, desk))
    if form.cart_id != cart.id or not is_in_order(form, desk):
        return private(_page(form, desk, 422))
    return _placed(form, desk)


def _placed(form: CheckoutForm, desk: Desk) -> ResponseReturnValue:
    """Order it; what speaks against it is said on the page, with everything that was typed."""
    try:
        placed = place_order(db(), _wanted(form, desk), datetime.now(UTC), desk.reckoned)
    except (CartFrozen, CartEmpty, NotFound):
        return redirect(url_for("shop.checkout"), 303)
    except Refusal as refusal:
        return _no(form, desk.cart, refusal)
    session[CART] = desk.cart.id
    if placed.pay_by is PayBy.CARD:
        return to_payment(placed.order_id, placed.key)
    return redirect(url_for("shop.thanks", key=placed.key), 303)


def _wanted(form: CheckoutForm, desk: Desk) -> Wanted:
    assert form.method_id is not None
    assert form.pays_by is not None
    return Wanted(
        cart_id=desk.cart.id,
        person_id=member_or_none(),
        buyer=buyer_today(),
        contact=contact_of(form, desk),
        method_id=form.method_id,
        pay_by=form.pays_by,
        expected_total=form.expected_total,
        language=language(),
        note=form.note.data or "",
        terms_id=text_id(db(), desk.terms, language()) if desk.terms else None,
        confirms_age=bool(form.age.data),
        saves_address=desk.member is not None and bool(form.saves_address.data),
        saved=desk.saved,
    )


def _no(form: CheckoutForm, cart: CartView, refusal: Refusal) -> Response:
    """The page as things stand now: another total, other goods."""
    fresh = cart_of(db(), cart_owner(), datetime.now(UTC))
    desk = desk_of(fresh or cart, form, is_sent=True)
    name = _PLACES.get(type(refusal), "")
    form.refuse(refusal, form[name] if name and name in form else None)
    return private(refused(_page(form, desk), refusal))


def _order_already(cart: CartView | None, sent: CheckoutForm | None) -> OrderView | None:
    """The order that this cart is already: of the one that is frozen, or of the one that the browser sends again."""
    if cart is not None and cart.is_frozen:
        return order_of_cart(db(), cart.id)
    before = session.get(CART)
    if before is None or (cart is not None and cart.id == before):
        return None
    if sent is None:
        return None if cart is not None and cart.lines else order_of_cart(db(), before)
    return order_of_cart(db(), before) if sent.cart_id == before else None


def _to_its_place(order: OrderView) -> ResponseReturnValue:
    """Where an order that is there already stands."""
    return redirect(url_for("shop.order", key=order.key), 303)


def _page(form: CheckoutForm, desk: Desk, status: int = 200) -> Response:
    return leads_to_payment(render_template("shop/checkout.html", **shown(form, desk)), status)
