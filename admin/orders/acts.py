"""What staff do with one order: pack, unpack, send, say that it is ready, hand over, arrived."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import Field

from admin import admin
from admin.orders.one import (
    ArrivedForm,
    HandOverForm,
    PiecesForm,
    hand_over_form,
    order_page,
    pack_form,
    send_form,
)
from club.errors import (
    CodeNotRight,
    DateInFuture,
    DateTooOld,
    MoneyNotTaken,
    MoreThanLeft,
    OrderChanged,
    ReasonMissing,
    Refusal,
)
from club.orders.moves import Means
from club.orders.reading import OrderView, order_of
from club.orders.service import packing
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import money
from web.forms import Form
from web.messages import words_for
from web.visitors import staff


@admin.post("/orders/<number>/pack")
@staff_only(Permission.MANAGE_ORDERS)
def orders_pack(number: str) -> ResponseReturnValue:
    """These pieces are packed."""
    found = order_of(db(), number)
    form = pack_form(found)

    def act() -> str:
        count = packing.pack(db(), found.id, form.wanted(), *_who(), seen_version=seen_version())
        return ngettext("%(num)d piece packed.", "%(num)d pieces packed.", count)

    return _acted(found, "pack", form, act)


@admin.post("/orders/<number>/unpack")
@staff_only(Permission.MANAGE_ORDERS)
def orders_unpack(number: str) -> ResponseReturnValue:
    """All that lies packed is taken out again."""
    found = order_of(db(), number)

    def act() -> str:
        count = packing.unpack(db(), found.id, None, *_who(), seen_version=seen_version())
        return ngettext("%(num)d piece unpacked.", "%(num)d pieces unpacked.", count)

    return _acted(found, "", None, act)


@admin.post("/orders/<number>/send")
@staff_only(Permission.MANAGE_ORDERS)
def orders_send(number: str) -> ResponseReturnValue:
    """These pieces go out in one parcel; the buyer gets a mail."""
    found = order_of(db(), number)
    form = send_form(found)

    def act() -> str:
        way = packing.OnItsWay(
            carrier=form.carrier.data or "",
            tracking=form.tracking.data or "",
            tracking_url=form.tracking_url.data or "",
        )
        packing.send(db(), found.id, form.wanted(), way, *_who(), seen_version=seen_version())
        return _("Sent. The buyer gets a mail.")

    return _acted(found, "send", form, act)


@admin.post("/orders/<number>/ready")
@staff_only(Permission.MANAGE_ORDERS)
def orders_ready(number: str) -> ResponseReturnValue:
    """It waits at the counter; the buyer gets a mail with the code."""
    found = order_of(db(), number)

    def act() -> str:
        packing.ready_for_pickup(db(), found.id, *_who(), seen_version=seen_version())
        return _("The buyer gets a mail with the pick-up code.")

    return _acted(found, "", None, act)


@admin.post("/orders/<number>/hand-over")
@staff_only(Permission.MANAGE_ORDERS)
def orders_hand_over(number: str) -> ResponseReturnValue:
    """Somebody fetches it: with the code, or with a reason; what is due is paid."""
    found, form = order_of(db(), number), hand_over_form()

    def act() -> str:
        handed = packing.AtTheCounter(
            code=form.code.data or "",
            reason=form.reason.data or "",
            means=Means(form.means.data) if form.means.data in tuple(Means) else None,
        )
        taken = packing.hand_over(db(), found.id, handed, *_who(), seen_version=seen_version())
        return _("Handed over, %(money)s taken.", money=money(taken)) if taken else _("The goods are handed over.")

    return _acted(found, "hand", form, act)


@admin.post("/orders/<number>/arrived")
@staff_only(Permission.MANAGE_ORDERS)
def orders_arrived(number: str) -> ResponseReturnValue:
    """All of it is with the buyer since a day."""
    found, form = order_of(db(), number), ArrivedForm()

    def act() -> str:
        packing.delivered(db(), found.id, form.day.data, *_who(), seen_version=seen_version())
        return _("Noted: it has arrived.")

    return _acted(found, "arrived", form, act)


def _acted(found: OrderView, key: str, form: Form | None, act: Callable[[], str]) -> ResponseReturnValue:
    """Do it. What its form can put right is said there; anything else above the order as it stands by now.

    Where a colleague was faster, what was typed stays, as far as its form is still on the page.
    """
    if form is not None and not form.validate_on_submit():
        return order_page(found, **{key: form}), 422
    try:
        words = act()
    except Refusal as refusal:
        field = _field_of(form, refusal)
        if form is not None and isinstance(refusal, OrderChanged):
            flash(words_for(refusal), "danger")
            return order_page(order_of(db(), found.number), **{key: form}), 422
        if form is None or field is None:
            return overtaken(found, refusal)
        form.refuse(refusal, field)
        return order_page(found, **{key: form}), 422
    flash(words, "success")
    return to_order(found)


def overtaken(found: OrderView, refusal: Refusal) -> ResponseReturnValue:
    """This cannot be done any more: why, above the order as it stands by now."""
    flash(words_for(refusal), "danger")
    return to_order(found)


def to_order(found: OrderView) -> ResponseReturnValue:
    """Its page, as it stands by now."""
    return redirect(url_for("admin.order", number=found.number), 303)


def seen_version() -> int:
    """Which state of the order the page showed; a page that does not say it showed none."""
    typed = request.form.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _who() -> tuple[int, Any, datetime]:
    return staff().account_id, staff().role, datetime.now(UTC)


def _field_of(form: Form | None, refusal: Refusal) -> Field | None:
    match form, refusal:
        case PiecesForm(), MoreThanLeft(line_id=line_id) if line_id in form.line_ids:
            return form.pieces(line_id)
        case HandOverForm(), CodeNotRight():
            return form.code
        case HandOverForm(), ReasonMissing():
            return form.reason
        case HandOverForm(), MoneyNotTaken():
            return form.means
        case ArrivedForm(), DateInFuture() | DateTooOld():
            return form.day
    return None
