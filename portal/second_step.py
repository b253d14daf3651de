"""A second step for members who want one: a code of an app after the password, with recovery codes."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Response, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from club.access.service.passwords import check_own_password
from club.access.service.second_step import confirm_second_factor, give_up_second_factor
from club.accounts.models import the_login
from club.accounts.recovery import begin_second_factor, renew_recovery_codes
from club.accounts.second_factor import address_for_app, second_factor_of, seed_to_confirm
from club.accounts.service import Proof, prove_second_factor
from club.errors import TooManyTries, WrongCode, WrongCredentials
from portal import portal
from portal.signin import after_sign_in, private
from web.access import SECOND_FACTOR, account_owner_only, open_to_all
from web.database import db
from web.forms import Form, Needed, PasswordField, TextField
from web.pages import club_name
from web.refusing import refused
from web.visitors import Visitor, asking, half_way, renew_cookie, seal, visitor

SECONDS_TO_CONFIRM = 15 * 60
"""So long after the password the secret of a new app may be shown again."""
_BEGUN = "second_step"


class StepForm(Form):
    """A code of the app, or a recovery code."""

    code = TextField(
        _l("Code"),
        [Needed(_l("Enter the code from your authenticator app."))],
        longest=60,
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"},
    )
    next = HiddenField()


class BeginForm(Form):
    """The password, before anything about signing in changes."""

    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])


@portal.route("/me/second-step", methods=["GET", "POST"])
@open_to_all
def second_step() -> ResponseReturnValue:
    """The code after the password; until then to every page nobody is signed in."""
    who, form = half_way(), StepForm(next=request.args.get("next", ""))
    if who is None:
        return redirect(after_sign_in(form.next.data) if visitor() else url_for("portal.sign_in"), 303)
    left = second_factor_of(db(), who.account_id).codes_left
    if form.validate_on_submit():
        try:
            cookie = prove_second_factor(db(), _proof(who, form), seal(), datetime.now(UTC))
        except (WrongCode, TooManyTries) as refusal:
            _explain(form, refusal)
            return refused(render_template("portal/second_step.html", form=form, codes_left=left), refusal)
        return renew_cookie(make_response(redirect(after_sign_in(form.next.data), 303)), cookie)
    page = render_template("portal/second_step.html", form=form, codes_left=left)
    return page, 422 if form.errors else 200


@portal.route("/me/second-step/set-up", methods=["GET", "POST"])
@account_owner_only
def second_step_set_up() -> ResponseReturnValue:
    """First the password, then the secret to scan, then the first code; the recovery codes are shown this once."""
    who = _member()
    if second_factor_of(db(), who.account_id).is_confirmed:
        return redirect(url_for("portal.security"), 303)
    if "code" in request.form:
        return _confirm(who)
    form = BeginForm()
    if not form.validate_on_submit():
        return render_template("portal/second_step_begin.html", form=form), 422 if form.errors else 200
    try:
        check_own_password(db(), who.account_id, form.current.data or "", asking(), datetime.now(UTC))
    except WrongCredentials as refusal:
        form.current.errors = [_("This is not the password that you use now.")]
        return refused(render_template("portal/second_step_begin.html", form=form), refusal)
    except TooManyTries as refusal:
        form.refuse(refusal)
        return refused(render_template("portal/second_step_begin.html", form=form), refusal)
    begin_second_factor(db(), who.account_id, seal())
    session[_BEGUN] = [who.session_id, int(datetime.now(UTC).timestamp())]
    return private(_secret_page(who, StepForm(formdata=None)))


@portal.route("/me/second-step/codes", methods=["GET", "POST"])
@account_owner_only
def second_step_codes() -> ResponseReturnValue:
    """New recovery codes, shown once."""

    def renewed(proof: Proof) -> ResponseReturnValue:
        return _codes_page(renew_recovery_codes(db(), proof, seal(), datetime.now(UTC)))

    return _with_code("portal/second_step_codes.html", renewed)


@portal.route("/me/second-step/off", methods=["GET", "POST"])
@account_owner_only
def second_step_off() -> ResponseReturnValue:
    """Without it again."""

    def ended(proof: Proof) -> ResponseReturnValue:
        give_up_second_factor(db(), proof, seal(), datetime.now(UTC))
        flash(_("The password alone opens the way in from now on."), "success")
        return redirect(url_for("portal.security"), 303)

    return _with_code("portal/second_step_off.html", ended)


def _confirm(who: Visitor) -> ResponseReturnValue:
    form = StepForm()
    if not _has_begun(who) or not second_factor_of(db(), who.account_id).has_seed:
        return redirect(url_for("portal.second_step_set_up"), 303)
    if not form.validate_on_submit():
        return private(_secret_page(who, form), 422)
    try:
        cookie, codes = confirm_second_factor(db(), _proof(who, form), seal(), datetime.now(UTC))
    except (WrongCode, TooManyTries) as refusal:
        _explain(form, refusal)
        return refused(private(_secret_page(who, form)), refusal)
    return renew_cookie(_codes_page(codes), cookie)


def _has_begun(who: Visitor) -> bool:
    """Whether the password was shown for this a moment ago in this session: the secret is shown to nobody else."""
    session_id, at = session.get(_BEGUN, (None, 0))
    return bool(session_id == who.session_id and datetime.now(UTC).timestamp() - at < SECONDS_TO_CONFIRM)


def _with_code(template: str, act: Callable[[Proof], ResponseReturnValue]) -> ResponseReturnValue:
    """A page that asks for a code before it does something."""
    who, form = _member(), StepForm()
    left = second_factor_of(db(), who.account_id)
    if not left.is_confirmed:
        return redirect(url_for("portal.security"), 303)
    if not form.validate_on_submit():
        return render_template(template, form=form, left=left.codes_left), 422 if form.errors else 200
    try:
        return act(_proof(who, form))
    except (WrongCode, TooManyTries) as refusal:
        _explain(form, refusal)
        return refused(render_template(template, form=form, left=left.codes_left), refusal)


def _secret_page(who: Visitor, form: StepForm) -> str:
    seed = seed_to_confirm(db(), who.account_id, seal())
    address = address_for_app(seed, the_login(db(), who.account_id).email, club_name())
    spaced = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    return render_template("portal/second_step_set_up.html", form=form, address=address, secret=spaced)


def _codes_page(codes: list[str]) -> Response:
    return private(render_template("portal/second_step_kept.html", codes=codes))


def _proof(who: Visitor, form: StepForm) -> Proof:
    return Proof(who.account_id, who.session_id, form.code.data or "", asking().address)


def _explain(form: StepForm, refusal: WrongCode | TooManyTries) -> None:
    form.refuse(refusal, form.code if isinstance(refusal, WrongCode) else None)


def _member() -> Visitor:
    """Staff have a second factor in any case, on pages of their own."""
    who = visitor()
    assert who is not None, "the route is for whoever is signed in"
    if who.role is not None:
        abort(redirect(url_for(SECOND_FACTOR), 303))
    return who
