"""The cart: what is in it, what it costs now, how many points pay for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.carts import service
from club.carts.service import Shopper
from club.errors import (
    CartFrozen,
    CartFull,
    LimitReached,
    MembersOnly,
    NoLongerSold,
    NotEnoughPoints,
    NotFound,
    NotInStep,
    NotUsedHere,
    OfferNotOpen,
    OutOfStock,
    PointsOutOfStep,
    TooManyPieces,
    TooManyTries,
    TooManyVouchers,
    UnknownVoucher,
    VoucherNotOpen,
)
from shop import shop
from shop.buyers import buyer_today
from shop.cart_forms import AddForm, ButtonForm, CodeForm, LineForm, PointsForm, seen_in
from shop.cart_view import cart_shown
from web.access import members_only, open_to_all
from web.cart_cookie import bring_cart_along, cart_token, hand_cart_over
from web.carts import cart_owner
from web.database import LARGEST_ID, db
from web.forms import Form
from web.glance import spendable_today
from web.payment_pages import leads_to_payment
from web.programme import programme, today
from web.refusing import refused
from web.visitors import member_id, visitor

REFUSED = (
    CartFrozen, CartFull, LimitReached, MembersOnly, NoLongerSold, NotInStep, OutOfStock, TooManyPieces, TooManyTries,
)  # fmt: skip
VOUCHER_REFUSED = (
    CartFrozen, NotUsedHere, OfferNotOpen, TooManyTries, TooManyVouchers, UnknownVoucher, VoucherNotOpen,
)  # fmt: skip
LONGEST_KEY = 64


@shop.get("/cart")
@open_to_all
def cart() -> ResponseReturnValue:
    """What is in it, what is different from what was shown last, points, sums."""
    return _page(ButtonForm())


@shop.post("/cart/add")
@open_to_all
def cart_add() -> ResponseReturnValue:
    """From a product's page; leads into the cart."""
    form, variant_id = AddForm(), _variant_id()
    if not form.validate_on_submit():
        return _page(form), 422
    key = request.form.get("key", "")[:LONGEST_KEY] or None
    try:
        token = service.add(db(), _shopper(), variant_id, form.quantity.data or 1, _now(), form_key=key)
    except REFUSED as refusal:
        form.refuse(refusal)
        return refused(_page(form), refusal)
    flash(_("It is in your cart."))
    return _back(token=token)


@shop.post("/cart/change")
@open_to_all
def cart_change() -> ResponseReturnValue:
    """Another quantity of one line; none at all takes it out."""
    variant_id = _variant_id()
    form = LineForm.of(variant_id)
    if not form.validate_on_submit():
        return _page(form), 422
    quantity = form.quantity.data
    try:
        if not quantity:
            service.remove(db(), cart_owner(), variant_id, _now())
            return _back(undo=1)
        service.change(db(), _shopper(), variant_id, quantity, _now())
    except NotFound:
        return _gone_meanwhile()
    except REFUSED as refusal:
        form.refuse(refusal, form.quantity)
        return refused(_page(form), refusal)
    flash(_("The quantity is changed."))
    return _back()


@shop.post("/cart/remove")
@open_to_all
def cart_remove() -> ResponseReturnValue:
    """Take one line out; the next page offers to bring it back."""
    variant_id = _variant_id()
    return _done(lambda: service.remove(db(), cart_owner(), variant_id, _now()), undo=1)


@shop.post("/cart/empty")
@open_to_all
def cart_empty() -> ResponseReturnValue:
    """Take everything out; the next page offers to bring it back."""
    return _done(lambda: service.empty(db(), cart_owner(), _now()), undo=1)


@shop.post("/cart/undo")
@open_to_all
def cart_undo() -> ResponseReturnValue:
    """Bring back what was taken out last."""
    return _done(lambda: service.bring_back(db(), cart_owner(), _now()), said=_("It is in your cart again."))


@shop.post("/cart/seen")
@open_to_all
def cart_seen() -> ResponseReturnValue:
    """What is different now was read: it is the known state from here on."""
    seen = seen_in(request.form.get("seen", ""))
    return _done(lambda: service.note_seen(db(), cart_owner(), seen, _now()))


@shop.post("/cart/points")
@members_only
def cart_points() -> ResponseReturnValue:
    """Pay with so many points; they are taken when the order is placed, not before."""
    form = PointsForm()
    if not form.validate_on_submit():
        return _page(form), 422
    wanted, spendable = form.points.data or 0, spendable_today(member_id())
    try:
        if wanted > spendable:
            raise NotEnoughPoints(have=spendable, need=wanted)
        service.use_points(db(), cart_owner(), wanted, programme().spend_step, _now())
    except NotFound:
        return _gone_meanwhile()
    except (NotEnoughPoints, PointsOutOfStep) as refusal:
        form.refuse(refusal, form.points)
        return refused(_page(form), refusal)
    except CartFrozen as refusal:
        form.refuse(refusal)
        return refused(_page(form), refusal)
    return _back()


@shop.post("/cart/code")
@members_only
def cart_code() -> ResponseReturnValue:
    """A voucher for this cart; whether it counts stands beside it."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        service.use_code(db(), cart_owner(), form.code.data or "", _now())
    except NotFound:
        return _gone_meanwhile()
    except VOUCHER_REFUSED as refusal:
        form.refuse(refusal, form.code)
        return refused(_page(form), refusal)
    flash(_("The voucher is in the cart."))
    return _back()


@shop.post("/cart/code/remove")
@members_only
def cart_code_remove() -> ResponseReturnValue:
    """Take a voucher out of the cart; it stays good."""
    voucher_id = request.form.get("voucher_id", 0, type=int)
    return _done(lambda: service.drop_voucher(db(), cart_owner(), voucher_id, _now()))


def _done(act: Callable[[], object], *, undo: int | None = None, said: str = "") -> ResponseReturnValue:
    """A button was pressed: do it and show the cart."""
    form = ButtonForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        act()
    except NotFound:
        return _gone_meanwhile()
    except (CartFrozen, CartFull) as refusal:
        form.refuse(refusal)
        return refused(_page(form), refusal)
    if said:
        flash(said)
    return _back(undo=undo)


def _page(form: Form) -> Response:
    offers_undo = request.method == "GET" and "undo" in request.args
    return leads_to_payment(render_template("shop/cart.html", form=form, **cart_shown(form, offers_undo=offers_undo)))


def _back(*, token: str | None = None, undo: int | None = None) -> Response:
    """To the cart. A guest's browser keeps its token for another while; a member's leftover cart comes along."""
    answer = make_response(redirect(url_for("shop.cart", undo=undo), 303))
    who = visitor()
    if who is not None and who.person_id is not None:
        return bring_cart_along(answer, who.account_id)
    known = token or cart_token()
    return hand_cart_over(answer, known) if known else answer


def _gone_meanwhile() -> Response:
    flash(_("This is no longer in your cart."), "warning")
    return make_response(redirect(url_for("shop.cart"), 303))


def _shopper() -> Shopper:
    return Shopper(owner=cart_owner(), buyer=buyer_today(), day=today(), address=request.remote_addr or "")


def _variant_id() -> int:
    found = request.form.get("variant_id", 0, type=int)
    return found if 0 < found <= LARGEST_ID else abort(422)


def _now() -> datetime:
    return datetime.now(UTC)
