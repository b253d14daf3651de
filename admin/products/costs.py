"""What each variant costs the club: staff alone see it, and offers warn by it."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.products.words import LOOKS, STATES
from club.catalogue.costs import costs_of, set_costs
from club.catalogue.reading import product_for_staff
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, MoneyField
from web.programme import today
from web.visitors import staff


@admin.route("/products/<int:product_id>/costs", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_costs(product_id: int) -> ResponseReturnValue:
    """One amount a variant, or nothing where it is not known."""
    page, who = product_for_staff(db(), product_id, today()), staff()
    variants = {one.choice.id: one.choice.sku for one in page.variants}
    known = costs_of(db(), product_id)
    form = _form_for(variants)(**{f"cost_{one}": cost for one, cost in known.items()})
    if form.validate_on_submit():
        costs = {one: form[f"cost_{one}"].data for one in variants}
        set_costs(db(), product_id, costs, who.account_id, who.role, datetime.now(UTC))
        flash(_("Saved. No page of the shop shows it."), "success")
        return redirect(url_for("admin.products_costs", product_id=product_id), 303)
    shown = render_template(
        "admin/products_costs.html", page=page, form=form, variants=variants, states=STATES, looks=LOOKS
    )
    return shown, 422 if form.errors else 200


def _form_for(variants: dict[int, str]) -> type[Form]:
    """One field a variant, named by its SKU."""
    fields: dict[str, Any] = {f"cost_{one}": MoneyField(sku) for one, sku in variants.items()}
    return type("CostsOfProduct", (Form,), fields)
