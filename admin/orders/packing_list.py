"""What to take from the shelves for several orders, on paper."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import admin
from admin.orders.words import DELIVERIES
from club.orders.picking import shelf_list, to_pack
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.lists import PAGE
from web.programme import today


@admin.get("/orders/packing")
@staff_only(Permission.MANAGE_ORDERS)
def orders_packing() -> ResponseReturnValue:
    """The articles of all orders together, then each order by itself, with room to tick."""
    numbers = [text.replace("\0", "")[:16] for text in request.args.getlist("order")[:PAGE]]
    found = to_pack(db(), numbers, PAGE)
    pdf = url_for("admin.packing_list", order=[one.number for one in found]) if found else None
    return render_template(
        "admin/orders_packing.html", orders=found, shelf=shelf_list(found), deliveries=DELIVERIES, pdf=pdf, day=today()
    )
