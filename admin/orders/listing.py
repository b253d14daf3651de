"""The list of orders, and what is done with several at once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm

from admin import admin
from admin.orders.asking import applied, asked, filter_form, view_of, wanted
from admin.orders.words import DELIVERIES, EMPTY, FULFILMENTS, LOOKS, PAYMENTS, STATES, VIEWS, paid_with
from club.customers.listing import rows_of as people_of
from club.errors import NotFound, Refusal
from club.money import to_major
from club.orders.listing import Row, Sort, View, Waiting, count_orders, orders, rows_of, waiting
from club.orders.rules import Delivery, PayBy, State
from club.orders.service.exporting import Exported, export
from club.orders.service.packing import OnItsWay, delivered, pack, ready_for_pickup, send
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db, id_in
from web.languages import in_language
from web.lists import PAGE, page_of
from web.messages import words_for
from web.movements import rung_name
from web.programme import programme, today
from web.security import may_repeat
from web.spreadsheet import csv_file
from web.visitors import staff

MOST_TICKED = PAGE


@admin.get("/orders", endpoint="orders")
@staff_only(Permission.MANAGE_ORDERS)
def orders_list() -> ResponseReturnValue:
    """A page of the list."""
    return _page(), 200


@admin.post("/orders/several")
@staff_only(Permission.MANAGE_ORDERS)
@may_repeat("order")
def orders_several() -> ResponseReturnValue:
    """Print what to pack of several orders, or move each of them one step on; whatever cannot says why."""
    do, this = request.form.get("do", ""), asked()
    ticked = [id_in(one) for one in request.form.getlist("order")[:MOST_TICKED]]
    rows = rows_of(db(), [one for one in ticked if one is not None])
    if not rows:
        return _page(_("Tick at least one order.")), 422
    if do == "list":
        return redirect(url_for("admin.orders_packing", order=[row.number for row in rows]), 303)
    if do == "slips":
        return redirect(url_for("admin.packing_list", order=[row.number for row in rows]), 303)
    if do == "labels":
        sent = [row.number for row in rows if row.delivery is Delivery.SHIP]
        if not sent:
            return _page(_("None of the ticked orders is sent by parcel, so there is nothing to label.")), 422
        return redirect(url_for("admin.labels", order=sent), 303)
    act = _ACTS.get(do)
    if act is None:
        raise NotFound
    done = 0
    for row in rows:
        try:
            act(row)
            done += 1
        except Refusal as refusal:
            flash(_("%(order)s: %(why)s", order=row.number, why=words_for(refusal)), "danger")
    if done:
        flash(ngettext("Done for %(num)d order.", "Done for %(num)d orders.", done), "success")
    return redirect(this.address(page=this.page), 303)


@admin.post("/orders/export")
@staff_only(Permission.EXPORT_DATA)
def orders_export() -> ResponseReturnValue:
    """The whole list as a table for spreadsheets. Who took what is kept in the log."""
    this, who = asked(), staff()
    filters = this.address().partition("?")[2]
    found = export(db(), wanted(this), filters=filters, by=who.account_id, role=who.role, now=datetime.now(UTC))
    heads = [
        _("Number"), _("Ordered"), _("State"), _("Payment"), _("Delivery"), _("Way of delivery"), _("Country"),
        _("Name"), _("E-mail"), _("Pieces"), _("Sent"), _("Came back"), _("Goods"), _("Discount"), _("Points"),
        _("Worth of the points"), _("Price of the delivery"), _("Goods without tax"), _("Delivery without tax"),
        _("Total without tax"), _("Tax inside"), _("Total"), _("Paid"), _("Given back"),
    ]  # fmt: skip
    return csv_file(f"orders-{today().isoformat()}", heads, _table(found))


def _pack(row: Row) -> None:
    pack(db(), row.id, None, staff().account_id, staff().role, datetime.now(UTC))


def _send(row: Row) -> None:
    who, now = staff(), datetime.now(UTC)
    if row.delivery is Delivery.PICKUP:
        ready_for_pickup(db(), row.id, who.account_id, who.role, now)
    else:
        send(db(), row.id, None, OnItsWay(), who.account_id, who.role, now)


def _arrive(row: Row) -> None:
    delivered(db(), row.id, None, staff().account_id, staff().role, datetime.now(UTC))


_ACTS: dict[str, Callable[[Row], None]] = {"pack": _pack, "send": _send, "arrive": _arrive}


def _table(rows: Iterator[Exported]) -> Iterator[tuple[Any, ...]]:
    currency = programme().currency
    for row in rows:
        sums = (
            row.delivery_price, row.net_goods, row.net_delivery, row.net, row.tax, row.total, row.paid, row.refunded
        )  # fmt: skip
        payment = paid_with(PayBy(row.pay_by), carried=row.carried, points=row.points)
        yield (
            row.number, row.placed_at.isoformat(timespec="minutes"), str(STATES[State(row.state)]),
            payment, str(DELIVERIES[Delivery(row.delivery)]), in_language(row.method_name), row.country,
            row.full_name or "", row.email or "", row.pieces, row.sent, row.returned,
            to_major(row.goods, currency), to_major(row.discount, currency), row.points,
            to_major(row.points_value, currency), *(to_major(amount, currency) for amount in sums),
        )  # fmt: skip


def _page(problem: str | None = None) -> str:
    this, day, now = asked(), today(), datetime.now(UTC)
    chosen, view = wanted(this), view_of(this)
    found = orders(
        db(), chosen, now, sort=Sort(this.key), is_descending=this.is_descending, limit=PAGE + 1, offset=this.offset
    )
    members = {row.person_id for row in found[:PAGE] if row.person_id is not None}
    people = {one.person_id: one for one in people_of(db(), sorted(members), day)} if members else {}
    first = rung_name(ladder_on(db(), day).ladder.rungs[0].key)
    counted = waiting(db(), now, chosen.in_trouble)
    return render_template(
        "admin/orders.html",
        page=page_of(found, this, count_orders(db(), chosen, now)),
        tiers={
            person_id: rung_name(one.tier) if one.tier else first
            for person_id, one in people.items()
            if one.member_number
        },
        form=filter_form(this),
        key=FlaskForm(),
        applied=applied(this),
        view=view,
        tabs=_tabs(view, counted),
        empty=EMPTY[view],
        fulfilments=FULFILMENTS,
        looks=LOOKS,
        payments=PAYMENTS,
        deliveries=DELIVERIES,
        paid_with=paid_with,
        problem=problem,
        ticked=request.form.getlist("order") if request.method == "POST" else [],
    )


def _tabs(view: View, counted: Waiting) -> list[tuple[Any, str, bool, int | None]]:
    """Words, address, whether it is the one that is shown, and how many orders are in it."""
    tabs: list[tuple[Any, str, bool, int | None]] = [
        (words, url_for("admin.orders", view=one.value), one is view, getattr(counted, one.value, None))
        for one, words in VIEWS.items()
    ]
    return [*tabs[:-1], (_("Returns"), url_for("admin.returns"), False, None), tabs[-1]]
