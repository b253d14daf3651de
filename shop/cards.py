"""A product as it stands in a list."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from flask import get_template_attribute, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from club.catalogue import cards
from club.catalogue.rules.stock import Availability
from club.programme.models import remembered
from club.texts import Texts
from shop.buyers import earning_today, tier_today
from shop.tags import Tag, rung_name, tag_of
from web.database import db
from web.formats import number
from web.languages import in_language, language
from web.programme import today

MOST_DRAWN = 2000
"""Cards that a process keeps, two kilobytes each."""


@dataclass(frozen=True)
class StockWords:
    """Whether it is there, in words; `look` is a class of the style sheet."""

    words: str
    look: str
    is_gone: bool


@dataclass(frozen=True)
class Card:
    """One product of a list."""

    name: str
    short: str
    address: str
    tag: Tag | None
    is_from: bool
    stock: StockWords
    only_for: str
    image: cards.Image | None
    """The first picture, once its sizes are made."""


def drawn(found: Iterable[cards.Card]) -> list[Markup]:
    """Cards as lists show them. They follow from the product and from who looks, and lists show the same ones often.

    Words, tiers, rules and the look of the club are the club's stamp's: it starts an empty memory.
    """
    known: dict[Hashable, Markup] = remembered(db(), "drawn cards", lambda _db: {})
    seen_by = (language(), today(), tier_today(), *earning_today())
    shown = []
    for card in found:
        drawing = known.get((seen_by, card))
        if drawing is None:
            drawing = get_template_attribute("shop/parts.html", "good")(card_of(card))
            if len(known) >= MOST_DRAWN:
                known.clear()
            known[seen_by, card] = drawing
        shown.append(drawing)
    return shown


def card_of(found: cards.Card) -> Card:
    """What the list says about a product."""
    price = found.price
    return Card(
        name=in_language(found.name),
        short=in_language(found.short),
        address=address_of(found.slugs),
        tag=None if price is None else tag_of(price, found.unit_price, found.category_id),
        is_from=found.has_more_prices,
        stock=stock_words(found.availability, found.left),
        only_for=_("From %(tier)s on", tier=rung_name(found.rung_key)) if found.rung_key else "",
        image=found.image if found.image and found.image.sizes else None,
    )


def address_of(slugs: Texts, variant_id: int | None = None) -> str:
    """Where a product is, in the reader's language."""
    return url_for("shop.product", slug=in_language(slugs), variant=variant_id)


def stock_words(availability: Availability, left: int | None) -> StockWords:
    """Whether it is there; `left` is None for what is not counted."""
    match availability:
        case Availability.LOW if left is not None:
            few = ngettext("Only %(count)s left", "Only %(count)s left", left, count=number(left))
            return StockWords(few, "chip-warning", is_gone=False)
        case Availability.BACK_ORDER:
            return StockWords(_("Can be ordered, comes later"), "chip-info", is_gone=False)
        case Availability.OUT:
            return StockWords(_("Sold out"), "chip-danger", is_gone=True)
    return StockWords(_("In stock"), "chip-success", is_gone=False)
