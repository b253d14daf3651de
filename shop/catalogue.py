"""The catalogue: categories, search, filters, order, pages."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.catalogue.categories import tree
from club.catalogue.listing import filter_values, search_products
from club.texts import LANGUAGES
from shop import shop
from shop.buyers import buyer_today, member_or_none
from shop.cards import drawn
from shop.wanted import Choice, choice
from web.access import open_to_all
from web.database import db
from web.findable import about
from web.languages import in_language, language
from web.lists import Page
from web.programme import programme, today


@shop.get("/shop")
@open_to_all
def catalogue() -> ResponseReturnValue:
    """What is for sale to this visitor."""
    wanted = choice()
    moved = _in_own_language(wanted)
    if moved:
        return redirect(moved, 303)
    found = search_products(db(), wanted.wanted, buyer_today(), language(), today())
    page = Page(drawn(found.cards), wanted.asked, found.total, has_more=found.page < found.pages)
    _tell_search_engines(wanted)
    said = render_template(
        "shop/catalogue.html",
        is_member=member_or_none() is not None,
        heading=_heading(wanted),
        page=page,
        choice=wanted,
        crumbs=_crumbs(wanted),
        tree=tree(db()),
        applied=wanted.applied(_attribute_words(wanted)),
        meant=" ".join(found.meant),
    )
    return said, 422 if wanted.form.errors else 200


@shop.get("/shop/filter")
@open_to_all
def filter() -> ResponseReturnValue:  # noqa: A001 - the word of the page
    """Everything that narrows the list, on a page of its own: for phones, and for facts of the goods."""
    wanted = choice()
    said = render_template(
        "shop/filter.html",
        is_member=member_or_none() is not None,
        choice=wanted,
        tree=tree(db()),
        form=wanted.form,
        facts=filter_values(db(), wanted.wanted, buyer_today(), today()),
    )
    return said, 422 if wanted.form.errors else 200


def _tell_search_engines(wanted: Choice) -> None:
    """A category has an address of its own in each language; what only narrows the list makes no other page."""
    kept: dict[str, Any] = {"page": wanted.asked.page} if wanted.asked.page > 1 else {}
    if wanted.category_id is None:
        about(addresses=dict.fromkeys(LANGUAGES, url_for("shop.catalogue", **kept)))
        return
    node, main = tree(db()).node(wanted.category_id), programme().main_language
    addresses = {code: url_for("shop.catalogue", category=node.slugs.into(code, main), **kept) for code in LANGUAGES}
    about(in_language(node.words), addresses=addresses)


def _heading(wanted: Choice) -> str:
    if wanted.words:
        return _("Search in the shop")
    if wanted.category_id is not None:
        return in_language(tree(db()).node(wanted.category_id).name)
    return _("Shop")


def _crumbs(wanted: Choice) -> list[tuple[str, str]]:
    """The way to a category: the shop and what lies above it."""
    if wanted.category_id is None:
        return []
    known = tree(db())
    above = known.path(wanted.category_id)[:-1]
    ways = [(in_language(node.name), wanted.in_category(in_language(node.slugs))) for node in above]
    return [(_("Shop"), wanted.in_category("")), *ways]


def _in_own_language(wanted: Choice) -> str | None:
    """Where the category is in the reader's language, if its address was another's."""
    if wanted.category_id is None:
        return None
    own = in_language(tree(db()).node(wanted.category_id).slugs)
    return None if own == wanted.asked.filters.get("category") else wanted.asked.with_filter("category", own)


def _attribute_words(wanted: Choice) -> dict[str, Any]:
    """The values of the attributes that are asked for, as the reader says them."""
    if not wanted.attributes:
        return {}
    found = filter_values(db(), wanted.wanted, buyer_today(), today())
    return {
        fact.key: f"{in_language(fact.name)}: {in_language(words)}"
        for fact in found
        for value, words, _count in fact.values
        if wanted.attributes.get(fact.key) == value
    }
