"""Whose cart this request is about, and how much is in it."""

from datetime import UTC, datetime

from club.carts.models import Owner, pieces_of
from web.cart_cookie import cart_token
from web.database import db
from web.glance import pieces_today
from web.kept import forget, kept
from web.visitors import visitor


def cart_owner() -> Owner:
    """The member who is signed in, else the browser by its cookie; nobody asks the database for nothing."""
    who = visitor()
    if who is not None and who.person_id is not None:
        return Owner(person_id=who.person_id)
    return Owner(token=cart_token())


def cart_count() -> int:
    """How many pieces are in the cart, for the head of the page: one query a request, none for who has no cart."""
    return kept("cart_count", _counted)


def cart_count_is(pieces: int) -> None:
    """The page has read the cart already."""
    forget("cart_count")
    kept("cart_count", lambda: pieces)


def _counted() -> int:
    owner = cart_owner()
    if owner.person_id is not None:
        return pieces_today(owner.person_id)
    return pieces_of(db(), owner, datetime.now(UTC))
