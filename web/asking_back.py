"""Asking to give goods of an order back, for members and guests alike: tick, reason, effect, send."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from club.errors import ExchangeNeedsAge, Refusal
from club.orders.reading import OrderView
from club.returns.reading import NamedLine, came_by, lines_of_order
from club.returns.rules import AskedBy, last_day, most
from club.returns.service import (
    Refunded,
    Swapped,
    Wanted,
    ask_return,
    count_asking,
    effect_of_asking,
    effect_of_asking_instead,
)
from club.returns.swaps import swaps_for, variant_numbered
from web.database import db
from web.gateway import takes_cards
from web.programme import programme, today
from web.refusing import refused
from web.returning import PiecesForm, form_for


def ask_back(order: OrderView, who: str, back: str, case_at: Callable[[str], str]) -> ResponseReturnValue:
    """First what it does, then the button that sends it.

    `who` holds the form, `back` is the address of the order, `case_at` that of a return by its number. The order is
    theirs.
    """
    lines = lines_of_order(db(), order.id)
    swaps = swaps_for(db(), [one.product_id for one in lines])
    form = form_for(lines, AskedBy.BUYER, swaps=swaps)()
    before = came_by(db(), order.id, form.digest(order.id, who)) if request.method == "POST" else None
    if before is not None:
        return redirect(case_at(before.number), 303)

    def page(effect: Refunded | Swapped | None = None) -> str:
        return _page(back, order, form, lines, effect)

    if _is_over(order) or not form.choosable:
        return page(), 422 if request.method == "POST" else 200
    if not form.validate_on_submit():
        return page(), 422 if form.errors else 200
    instead = form.instead(lambda typed: variant_numbered(db(), typed))
    if form.mistakes():
        return page(), 422
    wanted, now = form.wanted(order.id, who, instead), datetime.now(UTC)
    try:
        if order.person_id is None:
            count_asking(db(), request.remote_addr or "", now)
        effect = _effect(order, wanted, now)
        fingerprint = form.fingerprint(effect, instead)
        if request.form.get("do") != "send" or form.shown.data != fingerprint:
            form.shown.data = fingerprint
            return page(effect)
        asked = ask_return(db(), order.person_id, wanted, now)
    except ExchangeNeedsAge as refusal:
        form.ask_age(refusal)
        return refused(page(), refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(page(), refusal)
    return redirect(case_at(asked.number), 303)


def _effect(order: OrderView, wanted: Wanted, now: datetime) -> Refunded | Swapped:
    if wanted.instead:
        return effect_of_asking_instead(db(), wanted, now, order.person_id, takes_cards=takes_cards())
    return effect_of_asking(db(), AskedBy.BUYER, wanted, now, order.person_id)


def _is_over(order: OrderView) -> bool:
    last = last_day(AskedBy.BUYER, order.delivered_on, programme().shop_return_days)
    return last is not None and today() > last


def _page(
    back: str, order: OrderView, form: PiecesForm, lines: tuple[NamedLine, ...], effect: Refunded | Swapped | None
) -> str:
    return render_template(
        "order/return.html",
        back=back,
        order=order,
        form=form,
        effect=effect.returned if isinstance(effect, Swapped) else effect,
        swap=effect if isinstance(effect, Swapped) else None,
        last_day=last_day(AskedBy.BUYER, order.delivered_on, programme().shop_return_days),
        is_over=_is_over(order),
        was_sent=any(one.line.sent for one in lines),
        can_ask=any(most(AskedBy.BUYER, one.line) for one in lines),
    )
