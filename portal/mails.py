"""Mails that a mail service hands over: answers of customers, and reports of mails that did not arrive."""

import logging
from datetime import UTC, datetime

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from club.messages.bounces import Heard
from club.messages.reports import LARGEST_MAIL
from club.settings import Settings
from club.signed import ForgedMessage, check_signature
from club.support.service.mailing import take_in
from portal import portal
from web.access import open_to_all
from web.database import db
from web.security import body_of_at_most, csrf

log = logging.getLogger(__name__)

MAIL = "message/rfc822"
SIGNATURE = "Club-Signature"


@portal.post("/mails/incoming")
@csrf.exempt
@open_to_all
def mail_incoming() -> ResponseReturnValue:
    """One mail as it came. 2xx only once it is taken in, or where there is nothing to take in."""
    settings: Settings = current_app.extensions["club_settings"]
    if not settings.mail_webhook_secrets:
        abort(404)
    if request.mimetype != MAIL:
        return _said(f"send the mail as {MAIL}", 415)
    raw, now = body_of_at_most(LARGEST_MAIL), datetime.now(UTC)
    try:
        check_signature(raw, request.headers.get(SIGNATURE, ""), settings.mail_webhook_secrets, now)
    except ForgedMessage as forged:
        log.warning("a mail that was handed over was refused: %s", forged)
        return _said("not accepted", 400)
    heard = take_in(db(), settings.uploads_path, raw, now)
    return _said(heard.value, 503 if heard is Heard.LATER else 200)


def _said(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
