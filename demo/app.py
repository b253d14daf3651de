"""The program with the demonstration's own pages around it: who to sign in as, and the mails that were written."""

from datetime import UTC, datetime

import pyotp
from flask import Blueprint, Flask, Response, abort, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from club.accounts.models import Account
from club.messages.models import find_letter, latest
from club.messages.rendering import render
from club.messages.wording import words_of
from club.settings import STRIPE, Settings
from demo.cast import PASSWORD, SIGN_IN_MEMBERS, STAFF
from web.access import open_to_all
from web.database import db
from web.programme import programme
from web.visitors import seal
from wsgi import create_app

demo = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates")

MAILS = 100


def create_demo_app() -> Flask:
    """The program, and `/demo`."""
    settings = Settings.from_environment()
    app = create_app(settings)
    app.register_blueprint(demo)
    return app


@demo.get("/")
@open_to_all
def who() -> ResponseReturnValue:
    """Who to sign in as, with the code that each authenticator would show now."""
    return render_template(
        "demo/who.html",
        members=SIGN_IN_MEMBERS,
        staff=STAFF,
        codes=current_codes(),
        password=PASSWORD,
        test_payments=_test_payments(),
    )


@demo.get("/mail")
@open_to_all
def mails() -> ResponseReturnValue:
    """What would have been sent, latest first."""
    return render_template(
        "demo/mails.html", letters=[(letter, _rendered(letter.id)) for letter in latest(db(), MAILS)]
    )


@demo.get("/mail/<int:letter_id>")
@open_to_all
def mail(letter_id: int) -> ResponseReturnValue:
    """One mail as text; its link leads on."""
    letter = find_letter(db(), letter_id) or abort(404)
    return render_template("demo/mail.html", letter=letter, mail=_rendered(letter_id))


@demo.get("/mail/<int:letter_id>/look")
@open_to_all
def look(letter_id: int) -> Response:
    """The same as a mail program shows it. Mails carry their styles inside, which no page of the club may."""
    answer = make_response(_rendered(letter_id).html)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
    return answer


def current_codes() -> dict[str, str]:
    """E-mail address → the six digits of this half minute."""
    now = datetime.now(UTC)
    rows = db().execute(select(Account.email, Account.totp_secret).where(Account.totp_secret.is_not(None)))
    return {row.email: pyotp.TOTP(seal().open(row.totp_secret)).at(now) for row in rows}


def _test_payments() -> str:
    """Where the stand-in for Stripe shows who was sent to pay; "" where a test account of Stripe is used."""
    settings = Settings.from_environment()
    return settings.stripe_api_base if settings.takes_cards and settings.stripe_api_base != STRIPE else ""


def _rendered(letter_id: int):  # type: ignore[no-untyped-def]
    letter = find_letter(db(), letter_id) or abort(404)
    return render(letter, programme(), Settings.from_environment().base_url, words_of(db(), letter))
