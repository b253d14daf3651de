"""Answers that are used again: the list, one of them in three languages."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import Refusal, TitleTaken
from club.permissions import Permission
from club.support.reading import saved_answer, saved_answers
from club.support.rules import LONGEST_TITLE, LONGEST_WORDS
from club.support.service.saved import add_saved, change_saved, remove_saved
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextAreaField, TextField
from web.refusing import refused
from web.visitors import staff


class SavedForm(Form):
    """A title for colleagues, and the words in each language."""

    title = TextField(_l("Title"), [Needed(_l("Enter a title."))], longest=LONGEST_TITLE)
    words_en = TextAreaField(_l("In English"), longest=LONGEST_WORDS, rows=5)
    words_es = TextAreaField(_l("In Spanish"), longest=LONGEST_WORDS, rows=5)
    words_ru = TextAreaField(_l("In Russian"), longest=LONGEST_WORDS, rows=5)

    def words(self) -> Texts:
        """What was typed, by language."""
        return Texts({code: self[f"words_{code}"].data or "" for code in LANGUAGES})

    def show(self, title: str, words: Texts) -> None:
        """What stands there now."""
        self.title.data = title
        for code in LANGUAGES:
            self[f"words_{code}"].data = words.get(code, "")


@admin.get("/inbox/saved")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_saved() -> ResponseReturnValue:
    """All of them."""
    return render_template("admin/inbox_saved.html", answers=saved_answers(db()), languages=LANGUAGES)


@admin.route("/inbox/saved/new", methods=["GET", "POST"])
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_saved_new() -> ResponseReturnValue:
    """Another one."""
    form, who = SavedForm(), staff()
    if not form.validate_on_submit():
        return _page(form, None), 422 if form.errors else 200
    try:
        add_saved(db(), form.title.data or "", form.words(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.title if isinstance(refusal, TitleTaken) else form.words_en)
        return refused(_page(form, None), refusal)
    flash(_("The answer is saved."), "success")
    return redirect(url_for("admin.inbox_saved"), 303)


@admin.route("/inbox/saved/<int:answer_id>", methods=["GET", "POST"])
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_saved_edit(answer_id: int) -> ResponseReturnValue:
    """Other words for it."""
    there, form, who = saved_answer(db(), answer_id), SavedForm(), staff()
    if not form.is_submitted():
        form.show(there.title, there.words)
    if not form.validate_on_submit():
        return _page(form, answer_id), 422 if form.errors else 200
    try:
        change_saved(
            db(), answer_id, form.title.data or "", form.words(), who.account_id, who.role, datetime.now(UTC)
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal, form.title if isinstance(refusal, TitleTaken) else form.words_en)
        return refused(_page(form, answer_id), refusal)
    flash(_("The answer is saved."), "success")
    return redirect(url_for("admin.inbox_saved"), 303)


@admin.post("/inbox/saved/<int:answer_id>/remove")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_saved_remove(answer_id: int) -> ResponseReturnValue:
    """Nobody needs it any more."""
    who = staff()
    remove_saved(db(), answer_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The answer is removed. What was sent with it stays."), "success")
    return redirect(url_for("admin.inbox_saved"), 303)


def _page(form: SavedForm, answer_id: int | None) -> str:
    return render_template("admin/inbox_saved_edit.html", form=form, answer_id=answer_id)
