"""The list of products, and what is done with several at once."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm

from admin import admin
from admin.products.asking import applied, asked, filter_form, wanted
from admin.products.words import ACTS, LOOKS, STATES
from club.catalogue.categories import tree
from club.catalogue.rules.products import State
from club.catalogue.service.products import set_state
from club.catalogue.shelves import Order, Shelved, count_products, product_ids, products_of
from club.errors import NotFound, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db, id_in
from web.languages import in_language, language
from web.lists import PAGE, page_of
from web.messages import words_for
from web.programme import today
from web.security import may_repeat
from web.visitors import staff

MOST_TICKED = PAGE


@admin.get("/products")
@staff_only(Permission.EDIT_PRODUCTS)
def products() -> ResponseReturnValue:
    """A page of the list."""
    return _page(), 200


@admin.post("/products/several")
@staff_only(Permission.EDIT_PRODUCTS)
@may_repeat("product")
def products_several() -> ResponseReturnValue:
    """Put several products into the shop, take them out, or archive them; whatever cannot go says why."""
    state = ACTS.get(request.form.get("do", ""))
    if state is None:
        raise NotFound
    ticked = [id_in(one) for one in request.form.getlist("product")[:MOST_TICKED]]
    rows = products_of(db(), [one for one in ticked if one is not None])
    if not rows:
        return _page(_("Tick at least one product.")), 422
    changed, refused = _moved(rows, state)
    if changed:
        flash(_moved_words(state, changed), "success")
    for name, why in refused:
        flash(_("%(product)s: %(why)s", product=name, why=why), "danger")
    return redirect(asked().address(page=asked().page), 303)


def _moved(rows: list[Shelved], state: State) -> tuple[int, list[tuple[str, str]]]:
    """How many moved, and which could not, with the reason."""
    who, now, changed = staff(), datetime.now(UTC), 0
    assert who.role is not None  # the door let nobody else in
    refused: list[tuple[str, str]] = []
    for one in rows:
        if one.state is state:
            continue
        try:
            set_state(db(), one.id, state, one.version, who.account_id, who.role, now)
            changed += 1
        except Refusal as refusal:
            refused.append((in_language(one.name), words_for(refusal)))
    return changed, refused


def _moved_words(state: State, changed: int) -> str:
    match state:
        case State.LIVE:
            return ngettext("%(num)d product is in the shop.", "%(num)d products are in the shop.", changed)
        case State.DRAFT:
            return ngettext("%(num)d product is a draft again.", "%(num)d products are drafts again.", changed)
        case State.ARCHIVED:
            return ngettext("%(num)d product is archived.", "%(num)d products are archived.", changed)


def _page(problem: str | None = None) -> str:
    this, day, categories = asked(), today(), tree(db())
    chosen = wanted(this)
    ids = product_ids(
        db(), chosen, day, language(), Order(this.key), is_descending=this.is_descending, limit=PAGE + 1,
        offset=this.offset,
    )  # fmt: skip
    return render_template(
        "admin/products.html",
        page=page_of(products_of(db(), ids), this, count_products(db(), chosen, day, language())),
        form=filter_form(this, categories),
        key=FlaskForm(),
        applied=applied(this, categories),
        tabs=_tabs(this.filters),
        categories=categories,
        states=STATES,
        looks=LOOKS,
        problem=problem,
        ticked=request.form.getlist("product") if request.method == "POST" else [],
        today=day,
    )


def _tabs(filters: Any) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is the one that is shown."""
    views: tuple[tuple[str, dict[str, Any]], ...] = (
        (_("All"), {}),
        (_("In the shop"), {"state": "live"}),
        (_("Drafts"), {"state": "draft"}),
        (_("Low in stock"), {"state": "live", "stock": "low"}),
        (_("Archived"), {"state": "archived"}),
    )
    return [(words, url_for("admin.products", **given), dict(filters) == given) for words, given in views]
