"""Points passed on to another member: seen first, then done with the password."""

from datetime import UTC, datetime
from hashlib import sha256

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import Field, HiddenField

from club.access.service.passwords import check_own_password
from club.errors import (
    AlreadyPosted,
    NotEnoughPoints,
    Refusal,
    TransferTooMuch,
    UnknownReceiver,
    WrongCredentials,
)
from club.members.rules import grouped
from club.transfers.models import known_by, transfers_of
from club.transfers.rules import LONGEST_NAME
from club.transfers.service import Allowance, Effect, Wanted, allowance, look, send
from portal import portal
from web.access import members_only
from web.database import db
from web.formats import points
from web.forms import Form, Needed, OnceKeyField, PasswordField, TextField, WholeNumberField, once
from web.messages import words_for
from web.programme import programme
from web.refusing import refused
from web.visitors import asking, member_id, visitor


class PassForm(Form):
    """To whom, how many; the password under the effect."""

    number = TextField(
        _l("Member number"), [Needed(lazy_pgettext("receiver", "Enter the number on their card."))], longest=40,
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    name = TextField(
        _l("Name on the card"), [Needed(lazy_pgettext("receiver", "Enter their name."))], longest=LONGEST_NAME,
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    points = WholeNumberField(_l("How many points"), [Needed(_l("Enter how many points."))], least=1)
    current = PasswordField(_l("Current password"))
    key = OnceKeyField()
    shown = HiddenField()
    """What the effect was worked out from; anything else is shown again first."""

    def wanted(self) -> Wanted:
        """What was typed."""
        return Wanted(self.number.data or "", self.name.data or "", self.points.data or 0)


@portal.route("/me/points/pass", methods=["GET", "POST"])
@members_only
def points_pass() -> ResponseReturnValue:
    """Say to whom and how many, see what happens, do it."""
    form = PassForm()
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    try:
        return _shown_or_done(form)
    except AlreadyPosted:
        flash(_("This was done already. It counts once."), "info")
        return redirect(url_for("portal.points_pass"), 303)
    except WrongCredentials as refusal:
        form.current.errors = [_("This is not the password that you use now.")]
        return refused(_page(form, look(db(), member_id(), form.wanted(), _account_id(), datetime.now(UTC))), refusal)
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(form), refusal)


def _shown_or_done(form: PassForm) -> ResponseReturnValue:
    """The effect, until the button under the effect of this very wish is pressed."""
    now, by, wanted = datetime.now(UTC), _account_id(), form.wanted()
    key = once(form.key.data or "", by)
    if known_by(db(), key) is not None:
        raise AlreadyPosted
    effect = look(db(), member_id(), wanted, by, now)
    mark = sha256(repr((wanted, effect)).encode()).hexdigest()[:32]
    wants_it = request.form.get("do") == "pass"
    if not wants_it or form.shown.data != mark:
        form.shown.data = mark
        return _page(form, effect, has_changed=wants_it)
    check_own_password(db(), by, form.current.data or "", asking(), now)
    send(db(), member_id(), wanted, key, by, now)
    flash(_("Done: %(points)s are with %(name)s now.", points=points(effect.points), name=effect.to_name), "success")
    return redirect(url_for("portal.points_pass"), 303)


def _page(form: PassForm, effect: Effect | None = None, *, has_changed: bool = False) -> str:
    may, closed = _allowed()
    return render_template(
        "portal/points_pass.html",
        form=form,
        effect=effect,
        has_changed=has_changed,
        allowed=may,
        closed=closed,
        transfers=transfers_of(db(), member_id()),
        me=member_id(),
        terms=programme(),
        grouped=grouped,
    )


def _allowed() -> tuple[Allowance | None, str]:
    try:
        return allowance(db(), member_id(), datetime.now(UTC)), ""
    except Refusal as refusal:
        return None, words_for(refusal)


def _field_of(form: PassForm, refusal: Refusal) -> Field | None:
    match refusal:
        case NotEnoughPoints() | TransferTooMuch():
            return form.points
        case UnknownReceiver():
            return form.number
    return None


def _account_id() -> int:
    who = visitor()
    assert who is not None, "the route is for members"
    return who.account_id
