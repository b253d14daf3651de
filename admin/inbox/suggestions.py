"""Suggestions of members: by state, one of them with those that say the same, and what becomes of it."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.errors import NotFound, Refusal, SuggestionMoved
from club.permissions import Permission
from club.suggestions.reading import Suggested, equals_of, listed, the_suggestion
from club.suggestions.rules import LONGEST_PUBLIC, LONGEST_WORDS, State
from club.suggestions.service import decide, join
from club.suggestions.voting import publish, withdraw
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, Needed, TextAreaField, TextField
from web.lists import PAGE, asked, page_of
from web.refusing import refused
from web.suggestion_words import MARKS, STATES
from web.visitors import staff

MOST_EQUALS = 50


class DecideForm(Form):
    """Where it stands. `seen`: the version that was on the screen."""

    state = RadioField(_l("State"), choices=[SelectChoice(key, words) for key, words in STATES.items()])
    answer = TextAreaField(_l("What was done, or why not"), longest=LONGEST_WORDS, rows=4)
    seen = HiddenField()


class JoinForm(Form):
    """The one that says the same."""

    into = TextField(_l("Number of the equal suggestion"), [Needed(_l("Enter the number."))], longest=18)


class PublishForm(Form):
    """What members read of it: words of the club, in each language."""

    words_en = TextAreaField(_l("In English"), [Needed(_l("Write it in English."))], longest=LONGEST_PUBLIC, rows=2)
    words_es = TextAreaField(_l("In Spanish"), [Needed(_l("Write it in Spanish."))], longest=LONGEST_PUBLIC, rows=2)
    words_ru = TextAreaField(_l("In Russian"), [Needed(_l("Write it in Russian."))], longest=LONGEST_PUBLIC, rows=2)

    def words(self) -> Texts:
        """What was typed, by language."""
        return Texts({code: self[f"words_{code}"].data or "" for code in LANGUAGES})


@admin.get("/inbox/suggestions")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_suggestions() -> ResponseReturnValue:
    """Those of one state; what is joined to another one is counted there."""
    this = asked(("state",), (), "")
    wanted = this.filters.get("state", "")
    state = State(wanted) if wanted in set(State) else State.RECEIVED
    tabs = [
        (words, this.without("state") if key == State.RECEIVED else this.with_filter("state", str(key)), key == state)
        for key, words in STATES.items()
    ]
    page = page_of(listed(db(), state, PAGE + 1, this.offset), this)
    return render_template("admin/inbox_suggestions.html", page=page, tabs=tabs)


@admin.route("/inbox/suggestions/<int:suggestion_id>", methods=["GET", "POST"])
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_suggestion(suggestion_id: int) -> ResponseReturnValue:
    """One of them; whoever suggested it hears how it ended."""
    one, form, who = the_suggestion(db(), suggestion_id), DecideForm(), staff()
    if not form.is_submitted():
        form.state.data, form.answer.data, form.seen.data = one.state.value, one.answer, str(one.version)
    if not form.validate_on_submit():
        return _page(one, form), 422 if form.errors else 200
    try:
        decide(
            db(), suggestion_id, State(form.state.data), form.answer.data or "", who.account_id, who.role,
            datetime.now(UTC), seen=id_in(form.seen.data) or 0,
        )  # fmt: skip
    except SuggestionMoved as refusal:
        one = the_suggestion(db(), suggestion_id)
        form.refuse(refusal)
        form.seen.data = str(one.version)
        return refused(_page(one, form), refusal)
    except Refusal as refusal:
        form.refuse(refusal, form.answer)
        return refused(_page(one, form), refusal)
    flash(_("Saved. Whoever suggested it reads it on their page."), "success")
    return redirect(url_for("admin.inbox_suggestion", suggestion_id=suggestion_id), 303)


@admin.post("/inbox/suggestions/<int:suggestion_id>/join")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_suggestion_join(suggestion_id: int) -> ResponseReturnValue:
    """It says the same as another one."""
    one, form, who = the_suggestion(db(), suggestion_id), JoinForm(prefix="join"), staff()
    if not form.validate_on_submit():
        return _page(one, _shown(one), form), 422
    into_id = id_in(form.into.data) or 0
    try:
        join(db(), suggestion_id, into_id, who.account_id, who.role, datetime.now(UTC))
    except NotFound:
        form.into.errors = [_("There is no other suggestion with this number.")]
        return _page(one, _shown(one), form), 422
    except SuggestionMoved as refusal:
        form.refuse(refusal)
        return refused(_page(one, _shown(one), form), refusal)
    flash(_("Joined. From now on both stand where this one does."), "success")
    return redirect(url_for("admin.inbox_suggestion", suggestion_id=into_id), 303)


@admin.post("/inbox/suggestions/<int:suggestion_id>/publish")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_suggestion_publish(suggestion_id: int) -> ResponseReturnValue:
    """Members read it in these words and vote for it."""
    one, form, who = the_suggestion(db(), suggestion_id), PublishForm(prefix="public"), staff()
    if not form.validate_on_submit():
        return _page(one, _shown(one), publish_form=form), 422
    try:
        publish(db(), suggestion_id, form.words(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, None if isinstance(refusal, SuggestionMoved) else form.words_en)
        return refused(_page(one, _shown(one), publish_form=form), refusal)
    flash(_("Published. Members vote for it from now on."), "success")
    return redirect(url_for("admin.inbox_suggestion", suggestion_id=suggestion_id), 303)


@admin.post("/inbox/suggestions/<int:suggestion_id>/withdraw")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_suggestion_withdraw(suggestion_id: int) -> ResponseReturnValue:
    """Members see it no more."""
    who = staff()
    withdraw(db(), suggestion_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("Members see it no more. Its votes are kept."), "success")
    return redirect(url_for("admin.inbox_suggestion", suggestion_id=suggestion_id), 303)


def _shown(one: Suggested) -> DecideForm:
    return DecideForm(formdata=None, state=one.state.value, answer=one.answer, seen=str(one.version))


def _page(
    one: Suggested, form: DecideForm, join_form: JoinForm | None = None, publish_form: PublishForm | None = None
) -> str:
    return render_template(
        "admin/inbox_suggestion.html",
        one=one,
        form=form,
        join_form=join_form or JoinForm(formdata=None, prefix="join"),
        publish_form=publish_form or _public(one),
        equals=equals_of(db(), one.id, MOST_EQUALS),
        states=STATES,
        marks=MARKS,
    )


def _public(one: Suggested) -> PublishForm:
    there = {f"words_{code}": one.public_words.get(code, "") for code in LANGUAGES}
    return PublishForm(formdata=None, prefix="public", **there)
