"""The order that an address names: for a guest, or for the member who made it. Nobody else can guess it."""

from flask import abort

from club.errors import NotFound
from club.orders.reading import OrderView, order_by_key
from shop.buyers import member_or_none
from web.database import db


def their_order(key: str) -> OrderView:
    """For whoever has the address; for a member who is signed in only if the order is not another one's. Else 404."""
    try:
        found = order_by_key(db(), key)
    except NotFound:
        abort(404)
    who = member_or_none()
    if who is not None and found.person_id not in {None, who}:
        abort(404)
    return found


def is_own(found: OrderView) -> bool:
    """Whether the member who looks made it."""
    who = member_or_none()
    return who is not None and who == found.person_id
