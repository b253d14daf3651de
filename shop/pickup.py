"""The pick-up of an order as an entry for its buyer's calendar."""

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import shop
from shop.theirs import their_order
from web.access import open_to_all
from web.calendars import pickup_entry
from web.formats import club_date
from web.languages import in_language
from web.orders import can_be_fetched, method_of
from web.pages import club_name
from web.payment_pages import private


@shop.get("/orders/<key>/pickup.ics")
@open_to_all
def order_calendar(key: str) -> ResponseReturnValue:
    """From the day on which the goods are ready until they are fetched."""
    found = their_order(key)
    if not can_be_fetched(found) or found.ready_at is None:
        abort(404)
    method = method_of(found)
    address = url_for("shop.order", key=key, _external=True)
    parts = [
        _("Say this code at the counter: %(code)s", code=found.pickup_code) if found.pickup_code else "",
        in_language(method.words) if method else "",
        address,
    ]
    entry = pickup_entry(
        uid=address,
        ready_at=found.ready_at,
        day=club_date(found.ready_at),
        summary=_("Pick up order %(order)s, %(club)s", order=found.number, club=club_name()),
        where=in_language(found.method_name),
        words="\n".join(part for part in parts if part),
    )
    answer = Response(entry, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="pickup-{found.number}.ics"'
    return private(answer)
