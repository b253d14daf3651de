"""How staff come in: the invitation, the second factor, its recovery codes."""

from datetime import UTC, datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from club.access.service import accept_invitation
from club.access.service.passkeys import passkeys_of
from club.access.service.second_step import confirm_second_factor
from club.accounts.links import find_link
from club.accounts.models import the_login
from club.accounts.rules import LEAST_PASSWORD
from club.accounts.second_factor import address_for_app, second_factor_of, seed_to_confirm
from club.accounts.service import Proof, prove_second_factor
from club.errors import (
    LinkExpired,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    TooManyTries,
    WrongCode,
)
from web.access import open_to_all, staff_at_the_door
from web.database import db
from web.forms import Form, Needed, PasswordField, TextField
from web.navigation import visitor_home
from web.pages import club_name
from web.refusing import refused
from web.safe_next import safe_next
from web.visitors import Visitor, asking, renew_cookie, seal, sign_browser_in, visitor

WEAK = (PasswordTooShort, PasswordTooLong, PasswordTooCommon)


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = TextField(
        _l("Code"),
        [Needed(_l("Enter the code from your authenticator app."))],
        longest=60,
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"},
    )
    next = HiddenField()


class InvitationForm(Form):
    """A password, asked once."""

    password = PasswordField(_l("Password"), [Needed(_l("Choose a password."))], is_new=True)


@admin.route("/second-factor", methods=["GET", "POST"])
@staff_at_the_door
def second_factor() -> ResponseReturnValue:
    """The code that staff enter after the password, once a session."""
    who = staff_at_door()
    known = second_factor_of(db(), who.account_id)
    if not known.has_seed:
        return render_template("admin/not_invited.html"), 403
    if not known.is_confirmed:
        return redirect(url_for("admin.set_up_second_factor"), 303)
    form = CodeForm(next=request.args.get("next", ""))
    if who.second_factor_done:
        return redirect(after(form.next.data), 303)
    if form.validate_on_submit():
        try:
            cookie = prove_second_factor(db(), _proof(who, form), seal(), datetime.now(UTC))
        except (WrongCode, TooManyTries) as refusal:
            _explain(form, refusal)
            return refused(code_page(form, known.codes_left), refusal)
        return renew_cookie(make_response(redirect(after(form.next.data), 303)), cookie)
    return code_page(form, known.codes_left), 422 if form.errors else 200


@admin.route("/second-factor/set-up", methods=["GET", "POST"])
@staff_at_the_door
def set_up_second_factor() -> ResponseReturnValue:
    """Scan or type the secret, enter the first code, keep the recovery codes: shown this once."""
    who, form = staff_at_door(), CodeForm()
    known = second_factor_of(db(), who.account_id)
    if known.is_confirmed or not known.has_seed:
        return redirect(url_for("admin.second_factor"), 303)
    if form.validate_on_submit():
        try:
            cookie, codes = confirm_second_factor(db(), _proof(who, form), seal(), datetime.now(UTC))
        except (WrongCode, TooManyTries) as refusal:
            _explain(form, refusal)
            return refused(_set_up_page(form, who), refusal)
        page = render_template("admin/recovery_codes.html", codes=codes, onward=after(None))
        return renew_cookie(_unkept(page), cookie)
    return _set_up_page(form, who), 422 if form.errors else 200


@admin.route("/invitation/<token>", methods=["GET", "POST"])
@open_to_all
def invitation(token: str) -> ResponseReturnValue:
    """The mailed invitation: choose a password, then set up the second factor."""
    now, form = datetime.now(UTC), InvitationForm()
    link = find_link(db(), token, "staff", now)
    if link is None or not link.is_open:
        return _unkept(render_template("admin/invitation_expired.html"), 410)
    if form.validate_on_submit():
        try:
            entered = accept_invitation(db(), token, form.password.data, asking(), seal(), now)
        except LinkExpired:
            return _unkept(render_template("admin/invitation_expired.html"), 410)
        except WEAK as refusal:
            form.refuse(refusal, form.password)
            return refused(_invitation_page(form), refusal)
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(_invitation_page(form), refusal)
        return sign_browser_in(make_response(redirect(url_for("admin.set_up_second_factor"), 303)), entered)
    return _unkept(_invitation_page(form), 422 if form.errors else 200)


def code_page(form: CodeForm, codes_left: int) -> str:
    """The page that asks for the second factor."""
    has_passkey = bool(passkeys_of(db(), staff_at_door().account_id))
    return render_template("admin/second_factor.html", form=form, codes_left=codes_left, has_passkey=has_passkey)


def _set_up_page(form: CodeForm, who: Visitor) -> str:
    seed = seed_to_confirm(db(), who.account_id, seal())
    address = address_for_app(seed, the_login(db(), who.account_id).email, club_name())
    spaced = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    return render_template("admin/set_up_second_factor.html", form=form, address=address, secret=spaced)


def _invitation_page(form: InvitationForm) -> str:
    return render_template("admin/invitation.html", form=form, least=LEAST_PASSWORD)


def _unkept(page: str, status: int = 200) -> Response:
    """A page with a secret on it or in its address: no copy is kept anywhere."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _proof(who: Visitor, form: CodeForm) -> Proof:
    return Proof(who.account_id, who.session_id, form.code.data, asking().address)


def _explain(form: CodeForm, refusal: WrongCode | TooManyTries) -> None:
    form.refuse(refusal, form.code if isinstance(refusal, WrongCode) else None)


def after(next_page: str | None) -> str:
    """Where to go once both steps are shown."""
    return safe_next(next_page, visitor_home())


def staff_at_door() -> Visitor:
    """Whoever has shown the password."""
    who = visitor()
    assert who is not None, "the route is for staff"
    return who
