"""One's own preferences card: what one likes, dislikes, needs, wants and would give."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.care.models import own_card, own_line
from club.care.rules import LONGEST_WHAT, Liking, NewPreference, Source
from club.care.service import add_own, change_own, end_own
from club.errors import NotFound, Refusal
from portal import portal
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, OnceKeyField, TextField, once
from web.programme import today
from web.refusing import refused
from web.visitors import member_id, visitor

KINDS: dict[str, Any] = {
    Liking.LIKE: _l("I like"),
    Liking.DISLIKE: _l("I do not like"),
    Liking.NEED: _l("I need"),
    Liking.WANT: _l("I want"),
    Liking.GIVE: _l("I would give"),
}


class LineForm(Form):
    """One line of the card."""

    key = OnceKeyField()
    kind = SelectField(_l("What it is"), choices=[SelectChoice(kind, words) for kind, words in KINDS.items()])
    what = TextField(_l("In a few words"), [Needed(_l("Write a few words first."))], longest=LONGEST_WHAT)
    effect = TextField(_l("How it affects you"), longest=LONGEST_WHAT)

    def line(self, account_id: int) -> NewPreference:
        """What was typed, as a value."""
        return NewPreference(
            kind=Liking(self.kind.data),
            what=self.what.data or "",
            effect=self.effect.data or "",
            source=Source.SAID,
            noted_on=today(),
            cause=f"form:{once(self.key.data or '', account_id).hex()}",
        )


@portal.route("/me/likes", methods=["GET", "POST"])
@members_only
def preferences() -> ResponseReturnValue:
    """The card, line by line, and one more line."""
    who, form = member_id(), LineForm()
    if not form.validate_on_submit():
        return _card(who, form), 422 if form.errors else 200
    try:
        add_own(db(), who, form.line(_account_id()), _account_id(), datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.what)
        return refused(_card(who, form), refusal)
    flash(_("It stands on your card now."), "success")
    return redirect(url_for("portal.preferences"), 303)


@portal.route("/me/likes/<int:preference_id>", methods=["GET", "POST"])
@members_only
def preferences_line(preference_id: int) -> ResponseReturnValue:
    """Other words for a line of one's own."""
    who = member_id()
    line = own_line(db(), who, preference_id)
    form = LineForm(kind=line.kind.value, what=line.what, effect=line.effect)
    if not form.validate_on_submit():
        return _line(preference_id, form), 422 if form.errors else 200
    try:
        change_own(db(), who, preference_id, form.line(_account_id()), _account_id(), datetime.now(UTC))
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal, form.what)
        return refused(_line(preference_id, form), refusal)
    flash(_("Changed."), "success")
    return redirect(url_for("portal.preferences"), 303)


@portal.post("/me/likes/<int:preference_id>/end")
@members_only
def preferences_end(preference_id: int) -> ResponseReturnValue:
    """Take a line off the card; it can be put back at once."""
    is_over = request.form.get("over") != "no"
    end_own(db(), member_id(), preference_id, is_over, _account_id(), datetime.now(UTC))
    return redirect(url_for("portal.preferences", undo=preference_id if is_over else None), 303)


def _card(who: int, form: LineForm) -> str:
    return render_template(
        "portal/preferences.html",
        lines=own_card(db(), who),
        form=form,
        kinds=KINDS,
        undo=request.args.get("undo", type=int),
    )


def _line(preference_id: int, form: LineForm) -> str:
    return render_template("portal/preferences_line.html", form=form, preference_id=preference_id)


def _account_id() -> int:
    who = visitor()
    assert who is not None, "the route is for members"
    return who.account_id
