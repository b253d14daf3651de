"""Pages for what went wrong: what happened and what to do now, never a trace."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from club import errors
from club.errors import Refusal
from web.kept import forget
from web.languages import language_without_database, locale_of
from web.messages import words_for
from web.safe_next import path_to_return_to

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """What an error page says."""

    code: int
    title: str
    advice: str


def add_error_pages(app: Flask) -> None:
    """One handler a kind of trouble."""
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, _form_key)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(Exception, _unexpected)


def trouble_for(code: int) -> Trouble:
    """The words for a status."""
    words = {
        400: (_("This request was not understood"), _("Go back, look at the form and send it again.")),
        403: (_("This page is not open to you"), _("The owner of the club can grant it to your account.")),
        404: (_("There is no page here"), _("The address may be misspelt, or the page has moved.")),
        405: (_("This address is not for that"), _("Go back and use the button on the page.")),
        413: (_("That is too much at once"), _("Send a smaller file, or split it into parts.")),
        429: (_("Too many tries"), _("Wait a few minutes, then try again.")),
        500: (
            _("Something broke on our side"),
            _("Try again in a minute. If it stays so, tell the club this reference."),
        ),
        503: (_("The club is being set up"), _("Come back in a few minutes.")),
    }
    title, advice = words.get(code, words[400])
    return Trouble(code=code, title=title, advice=advice)


def _unknown_host(error: SecurityError) -> ResponseReturnValue:
    """Under another host's name no address of ours can be given, so this is no page."""
    return Response(HTTPStatus.BAD_REQUEST.phrase, status=HTTPStatus.BAD_REQUEST, content_type="text/plain")


def _form_key(error: CSRFError) -> ResponseReturnValue:
    trouble = Trouble(
        code=400,
        title=_("This form was open for too long"),
        advice=_(
            "Nothing was changed. Open the page again and send the form once more. Your browser has to accept cookies."
        ),
    )
    return render_template("errors/trouble.html", trouble=trouble, back=path_to_return_to()), 400


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code >= 500:
        return _unexpected(error)
    page = render_template("errors/trouble.html", trouble=trouble_for(error.code), back=None)
    return page, error.code, _kept_headers(error)


def _kept_headers(error: HTTPException) -> list[tuple[str, str]]:
    """Allow and Retry-After say something; the rest is ours."""
    return [(name, value) for name, value in error.get_headers(request.environ) if name in {"Allow", "Retry-After"}]


def _refusal(refusal: Refusal) -> ResponseReturnValue:
    """A refusal that the page itself did not explain."""
    match refusal:
        case errors.NoProgramme():
            return _without_database(503, reference=None)
        case errors.NotFound() | errors.UnknownMember():
            return render_template("errors/trouble.html", trouble=trouble_for(404), back=None), 404
        case errors.NotAllowed():
            return render_template("errors/trouble.html", trouble=trouble_for(403), back=None), 403
    trouble = Trouble(code=422, title=_("This cannot be done now"), advice=words_for(refusal))
    return render_template("errors/trouble.html", trouble=trouble, back=path_to_return_to()), 422


def _unexpected(error: Exception) -> ResponseReturnValue:
    """A fault of ours: logged under a reference that the page shows."""
    reference = token_hex(4).upper()
    log.error("fault %s on %s %s", reference, request.method, _path_to_log(), exc_info=error)
    return _without_database(500, reference)


def _path_to_log() -> str:
    """The path without the secret of a mailed link, which the fault left unused."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "…") if token else request.path


def _without_database(code: int, reference: str | None) -> ResponseReturnValue:
    """A page that asks the database nothing."""
    language = g.language = language_without_database()
    forget("locale")
    forget("sentences")
    with force_locale(str(locale_of(language, ""))):
        return render_template(
            "errors/broken.html", trouble=trouble_for(code), reference=reference, language_code=language
        ), code
