"""Joining: one page, a mail, one button. Claiming a place that the club keeps. The terms."""

import logging
from contextlib import suppress
from datetime import UTC, datetime

from flask import Response, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from club.accounts.links import find_link
from club.accounts.rules import LEAST_PASSWORD
from club.errors import (
    BadEmail,
    BadPhone,
    LinkExpired,
    NameMissing,
    NotJoinedFrom,
    Refusal,
    TermsNotAccepted,
    TooManyTries,
)
from club.joining import service as joining
from club.joining.rules import NEWS_CHANNELS, WantsToJoin, tidy_code
from club.joining.service import Joined
from club.members.models import the_member
from club.members.rules import grouped
from club.offers.codes import looks_like_code
from club.orders.service import claim_orders
from club.points.models import balance_of
from club.referrals.service import count_wrong_code, may_ask_for_a_code, take_up
from portal import portal
from portal.signin import WEAK, ButtonForm, NewPasswordForm, private
from web.access import members_only, open_to_all
from web.database import db
from web.forms import EmailField, Form, Needed, PasswordField, TextField
from web.languages import language
from web.living import LivingForm
from web.navigation import visitor_home
from web.programme import today
from web.referrals import Invitation, invitation_by
from web.refusing import refused
from web.visitors import asking, sign_browser_in, visitor

REFERENCE = "join_reference"
CODE = "join_code"
"""The code that somebody came with: it stays while they look around or choose another language."""

log = logging.getLogger("orders")


