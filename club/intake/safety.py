"""Text that goes into a table for spreadsheets, so that no program takes it for a formula."""

import re

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")


def safe_cell(text: str) -> str:
    """The text, an apostrophe before what a spreadsheet would run (OWASP WSTG-INPV-21); numbers stay numbers."""
    if text.lstrip(" '\"").startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text
