"""What stands beside a list of products: the categories and what narrows it."""

from collections.abc import Hashable

from flask import get_template_attribute
from markupsafe import Markup

from club.catalogue.categories import tree
from club.programme.models import remembered
from shop.buyers import member_or_none
from shop.wanted import Choice
from web.database import db
from web.languages import language

MOST_DRAWN = 300
"""Of them a process keeps so many, five kilobytes each."""


def drawn_side(choice: Choice) -> Markup:
    """It follows from the address, the language and whether a member looks, until the club's stamp rises.

    What people type themselves is drawn for them alone, else strangers would fill the memory.
    """
    is_member = member_or_none() is not None
    draw = get_template_attribute("shop/filters.html", "beside")
    if set(choice.asked.filters) - {"category", "stock", "points"} or choice.form.errors:
        return Markup(draw(tree(db()), choice, is_member))  # noqa: S704 - a macro of ours
    known: dict[Hashable, Markup] = remembered(db(), "drawn sides", lambda _db: {})
    key = (language(), is_member, choice.asked.order, *sorted(choice.asked.filters.items()))
    side = known.get(key)
    if side is None:
        if len(known) >= MOST_DRAWN:
            known.clear()
        side = known[key] = draw(tree(db()), choice, is_member)
    return side
