"""What the address of a list of products asks for."""

import re
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField

from club.catalogue.categories import Tree, tree
from club.catalogue.listing import Sort, Wanted
from shop.buyers import member_or_none
from web.database import db
from web.formats import money
from web.forms import Form, MoneyField
from web.glance import spendable_today
from web.lists import Asked, asked, asked_for

PER_PAGE = 24
MOST_ATTRIBUTES = 5
LAST_PAGE = 1000

_ATTRIBUTE = re.compile(r"is_([a-z][a-z0-9_]{0,39})")

ORDERS: dict[str, tuple[Sort, Any]] = {
    "fitting": (Sort.RELEVANCE, _l("Best match")),
    "new": (Sort.NEW, _l("Newest")),
    "price": (Sort.PRICE, _l("Price, low first")),
    "-price": (Sort.PRICE_DOWN, _l("Price, high first")),
    "name": (Sort.NAME, _l("By name")),
}


class FilterForm(Form):
    """What narrows a list of products."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    stock = BooleanField(_l("In stock"))
    points = BooleanField(_l("Within my points"))
    most = MoneyField(_l("Price up to"))


@dataclass(frozen=True)
class Choice:
    """A list of products as its address asks for it."""

    asked: Asked
    category_id: int | None
    attributes: dict[str, str]
    form: FilterForm

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.asked.filters.get("q", "")

    @property
    def look(self) -> tuple[str, ...] | None:
        """What the filters show, for `drawn`; None where somebody typed it."""
        if set(self.asked.filters) - {"category", "stock", "points"} or self.form.errors:
            return None
        return (self.asked.order, *(f"{name}={value}" for name, value in sorted(self.asked.filters.items())))

    @property
    def wanted(self) -> Wanted:
        """The same as the catalogue reads it."""
        who = member_or_none()
        has_points_filter = "points" in self.asked.filters and who is not None
        return Wanted(
            words=self.words,
            category_id=self.category_id,
            price_to=self.form.most.data,
            in_stock="stock" in self.asked.filters,
            attributes={key: [value] for key, value in self.attributes.items()},
            points=spendable_today(who) if has_points_filter and who is not None else None,
            sort=ORDERS[self.asked.order][0],
            page=min(self.asked.page, LAST_PAGE),
            per_page=PER_PAGE,
        )

    def orders(self) -> list[tuple[str, str, bool]]:
        """The ways to order the list: words, address, whether it is the one in use."""
        offered = [key for key in ORDERS if key != "fitting" or self.words]
        return [
            (str(ORDERS[key][1]), replace(self.asked, order=key).address(), key == self.asked.order) for key in offered
        ]

    def in_category(self, slug: str) -> str:
        """The address of a category: what narrowed the list stays, what was looked for does not."""
        kept = {name: value for name, value in self.asked.filters.items() if name in {"stock", "points", "most"}}
        filters = {"category": slug, **kept} if slug else kept
        return replace(self.asked, endpoint="shop.catalogue", filters=filters).address()

    def applied(self, attribute_words: dict[str, str]) -> list[tuple[str, str]]:
        """The filters that are on, in words; `attribute_words` names the values of attributes that are asked for."""
        filters = self.asked.filters
        said = [("q", _("“%(words)s”", words=self.words))] if self.words else []
        if "stock" in filters:
            said.append(("stock", _("In stock")))
        if "points" in filters:
            said.append(("points", _("Within my points")))
        if self.form.most.data is not None:
            said.append(("most", _("Up to %(amount)s", amount=money(self.form.most.data))))
        return said + [(f"is_{key}", attribute_words.get(key, value)) for key, value in self.attributes.items()]


def choice() -> Choice:
    """What this request asks for. Raises NotFound for a category that there is not."""
    attributes = _attributes()
    usual = "fitting" if asked_for("q", 100) else "new"
    this = asked(
        ("q", "category", "stock", "points", "most", *(f"is_{key}" for key in attributes)),
        tuple(ORDERS),
        usual,
    )
    filters = dict(this.filters)
    if "q" in filters:
        filters["q"] = filters["q"][:100]
    if "points" in filters and member_or_none() is None:
        del filters["points"]
    form = FilterForm(MultiDict(filters), meta={"csrf": False})
    form.validate()
    if form.most.data is None:
        filters.pop("most", None)
    order = this.order if this.order in ORDERS else usual
    category_id = category_asked(tree(db()), filters.get("category", ""))
    return Choice(replace(this, filters=filters, order=order), category_id, attributes, form)


def category_asked(known: Tree, slug: str) -> int | None:
    """The category of an address; None for the whole shop. Raises NotFound."""
    if not slug:
        return None
    return known.of_slug(slug).id


def _attributes() -> dict[str, str]:
    """Attributes that the address narrows by: key → folded value."""
    found: dict[str, str] = {}
    for name in list(request.args)[:50]:
        match = _ATTRIBUTE.fullmatch(name)
        if match and len(found) < MOST_ATTRIBUTES and (value := asked_for(name, 100)):
            found[match.group(1)] = value
    return found
