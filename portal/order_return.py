"""A member gives goods of an order back: the form, then the number and what to do."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from club.errors import NotFound
from club.orders.reading import OrderView, order_of
from club.returns.reading import case_of
from club.returns.rules import MOST_PHOTOS, OPEN
from club.returns.service.photos import photos_of
from portal import portal
from web.access import members_only
from web.asking_back import ask_back
from web.database import db
from web.returning import STATES
from web.visitors import member_id


@portal.route("/me/orders/<number>/return", methods=["GET", "POST"])
@members_only
def return_order(number: str) -> ResponseReturnValue:
    """Goods of one order: first what giving them back does, then the button that sends it."""
    back = url_for("portal.order", number=number)
    return ask_back(_own(number), f"member:{member_id()}", back, _case_at)


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


def _case_at(number: str) -> str:
    return url_for("portal.return_case", number=number)


def _own(number: str) -> OrderView:
    order = order_of(db(), number)
    if order.person_id != member_id():
        raise NotFound
    return order
