"""The kinds of facts that products of this club may have: vintage, alcohol, allergens."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.options import key_for
from club.catalogue.rules.products import LONGEST_NAME, AttributeKind
from club.catalogue.service.categories import remove_attribute, save_attribute
from club.catalogue.standing import FactKind, fact_kinds
from club.errors import CategoryInUse, NotFound, Refusal
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, TextField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import programme
from web.visitors import staff

LONGEST_UNIT = 16


class FactForm(Form):
    """One kind of fact."""

    name_en = TextField(OWN_NAMES["en"], longest=LONGEST_NAME, render_kw={"lang": "en", "autocomplete": "off"})
    name_es = TextField(OWN_NAMES["es"], longest=LONGEST_NAME, render_kw={"lang": "es", "autocomplete": "off"})
    name_ru = TextField(OWN_NAMES["ru"], longest=LONGEST_NAME, render_kw={"lang": "ru", "autocomplete": "off"})
    kind = SelectField(
        _l("Its values are"),
        choices=[
            SelectChoice(AttributeKind.TEXT.value, _l("words")),
            SelectChoice(AttributeKind.NUMBER.value, _l("numbers")),
        ],
    )
    unit = TextField(_l("Behind the number"), longest=LONGEST_UNIT, render_kw={"class": "form-control input-short"})
    is_filter = BooleanField(_l("The list of the shop can be narrowed by it"))

    def name(self) -> Texts:
        """What it is called."""
        return Texts({language: self[f"name_{language}"].data or "" for language in LANGUAGES})


@admin.route("/products/facts", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_facts() -> ResponseReturnValue:
    """All kinds of facts, with a form for one more."""
    form = FactForm()
    if form.validate_on_submit():
        key = key_for(form.name().into(programme().main_language))
        if key in {kind.key for kind in fact_kinds(db())}:
            form.name_en.errors = [_("There is a kind of fact with this name already.")]
        elif _save(form, key):
            flash(_("Saved."), "success")
            return redirect(url_for("admin.products_facts"), 303)
    return _page(form), 422 if form.mistakes() else 200


@admin.route("/products/facts/<key>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_fact(key: str) -> ResponseReturnValue:
    """Change the words of a kind of fact; whether it is words or numbers stays."""
    kind = _kind(key)
    form = FactForm(
        kind=kind.kind.value, unit=kind.unit, is_filter=kind.is_filter,
        **{f"name_{language}": kind.name.get(language, "") for language in LANGUAGES},
    )  # fmt: skip
    form.kind.data = kind.kind.value
    if form.validate_on_submit() and _save(form, key):
        flash(_("Saved."), "success")
        return redirect(url_for("admin.products_facts"), 303)
    return _page(form, kind), 422 if form.mistakes() else 200


@admin.post("/products/facts/<key>/remove")
@staff_only(Permission.EDIT_PRODUCTS)
def products_fact_remove(key: str) -> ResponseReturnValue:
    """Remove a kind of fact that no product has."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        remove_attribute(db(), _kind(key).key, who.account_id, who.role, datetime.now(UTC))
    except CategoryInUse:
        flash(_("Products have this fact. Take it from them first."), "danger")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Removed."), "success")
    return redirect(url_for("admin.products_facts"), 303)


def _save(form: FactForm, key: str) -> bool:
    """Whether it could be saved; the words of a refusal stand in the form."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        save_attribute(
            db(), key, form.name(), AttributeKind(form.kind.data), unit=form.unit.data or "",
            is_filter=bool(form.is_filter.data), by=who.account_id, role=who.role, now=datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _kind(key: str) -> FactKind:
    found = next((kind for kind in fact_kinds(db()) if kind.key == key), None)
    if found is None:
        raise NotFound
    return found


def _page(form: FactForm, kind: FactKind | None = None) -> str:
    return render_template("admin/products_facts.html", form=form, kind=kind, kinds=fact_kinds(db()))
