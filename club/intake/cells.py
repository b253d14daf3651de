"""Days, amounts and whole numbers as files write them. Strict: what can be read in two ways is refused."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from club.money import LARGEST_AMOUNT

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})")
_WHOLE = re.compile(r"[0-9]{1,15}")
_SPACES = re.compile("[ \u00a0\u2009\u202f'\u2019]")
_AMOUNT: dict[str | None, re.Pattern[str]] = {
    None: re.compile(r"([0-9]+)()"),
    ".": re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?"),
    ",": re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?"),
}
_SPACED = re.compile("[0-9]{1,3}(?:[ \u00a0\u2009\u202f'\u2019][0-9]{3})+(?:[.,][0-9]+)?")
_MINUS = ("-", "\u2212", "\u2013", "(")
_MOST_DIGITS = 20
OTHER_MARK = {".": ",", ",": "."}


class BadCell(Exception):
    """A cell cannot be used; the message says what to do."""


@lru_cache(maxsize=8192)
def day_in(text: str) -> date:
    """A day written 2026-03-31, 20260331, 31.03.2026 or 31/03/2026: the day comes first. Raises `BadCell`."""
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        year, month, day = found.groups()
    else:
        found = _DAY_FIRST.fullmatch(text)
        if not found:
            raise BadCell("write the day as 2026-03-31, or with the day first as 31.03.2026")
        day, _, month, year = found.groups()
    try:
        return date(int(year), int(month), int(day))
    except ValueError as missing:
        raise BadCell("there is no such day; the day comes before the month") from missing


def whole_in(text: str) -> int:
    """A whole number of at most 15 digits, without sign or grouping. Raises `BadCell`."""
    if not _WHOLE.fullmatch(text):
        raise BadCell("write a whole number in plain digits")
    return int(text)


def decimal_mark(amounts: Iterable[str]) -> str | None:
    """How a file writes decimals, by the first amount that can be read in one way only; none if there is none."""
    return next((mark for mark in map(_mark_shown_by, amounts) if mark), None)


def _mark_shown_by(text: str) -> str | None:
    digits = _SPACES.sub("", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0 or not digits.replace(".", "").replace(",", "").isdecimal():
        return None
    mark = digits[last]
    if OTHER_MARK[mark] in digits:
        return mark
    if digits.count(mark) > 1:
        return OTHER_MARK[mark]
    before, behind = digits[:last], digits[last + 1 :]
    is_grouping_possible = len(behind) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
    return None if is_grouping_possible else mark


class AmountReader:
    """Reads amounts of one file as whole minor units, exactly and with one meaning throughout."""

    def __init__(self, exponent: int, mark: str | None) -> None:
        self._exponent = exponent
        self._mark = mark
        self._pattern = _AMOUNT[mark]

    def minor(self, text: str) -> int:
        """The amount in minor units. Raises `BadCell`, for amounts below zero and absurd ones too."""
        found = self._pattern.fullmatch(text)
        if not found:
            found = self._without_spaces(text)
        whole, behind = found.groups("")
        if len(behind) > self._exponent:
            raise BadCell(f"the club's currency has {self._exponent} digits behind the decimal sign")
        if len(whole) > _MOST_DIGITS:
            raise BadCell("this is more than any sale")
        if not whole.isdecimal():
            whole = whole.replace(".", "").replace(",", "")
        amount = int(whole + behind.ljust(self._exponent, "0"))
        if amount > LARGEST_AMOUNT:
            raise BadCell("this is more than any sale")
        return amount

    def _without_spaces(self, text: str) -> re.Match[str]:
        if not text:
            raise BadCell("this cell is empty; every row needs it")
        if text.startswith(_MINUS) or text.endswith("-"):
            raise BadCell("an amount cannot be below zero; give returns the reference of their purchase in `returns`")
        plain = _SPACES.sub("", text) if _SPACED.fullmatch(text) else text
        found = self._pattern.fullmatch(plain)
        if found:
            return found
        if self._mark is None and (_AMOUNT["."].fullmatch(plain) or _AMOUNT[","].fullmatch(plain)):
            raise BadCell("this can be read in two ways; say --decimal comma or --decimal point")
        example = {".": "1234.50", ",": "1234,50", None: "1234"}[self._mark]
        raise BadCell(f"write the amount in digits, as the rest of the file does: {example}")
