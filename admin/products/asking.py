"""What the address of the list asks for: its filters as a form, as a value and as words."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin.products.words import STATES
from club.catalogue.categories import Tree
from club.catalogue.rules.products import State
from club.catalogue.shelves import Lacks, Order, Seen, Short, Wanted
from web import lists
from web.database import id_in
from web.forms import Form, TextField
from web.languages import in_language
from web.lists import Asked

Kind = TypeVar("Kind", bound=StrEnum)

FILTERS = ("q", "state", "category", "seen", "tiers", "lacks", "stock")
SEEN: dict[Seen, Any] = {
    Seen.NOW: _l("Shown now"),
    Seen.LATER: _l("Shown from a later day"),
    Seen.OVER: _l("Its days are over"),
}
TIERS: dict[str, Any] = {"yes": _l("From a tier on"), "no": _l("To everybody")}
LACKS: dict[Lacks, Any] = {
    Lacks.PRICE: _l("Without a price"),
    Lacks.PICTURE: _l("Without a picture"),
    Lacks.CATEGORY: _l("Without a category"),
}
SHORT: dict[Short, Any] = {
    Short.LOW: _l("Low"),
    Short.OUT: _l("Cannot be ordered"),
    Short.MISSING: _l("More promised than there"),
}


class FilterForm(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    q = TextField(_l("Name or SKU"), render_kw={"autocomplete": "off"})
    state = SelectField(_l("State"))
    category = SelectField(_l("Category"))
    seen = SelectField(_l("Days in the shop"))
    tiers = SelectField(_l("Shown to"))
    lacks = SelectField(_l("What is missing"))
    stock = SelectField(_l("Stock"))


def asked() -> Asked:
    """The list that this request asks for, whatever page of it is open."""
    this = lists.asked(FILTERS, [order.value for order in Order], Order.NAME)
    return replace(this, endpoint="admin.products", parts={})


def wanted(this: Asked) -> Wanted:
    """The filters as a value. What cannot be read narrows nothing; what is archived is shown where it is asked for."""
    given = this.filters
    return Wanted(
        words=given.get("q", ""),
        state=_one_of(given.get("state"), State),
        category_id=id_in(given.get("category")),
        seen=_one_of(given.get("seen"), Seen),
        for_tiers={"yes": True, "no": False}.get(given.get("tiers", "")),
        lacks=_one_of(given.get("lacks"), Lacks),
        short=_one_of(given.get("stock"), Short),
    )


def filter_form(this: Asked, tree: Tree) -> FilterForm:
    """The form with what is chosen now."""
    form = FilterForm(None, data=dict(this.filters))
    form.state.choices = _any(STATES)
    form.category.choices = category_choices(tree)
    form.seen.choices = _any(SEEN)
    form.tiers.choices = _any(TIERS)
    form.lacks.choices = _any(LACKS)
    form.stock.choices = _any(SHORT)
    return form


def applied(this: Asked, tree: Tree) -> list[tuple[str, str]]:
    """Every filter that is on, in words."""
    words: dict[str, Callable[[str], Any]] = {
        "q": lambda value: f"«{value}»",
        "state": lambda value: STATES.get(State(value)) if value in tuple(State) else None,
        "category": lambda value: category_words(tree, value),
        "seen": lambda value: SEEN.get(Seen(value)) if value in tuple(Seen) else None,
        "tiers": TIERS.get,
        "lacks": lambda value: LACKS.get(Lacks(value)) if value in tuple(Lacks) else None,
        "stock": lambda value: _("Stock: %(how)s", how=SHORT[Short(value)]) if value in tuple(Short) else None,
    }
    said = [(name, words[name](value)) for name, value in this.filters.items()]
    return [(name, str(one)) for name, one in said if one is not None]


def category_choices(tree: Tree) -> list[SelectChoice]:
    """The tree as options of a select."""
    outline = ("\u2003" * depth + in_language(node.name) for depth, node in tree.in_order())
    ids = (str(node.id) for _depth, node in tree.in_order())
    return [SelectChoice("", _("Any")), *map(SelectChoice, ids, outline)]


def category_words(tree: Tree, text: str) -> str | None:
    """A category of an address, in words."""
    category_id = id_in(text)
    if category_id is None or category_id not in tree.nodes:
        return None
    return _("Category: %(name)s", name=in_language(tree.nodes[category_id].name))


def _any(words: Any) -> list[SelectChoice]:
    return [SelectChoice("", _("Any")), *(SelectChoice(str(key), said) for key, said in words.items())]


def _one_of(text: str | None, kind: type[Kind]) -> Kind | None:
    return kind(text) if text in tuple(kind) else None
