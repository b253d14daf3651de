"""One product: made, changed, put into the shop and taken out."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.fields import ThousandthsField
from admin.products.form import ProductForm, form_of
from admin.products.words import ACTS, LOOKS, STATES, UNITS
from club.catalogue.categories import tree
from club.catalogue.reading import Page, product_for_staff
from club.catalogue.rules.faults import Place
from club.catalogue.rules.products import (
    HEAVIEST_GRAMS,
    LONGEST_NAME,
    LONGEST_SKU,
    MOST_CONTENT,
    NewProduct,
    NewVariant,
    Unit,
)
from club.catalogue.service.products import add_product, change_product, set_state
from club.catalogue.standing import as_it_stands, fact_kinds, readiness_of
from club.delivery.countries import countries_to_receive
from club.errors import BadProduct, ChangedMeanwhile, Refusal, SkuTaken
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import programme, today
from web.visitors import staff


class NewForm(Form):
    """What a product begins with; everything else follows on its page."""

    name_en = TextField(OWN_NAMES["en"], longest=LONGEST_NAME, render_kw={"lang": "en", "autocomplete": "off"})
    name_es = TextField(OWN_NAMES["es"], longest=LONGEST_NAME, render_kw={"lang": "es", "autocomplete": "off"})
    name_ru = TextField(OWN_NAMES["ru"], longest=LONGEST_NAME, render_kw={"lang": "ru", "autocomplete": "off"})
    sku = TextField(
        _l("SKU"),
        [Needed(_l("Enter the SKU: what the till and the shelf call it."))],
        longest=LONGEST_SKU,
        render_kw={"class": "form-control input-short", "autocomplete": "off", "spellcheck": "false"},
    )
    content = ThousandthsField(_l("Contents"), most=MOST_CONTENT)
    unit = SelectField(_l("Measured in"))
    weight_grams = WholeNumberField(_l("Weight with its packing, in grams"), most=HEAVIEST_GRAMS)

    def product(self) -> NewProduct:
        """What was typed, as a value."""
        content = self.content.data or 0
        variant = NewVariant(
            sku=self.sku.data or "",
            content=content,
            unit=Unit(self.unit.data) if content else None,
            weight_grams=self.weight_grams.data or 0,
        )
        name = Texts({language: self[f"name_{language}"].data or "" for language in LANGUAGES})
        return NewProduct(name=name, variants=(variant,))


@admin.route("/products/new", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_new() -> ResponseReturnValue:
    """One more product, as a draft."""
    form = NewForm()
    form.unit.choices = [SelectChoice(unit.value, words) for unit, words in UNITS.items()]
    if form.validate_on_submit():
        main = form[f"name_{programme().main_language}"]
        if not main.data:
            main.errors = [_("Enter the name in %(language)s.", language=main.label.text)]
            return render_template("admin/products_new.html", form=form), 422
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            product_id = add_product(db(), form.product(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            is_sku = isinstance(refusal, SkuTaken) or (isinstance(refusal, BadProduct) and refusal.place == Place.SKU)
            form.refuse(refusal, form.sku if is_sku else None)
        else:
            flash(_("The draft is made. Nobody sees it until it is put into the shop."), "success")
            return redirect(url_for("admin.products_edit", product_id=product_id), 303)
    return render_template("admin/products_new.html", form=form), 422 if form.errors or form.form_errors else 200


@admin.route("/products/<int:product_id>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_edit(product_id: int) -> ResponseReturnValue:
    """Change what a product says, where it stands and who sees it."""
    page = product_for_staff(db(), product_id, today())
    form = form_of(as_it_stands(page), page.version, fact_kinds(db()), _abroad())
    form.offer(tree(db()), ladder_on(db(), today()).ladder.rungs, page.rung_key)
    if not form.validate_on_submit():
        return _page(form, page), 422 if form.errors else 200
    main = form[f"name_{programme().main_language}"]
    if not main.data:
        main.errors = [_("Enter the name in %(language)s.", language=main.label.text)]
        return _page(form, page), 422
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        change_product(
            db(), product_id, form.product(as_it_stands(page)), form.seen_version, who.account_id, who.role,
            datetime.now(UTC),
        )  # fmt: skip
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        form.version.data = str(page.version)  # saving again puts this form in place of theirs
        return _page(form, page), 422
    except Refusal as refusal:
        form.show_refusal(refusal)
        return _page(form, page), 422
    flash(_("Saved."), "success")
    return redirect(url_for("admin.products_edit", product_id=product_id), 303)


@admin.post("/products/<int:product_id>/<any(publish, draft, archive):act>")
@staff_only(Permission.EDIT_PRODUCTS)
def products_act(product_id: int, act: str) -> ResponseReturnValue:
    """Put a product into the shop, take it out, archive it."""
    page, who = product_for_staff(db(), product_id, today()), staff()
    assert who.role is not None  # the door let nobody else in
    try:
        set_state(db(), product_id, ACTS[act], page.version, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(str(_ACT_WORDS[act]), "success")
    return redirect(url_for("admin.products_edit", product_id=product_id), 303)


_ACT_WORDS = {
    "publish": _l("It is in the shop."),
    "draft": _l("It is out of the shop. Orders that have it stay as they are."),
    "archive": _l("It is archived. Old orders still name it."),
}


def _page(form: ProductForm, page: Page) -> str:
    return render_template(
        "admin/products_edit.html",
        form=form,
        page=page,
        kinds=fact_kinds(db()),
        ready=readiness_of(page),
        states=STATES,
        looks=LOOKS,
        today=today(),
        abroad=sorted((field for _code, field in form.abroad()), key=lambda field: str(field.label.text)),
    )


def _abroad() -> list[str]:
    """Where goods go beside the club's own country."""
    return [one for one in countries_to_receive(db()) if one != programme().country]
