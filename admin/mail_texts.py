"""The words of mails: every act in every language, the club's own beside the shipped ones, looked at before saved."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField

from admin import admin
from admin.mail_words import FIELDS, KINDS, ONLY_WITH, act_name
from admin.outbox import mail_page
from club.errors import Refusal, TextChanged, TooManyTries, UnknownMember
from club.members.models import find_member, the_member
from club.members.rules import grouped
from club.messages.acts import WRITTEN
from club.messages.models import Letter, Wording
from club.messages.parts import Part, parts_of
from club.messages.rendering import Rendered, on_a_phone, render, shown
from club.messages.rules import LONGEST
from club.messages.samples import sample_letter
from club.messages.testing import queue_test
from club.messages.wording import (
    back_to_shipped,
    check_part,
    latest_versions,
    newest_version,
    save_words,
    shipped_words,
    versions_of,
    words_in_force,
    words_of_version,
)
from club.permissions import Permission
from club.texts import LANGUAGES
from web.access import staff_only
from web.database import db
from web.forms import Form, TextAreaField, TextField
from web.glance import balance_today, status_today
from web.languages import OWN_NAMES
from web.programme import programme
from web.visitors import staff


class WordsForm(Form):
    """What every editor of words has; the parts are added for each act."""

    version = HiddenField()
    member = TextField(_l("As this member reads it"), longest=254)


@admin.get("/templates")
@staff_only(Permission.EDIT_MESSAGES)
def templates() -> ResponseReturnValue:
    """Every mail of the club and in which languages it says the club's own words."""
    versions = latest_versions(db())
    rows = [(act, act_name(act), [_cell(act, language, versions) for language in LANGUAGES]) for act in WRITTEN]
    return render_template("admin/mail_texts.html", rows=rows, languages=LANGUAGES)


