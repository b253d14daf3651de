"""What a product can be chosen by, and its variants: each with its own SKU, contents, weight and stock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.fields import ThousandthsField
from admin.products.options import as_typed, key_for, missing_combinations, values_typed
from admin.products.words import LOOKS, STATES, UNITS
from club.catalogue.reading import Page, product_for_staff
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import (
    HEAVIEST_GRAMS,
    LONGEST_NAME,
    LONGEST_SKU,
    MOST_CONTENT,
    MOST_OPTIONS,
    MOST_QUANTITY,
    MOST_VALUES,
    MOST_VARIANTS,
    NewProduct,
    NewVariant,
    Option,
    Unit,
)
from club.catalogue.service.products import change_product
from club.catalogue.standing import as_it_stands
from club.errors import BadProduct, ChangedMeanwhile, Refusal, SkuTaken
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES, in_language
from web.programme import today
from web.visitors import staff

LONGEST_VERSION = 9
LONGEST_VALUES = 8000


class VariantsForm(Form):
    """Options and rows of variants, added by `form_for`."""

    rows = 0

    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [
            SelectChoice("", _("no unit price")),
            *(SelectChoice(unit.value, words) for unit, words in UNITS.items()),
        ]
        options = self.options()
        for row in self.places:
            self[f"unit_{row}"].choices = units
            for place in range(1, MOST_OPTIONS + 1):
                field = self[f"choice_{place}_{row}"]
                field.choices = [SelectChoice("", "–")]
                if place <= len(options):
                    field.choices += [SelectChoice(key, in_language(name)) for key, name in options[place - 1].values]

    @property
    def places(self) -> range:
        """The rows, counted from 1."""
        return range(1, self.rows + 1)

    @property
    def seen_version(self) -> int:
        """Which state of the product the form was filled from."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    def options(self) -> tuple[Option, ...]:
        """The options that have a name."""
        found = []
        for place in range(1, MOST_OPTIONS + 1):
            name = Texts({one: self[f"option_{one}_{place}"].data or "" for one in LANGUAGES})
            if name:
                key = self[f"option_key_{place}"].data or key_for(next(iter(name.values())))
                found.append(Option(key, name, values_typed(self[f"option_values_{place}"].data or "")))
        return tuple(found)

    def variants(self) -> tuple[NewVariant, ...]:
        """The rows that have a SKU."""
        options = self.options()
        return tuple(self._variant(row, options) for row in self.places if self[f"sku_{row}"].data)

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        field: Field | None = None
        if isinstance(refusal, SkuTaken):
            field = next((self[f"sku_{row}"] for row in self.places if self[f"sku_{row}"].data == refusal.sku), None)
        self.refuse(refusal, field)

    def _variant(self, row: int, options: Sequence[Option]) -> NewVariant:
        content = self[f"content_{row}"].data or 0
        unit = self[f"unit_{row}"].data
        return NewVariant(
            sku=self[f"sku_{row}"].data or "",
            choices={
                option.key: self[f"choice_{place}_{row}"].data or "" for place, option in enumerate(options, start=1)
            },
            content=content,
            unit=Unit(unit) if unit else None,
            weight_grams=self[f"weight_{row}"].data or 0,
            sold_in=self[f"sold_in_{row}"].data or 1,
            is_active=bool(self[f"active_{row}"].data),
            id=id_in(self[f"id_{row}"].data),
        )


@cache
def form_for(rows: int) -> type[VariantsForm]:
    """The form with so many rows."""
    fields: dict[str, Any] = {"rows": rows}
    code = {"autocomplete": "off", "spellcheck": "false"}
    for place in range(1, MOST_OPTIONS + 1):
        fields[f"option_key_{place}"] = HiddenField()
        for language in LANGUAGES:
            fields[f"option_{language}_{place}"] = TextField(
                OWN_NAMES[language], longest=LONGEST_NAME, render_kw={"lang": language, "autocomplete": "off"}
            )
        fields[f"option_values_{place}"] = TextAreaField(
            _l("Values, one a line"), longest=LONGEST_VALUES, rows=4, render_kw={"class": "form-control", **code}
        )
    for row in range(1, rows + 1):
        fields[f"id_{row}"] = HiddenField()
        fields[f"sku_{row}"] = TextField(
            _l("SKU"), longest=LONGEST_SKU, render_kw={"class": "form-control input-short", **code}
        )
        for place in range(1, MOST_OPTIONS + 1):
            fields[f"choice_{place}_{row}"] = SelectField(_l("Choice"), validate_choice=False)
        fields[f"content_{row}"] = ThousandthsField(_l("Contents"), most=MOST_CONTENT)
        fields[f"unit_{row}"] = SelectField(_l("Measured in"))
        fields[f"weight_{row}"] = WholeNumberField(_l("Weight in grams"), most=HEAVIEST_GRAMS)
        fields[f"sold_in_{row}"] = WholeNumberField(_l("Sold in multiples of"), least=1, most=MOST_QUANTITY)
        fields[f"active_{row}"] = BooleanField(_l("On sale"))
    return type("VariantsOfProduct", (VariantsForm,), fields)


