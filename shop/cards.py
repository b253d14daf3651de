"""A product as it stands in a list."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from club.catalogue import cards
from club.catalogue.rules.stock import Availability
from club.texts import Texts
from shop.tags import Tag, rung_name, tag_of
from web.formats import number
from web.languages import in_language


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