class WhoJoins(LivingForm):
    """What stands above the ticks, on the page and in the list of what is to be put right."""

    name = TextField(
        _l("Name"), [Needed(_l("Enter your name."))], render_kw={"autocomplete": "name", "autocapitalize": "words"}
    )
    email = EmailField(_l("E-mail"), [Needed(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [Needed(_l("Choose a password."))], is_new=True)
    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
    code = TextField(_l("Code or card number"), longest=40, render_kw={"autocomplete": "off", "spellcheck": "false"})


class ConsentFields(Form):
    """The required tick, and one unticked box a channel."""

    terms = BooleanField(
        _l("I accept the terms of the club and have read the privacy notice."),
        [Needed(_l("Tick the box to accept the terms and the privacy notice."))],
    )
    news_email = BooleanField(_l("Send me news by e-mail."))
    news_phone = BooleanField(_l("Tell me news by phone or text message."))
    news_post = BooleanField(_l("Send me news by post."))

    def news(self) -> tuple[str, ...]:
        """The channels whose box was ticked."""
        return tuple(channel for channel in NEWS_CHANNELS if self[f"news_{channel}"].data)


class JoinForm(WhoJoins, ConsentFields):
    """A3."""

    code_seen = HiddenField()
    """A code that was said to be nobody's: sent again with it, joining goes on without."""

    def wanted(self) -> WantsToJoin:
        """The form as a value."""
        return WantsToJoin(
            full_name=self.name.data,
            email=self.email.data,
            password=self.password.data,
            language=language(),
            accepts_terms=bool(self.terms.data),
            news=self.news(),
            code=tidy_code(self.code.data or ""),
            phone=(self.phone.data or "") if "phone" in self else "",
            lives_in=self.lives_in,
        )


class ClaimForm(ConsentFields, NewPasswordForm):
    """A password and the tick; everything else is known."""


@portal.route("/join", methods=["GET", "POST"])
@portal.get("/j/<code>", endpoint="join_with_code")
@open_to_all
def join(code: str = "") -> ResponseReturnValue:
    """The form; the answer is the same for known and unknown addresses."""
    if request.method != "POST" and visitor() is not None:
        if code:
            flash(_("You are a member already. A link like this is for friends who are not."), "info")
        return redirect(visitor_home(), 303)
    if code:
        session[CODE] = code[:40]
    form = JoinForm(code=session.get(CODE, ""))
    invitation = _fitting(form)
    if code and invitation is None:
        _count_followed(code)
    if form.validate_on_submit() and _code_is_settled(form, invitation):
        try:
            waiting = joining.ask_to_join(db(), form.wanted(), asking(), datetime.now(UTC))
        except Refusal as refusal:
            _explain(form, refusal)
            return refused(_join_page(form, invitation), refusal)
        session[REFERENCE] = waiting.reference
        session.pop(CODE, None)
        return redirect(url_for("portal.join_mailed"), 303)
    return _join_page(form, invitation), 422 if form.errors else 200


@portal.route("/join/mailed", methods=["GET", "POST"])
@open_to_all
def join_mailed() -> ResponseReturnValue:
    """Check your mail; after a minute it can be sent once more."""
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            joining.ask_again(db(), session.get(REFERENCE, ""), asking(), datetime.now(UTC))
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(render_template("portal/join_mailed.html", form=form, is_sent_again=False), refusal)
        except LinkExpired:
            return redirect(url_for("portal.join"), 303)
        return render_template("portal/join_mailed.html", form=form, is_sent_again=True)
    return render_template("portal/join_mailed.html", form=form, is_sent_again=False)


@portal.route("/join/confirm/<token>", methods=["GET", "POST"])
@open_to_all
def join_confirm(token: str) -> ResponseReturnValue:
    """The mailed link opens a ready page; its button makes a member and signs in."""
    now, reference = datetime.now(UTC), session.get(REFERENCE)
    try:
        is_same = joining.is_same_browser(db(), token, reference, now)
    except LinkExpired:
        return _join_expired(token, ButtonForm())
    form = ButtonForm() if is_same else NewPasswordForm()
    if form.validate_on_submit():
        password = "" if is_same else form["password"].data
        try:
            joined = joining.confirm(db(), token, reference=reference, password=password, asking=asking(), now=now)
        except LinkExpired:
            return _join_expired(token, ButtonForm())
        except WEAK as refusal:
            form.refuse(refusal, form["password"])
            return refused(_ready_page(form, is_same=is_same), refusal)
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(_ready_page(form, is_same=is_same), refusal)
        return _welcome(joined)
    return private(_ready_page(form, is_same=is_same), 422 if form.errors else 200)


@portal.post("/join/confirm/<token>/again")
@open_to_all
def join_confirm_again(token: str) -> ResponseReturnValue:
    """A new link in place of one that is too old."""
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            joining.ask_with_old_link(db(), token, asking(), datetime.now(UTC))
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(render_template("portal/join_expired.html", form=form, token=token, can_renew=True), refusal)
        except LinkExpired:
            return redirect(url_for("portal.join"), 303)
    return redirect(url_for("portal.join_mailed"), 303)


@portal.route("/join/claim/<token>", methods=["GET", "POST"])
@open_to_all
def join_claim(token: str) -> ResponseReturnValue:
    """A member without an account chooses a password."""
    now, form = datetime.now(UTC), ClaimForm()
    link = find_link(db(), token, "claim", now)
    if link is None or not link.is_open:
        return private(render_template("portal/claim_expired.html"), 410)
    if form.validate_on_submit():
        try:
            joined = joining.claim(
                db(),
                token,
                password=form.password.data,
                accepts_terms=bool(form.terms.data),
                ticked=form.news(),
                language=language(),
                asking=asking(),
                now=now,
            )
        except LinkExpired:
            return private(render_template("portal/claim_expired.html"), 410)
        except (*WEAK, TooManyTries) as refusal:
            _explain(form, refusal)
            return refused(_claim_page(form), refusal)
        return _welcome(joined)
    return private(_claim_page(form), 422 if form.errors else 200)


@portal.get("/me/welcome")
@members_only
def welcome() -> ResponseReturnValue:
    """The card, what is on it already, and what to do next."""
    who = visitor()
    assert who is not None
    assert who.person_id is not None
    member = the_member(db(), who.person_id)
    assert member.member_number is not None
    balance = balance_of(db(), who.person_id, today())
    return render_template("portal/welcome.html", member=member, number=grouped(member.member_number), balance=balance)


def _fitting(form: JoinForm) -> Invitation | None:
    """Whose code is in the form; the phone is asked for where the club asks friends for it."""
    invitation = invitation_by(form.code.data or "") if _is_answered(form.code.data or "") else None
    if invitation is None or not invitation.terms.asks_phone:
        del form.phone
    if form.code.data and not form.is_submitted():
        form.code_seen.data = form.code.data
    return invitation


def _is_answered(typed: str) -> bool:
    """After ten wrong codes no code is answered for a while, right or wrong."""
    is_like_one = looks_like_code(tidy_code(typed))
    return not is_like_one or may_ask_for_a_code(db(), asking(), datetime.now(UTC))


def _count_followed(code: str) -> None:
    """A link with a code of nobody counts like a typed one; the page is the same for whoever followed too many."""
    if looks_like_code(tidy_code(code)):
        with suppress(TooManyTries):
            count_wrong_code(db(), asking(), datetime.now(UTC))


def _code_is_settled(form: JoinForm, invitation: Invitation | None) -> bool:
    """Whether joining goes on. A code like a member's that nobody has is said once, and counted each time."""
    typed = tidy_code(form.code.data or "")
    if invitation is not None or not looks_like_code(typed):
        return True
    was_said = tidy_code(form.code_seen.data or "") == typed
    form.code_seen.data = typed
    try:
        count_wrong_code(db(), asking(), datetime.now(UTC))
    except TooManyTries as refusal:
        form.refuse(refusal, form.code)
        return False
    if was_said:
        return True
    form.code.errors = [_("No member has this code. Correct it, or press Join again to join without it.")]
    return False


def _join_page(form: JoinForm, invitation: Invitation | None) -> str:
    return render_template("portal/join.html", form=form, least=LEAST_PASSWORD, invitation=invitation)


def _ready_page(form: Form, *, is_same: bool) -> str:
    return render_template("portal/join_ready.html", form=form, is_same=is_same, least=LEAST_PASSWORD)


def _claim_page(form: ClaimForm) -> str:
    return render_template("portal/claim.html", form=form, least=LEAST_PASSWORD)


def _join_expired(token: str, form: ButtonForm) -> Response:
    link = find_link(db(), token, "join", datetime.now(UTC))
    return private(render_template("portal/join_expired.html", form=form, token=token, can_renew=link is not None), 410)


def _explain(form: Form, refusal: Refusal) -> None:
    """Put a refusal where it belongs."""
    fields: dict[type[Refusal], str] = {
        NameMissing: "name",
        NotJoinedFrom: "country",
        BadEmail: "email",
        BadPhone: "phone",
        TermsNotAccepted: "terms",
        **dict.fromkeys(WEAK, "password"),
    }
    name = fields.get(type(refusal))
    form.refuse(refusal, form[name] if name else None)


def _welcome(joined: Joined) -> Response:
    """The mailbox is proven: whoever brought the member is noted, and what was ordered as a guest is theirs.

    Whatever goes wrong with that keeps nobody out; the night tries it again.
    """
    try:
        take_up(db(), joined.person_id, asking(), datetime.now(UTC))
    except Exception:
        log.exception("the code of member %s is not taken up", joined.person_id)
    try:
        claim_orders(db(), joined.person_id, datetime.now(UTC))
    except Exception:
        log.exception("orders of member %s are not claimed", joined.person_id)
    return sign_browser_in(make_response(redirect(url_for("portal.welcome"), 303)), joined.entered)