@admin.route("/products/<int:product_id>/variants", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_variants(product_id: int) -> ResponseReturnValue:
    """Options and variants of a product, saved together."""
    page = product_for_staff(db(), product_id, today())
    before = as_it_stands(page)
    if request.method != "POST":
        return _page(_filled(before.options, before.variants, page.version), page)
    rows = min(request.form.get("rows", 0, type=int), MOST_VARIANTS)
    form = form_for(max(rows, 0))()
    if not form.validate():
        return _page(form, page), 422
    typed = replace(before, options=form.options(), variants=form.variants())
    if any(len(option.values) > MOST_VALUES for option in typed.options):
        form.show_refusal(BadProduct(Place.OPTIONS, Fault.TOO_MANY, str(MOST_VALUES)))
        return _page(form, page), 422
    match request.form.get("do"):
        case "combine":
            return _page(_filled(typed.options, _combined(typed), form.seen_version), page)
        case "more":
            more = [*typed.variants, NewVariant(sku="")]
            return _page(_filled(typed.options, more, form.seen_version), page)
    return _saved(form, page, typed)


def _saved(form: VariantsForm, page: Page, typed: NewProduct) -> ResponseReturnValue:
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        change_product(db(), page.id, typed, form.seen_version, who.account_id, who.role, datetime.now(UTC))
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        form.version.data = str(page.version)  # saving again puts this form in place of theirs
        return _page(form, page), 422
    except Refusal as refusal:
        form.show_refusal(refusal)
        return _page(form, page), 422
    flash(_("Saved."), "success")
    return redirect(url_for("admin.products_variants", product_id=page.id), 303)


def _combined(typed: NewProduct) -> list[NewVariant]:
    """A variant for each combination: those that are there fit in where they can, the others begin like the first."""
    first = typed.variants[0] if typed.variants else NewVariant(sku="")
    kept = [_fitted(variant, typed.options) for variant in typed.variants]
    room = MOST_VARIANTS - len(kept)
    fresh = [
        replace(first, id=None, is_active=True, choices=choices, sku=_suggested(first.sku, choices))
        for choices in missing_combinations(typed.options, kept, room)
    ]
    return [*kept, *fresh]


def _fitted(variant: NewVariant, options: Sequence[Option]) -> NewVariant:
    """What was not chosen yet becomes the first value of its option."""
    choices = {
        option.key: variant.choices.get(option.key) or (option.values[0][0] if option.values else "")
        for option in options
    }
    return replace(variant, choices=choices)


def _suggested(sku: str, choices: dict[str, str]) -> str:
    return "-".join([sku, *(value.upper() for value in choices.values())])[:LONGEST_SKU]


def _filled(options: Sequence[Option], variants: Sequence[NewVariant], version: int) -> VariantsForm:
    given: dict[str, Any] = {"version": str(version)}
    for place, option in enumerate(options, start=1):
        given |= {f"option_key_{place}": option.key, f"option_values_{place}": as_typed(option)}
        given |= {f"option_{one}_{place}": option.name.get(one, "") for one in LANGUAGES}
    for row, variant in enumerate(variants, start=1):
        given |= {
            f"id_{row}": str(variant.id or ""),
            f"sku_{row}": variant.sku,
            f"content_{row}": variant.content or None,
            f"unit_{row}": variant.unit.value if variant.unit else "",
            f"weight_{row}": variant.weight_grams or None,
            f"sold_in_{row}": variant.sold_in,
            f"active_{row}": variant.is_active,
        }
        for place, option in enumerate(options, start=1):
            given[f"choice_{place}_{row}"] = variant.choices.get(option.key, "")
    return form_for(len(variants))(formdata=None, data=given)


def _page(form: VariantsForm, page: Page) -> str:
    return render_template(
        "admin/products_variants.html",
        form=form,
        page=page,
        options=form.options(),
        most_options=MOST_OPTIONS,
        most_variants=MOST_VARIANTS,
        states=STATES,
        looks=LOOKS,
    )
