"""Countries by name, and what is wrong with what staff wrote about delivery and taxes, in the reader's language."""

from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from babel.numbers import format_percent
from flask_babel import lazy_gettext as _l

from club.countries import is_country
from club.delivery.checks import Fault
from web.languages import locale

FAULTS: Mapping[Fault, Any] = {
    Fault.MISSING: _l("Something is missing here."),
    Fault.TOO_LONG: _l("This text is too long."),
    Fault.TOO_MANY: _l("There are too many entries here."),
    Fault.NO_COUNTRY: _l("Choose countries from the list."),
    Fault.NO_POSTCODE: _l("Enter beginnings of postcodes, as in 07, 35, 38."),
    Fault.OUT_OF_RANGE: _l("This number is too small or too large."),
    Fault.DAYS_REVERSED: _l("The second number of days comes before the first."),
    Fault.NO_ZONE: _l("Each price of a delivery needs a zone that is there; a pick-up has none."),
    Fault.TWICE: _l("Two prices hold for the same zone, weight and value. Take one out."),
    Fault.NAME_TAKEN: _l("Another zone has this name. Choose another one."),
}


def fault_in_delivery(fault: str) -> str:
    """What to do about it."""
    return str(FAULTS[Fault(fault)])


def country_name(code: str) -> str:
    """What people call it; the code where nobody does."""
    return locale().territories.get(code, code)


def tax_rate(hundredths: int) -> str:
    """21 %, 5,5 %: a rate given in hundredths of a percent."""
    return format_percent(hundredths / 10_000, locale=locale(), decimal_quantization=False)


def all_countries() -> list[tuple[str, str]]:
    """Code and name of every country, by name."""
    named = [(code, name) for code, name in locale().territories.items() if is_country(code)]
    return sorted(named, key=lambda one: _sorted_as(one[1]))


def _sorted_as(name: str) -> str:
    """Accents count after all letters: Bélgica stands before Bulgaria."""
    return normalize("NFD", name.casefold())
