"""The page "Money and orders": what does not fit first, then everything by what it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.money import words
from club.payments import listing
from club.payments.service.trying import MOST_REFUSED
from club.payments.verify import violations
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import number
from web.gateway import takes_cards
from web.lists import PAGE, Asked, asked, page_of

FILTERS = ("view", "order")
MOST_WRONG = 50
WATCHED = timedelta(days=7)
"""So far back pages with many refused cards are shown."""
VIEWS: dict[str, Any] = {
    "": _l("What does not fit"),
    "payments": _l("Payments"),
    "refunds": _l("Refunds"),
    "disputes": _l("Disputes"),
    "messages": _l("Messages put aside"),
}


@admin.get("/money")
@staff_only(Permission.MANAGE_ORDERS)
def money() -> ResponseReturnValue:
    """One view of it."""
    this = asked(FILTERS, (), "")
    view = this.filters.get("view", "")
    view = view if view in VIEWS else ""
    wrong, waits = violations(db(), MOST_WRONG), listing.counts(db())
    strange = {one.payment_id for one in wrong if one.payment_id}
    return render_template(
        "admin/money.html",
        view=view,
        views=_views(this, view, waits, len(wrong) + waits.unnamed),
        wrong=wrong,
        unnamed=listing.unnamed(db(), MOST_WRONG) if waits.unnamed and not view else [],
        refused=[] if view else listing.much_refused(db(), MOST_REFUSED, datetime.now(UTC) - WATCHED, MOST_WRONG),
        most_refused=MOST_REFUSED,
        page=page_of(_rows(view, this), this),
        words=words,
        strange=strange,
        takes_cards=takes_cards(),
    )


def _rows(view: str, this: Asked) -> list[Any]:
    limit, offset = PAGE + 1, this.offset
    match view:
        case "payments":
            return list(listing.payments(db(), limit, offset, this.filters.get("order", "").upper()))
        case "refunds":
            return list(listing.refunds(db(), limit, offset))
        case "disputes":
            return list(listing.disputes(db(), limit, offset))
        case "messages":
            return list(listing.quarantined(db(), limit, offset))
    return []


def _views(this: Asked, view: str, waits: listing.Counts, wrong: int) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many wait."""
    many = {"": wrong, "refunds": waits.refunds, "disputes": waits.disputes, "messages": waits.messages}
    return [
        (said, this.with_filter("view", key) if key else this.without("view"), key == view,
         number(many[key]) if many.get(key) else "")
        for key, said in VIEWS.items()
    ]  # fmt: skip
