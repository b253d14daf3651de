"""Suggestions of a member: a new one, and what became of the others."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.errors import Refusal
from club.suggestions.reading import own
from club.suggestions.rules import LONGEST_WORDS
from club.suggestions.service import suggest
from portal import portal
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, OnceKeyField, TextAreaField, once
from web.lists import PAGE, asked, page_of
from web.refusing import refused
from web.suggestion_words import MARKS, STATES
from web.visitors import member_id


class SuggestForm(Form):
    """What should be otherwise."""

    words = TextAreaField(_l("Your suggestion"), [Needed(_l("Write your suggestion."))], longest=LONGEST_WORDS, rows=5)
    key = OnceKeyField()


@portal.route("/me/suggestions", methods=["GET", "POST"])
@members_only
def suggestions() -> ResponseReturnValue:
    """One's own, the newest first."""
    form = SuggestForm()
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    try:
        suggest(
            db(), member_id(), form.words.data or "", datetime.now(UTC),
            form_key=once(form.key.data or "", member_id()),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(form), refusal)
    flash(_("Your suggestion has arrived. Thank you."), "success")
    return redirect(url_for("portal.suggestions"), 303)


def _page(form: SuggestForm) -> str:
    this = asked((), (), "")
    page = page_of(own(db(), member_id(), PAGE + 1, this.offset), this)
    return render_template("portal/suggestions.html", form=form, page=page, states=STATES, marks=MARKS)
