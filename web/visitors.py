"""Who is asking: from the cookie to a visitor, and the cookie itself.

Flask-Login is not used: sessions are rows here, and it brings its own signed cookie; see docs/decisions/0003.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Flask, Response, current_app, g, request, session

from club.access.models import visitor_of
from club.access.service import Asking, Entered
from club.accounts.browsers import Browser, note_seen
from club.accounts.rules import REMEMBERED_TERM
from club.accounts.sealing import Seal
from club.errors import NotAllowed
from club.permissions import Role
from club.settings import Settings
from web.cart_cookie import bring_cart_along
from web.database import db
from web.kept import kept

LONGEST_COOKIE = 100


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. `person_id` is set for members, `role` for staff; one account may be both."""

    account_id: int
    person_id: int | None
    name: str
    role: Role | None
    session_id: int
    language: str | None
    second_factor_done: bool
    is_looking: bool = False
    """Whether an owner looks at the house as `role`; nothing can be changed meanwhile."""
    leaves_on: date | None = None
    """Of a member who asked to leave: the day from which they are forgotten."""
    unread: int = 0
    """Of a member: messages that they have not read."""


def add_visitors(app: Flask, settings: Settings) -> None:
    """Know the name of the cookie and the key of what is sealed; note who was here after the page is made."""
    is_https = settings.base_url.startswith("https://")
    app.config.update(SIGN_IN_COOKIE="__Host-club" if is_https else "club", SIGN_IN_COOKIE_SECURE=is_https)
    app.extensions["club_seal"] = Seal([settings.secret_key, *settings.secret_key_fallbacks])
    app.after_request(_note_visit)


def visitor() -> Visitor | None:
    """Whoever is signed in on this request. The database is asked at the first call, and only if there is a cookie."""
    return kept("visitor", _recognise_once)


def half_way() -> Visitor | None:
    """A member who has shown the password and still has to show the second step; to every page they are nobody."""
    visitor()
    found: Visitor | None = g.get("half_way")
    return found


def member_id() -> int:
    """The member who is signed in, on pages that are open to members only."""
    who = visitor()
    if who is None or who.person_id is None:
        raise NotAllowed
    return who.person_id


def staff() -> Visitor:
    """Whoever works for the club and is signed in, on pages that are open to staff only."""
    who = visitor()
    if who is None or who.role is None:
        raise NotAllowed
    return who


def cookie() -> str | None:
    """The sign-in cookie of this request."""
    sent = request.cookies.get(current_app.config["SIGN_IN_COOKIE"])
    return sent if sent and len(sent) <= LONGEST_COOKIE else None


def asking() -> Asking:
    """The browser of this request, for whoever signs it in."""
    return Asking(address=request.remote_addr or "", browser=request.user_agent.string, former_cookie=cookie())


def seal() -> Seal:
    """What opens and closes sealed columns."""
    found: Seal = current_app.extensions["club_seal"]
    return found


def sign_browser_in(answer: Response, entered: Entered) -> Response:
    """Hand the cookie over; what is in the cart comes along. Form keys of before stop working."""
    _forget_form_key()
    bring_cart_along(answer, entered.account_id)
    return _hand_over(answer, entered.cookie, is_remembered=entered.is_remembered)


def renew_cookie(answer: Response, value: str) -> Response:
    """The same session under a new cookie, for as long as it was meant to last."""
    _forget_form_key()
    browser: Browser | None = g.get("browser")
    return _hand_over(answer, value, is_remembered=browser is not None and browser.is_remembered)


def sign_browser_out(answer: Response) -> Response:
    """Take the cookie back, and whatever the browser kept of our pages."""
    session.clear()
    config = current_app.config
    answer.delete_cookie(
        config["SIGN_IN_COOKIE"], secure=config["SIGN_IN_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _recognise_once() -> Visitor | None:
    g.visitor = None  # stays so if the database cannot be asked
    return _recognise()


def _recognise() -> Visitor | None:
    sent = cookie()
    found = None if sent is None else visitor_of(db(), sent, datetime.now(UTC))
    if found is None:
        return None
    browser = found.browser
    g.browser = browser
    who = Visitor(
        account_id=browser.account_id,
        person_id=found.person_id,
        name=found.name,
        role=browser.role,
        session_id=browser.session_id,
        language=browser.language,
        second_factor_done=browser.proved_at is not None,
        is_looking=browser.is_looking,
        leaves_on=found.leaves_on,
        unread=found.unread,
    )
    if browser.owes_code:
        g.half_way = who
        return None
    return who


def _note_visit(response: Response) -> Response:
    browser: Browser | None = g.get("browser")
    now = datetime.now(UTC)
    if browser is not None and browser.is_due(now):
        note_seen(db(), browser.session_id, now)
    return response


def _hand_over(answer: Response, value: str, *, is_remembered: bool) -> Response:
    answer.set_cookie(
        current_app.config["SIGN_IN_COOKIE"],
        value,
        max_age=REMEMBERED_TERM.longest if is_remembered else None,
        secure=current_app.config["SIGN_IN_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _forget_form_key() -> None:
    """A form key from before signing in is worth nothing after it; notices stay."""
    notices = session.get("_flashes")
    session.clear()
    if notices:
        session["_flashes"] = notices
