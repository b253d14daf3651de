"""The cookie by which a guest's cart is known, and what becomes of it when its owner signs in."""

from datetime import UTC, datetime

from flask import Response, current_app, flash, request
from flask_babel import gettext as _

from club.carts.models import LONGEST_TOKEN, Owner, cart_of
from club.carts.rules import KEPT, MOST_LINES
from club.carts.service import merge_at_sign_in
from club.members.models import person_of
from web.database import db


def cart_token() -> str | None:
    """What the cart cookie of this request holds."""
    sent = request.cookies.get(_name())
    return sent if sent and len(sent) <= LONGEST_TOKEN else None


def hand_cart_over(answer: Response, token: str) -> Response:
    """The browser keeps the token as long as the cart is kept."""
    answer.set_cookie(
        _name(),
        token,
        max_age=int(KEPT.total_seconds()),
        secure=current_app.config["SIGN_IN_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def bring_cart_along(answer: Response, account_id: int) -> Response:
    """What was in the cart of this browser is the member's from now on, and the browser forgets its token.

    Somebody who is no member keeps it as a guest, and so does a browser whose cart did not fit in whole.
    """
    token = cart_token()
    person = None if token is None else person_of(db(), account_id)
    if token is None or person is None or person.member_number is None:
        return answer
    now = datetime.now(UTC)
    is_merged = merge_at_sign_in(db(), person.person_id, token, now)
    if is_merged and cart_of(db(), Owner(token=token), now) is not None:
        flash(_("A cart holds up to %(most)s different things. Take one out, or order these first.", most=MOST_LINES))
        return answer
    if is_merged:
        flash(_("What was in the cart of this browser is in your cart now."))
    answer.delete_cookie(_name(), secure=current_app.config["SIGN_IN_COOKIE_SECURE"], httponly=True, samesite="Lax")
    return answer


def _name() -> str:
    return "__Host-club-cart" if current_app.config["SIGN_IN_COOKIE_SECURE"] else "club-cart"
