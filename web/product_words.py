"""What is wrong with a product, a category or a price, and where, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import NoReturn

PLACES: Mapping[str, Any] = {
    Place.NAME: _l("Name in the shop"),
    Place.SHORT: _l("Short text"),
    Place.DESCRIPTION: _l("Description"),
    Place.SLUG: _l("Address of the page"),
    Place.DAYS: _l("Days in the shop"),
    Place.LIMIT: _l("Limit for each member"),
    Place.AGE: _l("Minimum age"),
    Place.TAX_ABROAD: _l("Tax in other countries"),
    Place.TIER: _l("Tier"),
    Place.CATEGORIES: _l("Categories"),
    Place.OPTIONS: _l("Options"),
    Place.VARIANTS: _l("Variants"),
    Place.ATTRIBUTES: _l("Facts"),
    Place.SKU: _l("SKU"),
    Place.CONTENT: _l("Contents"),
    Place.WEIGHT: _l("Weight"),
    Place.SOLD_IN: _l("Sold in multiples of"),
    Place.PRICE: _l("Price"),
    Place.PERCENT: _l("Percent"),
    Place.QUANTITY: _l("Quantity"),
    Place.ALT: _l("Text for who cannot see the picture"),
}


NO_RETURN: Mapping[str, Any] = {
    NoReturn.MADE_TO_ORDER: _l("It is made to order, so it cannot be given back."),
    NoReturn.PERISHABLE: _l("It spoils soon, so it cannot be given back."),
    NoReturn.HYGIENE: _l("It is sealed for hygiene: it can be given back only with its seal unbroken."),
    NoReturn.DATED: _l("It is for a certain day, so it cannot be given back."),
}
"""What buyers are told; something faulty or wrong comes back all the same."""


def add_product_words(app: Flask) -> None:
    """Let templates say why something cannot be given back."""
    app.jinja_env.filters["no_return"] = no_return_words


def no_return_words(why: str) -> str:
    """Why it cannot be given back."""
    return str(NO_RETURN[why])


def place_name(place: str) -> str:
    """What a part of a product is called."""
    return str(PLACES.get(place, place))


def fault_words(fault: str, detail: str) -> str:
    """What to do about it."""
    return str(_FAULTS[Fault(fault)](detail))


_FAULTS: Mapping[Fault, Any] = {
    Fault.NO_NAME: lambda detail: _("Write it in at least one language."),
    Fault.TOO_LONG: lambda detail: _("At most %(most)s letters.", most=detail),
    Fault.TOO_MANY: lambda detail: _("At most %(most)s.", most=detail),
    Fault.TWICE: lambda detail: _("%(what)s stands here twice.", what=detail),
    Fault.UNKNOWN: lambda detail: _("There is no %(what)s.", what=detail),
    Fault.BAD_SLUG: lambda detail: _(
        "%(what)s: use the small letters a to z, digits, and single hyphens between them.", what=detail
    ),
    Fault.BAD_KEY: lambda detail: _("%(what)s: use the small letters a to z, digits and low lines.", what=detail),
    Fault.BAD_SKU: lambda detail: _("%(what)s: use the letters a to z, digits and . _ / -", what=detail),
    Fault.OUT_OF_RANGE: lambda detail: _("Enter a number in the range %(range)s.", range=detail),
    Fault.DAYS_REVERSED: lambda detail: _("The last day comes before the first."),
    Fault.NO_VARIANT: lambda detail: _("At least one variant with its SKU is needed."),
    Fault.CHOICES: lambda detail: _("%(what)s needs one value of each option.", what=detail),
    Fault.CONTENT_UNIT: lambda detail: _("%(what)s: enter contents and unit together.", what=detail),
    Fault.NOT_A_NUMBER: lambda detail: _("%(what)s: enter a number with at most three decimals.", what=detail),
    Fault.AMOUNT_OR_PERCENT: lambda detail: _("Enter an amount or a percentage, not both."),
    Fault.BASE_SHAPE: lambda detail: _("The usual price is an amount without a last day."),
    Fault.SALE_NEEDS_END: lambda detail: _("A sale needs a last day, at most a year after the first."),
    Fault.TIER_NAMED: lambda detail: _("The price of a tier names its tier, and no other price does."),
    Fault.IN_THE_PAST: lambda detail: _("Prices are set from today on; earlier days stay as they were."),
    Fault.NEEDED: lambda detail: _("This cell is needed."),
    Fault.NOT_A_DAY: lambda detail: _("Write the day as 2026-03-31."),
    Fault.NOT_WHOLE: lambda detail: _("Write a whole number in plain digits."),
    Fault.NOT_AN_AMOUNT: lambda detail: _("Write the amount in digits, as in %(example)s.", example=detail),
    Fault.CAN_BE: lambda detail: _("It can be %(words)s.", words=detail),
    Fault.SKU_TAKEN: lambda detail: _("This SKU stands in row %(row)s already.", row=detail),
    Fault.NOT_READY: lambda detail: _("A product goes live with a price. Fill in the price too."),
    Fault.SEVERAL: lambda detail: _(
        "Row %(row)s says something else of the same product. Write the same in both.", row=detail
    ),
}
