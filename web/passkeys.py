"""Passkeys as pages need them: where they are good, which browser a challenge belongs to, how options are sent."""

from secrets import token_hex
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, session

from club.access.service.passkeys import Site
from web.pages import club_name
from web.visitors import Visitor

_BROWSER = "passkey"


def site() -> Site:
    """The club as browsers know it, from the setting and never from the request."""
    origin: str = current_app.config["OWN_ORIGIN"]
    return Site(origin=origin, host=urlsplit(origin).hostname or "localhost", name=club_name())


def place_of(who: Visitor) -> str:
    """A session that is signed in."""
    return f"session {who.session_id}"


def new_place() -> str:
    """A browser in which nobody is signed in yet; kept in its form cookie."""
    session[_BROWSER] = token_hex(16)
    return this_place()


def this_place() -> str:
    """The browser that began; once asked for, another one has to begin."""
    return f"browser {session.get(_BROWSER, '')}"


def sent_options(options: str) -> Response:
    """What the browser asks the device for."""
    answer = make_response(options)
    answer.mimetype = "application/json"
    answer.headers["Cache-Control"] = "no-store"
    return answer
