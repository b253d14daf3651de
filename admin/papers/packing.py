"""Packing lists and labels for several orders, as PDF to print."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.errors import NotFound, PressFailed
from club.papers import slips
from club.permissions import Permission
from club.returns.reading import cases_of
from club.returns.slip import return_slips as make_return_slips
from web.access import staff_only
from web.database import db
from web.languages import language
from web.messages import words_for
from web.papers import pdf, uploads

LONGEST = 16
"""Signs of an order's number."""


@admin.get("/orders/packing.pdf")
@staff_only(Permission.MANAGE_ORDERS)
def packing_list() -> ResponseReturnValue:
    """What to fetch for the orders that the address names, then a slip for each."""
    return _printed("packing", lambda numbers, now: slips.packing_list(db(), numbers, language(), now, uploads()))


@admin.get("/orders/labels.pdf")
@staff_only(Permission.MANAGE_ORDERS)
def labels() -> ResponseReturnValue:
    """An address label for each of the orders that is sent, on A4 or one a page of 10 by 15 cm."""
    sheet = request.args.get("sheet", slips.SHEETS[0])
    if sheet not in slips.SHEETS:
        abort(404)
    return _printed("labels", lambda numbers, now: slips.labels(db(), numbers, sheet, now))


@admin.get("/returns/slips.pdf")
@staff_only(Permission.MANAGE_ORDERS)
def return_slips() -> ResponseReturnValue:
    """Label and slip of each of the approved returns that the address names."""
    cases = cases_of(db(), _named("return"))
    try:
        data = make_return_slips(db(), cases, language(), now := datetime.now(UTC), uploads())
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("admin.returns"), 303)
    except NotFound:
        flash(_("Tick at least one return that is approved: the others need no slip."), "danger")
        return redirect(url_for("admin.returns"), 303)
    return pdf(data, f"returns-{now:%Y%m%d-%H%M}.pdf")


def _named(kind: str) -> list[str]:
    """The numbers that the address names."""
    return [text.replace("\0", "")[:LONGEST] for text in request.args.getlist(kind)[: slips.MOST]]


def _printed(name: str, make: Callable[[list[str], datetime], bytes]) -> ResponseReturnValue:
    now = datetime.now(UTC)
    try:
        data = make(_named("order"), now)
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("admin.orders"), 303)
    except NotFound:
        abort(404)
    return pdf(data, f"{name}-{now:%Y%m%d-%H%M}.pdf")
