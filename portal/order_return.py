"""A member gives goods of an order back: tick, reason, effect, send; then the number and what to do."""

from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from club.errors import NotFound, Refusal
from club.orders.reading import OrderView, order_of
from club.returns.reading import NamedLine, came_by, case_of, lines_of_order
from club.returns.rules import MOST_PHOTOS, OPEN, AskedBy, last_day, most
from club.returns.service import Refunded, Swapped, Wanted, ask_return, effect_of_asking, effect_of_asking_instead
from club.returns.service.photos import photos_of
from club.returns.swaps import swaps_for, variant_numbered
from portal import portal
from web.access import members_only
from web.database import db
from web.gateway import takes_cards
from web.programme import programme, today
from web.refusing import refused
from web.returning import STATES, PiecesForm, form_for
from web.visitors import member_id


@portal.route("/me/orders/<number>/return", methods=["GET", "POST"])
@members_only
def return_order(number: str) -> ResponseReturnValue:
    """Goods of one order: first what giving them back does, then the button that sends it."""
    order = _own(number)
    lines = lines_of_order(db(), order.id)
    last = last_day(AskedBy.BUYER, order.delivered_on, programme().shop_return_days)
    swaps = swaps_for(db(), [one.product_id for one in lines])
    form, who = form_for(lines, AskedBy.BUYER, swaps=swaps)(), f"member:{member_id()}"
    before = came_by(db(), order.id, form.digest(order.id, who)) if request.method == "POST" else None
    if before is not None:
        return redirect(url_for("portal.return_case", number=before.number), 303)
    if (last is not None and today() > last) or not form.choosable:
        return _page(order, form, lines, None), 422 if request.method == "POST" else 200
    if not form.validate_on_submit():
        return _page(order, form, lines, None), 422 if form.errors else 200
    instead = form.instead(lambda typed: variant_numbered(db(), typed))
    if form.mistakes():
        return _page(order, form, lines, None), 422
    wanted = form.wanted(order.id, who, instead)
    now = datetime.now(UTC)
    try:
        effect = _effect(wanted, now)
        fingerprint = form.fingerprint(effect, instead)
        if request.form.get("do") != "send" or form.shown.data != fingerprint:
            form.shown.data = fingerprint
            return _page(order, form, lines, effect)
        asked = ask_return(db(), member_id(), wanted, now)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(order, form, lines, None), refusal)
    return redirect(url_for("portal.return_case", number=asked.number), 303)


def _effect(wanted: Wanted, now: datetime) -> Refunded | Swapped:
    if wanted.instead:
        return effect_of_asking_instead(db(), wanted, now, member_id(), takes_cards=takes_cards())
    return effect_of_asking(db(), AskedBy.BUYER, wanted, now, member_id())


@portal.get("/me/returns/<number>")
@members_only
def return_case(number: str) -> ResponseReturnValue:
    """One return: its number, where it stands, what to do."""
    case = case_of(db(), number)
    if case.person_id != member_id():
        raise NotFound
    photos = photos_of(db(), case.id)
    takes_photos = case.state in OPEN and len(photos) < MOST_PHOTOS
    return render_template(
        "portal/return_case.html", case=case, states=STATES, photos=photos, takes_photos=takes_photos
    )


def _own(number: str) -> OrderView:
    order = order_of(db(), number)
    if order.person_id != member_id():
        raise NotFound
    return order


def _page(order: OrderView, form: PiecesForm, lines: tuple[NamedLine, ...], effect: Refunded | Swapped | None) -> str:
    last = last_day(AskedBy.BUYER, order.delivered_on, programme().shop_return_days)
    return render_template(
        "portal/return_order.html",
        order=order,
        form=form,
        effect=effect.returned if isinstance(effect, Swapped) else effect,
        swap=effect if isinstance(effect, Swapped) else None,
        last_day=last,
        is_over=last is not None and today() > last,
        was_sent=any(one.line.sent for one in lines),
        can_ask=any(most(AskedBy.BUYER, one.line) for one in lines),
    )
