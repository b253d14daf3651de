"""What the parts of the catalogue are called."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.catalogue.rules.pricing import Kind
from club.catalogue.rules.products import NoReturn, Option, State, TaxClass, Unit
from web.languages import in_language
from web.movements import rung_name

STATES: Mapping[State, Any] = {
    State.DRAFT: _l("Draft"),
    State.LIVE: _l("In the shop"),
    State.ARCHIVED: _l("Archived"),
}
LOOKS: Mapping[State, str] = {State.DRAFT: "warning", State.LIVE: "success", State.ARCHIVED: ""}
ACTS: Mapping[str, State] = {"publish": State.LIVE, "draft": State.DRAFT, "archive": State.ARCHIVED}
"""What the buttons of a product are called in addresses and forms."""
TAX_CLASSES: Mapping[TaxClass, Any] = {
    TaxClass.STANDARD: _l("Standard rate"),
    TaxClass.REDUCED: _l("Reduced rate"),
    TaxClass.SUPER_REDUCED: _l("Super-reduced rate"),
    TaxClass.ZERO: _l("No tax"),
}
NO_RETURNS: Mapping[NoReturn, Any] = {
    NoReturn.MADE_TO_ORDER: _l("Not possible: made to order"),
    NoReturn.PERISHABLE: _l("Not possible: it spoils soon"),
    NoReturn.HYGIENE: _l("Only sealed: health or hygiene"),
    NoReturn.DATED: _l("Not possible: for a certain day"),
}
UNITS: Mapping[Unit, Any] = {
    Unit.LITRE: _l("litres"),
    Unit.KILOGRAM: _l("kilograms"),
    Unit.METRE: _l("metres"),
    Unit.SQUARE_METRE: _l("square metres"),
    Unit.PIECE: _l("pieces"),
}
PRICE_KINDS: Mapping[Kind, Any] = {
    Kind.BASE: _l("Usual price"),
    Kind.SALE: _l("Sale, for everybody"),
    Kind.TIER: _l("For a tier and those above it"),
    Kind.MEMBER: _l("For one member"),
}


def variant_words(choices: Mapping[str, str], options: Sequence[Option]) -> str:
    """What tells a variant from its sisters: M, red."""
    names = (name for option in options for key, name in option.values if choices.get(option.key) == key)
    return ", ".join(in_language(name) for name in names)


def why_words(kind: Kind, rung_key: str | None, percent: int | None) -> str:
    """Why somebody pays this price."""
    match kind:
        case Kind.BASE:
            return _("usual price")
        case Kind.SALE:
            return _("sale")
        case Kind.TIER if percent is not None:
            return _("tier %(tier)s: %(percent)s%% off", tier=rung_name(rung_key or ""), percent=percent)
        case Kind.TIER:
            return _("price of tier %(tier)s", tier=rung_name(rung_key or ""))
        case _:
            return _("agreed with this member")