@admin.route("/templates/<act>/<language>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_MESSAGES)
def templates_edit(act: str, language: str) -> ResponseReturnValue:
    """The words of one mail in one language: to change, to look at, to try."""
    parts = _parts(act, language)
    form = _form_class(act)()
    if request.method != "POST":
        _fill(form, parts, act, language)
        return _page(form, act, language)
    texts, known = _typed(form, parts, language), _reader(form, language)
    if texts is None or known is None:
        return _page(form, act, language, 422)
    wanted = request.form.get("do", "save")
    if wanted == "look":
        return _page(form, act, language, known=known)
    who, now = staff(), datetime.now(UTC)
    try:
        if wanted == "test":
            sent_to = queue_test(db(), act, language, texts, known, by=who.account_id, role=who.role, now=now)
            flash(_("A test mail goes to %(address)s. Nothing is saved yet.", address=sent_to), "success")
            return _page(form, act, language, known=known)
        seen = _seen(form)
        version = save_words(db(), act, language, texts, seen=seen, by=who.account_id, role=who.role, now=now)
    except (TextChanged, TooManyTries) as refusal:
        form.refuse(refusal)
        return _page(form, act, language, 429 if isinstance(refusal, TooManyTries) else 422, known=known)
    flash(_saved_words(version == seen), "success")
    return redirect(url_for("admin.templates_edit", act=act, language=language), 303)


@admin.route("/templates/<act>/<language>/look", methods=["GET", "POST"])
@staff_only(Permission.EDIT_MESSAGES)
def templates_look(act: str, language: str) -> ResponseReturnValue:
    """The mail by itself, as a mail program shows it: the words in force, or those that were just typed."""
    parts = _parts(act, language)
    words = words_in_force(db(), act, language).words
    reader: Mapping[str, object] = {}
    if request.method == "POST":
        form = _form_class(act)()
        typed, known = _typed(form, parts, language), _reader(form, language)
        if typed is None or known is None:
            return _page(form, act, language, 422)
        words, reader = _own(parts, typed, language), known
    mail = _mail(act, language, words, reader)
    is_phone = request.args.get("width") == "phone"
    return mail_page(on_a_phone(mail) if is_phone else mail)


@admin.post("/templates/<act>/<language>/shipped")
@staff_only(Permission.EDIT_MESSAGES)
def templates_shipped(act: str, language: str) -> ResponseReturnValue:
    """Back to the words that the program brings along."""
    _parts(act, language)
    who, form = staff(), WordsForm()
    try:
        back_to_shipped(db(), act, language, seen=_seen(form), by=who.account_id, role=who.role, now=datetime.now(UTC))
    except TextChanged as refusal:
        form = _form_class(act)(formdata=None)
        _fill(form, parts_of(act), act, language)
        form.refuse(refusal)
        return _page(form, act, language, 422)
    flash(_("This mail says the shipped words again. Your versions are kept."), "success")
    return redirect(url_for("admin.templates_edit", act=act, language=language), 303)


# --- the form


@cache
def _form_class(act: str) -> type[WordsForm]:
    """A form with one field for each part of an act's mail."""
    fields = {_name(number): _field(part) for number, part in enumerate(parts_of(act), start=1)}
    return type("PartsForm", (WordsForm,), fields)


def _name(number: int) -> str:
    return f"part_{number}"


def _field(part: Part) -> Any:
    if part.kind == "paragraph":
        return TextAreaField(KINDS[part.kind], longest=LONGEST[part.kind] * 2, rows=3)
    return TextField(KINDS[part.kind], longest=LONGEST[part.kind] * 2)


def _pairs(form: WordsForm, parts: tuple[Part, ...]) -> list[tuple[Part, Field]]:
    return [(part, form[_name(number)]) for number, part in enumerate(parts, start=1)]


def _fill(form: WordsForm, parts: tuple[Part, ...], act: str, language: str) -> None:
    """The words in force, or those of an older version that the address asks for."""
    version = newest_version(db(), act, language)
    asked = request.args.get("version", type=int)
    words = words_of_version(db(), act, language, asked if asked is not None and 0 < asked <= version else version)
    form.version.data = str(version)
    for part, field in _pairs(form, parts):
        field.data = (words or {}).get(part.shipped) or shipped_words(part, language)


def _typed(form: WordsForm, parts: tuple[Part, ...], language: str) -> dict[str, str] | None:
    """What was typed, by shipped sentence; None when something has to be put right."""
    is_fine = form.validate_on_submit()
    for part, field in _pairs(form, parts):
        try:
            check_part(part, field.data or "", language)
        except Refusal as refusal:
            form.refuse(refusal, field)
            is_fine = False
    return {part.shipped: field.data or "" for part, field in _pairs(form, parts)} if is_fine else None


def _own(parts: tuple[Part, ...], texts: Mapping[str, str], language: str) -> dict[str, str]:
    own = {part.shipped: check_part(part, texts[part.shipped], language) for part in parts}
    return {shipped: text for shipped, text in own.items() if text is not None}


def _reader(form: WordsForm, language: str) -> dict[str, object] | None:
    """What is known of the member that was chosen; nothing where none was; None: there is no such member."""
    typed = form.member.data or ""
    if not typed:
        return {}
    try:
        member = the_member(db(), find_member(db(), typed))
    except UnknownMember as refusal:
        form.refuse(refusal, form.member)
        return None
    status, club = status_today(member.person_id), programme()
    rung = status.rung
    return {
        "name": member.addressed_as,
        "number": grouped(member.member_number or ""),
        "points": balance_today(member.person_id).active,
        "tier": {language: rung.name.into(language, club.main_language)},
        "multiplier_percent": rung.multiplier_percent,
        "discount_percent": rung.discount_percent,
    }


def _seen(form: WordsForm) -> int:
    typed = form.version.data or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1


# --- the pages


def _parts(act: str, language: str) -> tuple[Part, ...]:
    if act not in WRITTEN or language not in LANGUAGES:
        abort(404)
    return parts_of(act)


def _page(
    form: WordsForm, act: str, language: str, status: int = 200, known: Mapping[str, object] | None = None
) -> ResponseReturnValue:
    parts = parts_of(act)
    shows = _shown_words(form, parts, language)
    page = render_template(
        "admin/mail_texts_edit.html",
        form=form,
        act=act,
        title=act_name(act),
        edited=language,
        edited_name=OWN_NAMES[language],
        links=[(code, OWN_NAMES[code], url_for("admin.templates_edit", act=act, language=code)) for code in LANGUAGES],
        pairs=[(part, field, shipped_words(part, language)) for part, field in _pairs(form, parts)],
        only_with=ONLY_WITH,
        fields=_fields_in_words(parts, language),
        mail=_mail(act, language, shows, known or {}),
        versions=versions_of(db(), act, language),
        asked_version=request.args.get("version", type=int),
        is_own=bool(words_in_force(db(), act, language).words),
    )
    return page, status


def _shown_words(form: WordsForm, parts: tuple[Part, ...], language: str) -> dict[str, str]:
    """What the page's form says, as far as it can be said."""
    shows = {}
    for part, field in _pairs(form, parts):
        try:
            own = check_part(part, field.data or "", language)
        except Refusal:
            continue
        if own is not None:
            shows[part.shipped] = own
    return shows


def _mail(act: str, language: str, words: Mapping[str, str], known: Mapping[str, object]) -> Rendered:
    letter: Letter = shown(sample_letter(act, language, datetime.now(UTC), known))
    base_url: str = current_app.extensions["club_settings"].base_url
    return render(letter, programme(), base_url, Wording(0, dict(words)))


def _fields_in_words(parts: tuple[Part, ...], language: str) -> list[tuple[str, Any]]:
    """Every field of this mail that the club can use, with what it stands for."""
    names = sorted({field for part in parts for field in part.fields})
    return [(f"{{{name}}}", FIELDS.get(name, "")) for name in names]


def _cell(act: str, language: str, versions: Mapping[tuple[str, str], Any]) -> tuple[str, Any]:
    found = versions.get((act, language))
    return language, found if found is not None and found.is_own else None


def _saved_words(is_same: bool) -> str:
    if is_same:
        return _("Nothing was changed: the words are the same.")
    return _("Saved. From now on mails say these words, those that wait too.")
