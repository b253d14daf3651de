"""Withdrawing from a contract without signing in: whoever has the order's address, in two steps, confirmed by mail."""

from datetime import UTC, datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from club.errors import Refusal
from club.orders.reading import OrderView
from club.orders.rules import State
from club.returns.reading import came_by, lines_of_order
from club.returns.rules import AskedBy, last_day
from club.returns.service import Refunded, count_asking, effect_of_asking, withdraw
from shop import shop
from shop.theirs import is_own, their_order
from web.access import open_to_all
from web.database import db
from web.payment_pages import private
from web.programme import programme, today
from web.refusing import refused
from web.returning import PiecesForm, form_for


@shop.route("/orders/<key>/withdraw", methods=["GET", "POST"], endpoint="withdraw")
@open_to_all
def withdraw_from_contract(key: str) -> ResponseReturnValue:
    """Say what it is about, then confirm it."""
    order = their_order(key)
    form = form_for(lines_of_order(db(), order.id), AskedBy.WITHDRAWAL, all_ticked=True)()
    before = came_by(db(), order.id, form.digest(order.id, key)) if request.method == "POST" else None
    if before is not None:
        return redirect(url_for("shop.return_case", key=key, number=before.number), 303)
    if order.state in {State.PENDING, State.CANCELLED}:
        return redirect(url_for("shop.order", key=key), 303)
    if _is_over(order) or not form.choosable:
        return _page(order, form, None, 422 if request.method == "POST" else 200)
    if not form.validate_on_submit():
        return _page(order, form, None, 422 if form.errors else 200)
    wanted, now = form.wanted(order.id, key), datetime.now(UTC)
    try:
        if not is_own(order):
            count_asking(db(), request.remote_addr or "", now)
        effect = effect_of_asking(db(), AskedBy.WITHDRAWAL, wanted, now)
        fingerprint = form.fingerprint(effect)
        if request.form.get("do") != "send" or form.shown.data != fingerprint:
            form.shown.data = fingerprint
            return _page(order, form, effect)
        asked = withdraw(db(), wanted, now)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(order, form, None), refusal)
    return redirect(url_for("shop.return_case", key=key, number=asked.number), 303)


def _is_over(order: OrderView) -> bool:
    last = last_day(AskedBy.WITHDRAWAL, order.delivered_on, programme().shop_return_days)
    return last is not None and today() > last


def _page(order: OrderView, form: PiecesForm, effect: Refunded | None, status: int = 200) -> Response:
    page = render_template(
        "shop/withdraw.html",
        order=order,
        form=form,
        effect=effect,
        last_day=last_day(AskedBy.WITHDRAWAL, order.delivered_on, programme().shop_return_days),
        is_over=_is_over(order),
    )
    return private(make_response(page, status))
