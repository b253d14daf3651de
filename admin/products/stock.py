"""Stock: what runs low first, and many variants counted at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.asking import SHORT, category_choices, category_words
from admin.products.words import variant_words
from club.catalogue.categories import tree
from club.catalogue.rules.products import MOST_QUANTITY
from club.catalogue.service.counting import LONGEST_WHY, Count, save_count
from club.catalogue.shelves import Counted, Short, how_short, stock_listed, stock_of
from club.errors import Refusal, StockMoved
from club.permissions import Permission
from web import lists
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form, TextField, WholeNumberField
from web.languages import in_language, language
from web.lists import PAGE, Asked, page_of
from web.visitors import staff

FILTERS = ("q", "short", "category")


class StockFilter(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    q = TextField(_l("Name or SKU"), render_kw={"autocomplete": "off"})
    short = SelectField(_l("Stock"))
    category = SelectField(_l("Category"))


class CountForm(Form):
    """What stands on the shelf; two fields a variant are added by `form_for`."""

    ids: tuple[int, ...] = ()

    why = TextField(_l("What for"), longest=LONGEST_WHY, render_kw={"autocomplete": "off"})

    def counts(self) -> list[Count]:
        """What was counted; what was left empty was not."""
        return [
            Count(one, self.seen(one), self[f"count_{one}"].data)
            for one in self.ids
            if self[f"count_{one}"].data is not None
        ]

    def seen(self, variant_id: int) -> int:
        """How many the program said there were."""
        text = self[f"seen_{variant_id}"].data or ""
        is_number = text.removeprefix("-").isdecimal() and len(text) < 10
        return int(text) if is_number else 0


@dataclass(frozen=True)
class Difference:
    """How far a count and the program are apart; None: not counted."""

    row: Counted
    by: int | None


@lru_cache(maxsize=64)
def form_for(ids: tuple[int, ...]) -> type[CountForm]:
    """The form of these variants."""
    fields: dict[str, Any] = {"ids": ids}
    for one in ids:
        fields[f"count_{one}"] = WholeNumberField(_l("Counted"), most=MOST_QUANTITY)
        fields[f"seen_{one}"] = HiddenField()
    return type("CountOfVariants", (CountForm,), fields)


@admin.get("/stock")
@staff_only(Permission.MANAGE_STOCK)
def stock() -> ResponseReturnValue:
    """What is there of everything that is counted: what lacks most first."""
    this = _asked()
    rows, categories = _rows(this, PAGE + 1), tree(db())
    form = StockFilter(None, data=dict(this.filters))
    form.short.choices = [SelectChoice("", _("Any")), *(SelectChoice(one.value, words) for one, words in SHORT.items())]
    form.category.choices = category_choices(categories)
    return render_template(
        "admin/stock.html",
        page=page_of(rows, this),
        form=form,
        applied=_applied(this),
        tabs=[(_("All"), "", None), *((SHORT[one], one.value, number) for one, number in how_short(db()).items())],
        variant_words=variant_words,
    )


@admin.route("/stock/count", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_STOCK)
def stock_count() -> ResponseReturnValue:
    """Enter what was counted, compare, then put it right."""
    if request.method != "POST":
        rows = _rows(_asked(), PAGE)
        return _count_page(_fresh(rows), rows)
    named = (id_in(name.removeprefix("seen_")) for name in request.form if name.startswith("seen_"))
    ids = tuple(sorted({one for one in named if one is not None}))[:PAGE]
    rows = stock_of(db(), ids, language())
    form = form_for(tuple(row.variant_id for row in rows))()
    if not form.validate():
        return _count_page(form, rows), 422
    if not form.counts():
        form.form_errors.append(_("Enter at least one count."))
        return _count_page(form, rows), 422
    if request.form.get("do") != "save":
        return _count_page(form, rows, is_compared=True)
    return _saved(form, rows)


def _saved(form: CountForm, rows: list[Counted]) -> ResponseReturnValue:
    who, counts = staff(), form.counts()
    assert who.role is not None  # the door let nobody else in
    try:
        differed = save_count(db(), counts, form.why.data or "", who.account_id, who.role, datetime.now(UTC))
    except StockMoved as refusal:
        form.refuse(refusal)
        rows = stock_of(db(), form.ids, language())
        _look_again(form, rows, refusal.variant_ids)
        return _count_page(form, rows), 422
    except Refusal as refusal:
        form.refuse(refusal)
        return _count_page(form, rows), 422
    counted = ngettext("%(num)d variant counted.", "%(num)d variants counted.", len(counts))
    different = ngettext("%(num)d differed and is put right.", "%(num)d differed and are put right.", differed)
    all_right = _("All were right.")
    flash(f"{counted} {different if differed else all_right}", "success")
    return redirect(_asked().address("admin.stock"), 303)


def _look_again(form: CountForm, rows: Sequence[Counted], moved: Sequence[int]) -> None:
    """What moved meanwhile has to be counted again, against its new figure."""
    for row in rows:
        if row.variant_id in moved:
            form[f"seen_{row.variant_id}"].data = str(row.level.on_hand)
            count = form[f"count_{row.variant_id}"]
            count.data = count.raw_data = None
            count.errors = [_("Moved meanwhile. Count it again.")]


def _fresh(rows: Sequence[Counted]) -> CountForm:
    seen = {f"seen_{row.variant_id}": str(row.level.on_hand) for row in rows}
    return form_for(tuple(row.variant_id for row in rows))(formdata=None, data=seen)


def _count_page(form: CountForm, rows: Sequence[Counted], *, is_compared: bool = False) -> str:
    counted = {one.variant_id: one.counted - one.seen for one in form.counts()}
    return render_template(
        "admin/stock_count.html",
        form=form,
        differences=[Difference(row, counted.get(row.variant_id)) for row in rows],
        is_compared=is_compared,
        differing=sum(bool(one) for one in counted.values()),
        asked=_asked(),
        applied=_applied(_asked()),
        variant_words=variant_words,
    )


def _asked() -> Asked:
    return replace(lists.asked(FILTERS, (), ""), endpoint="admin.stock", parts={})


def _rows(this: Asked, limit: int) -> list[Counted]:
    given = this.filters
    short = Short(given["short"]) if given.get("short") in tuple(Short) else None
    return stock_listed(
        db(), given.get("q", ""), short, id_in(given.get("category")), language(), limit=limit, offset=this.offset
    )


def _applied(this: Asked) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in this.filters.items():
        words: Any = None
        if name == "q":
            words = f"«{value}»"
        elif name == "category":
            words = category_words(tree(db()), value)
        elif value in tuple(Short):
            words = SHORT[Short(value)]
        if words is not None:
            found.append((name, str(words)))
    return found


def product_words(row: Counted) -> str:
    """A variant with its product, in words."""
    words = variant_words(row.choices, row.options)
    return f"{in_language(row.name)}, {words}" if words else in_language(row.name)
