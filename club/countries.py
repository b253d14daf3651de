"""Countries, as codes of two letters."""

from babel import Locale

_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
_TERRITORIES = Locale("en").territories


def is_country(code: str) -> bool:
    """Whether this is a country's code of two letters (CLDR by Babel)."""
    return len(code) == 2 and code.isalpha() and code in _TERRITORIES and code not in _NO_COUNTRIES
