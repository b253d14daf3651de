"""Numbers as people type them. Pure: text, currency and locale in, whole units out, `NotANumber` for all else.

The two signs mean different things in different countries, so the text itself decides where it can: the last of two
different signs is the decimal sign, a sign that comes twice groups, and "1.500" is fifteen hundred wherever the
currency has no thousandths. Only what stays open is settled by the reader's locale.
"""

import re

from babel import Locale
from babel.numbers import get_currency_symbol, get_group_symbol

from club.money import LARGEST_AMOUNT, exponent

LONGEST = 24
_SPACES = re.compile("[ \u00a0\u2009\u202f']")
_DIGITS_AND_SIGNS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


class NotANumber(ValueError):
    """What was typed is not one number."""


class TooManyDecimals(NotANumber):
    """More digits behind the sign than the currency has."""


def amount_typed(text: str, currency: str, locale: Locale) -> int:
    """Minor units of an amount: "1.500", "1 500", "1,500.00", "1.500,50 €"."""
    decimals = exponent(currency)
    whole, part = _split(_bare(text, currency, locale), decimals, get_group_symbol(locale))
    if len(part) > decimals:
        raise TooManyDecimals(text)
    minor = int(whole) * 10**decimals + int(part.ljust(decimals, "0") or "0")
    if minor > LARGEST_AMOUNT:
        raise NotANumber(text)
    return minor


def whole_number_typed(text: str, locale: Locale) -> int:
    """A whole number: "1.500", "1 500", "1500"."""
    whole, part = _split(_bare(text, "", locale), 0, get_group_symbol(locale))
    if part:
        raise TooManyDecimals(text)
    if int(whole) > LARGEST_AMOUNT:
        raise NotANumber(text)
    return int(whole)


def _bare(text: str, currency: str, locale: Locale) -> str:
    """The digits and signs, without the currency around them and the spaces between groups."""
    stripped = text.strip()
    if len(stripped) > LONGEST:
        raise NotANumber(text)
    for name in (currency, get_currency_symbol(currency, locale) if currency else ""):
        if name:
            stripped = stripped.removeprefix(name).removesuffix(name).strip()
    if _SPACES.search(stripped):
        stripped = _without_spaces(stripped)
    if not _DIGITS_AND_SIGNS.fullmatch(stripped):
        raise NotANumber(text)
    return stripped


def _without_spaces(text: str) -> str:
    first, *groups = _SPACES.split(text)
    are_groups = all(re.fullmatch(r"[0-9]{3}", group) for group in groups[:-1])
    if not (re.fullmatch(r"[0-9]{1,3}", first) and are_groups and re.fullmatch(r"[0-9]{3}(?:[.,][0-9]+)?", groups[-1])):
        raise NotANumber(text)
    return first + "".join(groups)


def _split(text: str, decimals: int, group_sign: str) -> tuple[str, str]:
    """The whole part and the digits behind the decimal sign."""
    signs = [char for char in text if char in ".,"]
    if not signs:
        return text, ""
    last = signs[-1]
    if len(set(signs)) == 2 and signs.count(last) == 1:
        head, _, part = text.rpartition(last)
        return _ungrouped(head, signs[0]), part
    if len(signs) > 1:
        return _ungrouped(text, last), ""
    head, _, part = text.partition(last)
    could_group = len(part) == 3 and 1 <= len(head) <= 3 and not head.startswith("0")
    if could_group and (decimals != 3 or last == group_sign):
        return head + part, ""
    return head, part


def _ungrouped(text: str, sign: str) -> str:
    first, *groups = text.split(sign)
    if not re.fullmatch(r"[0-9]{1,3}", first) or not all(re.fullmatch(r"[0-9]{3}", group) for group in groups):
        raise NotANumber(text)
    return first + "".join(groups)
