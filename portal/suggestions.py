"""Suggestions of a member: a new one, what became of the others, and votes for what the club published."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.errors import Refusal, VotingOver
from club.suggestions.reading import own, wanted
from club.suggestions.rules import LONGEST_WORDS
from club.suggestions.service import suggest
from club.suggestions.voting import take_back, vote
from portal import portal
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, OnceKeyField, TextAreaField, once
from web.lists import PAGE, asked, page_of
from web.messages import words_for
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


@portal.get("/me/suggestions/wanted")
@members_only
def suggestions_wanted() -> ResponseReturnValue:
    """What the club published: what can be voted for, or what has ended."""
    this = asked(("ended",), (), "")
    is_open = this.filters.get("ended") != "1"
    tabs = [
        (_("Vote"), this.without("ended"), is_open),
        (_("What became of them"), this.with_filter("ended", "1"), not is_open),
    ]
    page = page_of(wanted(db(), member_id(), is_open, PAGE + 1, this.offset), this)
    return render_template(
        "portal/suggestions_wanted.html", page=page, tabs=tabs, is_open=is_open, states=STATES, marks=MARKS
    )


@portal.post("/me/suggestions/<int:suggestion_id>/vote")
@members_only
def suggestion_vote(suggestion_id: int) -> ResponseReturnValue:
    """One wants it too."""
    try:
        vote(db(), suggestion_id, member_id(), datetime.now(UTC))
    except VotingOver as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Your vote counts. You hear of it when it is done, or if it cannot be."), "success")
    return redirect(url_for("portal.suggestions_wanted"), 303)


@portal.post("/me/suggestions/<int:suggestion_id>/vote/back")
@members_only
def suggestion_vote_back(suggestion_id: int) -> ResponseReturnValue:
    """One does not want it after all."""
    take_back(db(), suggestion_id, member_id())
    flash(_("Your vote is taken back."), "success")
    return redirect(url_for("portal.suggestions_wanted"), 303)


def _page(form: SuggestForm) -> str:
    this = asked((), (), "")
    page = page_of(own(db(), member_id(), PAGE + 1, this.offset), this)
    return render_template("portal/suggestions.html", form=form, page=page, states=STATES, marks=MARKS)
