"""Signing in and out, by password or mailed link, and choosing a new password."""

from datetime import UTC, datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from club.access.service import Entered, SignInTry, ask_for_link, enter_by_link, set_new_password, sign_in
from club.accounts import service as accounts
from club.accounts.links import find_link
from club.accounts.rules import LEAST_PASSWORD, LINK_MINUTES
from club.accounts.second_factor import second_factor_of
from club.errors import (
    LinkExpired,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    TooManyTries,
    WrongCredentials,
)
from portal import portal
from web.access import SECOND_FACTOR, SECOND_STEP, open_to_all, while_looking
from web.database import db
from web.forms import Form, Needed, PasswordField, TextField
from web.navigation import visitor_home
from web.refusing import refused
from web.safe_next import safe_next
from web.visitors import asking, cookie, sign_browser_in, sign_browser_out, visitor

WEAK = (PasswordTooShort, PasswordTooLong, PasswordTooCommon)
_NAMES = {"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"}


class WhoForm(Form):
    """Whom a mail should go to."""

    identifier = TextField(
        _l("E-mail, member number or phone"),
        [Needed(_l("Enter your e-mail address, member number or phone."))],
        longest=254,
        render_kw=_NAMES,
    )
    next = HiddenField()


class SignInForm(WhoForm):
    """A7."""

    password = PasswordField(_l("Password"), [Needed(_l("Enter your password, or use a mailed link."))])
    remember = BooleanField(_l("Stay signed in on this device for 30 days"))


class NewPasswordForm(Form):
    """A password, asked once."""

    password = PasswordField(_l("New password"), [Needed(_l("Choose a password."))], is_new=True)


class ButtonForm(Form):
    """Only the form key."""


@portal.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@open_to_all
def sign_in_page() -> ResponseReturnValue:
    """By password; the same form asks for a mailed link."""
    if request.method != "POST" and visitor() is not None:
        return redirect(safe_next(request.args.get("next"), visitor_home()), 303)
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        typed = SignInTry(
            identifier=form.identifier.data, password=form.password.data, remember=bool(form.remember.data)
        )
        try:
            entered = sign_in(db(), typed, asking(), datetime.now(UTC))
        except (WrongCredentials, TooManyTries) as refusal:
            form.refuse(refusal)
            return refused(render_template("portal/sign_in.html", form=form), refusal)
        return let_in(entered, form.next.data)
    return render_template("portal/sign_in.html", form=form), 422 if form.errors else 200


@portal.route("/sign-in/link", methods=["GET", "POST"])
@open_to_all
def ask_sign_in_link() -> ResponseReturnValue:
    """Ask for a link to sign in; the answer is the same for every name."""
    return _ask_by_mail("sign_in", "portal/ask_link.html")


@portal.route("/sign-in/forgot", methods=["GET", "POST"])
@open_to_all
def forgot() -> ResponseReturnValue:
    """Ask for a link to choose a new password; the answer is the same for every name."""
    return _ask_by_mail("reset", "portal/forgot.html")


@portal.get("/sign-in/mailed/<any(sign_in, reset):purpose>")
@open_to_all
def mailed(purpose: str) -> ResponseReturnValue:
    """Check your mail."""
    return render_template("portal/mailed.html", purpose=purpose, minutes=LINK_MINUTES[purpose])


@portal.route("/sign-in/link/<token>", methods=["GET", "POST"])
@open_to_all
def sign_in_by_link(token: str) -> ResponseReturnValue:
    """The mailed link opens a ready page; its button signs in."""
    form = ButtonForm()
    link = find_link(db(), token, "sign_in", datetime.now(UTC))
    if form.validate_on_submit():
        try:
            entered = enter_by_link(db(), token, asking(), datetime.now(UTC))
        except TooManyTries as refusal:
            return refused(expired("portal.ask_sign_in_link"), refusal)
        except LinkExpired:
            return private(expired("portal.ask_sign_in_link"), 410)
        return let_in(entered, entered.next)
    if link is None or not link.is_open:
        return private(expired("portal.ask_sign_in_link"), 410)
    return private(render_template("portal/link_ready.html", form=form))


@portal.route("/sign-in/reset/<token>", methods=["GET", "POST"])
@open_to_all
def reset(token: str) -> ResponseReturnValue:
    """The mailed link opens a page for a new password."""
    form = NewPasswordForm()
    link = find_link(db(), token, "reset", datetime.now(UTC))
    if link is None or not link.is_open or link.account_id is None:
        return private(expired("portal.forgot"), 410)
    if form.validate_on_submit():
        try:
            entered = set_new_password(db(), token, form.password.data, asking(), datetime.now(UTC))
        except WEAK as refusal:
            form.refuse(refusal, form.password)
        except TooManyTries as refusal:
            return refused(expired("portal.forgot"), refusal)
        except LinkExpired:
            return private(expired("portal.forgot"), 410)
        else:
            return let_in(entered, None)
    page = render_template("portal/reset.html", form=form, least=LEAST_PASSWORD)
    return private(page, 422 if form.errors or form.password.errors else 200)


@portal.post("/sign-out")
@while_looking
@open_to_all
def sign_out() -> ResponseReturnValue:
    """End this session."""
    sent = cookie()
    if sent is not None:
        accounts.sign_out(db(), sent, datetime.now(UTC))
    return sign_browser_out(make_response(redirect(url_for("portal.landing"), 303)))


def let_in(entered: Entered, next_page: str | None) -> Response:
    """Hand the cookie over and go where somebody wanted to go; by way of the second factor where there is one."""
    target = safe_next(next_page, "") or after_sign_in(None)
    if entered.role is None and not entered.is_proved and second_factor_of(db(), entered.account_id).is_confirmed:
        target = url_for(SECOND_STEP, next=safe_next(next_page, "") or None)
    if entered.role is not None:
        target = url_for(SECOND_FACTOR, next=safe_next(next_page, "") or None)
    return sign_browser_in(make_response(redirect(target, 303)), entered)


def after_sign_in(next_page: str | None) -> str:
    """Where to go when nothing else was asked for."""
    return safe_next(next_page, url_for("portal.home"))


def expired(ask_again: str) -> str:
    """The page for a link that is used up or too old, with the way to a new one."""
    return render_template("portal/link_expired.html", ask_again=url_for(ask_again))


def private(page: str, status: int = 200) -> Response:
    """A page under an address that holds a secret: no copy is kept anywhere."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _ask_by_mail(purpose: str, template: str) -> ResponseReturnValue:
    form = WhoForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        next_page = safe_next(form.next.data, "") or None
        try:
            ask_for_link(db(), purpose, form.identifier.data, asking(), datetime.now(UTC), next_page=next_page)
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(render_template(template, form=form), refusal)
        return redirect(url_for("portal.mailed", purpose=purpose), 303)
    return render_template(template, form=form), 422 if form.errors else 200
