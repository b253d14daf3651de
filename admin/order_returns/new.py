"""Staff take goods of an order back that nobody announced."""

from contextlib import suppress
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.errors import ExchangeNeedsAge, Refusal
from club.orders.reading import OrderView, order_of
from club.permissions import Permission
from club.returns.reading import came_by, lines_of_order
from club.returns.rules import AskedBy
from club.returns.service import take_back
from club.returns.swaps import swaps_for, variant_numbered
from club.support.service import note_return
from web.access import staff_only
from web.database import db, id_in
from web.refusing import refused
from web.returning import PiecesForm, form_for
from web.visitors import staff


@admin.route("/orders/<number>/return", methods=["GET", "POST"])
@staff_only(Permission.REFUND_ORDERS)
def return_new(number: str) -> ResponseReturnValue:
    """Which pieces, and why; what goes back is shown on the page of the return. `question`: what it came out of."""
    order, who, question = order_of(db(), number), staff(), id_in(request.args.get("question"))
    lines, hands = lines_of_order(db(), order.id), f"staff:{who.account_id}"
    form = form_for(lines, AskedBy.STAFF, swaps=swaps_for(db(), [one.product_id for one in lines]))()
    before = came_by(db(), order.id, form.digest(order.id, hands)) if request.method == "POST" else None
    if before is not None:
        return redirect(url_for("admin.return_case", case_id=before.case_id), 303)
    if not form.choosable or not form.validate_on_submit():
        return _page(order, form), 422 if form.errors else 200
    instead = form.instead(lambda typed: variant_numbered(db(), typed))
    if form.mistakes():
        return _page(order, form), 422
    wanted = form.wanted(order.id, hands, instead)
    try:
        asked = take_back(db(), wanted, who.account_id, who.role, datetime.now(UTC))
    except ExchangeNeedsAge as refusal:
        form.ask_age(refusal)
        return refused(_page(order, form), refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(order, form), refusal)
    said = _("Return %(number)s is begun.", number=asked.number)
    if question is not None:
        with suppress(Refusal):  # the return stands; what is not theirs to note is not noted
            note_return(
                db(), question, order.person_id, said, who.account_id, who.role, datetime.now(UTC),
                form_key=form.digest(order.id, hands),
            )  # fmt: skip
    flash(said, "success")
    return redirect(url_for("admin.return_case", case_id=asked.case_id), 303)


def _page(order: OrderView, form: PiecesForm) -> str:
    question = id_in(request.args.get("question"))
    return render_template("admin/order_returns_new.html", order=order, form=form, question=question)
